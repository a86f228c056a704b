"""Claiming a slot: the least busy practitioner who is free takes the patient. The index on ticks decides races."""

from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.booking.errors import AlreadyBookedError, OccupiedError
from wxbot.booking.models import Appointment, AppointmentId, Slot
from wxbot.booking.slot_finder import SlotFinder, SlotQuery
from wxbot.booking.stores.appointments import BookingStore, Change
from wxbot.booking.ticks import patient_resource
from wxbot.database import ContendedError
from wxbot.errors import SlotTakenError, StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id


@dataclass(frozen=True, kw_only=True)
class BookingRequest:
    """One request to book. `key` makes it book once; `by` is how the appointment names who asked."""

    key: str
    contact_id: ContactId | None
    patient_id: PatientId
    query: SlotQuery
    start: datetime
    by: str
    now: datetime


class SlotClaims:
    """Takes slots for appointments. Raises NotBookableError, AlreadyBookedError and SlotTakenError."""

    def __init__(self, store: BookingStore, finder: SlotFinder) -> None:
        self._store = store
        self._finder = finder

    async def book(self, request: BookingRequest) -> Change:
        """The new appointment; not applied when the same request had booked a moment before."""
        query, start, now = request.query, request.start, request.now
        offers = self._finder.offers(query, start, now)
        await self._refuse_overlap(request.patient_id, offers[0])
        new_patient = not await self._store.was_seen(request.patient_id)
        for slot, practitioner in await self._finder.candidates(query, start, now):
            appointment = Appointment(
                id=AppointmentId(new_id(now)),
                request_key=request.key,
                contact_id=request.contact_id,
                patient_id=request.patient_id,
                visit_type_id=query.visit_type.id,
                practitioner_id=practitioner.id,
                room=practitioner.room,
                start=slot.start,
                end=slot.end,
                created_at=now,
                new_patient=new_patient,
                by=request.by,
            )
            try:
                kept = await self._store.book(appointment)
            except ContendedError:
                break  # somebody is about to have the hour: others are offered
            except OccupiedError as error:
                await self._refuse_second_visit(error, appointment)
            else:
                return Change(appointment=kept, applied=kept.id == appointment.id)
        raise await self._slot_taken(query, start, now)

    async def move(  # noqa: PLR0913 - one fact each
        self, before: Appointment, query: SlotQuery, start: datetime, request_key: str, *, by: str, now: datetime
    ) -> Appointment:
        """The appointment at its new hour. Raises StaleError as well, when it changed meanwhile."""
        offers = self._finder.offers(query, start, now)
        await self._refuse_overlap(before.patient_id, offers[0], but=before.id)
        for slot, practitioner in await self._finder.candidates(query, start, now):
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
            except ContendedError:
                break
            except OccupiedError as error:
                await self._refuse_second_visit(error, moved)
                continue
            if not change.applied:
                raise StaleError("appointment changed while it was being moved")
            return moved
        raise await self._slot_taken(query, start, now)

    async def _slot_taken(self, query: SlotQuery, start: datetime, now: datetime) -> SlotTakenError:
        found = await self._finder.alternatives(query, start, now)
        alternatives = [slot for slot in found if slot.start != start]  # it looks free while somebody is taking it
        return SlotTakenError(start.isoformat(), alternatives=alternatives)

    async def _refuse_overlap(
        self, patient_id: PatientId, slot: Slot | Appointment, *, but: AppointmentId | None = None
    ) -> None:
        for existing in await self._store.overlapping(patient_id, slot.start, slot.end):
            if existing.id != but:
                raise AlreadyBookedError(f"appointment {existing.id}", existing=existing)

    async def _refuse_second_visit(self, error: OccupiedError, wanted: Appointment) -> None:
        """Raise AlreadyBookedError when it is the patient who is occupied, not the practitioner or the room."""
        if error.resource == patient_resource(wanted.patient_id):
            await self._refuse_overlap(wanted.patient_id, wanted, but=wanted.id)
            raise AlreadyBookedError("claimed a moment ago") from error
