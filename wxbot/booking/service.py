"""Use cases of booking. Booking never sends: confirmations and reminders derive from the appointments."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from wxbot.actors import PATIENT, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.clinic_conflicts import clinic_change
from wxbot.booking.errors import AlreadyBookedError, TooLateError
from wxbot.booking.hour_holds import EDIT, HourHolds
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, Booker, ClinicDecision, HoldId
from wxbot.booking.overbooking import overbooking_reason
from wxbot.booking.recording import ChangeRecorder
from wxbot.booking.requests import BookingRequest, MoveRequest
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.reading import Change
from wxbot.booking.windows import booker_of
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError, NotFoundError, SlotTakenError, StaleError
from wxbot.history.models import By, ContactId, PatientId
from wxbot.history.service import History

CLOSED_AT_ONCE = 500  # visits whose transcript lines are written together
LEFT_UNNOTED = timedelta(hours=12)  # after the end of a visit whose patient came; then nobody will note that they left
PAST_TICKS_KEPT = timedelta(days=1)  # longer than any visit: the past cannot be booked


class Booking(HourHolds):
    """预约: free hours, booking, moving, cancelling, and what became of a visit.

    `by` is a member of staff, or PATIENT for patients who act for themselves in the chat; what staff do is noted in
    the audit. `changed` is set whenever an appointment was made, moved, cancelled or closed: what derives messages
    from appointments waits for it and clears it.
    """

    def __init__(self, store: BookingStore, clinics: LiveClinic, *, history: History, audit: AuditTrail) -> None:
        super().__init__(store, clinics)
        self._recorder = ChangeRecorder(clinics, history, audit)
        self.changed = self._recorder.changed

    async def prepare(self) -> None:
        """Bring what earlier versions wrote into the present form; before anything is asked; may be repeated."""
        await self._store.occupancy.bring_up_to_date()

    @property
    def recorder(self) -> ChangeRecorder:
        """Writes what changes of an appointment leave behind; for the other use cases of appointments."""
        return self._recorder

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
        booker: Booker | None = None,
        overbooked: str | None = None,
        hold: HoldId | None = None,
    ) -> Appointment:
        """Book one hour; the same request books once however often it is made.

        With `practitioner_id` None the least busy of those who are free takes it. `booker` says whose window counts:
        by default staff's when staff book, else by whether the patient was seen here. `hold` is what the contact held
        for it; it ends with the booking, and where it has ended before, the hour is had if it is still free.
        `overbooked` is the reason for which staff put the visit beside another where the hour is not free.

        Raises ForbiddenError, NotBookableError (not an hour that is offered), AlreadyBookedError (the patient has
        another visit then), SlotTakenError (with the next free slots) and FieldErrors (no reason, nobody named).
        """
        by.must(EDIT)
        reason = overbooking_reason(overbooked, practitioner_id, by)
        known = await self._store.before_booking(request_key, patient_id, contact_id)
        if known.appointment is not None:
            return await self._recorder.line(known.appointment)
        booker, own = booker_of(by, booker, seen=known.seen), known.hold
        request = BookingRequest(
            key=request_key,
            contact_id=contact_id,
            patient_id=patient_id,
            query=self._finder.query(visit_type_id, practitioner_id, booker=booker, contact_id=contact_id),
            start=start,
            by=by.by,
            now=now,
            new_patient=not known.seen,
            overbooked=reason,
            hold=own if own is not None and own.id == hold else await self._held(hold, contact_id),
            own_hold=own,
        )
        try:
            change = await self._claims.book(request)
        except (AlreadyBookedError, SlotTakenError):
            done = await self._store.by_request(request_key)  # the same request, a moment ahead of this one
            if done is None:
                raise
            return await self._recorder.line(done)
        if change.found().overbooked:
            return await self._recorder.overbooking(change, "为患者加号", by=by, now=now)
        return await self._recorder.change(change, AuditAction.APPOINTMENT_BOOKED, "为患者预约", by=by, now=now)

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
        booker: Booker | None = None,
        overbooked: str | None = None,
        hold: HoldId | None = None,
        clinic_reason: str = "",
        tell: bool = True,
    ) -> Appointment:
        """Give a booked appointment another hour (or practitioner) in one step: it never exists twice, nor not at all.

        `version` is what the mover saw. The same request moves once; `booker`, `overbooked` and `hold` as for `book`.
        `clinic_reason` is why the clinic, not the patient, wants it: such a move never counts against the patient.
        Without `tell` no message about the move is sent to the patient; reminders name the new hour.
        Raises ForbiddenError, NotFoundError, TooLateError (begun, over or cancelled), StaleError, NotBookableError,
        AlreadyBookedError, SlotTakenError and FieldErrors.
        """
        by.must(EDIT)
        reason = overbooking_reason(overbooked, practitioner_id, by)
        done = await self._store.by_move(request_key)
        if done is not None and done.id == appointment_id:
            return await self._recorder.line(done)
        before = await self._changeable(appointment_id, by, now)
        if before.version != version:
            raise StaleError(f"appointment is at version {before.version}")
        if before.start == start and practitioner_id in {None, before.practitioner_id}:
            return before
        booker = booker_of(by, booker, seen=await self._store.was_seen(before.patient_id))
        request = MoveRequest(
            key=request_key,
            before=before,
            query=self._finder.query(
                before.visit_type_id, practitioner_id, before, booker=booker, contact_id=before.contact_id
            ),
            start=start,
            by=by.by,
            now=now,
            overbooked=reason,
            hold=await self._held(hold, before.contact_id),
            clinic_change=clinic_change(ClinicDecision.MOVED, clinic_reason, by=by, now=now),
            move_not_announced=not tell,
        )
        try:
            moved = await self._claims.move(request)
        except (AlreadyBookedError, SlotTakenError, StaleError):
            done = await self._store.by_move(request_key)  # the same request, a moment ahead of this one
            if done is None or done.id != appointment_id:
                raise
            return await self._recorder.line(done)
        change = Change(appointment=moved, applied=True)
        if moved.overbooked:
            return await self._recorder.overbooking(change, "为患者改约并加号", by=by, now=now)
        return await self._recorder.change(change, AuditAction.APPOINTMENT_MOVED, "为患者改约", by=by, now=now)

    async def cancel(  # noqa: PLR0913 - one fact each
        self,
        appointment_id: AppointmentId,
        reason: str,
        *,
        by: Actor,
        now: datetime,
        version: int | None = None,
        clinic_reason: str = "",
    ) -> Appointment:
        """Cancel and free the hour; a cancelled appointment stays as it is; `clinic_reason` as for `move`.

        Raises ForbiddenError, NotFoundError, TooLateError (over, or begun when the patient asks) and StaleError
        (another version).
        """
        by.must(EDIT)
        if by == PATIENT:
            found = await self._store.by_id(appointment_id)
            if found is not None and found.live and found.start <= now:
                raise TooLateError("the visit has begun")
        cause = clinic_change(ClinicDecision.CANCELLED, clinic_reason, by=by, now=now)
        change = await self._store.cancel(
            appointment_id, now=now, by=by.by, reason=reason, version=version, clinic_change=cause
        )
        appointment = change.found()
        if appointment.live:
            raise StaleError(f"appointment is at version {appointment.version}")
        if appointment.state is not AppointmentState.CANCELLED:
            raise TooLateError(f"appointment is {appointment.state}")
        return await self._recorder.change(change, AuditAction.APPOINTMENT_CANCELLED, "为患者取消预约", by=by, now=now)

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
        return await self._recorder.confirmation(change, by=by, now=now)

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
        return await self._recorder.change(change, AuditAction.APPOINTMENT_MISSED, "标记患者未到诊", by=by, now=now)

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
            await self._recorder.closed_lines(batch)
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

    async def booked_of(self, patient_ids: Collection[PatientId], since: datetime) -> list[Appointment]:
        """Those patients' booked appointments that end after that moment."""
        return await self._store.booked_of(patient_ids, since) if patient_ids else []

    async def kept_after(self, patient_ids: Collection[PatientId], after: datetime) -> list[Appointment]:
        """Those patients' visits that start at `after` or later and are booked or took place, earliest first."""
        return await self._store.kept_after(patient_ids, after) if patient_ids else []

    async def by_ids(self, ids: Sequence[AppointmentId]) -> Mapping[AppointmentId, Appointment]:
        """Those that exist, by id, in one query."""
        return {appointment.id: appointment for appointment in await self._store.by_ids(ids)}

    async def around(self, starting_after: datetime, starting_before: datetime, limit: int = 0) -> list[Appointment]:
        """Booked appointments that start in [starting_after, starting_before), earliest first; 0 is no limit."""
        return await self._store.around(starting_after, starting_before, limit)

    async def on_day(self, day: date, *, days: int = 1) -> list[Appointment]:
        """Every appointment of a local day (or of several, from that one on), whatever became of it, earliest first."""
        zone = self._clinic.timezone
        midnights = [datetime.combine(each, time(), tzinfo=zone) for each in (day, day + timedelta(days=days))]
        return await self._store.starting_in(*midnights)

    async def changed_since(self, moment: datetime) -> list[Appointment]:
        """Booked appointments made or moved at that moment or later."""
        return await self._store.changed_since(moment)

    async def treated_between(self, start: datetime, end: datetime) -> list[Appointment]:
        """Completed visits that ended in [start, end)."""
        return await self._store.ended_between(AppointmentState.COMPLETED, start, end)

    async def ended_between(self, state: AppointmentState, start: datetime, end: datetime) -> list[Appointment]:
        """Appointments of that state that ended, or were to end, in [start, end)."""
        return await self._store.ended_between(state, start, end)

    async def starting_in(self, start: datetime, end: datetime) -> list[Appointment]:
        """Every appointment that starts in [start, end), whatever became of it, earliest first."""
        return await self._store.starting_in(start, end)

    # -- inside -----------------------------------------------------------------------------------------------

    async def _changeable(self, appointment_id: AppointmentId, by: Actor, now: datetime) -> Appointment:
        appointment = await self._store.by_id(appointment_id)
        if appointment is None:
            raise NotFoundError(f"appointment {appointment_id}")
        if not appointment.live or (by == PATIENT and appointment.start <= now):
            raise TooLateError(f"appointment is {appointment.state}")
        return appointment
