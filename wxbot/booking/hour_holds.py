"""Use cases of holding: an hour is kept for a contact for five minutes, or for an offer as long as the offer stands."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from wxbot.actors import Actor
from wxbot.booking.free_hours import FreeHours
from wxbot.booking.models import AppointmentId, Booker, Hold, HoldId
from wxbot.booking.stores.occupancy import Freed
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import ContactId, PatientId

EDIT = "booking:appointment:edit"
FREED_AT_ONCE = 1_000


class HourHolds(FreeHours):
    """Holds bind one practitioner, with room and devices, for one contact. They end by themselves."""

    async def hold(  # noqa: PLR0913 - one fact each, most by name
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        start: datetime,
        *,
        contact_id: ContactId,
        by: Actor,
        now: datetime,
        booker: Booker | None = None,
        patient_id: PatientId | None = None,
        moving: AppointmentId | None = None,
    ) -> Hold:
        """Keep an hour for the contact for five minutes, in place of what they held before.

        With `practitioner_id` None it binds the least busy of those who are free; the others stay on offer. Held
        again, the same hour keeps its end. `moving` is the appointment that shall get the hour.

        Raises ForbiddenError, NotBookableError and SlotTakenError, as `Booking.book` does.
        """
        by.must(EDIT)
        before = await self._moving(moving)
        if booker is None and by.is_staff:
            booker = Booker.STAFF
        query = self._finder.query(
            visit_type_id,
            practitioner_id,
            before,
            booker=await self._booker(booker, patient_id, before),
            contact_id=contact_id,
        )
        return await self._claims.hold(query, start, contact_id, now)

    async def offer(  # noqa: PLR0913 - one fact each, most by name
        self,
        offer: str,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        start: datetime,
        *,
        until: datetime,
        contact_id: ContactId | None,
        booker: Booker,
        by: Actor,
        now: datetime,
    ) -> Hold:
        """Keep an hour for that offer until then, beside what the contact holds: what is offered can be had.

        What the offer holds already stays as it is, whichever hour that is: an offer never has two.
        Raises ForbiddenError, NotBookableError and SlotTakenError, as `hold` does.
        """
        by.must(EDIT)
        query = self._finder.query(visit_type_id, practitioner_id, booker=booker)
        return await self._claims.offer(offer, query, start, now, until=until, contact_id=contact_id)

    async def withdraw_offer(self, offer: str, *, by: Actor, hold_id: HoldId | None = None) -> None:
        """Give back what that offer holds (only that hold, where one is named). Raises ForbiddenError."""
        by.must(EDIT)
        hold = await self._store.holds.of_offer(offer)
        if hold is not None and hold_id in {None, hold.id}:
            await self._store.holds.release(hold)

    async def freed(self) -> tuple[Sequence[Freed], frozenset[date]]:
        """What became free since it was last looked at, and the clinic's days on which it lies."""
        found = await self._store.occupancy.freed(FREED_AT_ONCE)
        moments = {moment for each in found for moment in (each.first, each.last - 1)}
        return found, frozenset(self._finder.local(datetime.fromtimestamp(each, UTC)) for each in moments)

    async def forget_freed(self, freed: Sequence[Freed]) -> None:
        """These were looked at; a process that dies before it says so looks at them again."""
        await self._store.occupancy.forget_freed(freed)

    async def release_hold(self, hold_id: HoldId, *, contact_id: ContactId, by: Actor) -> None:
        """Give a held hour back; nothing where it has ended, or is another contact's. Raises ForbiddenError."""
        by.must(EDIT)
        hold = await self._held(hold_id, contact_id)
        if hold is not None:
            await self._store.holds.release(hold)

    async def held_by(self, contact_id: ContactId, now: datetime) -> Hold | None:
        """What the contact holds, for a page that is opened again."""
        hold = await self._store.holds.of_contact(contact_id)
        return None if hold is None or hold.ended(now) else hold

    async def end_expired_holds(self, now: datetime) -> int:
        """Delete holds whose time is over; the number. Nothing depends on it: they count no more from then on."""
        return await self._store.holds.end_expired(now)

    async def _held(self, hold_id: HoldId | None, contact_id: ContactId | None) -> Hold | None:
        """The hold of that id, if it is that contact's."""
        hold = None if hold_id is None else await self._store.holds.by_id(hold_id)
        return None if hold is None or hold.contact_id != contact_id else hold
