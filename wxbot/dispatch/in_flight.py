"""One platform push while it is being handled, and the deadline for its answer."""

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
GRACE_SECONDS = 0.3  # an answer being written down at the deadline gets this much more


class NotClaimedError(ClinicError):
    """The push could not be claimed in time: it was not acknowledged, so the platform sends it again."""


@dataclass
class InFlightUpdate:
    """One push while it is handled. `late` and `reply_inline` exclude each other: the one set first stays."""

    update: Update
    claimed: bool = False  # it is in the inbox: it may be acknowledged
    late: bool = False  # the platform got, or takes, only an empty answer; the reply goes through the outbox
    reply_inline: bool = False  # the reply goes into the HTTP answer
    missed_deadline: bool = False  # decided, but written down too late for the answer after all
    owned_elsewhere: bool = False  # another process claimed the push: this one only waits for its answer
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
            await _ended(task, within=GRACE_SECONDS)
        if task.done():
            return task.result()
        task.add_done_callback(_log_failure)
        if not self.claimed:
            self.late = True  # should it be claimed after all, the HTTP request is gone
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
