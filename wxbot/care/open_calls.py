"""Calls that nobody has to make any more: the visit was cancelled, the plan ended, the patient booked or refused."""

from collections.abc import Sequence
from datetime import datetime

from wxbot.care.anchors.leads import lead_over
from wxbot.care.facts import FactReader
from wxbot.care.messages import CALL_SUBJECT
from wxbot.followups.leads import lead_kind
from wxbot.followups.models import FollowUp
from wxbot.followups.service import FollowUps
from wxbot.outbox.calls import KIND
from wxbot.outbox.ports import PreconditionChecker
from wxbot.outbox.service import Outbox

MOST = 300  # tasks of a look; a clinic that leaves more of them open has the others judged at the next looks


class OpenCalls:
    """Judges open calls as the messages they came from are judged, and those that win patients by the same facts."""

    def __init__(self, followups: FollowUps, outbox: Outbox, checker: PreconditionChecker, facts: FactReader) -> None:
        self._followups = followups
        self._outbox = outbox
        self._checker = checker
        self._facts = facts
        self._after = ""  # where the next look goes on

    async def settle(self, now: datetime) -> int:
        """Close those that are not wanted any more, each with why; the number closed."""
        derived, self._after = await self._followups.next_with_subject(self._after, MOST)
        closed = await self._settle_leads([each for each in derived if lead_kind(each) is not None], now)
        tasks = [each for each in derived if each.subject.startswith(CALL_SUBJECT)]
        by_key = {each.key.removeprefix(f"{KIND}:"): each for each in tasks}
        messages = [each for each in (await self._outbox.by_keys(by_key)).values() if each.precondition]
        if not messages:
            return closed
        verdicts = await self._checker.verdicts(messages)
        for message in messages:
            judged = verdicts[message.id]
            if not judged.met:
                closed += await self._followups.settle(by_key[message.key].id, judged.explanation, now)
        return closed

    async def _settle_leads(self, tasks: Sequence[FollowUp], now: datetime) -> int:
        """Those whose patient booked, came, or refused in another call about it."""
        ids = {each.patient_id for each in tasks if each.patient_id is not None}
        if not ids:
            return 0
        names = await self._facts.names_of(ids)
        leads = await self._facts.leads_of(names)
        visits = await self._facts.returned(names, min(each.opened_at for each in tasks))
        closed = 0
        for task in tasks:
            if task.patient_id is None:
                continue
            over = lead_over(task, leads[task.patient_id], visits.get(task.patient_id, ()))
            if not over.met:
                closed += await self._followups.settle(task.id, over.explanation, now)
        return closed
