"""Writing new appointments with what they claim: those who book at the same time share a transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.booking.claims import claims_of
from wxbot.booking.errors import OccupiedError
from wxbot.booking.models import Appointment, Hold
from wxbot.booking.stores.holds import HoldStore
from wxbot.booking.stores.occupancy import OccupancyStore
from wxbot.booking.stores.reading import AppointmentReading
from wxbot.database import BulkWriteError, ContendedError, Database, DuplicateKeyError, Session
from wxbot.group_commit import GroupCommit

BOOKED_AT_ONCE = 25  # in one transaction: large enough to share its cost, small enough to be repeated alone


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An appointment to write, and the holds that end with it."""

    appointment: Appointment
    ending: Sequence[Hold]


def _disjoint(group: Sequence[_Wanted]) -> tuple[list[int], list[int]]:
    """The positions of those that claim nothing that one before them claims, and of the others."""
    together, others, claimed = list[int](), list[int](), set[tuple[str, int] | str]()
    for number, each in enumerate(group):
        own: set[tuple[str, int] | str] = {each.appointment.request_key, *(hold.id for hold in each.ending)}
        own |= {(claim.resource, tick) for claim in claims_of(each.appointment) for tick in claim.ticks}
        (together if claimed.isdisjoint(own) else others).append(number)
        claimed |= own
    return together, others


class AppointmentBooking(AppointmentReading):
    """The half of the booking's store that writes new appointments."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database
        self.occupancy = OccupancyStore(database)
        self.holds = HoldStore(database, self.occupancy)
        self._bookings: GroupCommit[_Wanted, Appointment] = GroupCommit(
            self._book_together, most=BOOKED_AT_ONCE, side_by_side=2
        )

    async def book(self, appointment: Appointment, *, ending: Sequence[Hold] = ()) -> Appointment:
        """Write the appointment and claim its ticks; the one already written under its request key, if any.

        `ending` are holds whose time is over, or whose contact books: their ticks are freed first. Those who book at
        the same time, and claim different things, share a transaction.
        Raises OccupiedError naming the first resource that somebody else holds.
        """
        return await self._bookings.add(_Wanted(appointment, ending))

    async def _book_one(self, wanted: "_Wanted") -> Appointment:
        appointment, ending = wanted.appointment, wanted.ending

        async def work(session: Session) -> None:
            await self._appointments.insert_one(self._mapper.document(appointment), session=session)
            await self.holds.end(ending, session)
            await self._claim(appointment, session)

        try:
            await self._database.in_transaction(work)
        except DuplicateKeyError:
            found = await self.by_request(appointment.request_key)
            if found is None:
                raise
            return found
        return appointment

    async def _book_together(self, group: Sequence["_Wanted"]) -> list[Appointment | Exception]:
        """All in one transaction, as far as they claim different things; where that is refused, each in its own."""
        together, later = _disjoint(group)
        results: dict[int, Appointment | Exception] = {}
        if len(together) > 1 and await self._all_booked([group[number] for number in together]):
            results = {number: group[number].appointment for number in together}
        else:
            later = sorted({*together, *later})
        alone = await asyncio.gather(*(self._book_one(group[number]) for number in later), return_exceptions=True)
        for number, result in zip(later, alone, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
            results[number] = result
        return [results[number] for number in range(len(group))]

    async def _all_booked(self, group: Sequence["_Wanted"]) -> bool:
        """Whether all of them were written, in one transaction; False when one of them was refused, and then none."""
        documents = [self._mapper.document(each.appointment) for each in group]
        ending = [hold for each in group for hold in each.ending]
        claims = [(str(each.appointment.id), claim) for each in group for claim in claims_of(each.appointment)]

        async def work(session: Session) -> None:
            await self._appointments.insert_many(documents, session=session)
            await self.holds.end(ending, session)
            await self.occupancy.claim_all(claims, session)

        try:
            await self._database.in_transaction(work)
        except (OccupiedError, BulkWriteError, ContendedError):
            return False
        return True

    async def _claim(self, appointment: Appointment, session: Session) -> None:
        await self.occupancy.claim(appointment.id, claims_of(appointment), session)

    async def _release(self, appointment: Appointment, session: Session) -> None:
        await self.occupancy.release([appointment.id], claims_of(appointment), session)
