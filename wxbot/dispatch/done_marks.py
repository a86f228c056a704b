"""Marks of finished pushes, written together a moment after their answers left.

The line of the transcript is the proof that a push was handled; the mark only says so where claims are looked up. It
keeps nobody waiting but the contact's own next push. What is lost with a process, whoever meets the claim next sets.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from wxbot.database import PyMongoError
from wxbot.logs import get_logger

log = get_logger(__name__)

TOGETHER_SECONDS = 0.02  # how long marks gather

Write = Callable[[Sequence[str]], Awaitable[object]]


@dataclass(eq=False)
class _Batch:
    """Marks that are written together: the keys of the pushes, and whose they are."""

    written: asyncio.Future[None]
    timer: asyncio.TimerHandle | None = None
    keys: list[str] = field(default_factory=list)
    openids: set[str] = field(default_factory=set)


class DoneMarks:
    """Gathers marks; `write` marks the pushes of those keys."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._gathering: _Batch | None = None
        self._leaving: dict[_Batch, asyncio.Task[None]] = {}

    def add(self, key: str, openid: str) -> None:
        """Mark that push of that sender soon."""
        batch = self._gathering
        if batch is None:
            loop = asyncio.get_running_loop()
            batch = self._gathering = _Batch(loop.create_future())
            batch.timer = loop.call_later(TOGETHER_SECONDS, self._leave, batch)
        batch.keys.append(key)
        batch.openids.add(openid)

    async def written(self, openid: str) -> None:
        """Wait until no push of that sender has a mark here that is not written; theirs leave at once."""
        if self._gathering is not None and openid in self._gathering.openids:
            self._leave(self._gathering)
        for batch in [each for each in self._leaving if openid in each.openids]:
            await asyncio.shield(batch.written)

    async def flush(self) -> None:
        """Write whatever has gathered, and wait until it is written."""
        if self._gathering is not None:
            self._leave(self._gathering)
        for batch in list(self._leaving):
            await asyncio.shield(batch.written)

    def _leave(self, batch: _Batch) -> None:
        if batch is not self._gathering:
            return
        self._gathering = None
        if batch.timer is not None:
            batch.timer.cancel()
        self._leaving[batch] = asyncio.create_task(self._write_batch(batch))

    async def _write_batch(self, batch: _Batch) -> None:
        try:
            await self._write(batch.keys)
        except PyMongoError as error:
            log.warning("done_marks_left_for_the_sweep", count=len(batch.keys), error=type(error).__name__)
        finally:
            del self._leaving[batch]
            batch.written.set_result(None)
