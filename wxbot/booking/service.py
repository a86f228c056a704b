"""Use cases of booking. Booking never sends: confirmations and reminders derive from what stands here."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from wxbot.booking.availability import bookable_days
from wxbot.booking.errors import AlreadyBookedError, OccupiedError, TooLateError
from wxbot.booking.lines import line
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, Day, Slot
from wxbot.booking.slot_finder import SlotFinder, SlotQuery
from wxbot.booking.stores.appointments import BookingStore, Change
from wxbot.booking.ticks import patient_resource
from wxbot.clinic.models import Clinic, PractitionerId, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError, NotFoundError, SlotTakenError, StaleError
from wxbot.history.models import By, ContactId, PatientId
from wxbot.history.service import History
from wxbot.ids import new_id

CLOSED_AT_ONCE = 500  # visits whose transcript lines are written together
PAST_TICKS_KEPT = timedelta(days=1)  # longer than any visit: the past cannot be booked


@dataclass(frozen=True, kw_only=True)
class _Request:
    """One request to book."""

    key: str
    contact_id: ContactId | None
    patient_id: PatientId
    wish: SlotQuery
    start: datetime
    now: datetime
    by: str


class Booking:
    """预约: free hours, booking, moving, cancelling, closing.

    Booking never sends. `changed` is set whenever an appointment was made, moved, cancelled or closed: whoever
    derives messages from appointments waits for it and clears it.
    """

    def __init__(self, store: BookingStore, clinics: LiveClinic, history: History) -> None:
        self._store = store
        self._clinics = clinics
        self._history = history
        self._diary = SlotFinder(store, clinics)
        self.changed = asyncio.Event()

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
        wish = self._diary.query(visit_type_id, practitioner_id, await self._moving(moving))
        days = bookable_days(self._clinic, now)
        starts = await self._diary.free_starts(wish, days, now)
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
        wish = self._diary.query(visit_type_id, practitioner_id, await self._moving(moving))
        (free,) = await self._diary.free_starts(wish, [day], now)
        return [slots[0] for slots in await self._diary.least_busy(day, list(free.values()))]

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
        now: datetime,
        by: str,
    ) -> Appointment:
        """Book one hour; the same request books once however often it is made.

        With `practitioner_id` None whoever is free and least busy takes it. Raises NotBookableError (not an hour
        that is offered), AlreadyBookedError (the patient has another visit then) and SlotTakenError (with the next
        free slots).
        """
        done = await self._store.by_request(request_key)
        if done is not None:
            return await self._told(done)
        wish = self._diary.query(visit_type_id, practitioner_id)
        request = _Request(
            key=request_key, contact_id=contact_id, patient_id=patient_id, wish=wish, start=start, now=now, by=by
        )
        try:
            return await self._book(request)
        except (AlreadyBookedError, SlotTakenError):
            done = await self._store.by_request(request_key)  # the same request, a moment ahead of this one
            if done is None:
                raise
            return await self._told(done)

    async def move(  # noqa: PLR0913 - one fact each
        self,
        appointment_id: AppointmentId,
        start: datetime,
        practitioner_id: PractitionerId | None,
        version: int,
        request_key: str,
        *,
        by: str,
        now: datetime,
    ) -> Appointment:
        """Give a booked appointment another hour (or practitioner) in one step: it never exists twice, nor not at all.

        `version` is what the mover saw. The same request moves once. Raises NotFoundError, TooLateError (begun, over
        or cancelled), StaleError, NotBookableError, AlreadyBookedError and SlotTakenError.
        """
        done = await self._store.by_move(request_key)
        if done is not None and done.id == appointment_id:
            return await self._told(done)
        before = await self._changeable(appointment_id, now, by)
        if before.version != version:
            raise StaleError(f"appointment is at version {before.version}")
        wish = self._diary.query(before.visit_type_id, practitioner_id, before)
        if before.start == start and practitioner_id in {None, before.practitioner_id}:
            return before
        try:
            return await self._move(before, wish, start, request_key, now=now, by=by)
        except (AlreadyBookedError, SlotTakenError, StaleError):
            done = await self._store.by_move(request_key)  # the same request, a moment ahead of this one
            if done is None or done.id != appointment_id:
                raise
            return await self._told(done)

    async def cancel(
        self,
        appointment_id: AppointmentId,
        *,
        now: datetime,
        by: str,
        reason: str,
        version: int | None = None,
    ) -> Appointment:
        """Cancel and free the hour; a cancelled appointment stays as it is.

        Raises NotFoundError, TooLateError (over, or begun when the patient asks) and StaleError (another version).
        """
        if by == By.PATIENT:
            found = await self._store.by_id(appointment_id)
            if found is not None and found.live and found.start <= now:
                raise TooLateError("the visit has begun")
        change = await self._store.cancel(appointment_id, now=now, by=by, reason=reason, version=version)
        appointment = _found(change)
        if appointment.live:
            raise StaleError(f"appointment is at version {appointment.version}")
        if appointment.state is not AppointmentState.CANCELLED:
            raise TooLateError(f"appointment is {appointment.state}")
        return await self._told(appointment)

    async def mark_no_show(self, appointment_id: AppointmentId, *, now: datetime, by: str) -> Appointment:
        """Note that the patient did not come; also where attendance was assumed.

        Raises NotFoundError, NotBookableError (before the hour) and TooLateError (cancelled).
        """
        change = await self._store.mark_no_show(appointment_id, now=now, by=by)
        appointment = _found(change)
        if appointment.state is AppointmentState.CANCELLED:
            raise TooLateError("appointment is cancelled")
        if appointment.state is not AppointmentState.NO_SHOW:
            raise NotBookableError("the hour has not come yet")
        if not await self._store.was_seen(appointment.patient_id):  # attendance had been assumed
            await self._store.set_new([appointment.patient_id], new=True)
        return await self._told(appointment)

    async def close_past(self, now: datetime) -> int:
        """Count visits that ended long enough ago, and that nobody marked, as attended. The number closed.

        A crash between closing and telling the transcript is made good by the next run.
        """
        overdue = now - timedelta(minutes=self._clinic.assume_attended_after_minutes)
        closed = await self._store.complete_ended(ended_before=overdue, now=now, by=By.SYSTEM)
        while batch := await self._store.history_pending(CLOSED_AT_ONCE):
            await self._history.append(*(line(appointment, self._clinic) for appointment in batch))
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

    async def _book(self, request: _Request) -> Appointment:
        wish, start, now = request.wish, request.start, request.now
        offers = self._diary.offers(wish, start, now)
        await self._refuse_overlap(request.patient_id, offers[0])
        new_patient = not await self._store.was_seen(request.patient_id)
        for slot, practitioner in await self._diary.candidates(wish, start, now):
            appointment = Appointment(
                id=AppointmentId(new_id(now)),
                request_key=request.key,
                contact_id=request.contact_id,
                patient_id=request.patient_id,
                visit_type_id=wish.visit_type.id,
                practitioner_id=practitioner.id,
                room=practitioner.room,
                start=slot.start,
                end=slot.end,
                created_at=now,
                new_patient=new_patient,
                by=request.by,
            )
            try:
                return await self._told(await self._store.book(appointment))
            except OccupiedError as error:
                await self._refuse_own(error, appointment)
        raise await self._slot_taken(wish, start, now)

    async def _move(  # noqa: PLR0913 - one fact each
        self, before: Appointment, wish: SlotQuery, start: datetime, request_key: str, *, now: datetime, by: str
    ) -> Appointment:
        offers = self._diary.offers(wish, start, now)
        await self._refuse_overlap(before.patient_id, offers[0], but=before.id)
        for slot, practitioner in await self._diary.candidates(wish, start, now):
            moved = replace(
                before,
                practitioner_id=practitioner.id,
                room=practitioner.room,
                start=slot.start,
                end=slot.end,
                version=before.version + 1,
                changed_at=now,
                changed_by=by,
                move_key=request_key,
                moved_from=before.start,
                confirmed_at=None,
                confirmed_by=None,
            )
            try:
                change = await self._store.move(moved)
            except OccupiedError as error:
                await self._refuse_own(error, moved)
                continue
            if not change.applied:
                raise StaleError("appointment changed while it was being moved")
            return await self._told(moved)
        raise await self._slot_taken(wish, start, now)

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current

    async def _moving(self, appointment_id: AppointmentId | None) -> Appointment | None:
        return None if appointment_id is None else await self._store.by_id(appointment_id)

    async def _slot_taken(self, wish: SlotQuery, start: datetime, now: datetime) -> SlotTakenError:
        alternatives = await self._diary.alternatives(wish, start, now)
        return SlotTakenError(start.isoformat(), alternatives=alternatives)

    async def _refuse_overlap(
        self, patient_id: PatientId, slot: Slot | Appointment, *, but: AppointmentId | None = None
    ) -> None:
        for existing in await self._store.overlapping(patient_id, slot.start, slot.end):
            if existing.id != but:
                raise AlreadyBookedError(f"appointment {existing.id}", existing=existing)

    async def _refuse_own(self, error: OccupiedError, wanted: Appointment) -> None:
        """Tell the patient's own other visit, booked a moment ago, from somebody else's claim."""
        if error.resource == patient_resource(wanted.patient_id):
            await self._refuse_overlap(wanted.patient_id, wanted, but=wanted.id)
            raise AlreadyBookedError("claimed a moment ago") from error

    async def _changeable(self, appointment_id: AppointmentId, now: datetime, by: str) -> Appointment:
        appointment = await self._store.by_id(appointment_id)
        if appointment is None:
            raise NotFoundError(f"appointment {appointment_id}")
        if not appointment.live or (by == By.PATIENT and appointment.start <= now):
            raise TooLateError(f"appointment is {appointment.state}")
        return appointment

    async def _told(self, appointment: Appointment) -> Appointment:
        """Write the transcript's line and say that something changed; doing it again changes nothing."""
        await self._history.append(line(appointment, self._clinic))
        self.changed.set()
        return appointment


def _found(change: Change) -> Appointment:
    if change.appointment is None:
        raise NotFoundError("no such appointment")
    return change.appointment
