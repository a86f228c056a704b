"""Calls of plans that nobody has to make any more: the visit was cancelled, the plan ended, the patient wrote."""

from datetime import datetime

from wxbot.care.messages import CALL_SUBJECT
from wxbot.followups.service import FollowUps
from wxbot.outbox.calls import KIND
from wxbot.outbox.ports import PreconditionChecker
from wxbot.outbox.service import Outbox


class OpenCalls:
    """Judges open calls as the messages they came from are judged."""

    def __init__(self, followups: FollowUps, outbox: Outbox, checker: PreconditionChecker) -> None:
        self._followups = followups
        self._outbox = outbox
        self._checker = checker

    async def settle(self, now: datetime) -> int:
        """Close those that are not wanted any more, each with why; the number closed."""
        tasks = [each for each in await self._followups.open_with_subject() if each.subject.startswith(CALL_SUBJECT)]
        by_key = {each.key.removeprefix(f"{KIND}:"): each for each in tasks}
        messages = [each for each in (await self._outbox.by_keys(by_key)).values() if each.precondition]
        if not messages:
            return 0
        verdicts = await self._checker.verdicts(messages)
        closed = 0
        for message in messages:
            judged = verdicts[message.id]
            if not judged.met:
                closed += await self._followups.settle(by_key[message.key].id, judged.explanation, now)
        return closed
