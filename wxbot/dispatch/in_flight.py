"""A push on its way through the house, and the deadline it runs against."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.updates import Update
from wxbot.errors import ClinicError
from wxbot.logs import get_logger
from wxbot.metrics import PUSHES

log = get_logger(__name__)

REPLY_WITHIN_SECONDS = 4.5  # the platform hangs up after 5 (reference §1.5)
LAST_WORD_SECONDS = 0.3  # an answer being written down at the deadline gets this much more


class NotClaimedError(ClinicError):
    """The push could not be claimed in time: nothing was promised, the platform must come again."""


@dataclass
class InFlightUpdate:
    """One push on its way. `late` and `decided` exclude each other: whoever sets one first has the say."""

    update: Update
    claimed: bool = False  # it is in the inbox: the platform may be told so
    late: bool = False  # the platform got, or takes, only an empty answer; the reply goes through the outbox
    reply_inline: bool = False  # the reply goes into the HTTP answer
    missed_deadline: bool = False  # decided, but written down too late for the answer after all
    owned_elsewhere: bool = (
        False  # somebody else has the push, or had it and vanished: this only waits for their answer
    )
    task: "asyncio.Task[WireReply | None] | None" = field(default=None, repr=False)

    async def in_time(self, within_seconds: float) -> WireReply | None:
        """The answer, or None when it is not ready in time; then the reply goes through the outbox.

        Raises NotClaimedError when the push is not even claimed by then, and what the work raised.
        """
        task = self.task
        if task is None:
            return None
        await _ended(task, within=within_seconds)
        if not task.done() and self.reply_inline:
            await _ended(task, within=LAST_WORD_SECONDS)
        if task.done():
            return task.result()
        task.add_done_callback(_log_failure)
        if not self.claimed:
            self.late = True  # should it be claimed after all, the reply must not go where nobody listens
            PUSHES.labels("unclaimed").inc()
            raise NotClaimedError(self.update.key)
        self.missed_deadline = self.reply_inline
        self.late = not self.reply_inline
        PUSHES.labels("late").inc()
        log.warning("push_answered_late", key=self.update.key)
        return None


async def _ended(task: "asyncio.Task[Any]", *, within: float) -> None:
    """Wait for the task's end, but no longer. asyncio.wait for one task, at a third of its cost."""
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def settle(_: object = None) -> None:
        if not waiter.done():
            waiter.set_result(None)

    timer = loop.call_later(within, settle)
    task.add_done_callback(settle)
    try:
        await waiter
    finally:
        timer.cancel()
        task.remove_done_callback(settle)


def _log_failure(task: "asyncio.Task[WireReply | None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("push_failed_late", exc_info=task.exception())
