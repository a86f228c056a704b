"""Use cases of deposits: taken at the desk for a visit, given back, kept, used or carried to another visit.

Nothing is paid here. Each use case raises ForbiddenError, NotFoundError, FieldErrors and StaleError (a colleague was
faster), and is noted in the audit.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.deposit_rules import (
    SETTLED,
    DepositTotals,
    carried,
    deposit_words,
    received,
    settled,
    totals,
    yuan,
)
from wxbot.booking.models import Appointment, AppointmentId, Deposit, DepositMethod, DepositOutcome
from wxbot.booking.stores.deposits import DepositStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.ids import new_id

READ, EDIT = "booking:appointment:read", "booking:deposit:edit"
ELSEWHERE = "这次预约刚刚被同事改动，押金没有登记。请看一眼最新情况，再做一次。"
NOT_THERE = "请选择这位患者还没有开始、也没有押金的另一次预约。"


class Deposits:
    """押金: recorded on the appointment, so that it goes along when the appointment is moved."""

    def __init__(self, store: DepositStore, clinics: LiveClinic, audit: AuditTrail) -> None:
        self._store = store
        self._clinics = clinics
        self._audit = audit

    async def receive(
        self, appointment_id: AppointmentId, amount: int, method: DepositMethod, *, by: Actor, now: datetime
    ) -> Appointment:
        """Note that so many 分 were taken for a visit that stands. One visit holds one deposit at a time."""
        by.must(EDIT)
        before = await self._found(appointment_id)
        deposit = Deposit(id=new_id(now), amount=amount, method=method, received_at=now, received_by=by.by)
        after = received(before, deposit)
        await self._put(after)
        await self._note(AuditAction.DEPOSIT_RECEIVED, after, f"收押金 {deposit_words(deposit)}", by, now)
        return after

    async def settle(  # noqa: PLR0913 - one fact each
        self,
        appointment_id: AppointmentId,
        deposit_id: str,
        outcome: DepositOutcome,
        reason: str = "",
        *,
        by: Actor,
        now: datetime,
    ) -> Appointment:
        """Note that the deposit was given back, kept or used; the first two with a reason."""
        by.must(EDIT)
        if outcome in {DepositOutcome.RECEIVED, DepositOutcome.TRANSFERRED}:
            raise FieldErrors({"outcome": "请选择怎样处理这笔押金。"})
        before = await self._found(appointment_id)
        after = settled(before, deposit_id, outcome, reason, by=by.by, now=now)
        await self._put(after)
        deposit = next(each for each in after.deposits if each.id == deposit_id)
        await self._note(AuditAction.DEPOSIT_SETTLED, after, f"押金 {deposit_words(deposit)}", by, now)
        return after

    async def transfer(
        self, appointment_id: AppointmentId, deposit_id: str, to: AppointmentId, *, by: Actor, now: datetime
    ) -> Appointment:
        """Carry the held deposit to another visit of the same patient, in one step; the appointment that has it now."""
        by.must(EDIT)
        before = await self._found(appointment_id)
        target = next(iter(await self._store.by_ids([to])), None)
        held = before.held_deposit
        if held is None or held.id != deposit_id:
            raise FieldErrors({"": SETTLED})
        if target is None or target.id == before.id or target.patient_id != before.patient_id:
            raise FieldErrors({"deposit_to": NOT_THERE})
        if not target.live or target.held_deposit is not None or target.start <= now:
            raise FieldErrors({"deposit_to": NOT_THERE})
        gone = settled(before, deposit_id, DepositOutcome.TRANSFERRED, "", by=by.by, now=now)
        there = received(target, carried(held, before.id, new_id(now)))
        await self._put(gone, there)
        words = f"押金 {yuan(held.amount)}元 转到另一次预约"
        await self._note(AuditAction.DEPOSIT_SETTLED, gone, words, by, now)
        return there

    async def targets(self, appointment: Appointment, now: datetime) -> Sequence[Appointment]:
        """The patient's other visits to which a deposit may be carried, earliest first."""
        found = await self._store.of_patients([appointment.patient_id], 50)
        fitting = (each for each in found if each.live and each.start > now and each.held_deposit is None)
        return sorted((each for each in fitting if each.id != appointment.id), key=lambda each: each.start)

    async def of_day(self, day: date, *, by: Actor) -> DepositTotals:
        """What was taken and given back on a local day."""
        by.must(READ)
        zone = self._clinics.current.timezone
        start, end = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
        return totals(await self._store.between(start, end), start, end)

    async def undecided(self) -> list[Appointment]:
        """Visits that do not take place and for which a deposit is still held."""
        return await self._store.undecided()

    # -- inside -----------------------------------------------------------------------------------------------

    async def _found(self, appointment_id: AppointmentId) -> Appointment:
        found = await self._store.by_id(appointment_id)
        if found is None:
            raise NotFoundError(f"appointment {appointment_id}")
        return found

    async def _put(self, *after: Appointment) -> None:
        if not await self._store.put(*after):
            raise StaleError("the appointment changed meanwhile", sentence=ELSEWHERE)

    async def _note(
        self, action: AuditAction, appointment: Appointment, summary: str, by: Actor, now: datetime
    ) -> None:
        await self._audit.record(action, f"appointment:{appointment.id}", by=by, now=now, summary=summary)
