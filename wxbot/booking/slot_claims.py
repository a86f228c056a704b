"""Claiming a slot: the least busy practitioner who is free takes the patient. The index on ticks decides races."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from wxbot.booking.claims import held_ticks
from wxbot.booking.errors import AlreadyBookedError, OccupiedError
from wxbot.booking.models import Appointment, AppointmentId, Hold, HoldId, Slot
from wxbot.booking.needs import Needs, Resources
from wxbot.booking.offered_hours import busy_ticks
from wxbot.booking.slot_finder import SlotFinder, SlotQuery, View
from wxbot.booking.stores.appointments import BookingStore, Change
from wxbot.booking.ticks import patient_resource, room_of
from wxbot.clinic.models import Practitioner, VisitType
from wxbot.database import ContendedError
from wxbot.errors import SlotTakenError, StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id

T = TypeVar("T")

HOLD_TIME = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class BookingRequest:
    """One request to book. `key` makes it book once; `by` is how the appointment names who asked.

    `overbooked` is why it shall be made although nothing is free; `hold` what the contact holds elsewhere.
    """

    key: str
    contact_id: ContactId | None
    patient_id: PatientId
    query: SlotQuery
    start: datetime
    by: str
    now: datetime
    new_patient: bool
    overbooked: str = ""
    hold: Hold | None = None


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    """One request to move an appointment; the fields as those of a booking."""

    key: str
    before: Appointment
    query: SlotQuery
    start: datetime
    by: str
    now: datetime
    overbooked: str = ""
    hold: Hold | None = None
    move_not_announced: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """One slot with the room and devices that it would occupy."""

    slot: Slot
    practitioner: Practitioner
    resources: Resources
    busy_from: datetime
    busy_until: datetime
    overbooked: str = ""

    @classmethod
    def of(cls, slot: Slot, practitioner: Practitioner, resources: Resources, visit_type: VisitType) -> "Place":
        """With preparation and cleaning up as the visit type has them."""
        return cls(
            slot=slot,
            practitioner=practitioner,
            resources=resources,
            busy_from=slot.start - timedelta(minutes=visit_type.before_minutes),
            busy_until=slot.end + timedelta(minutes=visit_type.after_minutes),
        )


Write = Callable[[Place, Sequence[Hold]], Awaitable[T]]
"""Writes what shall take that place, with the holds to end. Raises OccupiedError and ContendedError."""


class SlotClaims:
    """Takes slots for appointments and holds. Raises NotBookableError, AlreadyBookedError and SlotTakenError."""

    def __init__(self, store: BookingStore, finder: SlotFinder) -> None:
        self._store = store
        self._finder = finder

    async def book(self, request: BookingRequest) -> Change:
        """The new appointment; not applied when the same request had booked a moment before."""
        query, now = request.query, request.now
        offers = self._finder.offers(query, request.start, now)
        await self._refuse_overlap(request.patient_id, offers[0])

        async def write(place: Place, ending: Sequence[Hold]) -> Change:
            appointment = Appointment(
                id=AppointmentId(new_id(now)),
                request_key=request.key,
                contact_id=request.contact_id,
                patient_id=request.patient_id,
                visit_type_id=query.visit_type.id,
                practitioner_id=place.practitioner.id,
                room=place.resources.room,
                start=place.slot.start,
                end=place.slot.end,
                created_at=now,
                new_patient=request.new_patient,
                by=request.by,
                devices=place.resources.devices,
                busy_from=place.busy_from,
                busy_until=place.busy_until,
                overbooked=place.overbooked,
            )
            try:
                kept = await self._store.book(appointment, ending=ending)
            except OccupiedError as error:
                await self._refuse_second_visit(error, appointment)
                raise
            return Change(appointment=kept, applied=kept.id == appointment.id)

        return await self._take(query, offers, now, write, hold=request.hold, overbooked=request.overbooked)

    async def move(self, request: MoveRequest) -> Appointment:
        """The appointment at its new hour. Raises StaleError as well, when it changed meanwhile."""
        before, now = request.before, request.now
        offers = self._finder.offers(request.query, request.start, now)
        await self._refuse_overlap(before.patient_id, offers[0], but=before.id)

        async def write(place: Place, ending: Sequence[Hold]) -> Appointment:
            moved = replace(
                before,
                practitioner_id=place.practitioner.id,
                room=place.resources.room,
                start=place.slot.start,
                end=place.slot.end,
                version=before.version + 1,
                changed_at=now,
                changed_by=request.by,
                move_key=request.key,
                moved_from=before.start,
                hour_version=None,
                move_not_announced=request.move_not_announced,
                confirmed_at=None,
                confirmed_by=None,
                devices=place.resources.devices,
                busy_from=place.busy_from,
                busy_until=place.busy_until,
                overbooked=place.overbooked,
            )
            try:
                change = await self._store.move(moved, ending=ending)
            except OccupiedError as error:
                await self._refuse_second_visit(error, moved)
                raise
            if not change.applied:
                raise StaleError("appointment changed while it was being moved")
            return moved

        return await self._take(request.query, offers, now, write, hold=request.hold, overbooked=request.overbooked)

    async def hold(self, query: SlotQuery, start: datetime, contact_id: ContactId, now: datetime) -> Hold:
        """The hour kept for the contact, in place of what they held before.

        One that they hold already stays as it is: asking again does not make it longer.
        """
        offers = self._finder.offers(query, start, now)

        def is_it(hold: Hold) -> bool:
            return hold.contact_id == contact_id and not hold.ended(now) and _same(hold, query, start)

        before = await self._store.holds.of_contact(contact_id)
        if before is not None and is_it(before):
            return before

        async def write(place: Place, ending: Sequence[Hold]) -> Hold:
            made = next((each for each in ending if is_it(each)), None)  # by another tap, a moment ago
            if made is not None:
                return made
            hold = Hold(
                id=HoldId(new_id(now)),
                contact_id=contact_id,
                visit_type_id=query.visit_type.id,
                slot=place.slot,
                room=place.resources.room,
                devices=place.resources.devices,
                busy_from=place.busy_from,
                busy_until=place.busy_until,
                until=now + HOLD_TIME,
                claims=held_ticks(
                    place.practitioner.id, place.resources, (place.busy_from, place.busy_until), query.moving
                ),
                moving=None if query.moving is None else query.moving.id,
            )
            if await self._store.holds.put(hold, ending=ending):
                return hold
            other = await self._store.holds.of_contact(contact_id)  # two taps at once: one hold
            if other is not None and is_it(other):
                return other
            raise ContendedError("the contact took another hold at the same moment")

        return await self._take(query, offers, now, write, hold=before)

    async def _take(  # noqa: PLR0913 - what it is for, and the two ways around
        self,
        query: SlotQuery,
        offers: Sequence[Slot],
        now: datetime,
        write: Write[T],
        *,
        hold: Hold | None = None,
        overbooked: str = "",
    ) -> T:
        """Try everybody who is free, each with every free room and device, until one can be had."""
        start = offers[0].start
        candidates, view = await self._finder.candidates(query, start, now)
        held = {each.slot.practitioner_id for each in view.ending if not each.ended(now) and each.slot.start == start}
        busy = busy_ticks(query.visit_type, start)
        for slot, practitioner in sorted(candidates, key=lambda each: each[0].practitioner_id not in held):
            needs, missing = self._finder.hours.needs(practitioner, query.visit_type), set[str]()
            while (chosen := needs.choose(busy, view.taken, but=missing)) is not None:
                place = Place.of(slot, practitioner, Resources.of(chosen), query.visit_type)
                try:
                    return await write(place, _ending(view, chosen, query, hold))
                except ContendedError:
                    raise await self._slot_taken(query, start, now) from None  # somebody is about to have the hour
                except OccupiedError as error:
                    missing.add(error.resource)
        if not overbooked:
            raise await self._slot_taken(query, start, now)
        practitioner = next(each for each in query.practitioners if each.id == offers[0].practitioner_id)
        resources = _beside(self._finder.hours.needs(practitioner, query.visit_type))
        place = replace(Place.of(offers[0], practitioner, resources, query.visit_type), overbooked=overbooked)
        return await write(place, [hold] if hold is not None else [])

    async def _slot_taken(self, query: SlotQuery, start: datetime, now: datetime) -> SlotTakenError:
        found = await self._finder.next_free(query, start, now)
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


def _same(hold: Hold, query: SlotQuery, start: datetime) -> bool:
    """Whether the hold is what the query asks for."""
    moving = None if query.moving is None else query.moving.id
    asked = {person.id for person in query.practitioners}
    return (
        hold.slot.start == start
        and hold.slot.practitioner_id in asked
        and hold.visit_type_id == query.visit_type.id
        and hold.moving == moving
    )


def _ending(view: View, chosen: Sequence[str], query: SlotQuery, hold: Hold | None) -> list[Hold]:
    """The holds that end when these resources are taken: the contact's own, and what lies in the way and has ended."""
    found = {} if hold is None else {hold.id: hold}
    for each in view.ending:
        if each.contact_id == query.contact_id or any(claim.resource in chosen for claim in each.claims):
            found[each.id] = each
    return list(found.values())


def _beside(needs: Needs) -> Resources:
    """Where an overbooked visit takes place: in the room it would have had; it occupies neither that nor a device."""
    rooms = () if needs.room is None else needs.room.resources
    return Resources(room=(room_of(rooms[0]) or "") if rooms else "", devices=())
