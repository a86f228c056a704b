"""Use cases of booking. Booking never sends: confirmations and reminders derive from the appointments."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from wxbot.actors import PATIENT, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.availability import bookable_days
from wxbot.booking.errors import AlreadyBookedError, TooLateError
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, Day, Slot
from wxbot.booking.recording import ChangeRecorder
from wxbot.booking.slot_claims import BookingRequest, SlotClaims
from wxbot.booking.slot_finder import SlotFinder
from wxbot.booking.stores.appointments import BookingStore, Change
from wxbot.clinic.models import Clinic, PractitionerId, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError, NotFoundError, SlotTakenError, StaleError
from wxbot.history.models import By, ContactId, PatientId
from wxbot.history.service import History

EDIT = "booking:appointment:edit"
CLOSED_AT_ONCE = 500  # visits whose transcript lines are written together
LEFT_UNNOTED = timedelta(hours=12)  # after the end of a visit whose patient came; then nobody will note that they left
PAST_TICKS_KEPT = timedelta(days=1)  # longer than any visit: the past cannot be booked


class Booking:
    """预约: free hours, booking, moving, cancelling, and what became of a visit.

    `by` is a member of staff, or PATIENT for patients who act for themselves in the chat; what staff do is noted in
    the audit. `changed` is set whenever an appointment was made, moved, cancelled or closed: what derives messages
    from appointments waits for it and clears it.
    """

    def __init__(self, store: BookingStore, clinics: LiveClinic, *, history: History, audit: AuditTrail) -> None:
        self._store = store
        self._clinics = clinics
        self._finder = SlotFinder(store, clinics)
        self._claims = SlotClaims(store, self._finder)
        self.recorder = ChangeRecorder(clinics, history, audit)
        self.changed = self.recorder.changed

    # -- free hours -------------------------------------------------------------------------------------------

    async def days(
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        now: datetime,
        *,
        moving: AppointmentId | None = None,
    ) -> list[Day]:
        """The local days with at least one free hour, up to the horizon.

        `practitioner_id` None means any; `moving` names an appointment whose own hours are not in the way.
        Raises NotBookableError when nobody offers that.
        """
        query = self._finder.query(visit_type_id, practitioner_id, await self._moving(moving))
        days = bookable_days(self._clinic, now)
        starts = await self._finder.free_starts(query, days, now)
        return [Day(date=day, free_count=len(free)) for day, free in zip(days, starts, strict=True) if free]

    async def slots(
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        day: date,
        now: datetime,
        *,
        moving: AppointmentId | None = None,
    ) -> list[Slot]:
        """The free hours of a local day, one slot per start, earliest first; arguments and errors as for `days`.

        With any practitioner each start goes to the one with the fewest appointments that day, then to the first
        in the clinic's order.
        """
        query = self._finder.query(visit_type_id, practitioner_id, await self._moving(moving))
        (free,) = await self._finder.free_starts(query, [day], now)
        return [slots[0] for slots in await self._finder.least_busy(day, list(free.values()))]

    # -- changes ----------------------------------------------------------------------------------------------

    async def book(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        *,
        request_key: str,
        contact_id: ContactId | None,
        patient_id: PatientId,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        start: datetime,
        by: Actor,
        now: datetime,
    ) -> Appointment:
        """Book one hour; the same request books once however often it is made.

        With `practitioner_id` None the least busy of those who are free takes it. Raises ForbiddenError,
        NotBookableError (not an hour that is offered), AlreadyBookedError (the patient has another visit then) and
        SlotTakenError (with the next free slots).
        """
        by.must(EDIT)
        done = await self._store.by_request(request_key)
        if done is not None:
            return await self.recorder.line(done)
        request = BookingRequest(
            key=request_key,
            contact_id=contact_id,
            patient_id=patient_id,
            query=self._finder.query(visit_type_id, practitioner_id),
            start=start,
            by=by.by,
            now=now,
        )
        try:
            change = await self._claims.book(request)
        except (AlreadyBookedError, SlotTakenError):
            done = await self._store.by_request(request_key)  # the same request, a moment ahead of this one
            if done is None:
                raise
            return await self.recorder.line(done)
        return await self.recorder.change(change, AuditAction.APPOINTMENT_BOOKED, "为患者预约", by=by, now=now)

    async def move(  # noqa: PLR0913 - one fact each
        self,
        appointment_id: AppointmentId,
        start: datetime,
        practitioner_id: PractitionerId | None,
        version: int,
        request_key: str,
        *,
        by: Actor,
        now: datetime,
    ) -> Appointment:
        """Give a booked appointment another hour (or practitioner) in one step: it never exists twice, nor not at all.

        `version` is what the mover saw. The same request moves once. Raises ForbiddenError, NotFoundError, TooLateError
        (begun, over or cancelled), StaleError, NotBookableError, AlreadyBookedError and SlotTakenError.
        """
        by.must(EDIT)
        done = await self._store.by_move(request_key)
        if done is not None and done.id == appointment_id:
            return await self.recorder.line(done)
        before = await self._changeable(appointment_id, by, now)
        if before.version != version:
            raise StaleError(f"appointment is at version {before.version}")
        query = self._finder.query(before.visit_type_id, practitioner_id, before)
        if before.start == start and practitioner_id in {None, before.practitioner_id}:
            return before
        try:
            moved = await self._claims.move(before, query, start, request_key, by=by.by, now=now)
        except (AlreadyBookedError, SlotTakenError, StaleError):
            done = await self._store.by_move(request_key)  # the same request, a moment ahead of this one
            if done is None or done.id != appointment_id:
                raise
            return await self.recorder.line(done)
        change = Change(appointment=moved, applied=True)
        return await self.recorder.change(change, AuditAction.APPOINTMENT_MOVED, "为患者改约", by=by, now=now)

    async def cancel(
        self,
        appointment_id: AppointmentId,
        reason: str,
        *,
        by: Actor,
        now: datetime,
        version: int | None = None,
    ) -> Appointment:
        """Cancel and free the hour; a cancelled appointment stays as it is.

        Raises ForbiddenError, NotFoundError, TooLateError (over, or begun when the patient asks) and StaleError
        (another version).
        """
        by.must(EDIT)
        if by == PATIENT:
            found = await self._store.by_id(appointment_id)
            if found is not None and found.live and found.start <= now:
                raise TooLateError("the visit has begun")
        change = await self._store.cancel(appointment_id, now=now, by=by.by, reason=reason, version=version)
        appointment = change.found()
        if appointment.live:
            raise StaleError(f"appointment is at version {appointment.version}")
        if appointment.state is not AppointmentState.CANCELLED:
            raise TooLateError(f"appointment is {appointment.state}")
        return await self.recorder.change(change, AuditAction.APPOINTMENT_CANCELLED, "为患者取消预约", by=by, now=now)

    # -- what became of a visit -------------------------------------------------------------------------------

    async def confirm(self, appointment_id: AppointmentId, *, by: Actor, now: datetime) -> Appointment:
        """Note that the patient will come (A4-14, A4-15); a second time changes nothing.

        Raises ForbiddenError, NotFoundError and TooLateError (begun, over or cancelled).
        """
        by.must(EDIT)
        change = await self._store.confirm(appointment_id, now=now, by=by.by)
        appointment = change.found()
        if appointment.confirmed_at is None or not appointment.live:
            raise TooLateError(sentence="这次预约已经开始、结束或取消，不需要再确认。")
        return await self.recorder.confirmation(change, by=by, now=now)

    async def mark_no_show(self, appointment_id: AppointmentId, *, by: Actor, now: datetime) -> Appointment:
        """Note that the patient did not come; also where attendance was assumed. Aftercare then rests.

        Raises ForbiddenError, NotFoundError, NotBookableError (before the hour) and TooLateError (cancelled).
        """
        by.must(EDIT)
        change = await self._store.mark_no_show(appointment_id, now=now, by=by.by)
        appointment = change.found()
        if appointment.state is AppointmentState.CANCELLED:
            raise TooLateError("appointment is cancelled")
        if appointment.state is not AppointmentState.NO_SHOW:
            raise NotBookableError("the hour has not come yet", sentence="就诊时间还没有到，现在不能标记未到诊。")
        if not await self._store.was_seen(appointment.patient_id):  # attendance had been assumed
            await self._store.set_new([appointment.patient_id], new=True)
        return await self.recorder.change(change, AuditAction.APPOINTMENT_MISSED, "标记患者未到诊", by=by, now=now)

    async def close_past(self, now: datetime) -> int:
        """Count visits that ended long enough ago, and that nobody marked, as attended. The number closed.

        A patient who is known to have come gets until the next day: reception may still note how the visit ended.

        What a crash leaves without its line in the transcript gets it from the next run.
        """
        overdue = now - timedelta(minutes=self._clinic.assume_attended_after_minutes)
        closed = await self._store.complete_ended(
            ended_before=overdue, left_before=min(overdue, now - LEFT_UNNOTED), now=now, by=By.SYSTEM
        )
        while batch := await self._store.history_pending(CLOSED_AT_ONCE):
            await self.recorder.closed_lines(batch)
            await self._store.forget_ticks(batch, now - PAST_TICKS_KEPT)
            await self._store.set_new({appointment.patient_id for appointment in batch}, new=False)
            await self._store.mark_recorded([appointment.id for appointment in batch])
        return closed

    async def detach(self, contact_id: ContactId) -> int:
        """Part an erased contact from the bookings, which are kept; the number parted."""
        return await self._store.detach(contact_id)

    async def with_appointments(self, patient_ids: Collection[PatientId]) -> frozenset[PatientId]:
        """Which of these patients have appointments of any state: an erasure must keep their record."""
        return await self._store.with_appointments(patient_ids)

    async def expected(self, patient_ids: Collection[PatientId], now: datetime) -> frozenset[PatientId]:
        """Which of these patients have a booked appointment that has not ended."""
        return await self._store.expected(patient_ids, now) if patient_ids else frozenset()

    # -- questions --------------------------------------------------------------------------------------------

    async def upcoming(self, contact_id: ContactId, now: datetime) -> list[Appointment]:
        """A contact's booked appointments that have not ended, earliest first."""
        return await self._store.upcoming(contact_id, now)

    async def of_patients(self, patient_ids: Collection[PatientId], *, limit: int = 50) -> list[Appointment]:
        """The patients' appointments of every state, the latest hour first."""
        return await self._store.of_patients(patient_ids, limit) if patient_ids else []

    async def by_ids(self, ids: Sequence[AppointmentId]) -> Mapping[AppointmentId, Appointment]:
        """Those that exist, by id, in one query."""
        return {appointment.id: appointment for appointment in await self._store.by_ids(ids)}

    async def around(self, starting_after: datetime, starting_before: datetime) -> list[Appointment]:
        """Booked appointments that start in [starting_after, starting_before), earliest first."""
        return await self._store.around(starting_after, starting_before)

    async def on_day(self, day: date) -> list[Appointment]:
        """Every appointment of a local day, whatever became of it, earliest first."""
        zone = self._clinic.timezone
        midnights = [datetime.combine(each, time(), tzinfo=zone) for each in (day, day + timedelta(days=1))]
        return await self._store.starting_in(*midnights)

    async def changed_since(self, moment: datetime) -> list[Appointment]:
        """Booked appointments made or moved at that moment or later."""
        return await self._store.changed_since(moment)

    async def treated_between(self, start: datetime, end: datetime) -> list[Appointment]:
        """Completed visits that ended in [start, end)."""
        return await self._store.treated_between(start, end)

    # -- inside -----------------------------------------------------------------------------------------------

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current

    async def _moving(self, appointment_id: AppointmentId | None) -> Appointment | None:
        return None if appointment_id is None else await self._store.by_id(appointment_id)

    async def _changeable(self, appointment_id: AppointmentId, by: Actor, now: datetime) -> Appointment:
        appointment = await self._store.by_id(appointment_id)
        if appointment is None:
            raise NotFoundError(f"appointment {appointment_id}")
        if not appointment.live or (by == PATIENT and appointment.start <= now):
            raise TooLateError(f"appointment is {appointment.state}")
        return appointment
