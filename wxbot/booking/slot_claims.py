"""Claiming a slot: the least busy practitioner who is free takes the patient. The index on ticks decides races."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from wxbot.booking.claims import held_ticks
from wxbot.booking.errors import AlreadyBookedError, OccupiedError
from wxbot.booking.models import Appointment, AppointmentId, Hold, HoldId, Slot
from wxbot.booking.needs import Needs, Resources
from wxbot.booking.offered_hours import busy_ticks
from wxbot.booking.requests import BookingRequest, MoveRequest, Place, ending_holds, same_hour, with_hold
from wxbot.booking.slot_finder import SlotFinder, SlotQuery
from wxbot.booking.stores.appointments import BookingStore, Change
from wxbot.booking.ticks import patient_resource, room_of
from wxbot.database import ContendedError
from wxbot.errors import SlotTakenError, StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id

T = TypeVar("T")

HOLD_TIME = timedelta(minutes=5)


Write = Callable[[Place, Sequence[Hold]], Awaitable[T]]
"""Writes what shall take that place, with the holds to end. Raises OccupiedError and ContendedError."""


class SlotClaims:
    """Takes slots for appointments and holds. Raises NotBookableError, AlreadyBookedError and SlotTakenError."""

    def __init__(self, store: BookingStore, finder: SlotFinder) -> None:
        self._store = store
        self._finder = finder
        self._turns: WeakValueDictionary[tuple[datetime, str], asyncio.Lock] = WeakValueDictionary()

    async def book(self, request: BookingRequest) -> Change:
        """The new appointment; not applied when the same request had booked a moment before."""
        query, now = with_hold(request), request.now
        offers = self._finder.offers(query, request.start, now)

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

        async def refuse() -> None:
            await self._refuse_overlap(request.patient_id, offers[0])

        return await self._take(
            query, offers, now, write, refuse=refuse, hold=request.hold, overbooked=request.overbooked
        )

    async def move(self, request: MoveRequest) -> Appointment:
        """The appointment at its new hour. Raises StaleError as well, when it changed meanwhile."""
        before, query, now = request.before, with_hold(request), request.now
        offers = self._finder.offers(query, request.start, now)

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
                freed_from=None,
                taken_again_from=None,
                clinic_change=request.clinic_change,
            )
            try:
                change = await self._store.move(moved, ending=ending)
            except OccupiedError as error:
                await self._refuse_second_visit(error, moved)
                raise
            if not change.applied:
                raise StaleError("appointment changed while it was being moved")
            return moved

        async def refuse() -> None:
            await self._refuse_overlap(before.patient_id, offers[0], but=before.id)

        return await self._take(
            query, offers, now, write, refuse=refuse, hold=request.hold, overbooked=request.overbooked
        )

    async def hold(self, query: SlotQuery, start: datetime, contact_id: ContactId, now: datetime) -> Hold:
        """The hour kept for the contact, in place of what they held before.

        One that they hold already stays as it is: asking again does not make it longer.
        """

        def is_it(hold: Hold) -> bool:
            chosen = hold.contact_id == contact_id and not hold.offer
            return chosen and not hold.ended(now) and same_hour(hold, query, start)

        return await self._hold(
            query,
            start,
            now,
            until=now + HOLD_TIME,
            contact_id=contact_id,
            found=partial(self._store.holds.of_contact, contact_id),
            is_it=is_it,
        )

    async def offer(  # noqa: PLR0913 - one fact each, all by name
        self,
        offer: str,
        query: SlotQuery,
        start: datetime,
        now: datetime,
        *,
        until: datetime,
        contact_id: ContactId | None,
    ) -> Hold:
        """The hour kept for that offer. What the offer holds already stays, whichever hour it is: never two."""
        return await self._hold(
            query,
            start,
            now,
            until=until,
            contact_id=contact_id,
            found=partial(self._store.holds.of_offer, offer),
            is_it=lambda hold: hold.offer == offer and not hold.ended(now),
            offer=offer,
        )

    async def _hold(  # noqa: PLR0913 - what is kept, for whom, and what is it already
        self,
        query: SlotQuery,
        start: datetime,
        now: datetime,
        *,
        until: datetime,
        contact_id: ContactId | None,
        found: Callable[[], Awaitable[Hold | None]],
        is_it: Callable[[Hold], bool],
        offer: str = "",
    ) -> Hold:
        offers = self._finder.offers(query, start, now)
        before = await found()
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
                until=until,
                claims=held_ticks(
                    place.practitioner.id, place.resources, (place.busy_from, place.busy_until), query.moving
                ),
                moving=None if query.moving is None else query.moving.id,
                offer=offer,
            )
            if await self._store.holds.put(hold, ending=ending):
                return hold
            other = await found()  # two taps at once: one hold
            if other is not None and is_it(other):
                return other
            raise ContendedError("the contact took another hold at the same moment")

        return await self._take(query, offers, now, write, hold=before)

    async def place(self, query: SlotQuery, start: datetime, now: datetime) -> tuple[Place, list[Hold]] | None:
        """The first place for that hour that could be had by what can be seen now, and the holds to end with it."""
        candidates, view = await self._finder.candidates(query, start, now)
        busy = busy_ticks(query.visit_type, start)
        for slot, practitioner in candidates:
            chosen = self._finder.hours.needs(practitioner, query.visit_type).choose(busy, view.taken)
            if chosen is not None:
                place = Place.of(slot, practitioner, Resources.of(chosen), query.visit_type)
                return place, list(ending_holds(view, chosen, query, None))
        return None

    async def _take(  # noqa: PLR0913 - what it is for, and the two ways around
        self,
        query: SlotQuery,
        offers: Sequence[Slot],
        now: datetime,
        write: Write[T],
        *,
        refuse: Callable[[], Awaitable[None]] | None = None,
        hold: Hold | None = None,
        overbooked: str = "",
    ) -> T:
        """Try everybody who is free, each with every free room and device, until one can be had.

        Where none can, `refuse` raises what else there is to say: the patient's own visit may be what is in the way.
        """
        start = offers[0].start
        asked = query.practitioners[0].id if len(query.practitioners) == 1 else ""
        turn = self._turns.setdefault((start, asked), asyncio.Lock())
        # Who wants the very same waits here for what becomes of it, not in the database, unless it is gone already.
        if not turn.locked() or (await self._finder.candidates(query, start, now))[0]:
            async with turn:
                made = await self._try(query, start, now, write, hold)
            if made is not None:
                return made
        if refuse is not None:
            await refuse()
        if not overbooked:
            raise await self._slot_taken(query, start, now)
        practitioner = next(each for each in query.practitioners if each.id == offers[0].practitioner_id)
        resources = _beside(self._finder.hours.needs(practitioner, query.visit_type))
        place = replace(Place.of(offers[0], practitioner, resources, query.visit_type), overbooked=overbooked)
        return await write(place, [hold] if hold is not None else [])

    async def _try(
        self, query: SlotQuery, start: datetime, now: datetime, write: Write[T], hold: Hold | None
    ) -> T | None:
        """What was written for the first place that could be had; None when there is none."""
        candidates, view = await self._finder.candidates(query, start, now)
        held = {each.slot.practitioner_id for each in view.ending if not each.ended(now) and each.slot.start == start}
        busy = busy_ticks(query.visit_type, start)
        for slot, practitioner in sorted(candidates, key=lambda each: each[0].practitioner_id not in held):
            needs, missing = self._finder.hours.needs(practitioner, query.visit_type), set[str]()
            while (chosen := needs.choose(busy, view.taken, but=missing)) is not None:
                place = Place.of(slot, practitioner, Resources.of(chosen), query.visit_type)
                try:
                    return await write(place, ending_holds(view, chosen, query, hold))
                except ContendedError:
                    return None  # somebody is about to have the hour
                except OccupiedError as error:
                    missing.add(error.resource)
        return None

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


def _beside(needs: Needs) -> Resources:
    """Where an overbooked visit takes place: in the room it would have had; it occupies neither that nor a device."""
    rooms = () if needs.room is None else needs.room.resources
    return Resources(room=(room_of(rooms[0]) or "") if rooms else "", devices=())
