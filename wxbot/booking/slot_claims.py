"""Claiming a slot: the least busy practitioner who is free takes the patient. The index on ticks decides races."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from wxbot.booking.claims import held_ticks
from wxbot.booking.errors import AlreadyBookedError, OccupiedError
from wxbot.booking.models import Appointment, AppointmentId, Hold, HoldId, Slot
from wxbot.booking.place_taking import PlaceTaking
from wxbot.booking.requests import BookingRequest, MoveRequest, Place, same_hour, with_hold
from wxbot.booking.slot_finder import SlotFinder, SlotQuery
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.reading import Change
from wxbot.booking.ticks import patient_resource
from wxbot.database import ContendedError
from wxbot.errors import StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id

HOLD_TIME = timedelta(minutes=5)


class SlotClaims(PlaceTaking):
    """Takes slots for appointments and holds. Raises NotBookableError, AlreadyBookedError and SlotTakenError."""

    def __init__(self, store: BookingStore, finder: SlotFinder) -> None:
        super().__init__(finder)
        self._store = store

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

        return await self.take(
            query,
            offers,
            now,
            write,
            refuse=refuse,
            hold=request.hold,
            overbooked=request.overbooked,
            unseen=[each for each in (request.own_hold, request.hold) if each is not None],
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

        return await self.take(
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

        return await self.take(query, offers, now, write, hold=before)

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
