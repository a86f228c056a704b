"""Follow-ups of deposits: a visit was cancelled or missed, and nobody said what becomes of its deposit."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from wxbot.booking.deposit_rules import yuan
from wxbot.booking.deposits import Deposits
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import appointment_words
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps

DEPOSIT = "deposit:"
FINISHED_AFTER = timedelta(minutes=5)  # a task that old has its line in the transcript, whatever died meanwhile
DECIDED = "押金已处理"


class DepositTasks:
    """One follow-up per deposit. What is due follows from the appointments; nothing is remembered between runs."""

    def __init__(self, deposits: Deposits, *, followups: FollowUps, clinics: LiveClinic) -> None:
        self._deposits = deposits
        self._followups = followups
        self._clinics = clinics

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Open what is due, close what was decided; the numbers. Repeating it changes nothing."""
        due = {
            f"{DEPOSIT}{held.id}": (each, held)
            for each in await self._deposits.undecided()
            if (held := each.held_deposit)
        }
        known = await self._followups.opened_before(due, now) if due else frozenset()
        opened = 0
        for key, (visit, held) in due.items():
            if key in known:
                continue
            await self._followups.open(
                key=key,
                kind=FollowUpKind.CHECK,
                reason=self._words(visit, held.amount),
                contact_id=visit.contact_id,
                patient_id=visit.patient_id,
                due_at=now,
                now=now,
                subject=key,
            )
            opened += 1
        settled = 0
        for task in await self._followups.open_with_subject():
            if task.subject.startswith(DEPOSIT) and task.subject not in due:
                settled += await self._followups.settle(task.id, DECIDED, now)
        return {"opened": opened, "settled": settled}

    def _words(self, visit: Appointment, amount: int) -> str:
        named = appointment_words(visit, self._clinics.current)
        return f"{named} 没有就诊，押金 {yuan(amount)} 元还没有处理：请在日程里登记退还、不退或转到另一次预约"
