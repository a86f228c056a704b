"""Adaptive group commit: write at once when idle, else everything that gathered meanwhile.

One journaled write to MongoDB costs about as much for fifty documents as for one. While a write is in
flight, callers queue; when it returns, all that gathered leave together. An idle caller never waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# What encoding or reading one document raises, before anything is written: text that is no text, a field of the wrong
# shape. One such item must not fail the others, and writing them again repeats nothing.
AT_FAULT = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, ExceptionGroup)


class GroupCommit(Generic[Item, Result]):
    """Turn many small calls into few large ones without a timer.

    `write` receives the gathered items and returns one result per item, in order. A result that is an
    exception is raised to that item's caller alone; if `write` itself raises, every caller of the group sees it,
    unless one of the items may be at fault (`AT_FAULT`): then each is written alone, and only its own caller sees it.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        most: int = 500,
        side_by_side: int = 1,
    ) -> None:
        self._write = write
        self._most = most  # items per write: keeps one group's latency bounded
        self._side_by_side = side_by_side  # groups in flight at once
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._active = 0  # writers that will still look at what is waiting
        self._writers: set[asyncio.Task[None]] = set()

    def add(self, item: Item) -> asyncio.Future[Result]:
        """Add one item; the future is its result. It is written whether or not the future is awaited."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._active < self._side_by_side:
            self._active += 1
            writer = asyncio.create_task(self._drain())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(group)
        finally:
            self._active -= 1  # in the same step as the last look, so no item can be added in between

    async def _commit(self, group: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - it is raised to every caller of the group
            if isinstance(error, AT_FAULT) and len(group) > 1:
                for each in group:
                    await self._commit([each])
                return
            results = [error] * len(group)
        for (_, future), result in zip(group, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


async def await_all(*running: Awaitable[Any]) -> tuple[Any, ...]:
    """The results of futures that are running already. Like asyncio.gather, without making tasks.

    A coroutine begins only when its turn comes, so at most the first may be one. The first failure is raised; the
    others run to their end, and their exceptions are not reported.
    """
    results = []
    try:
        for each in running:
            results.append(await each)  # noqa: PERF401 - a comprehension cannot say where it failed
    except BaseException:
        for each in running:
            if isinstance(each, asyncio.Future):
                each.add_done_callback(_consume_exception)
        raise
    return tuple(results)


def _consume_exception(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
