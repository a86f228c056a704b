"""Writing new appointments with what they claim: those who book at the same time share a transaction."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from wxbot.booking.claims import Claim, claims_of
from wxbot.booking.errors import OccupiedError
from wxbot.booking.models import Appointment, AppointmentId, Hold
from wxbot.booking.stores.holds import HoldStore
from wxbot.booking.stores.occupancy import OccupancyStore
from wxbot.booking.stores.reading import AppointmentReading
from wxbot.database import BulkWriteError, ContendedError, Database, DuplicateKeyError, Session
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId, PatientId

BOOKED_AT_ONCE = 25  # in one transaction: large enough to share its cost, small enough to be repeated alone
TOGETHER_AGAIN = 3  # times that those who were not refused share a transaction; then each has its own


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """What is read before a booking: what its request has booked already, and what is known of who asks."""

    appointment: Appointment | None
    seen: bool  # whether the patient has completed a visit
    hold: Hold | None  # what the contact chose to hold


_Asked: TypeAlias = tuple[str, PatientId, ContactId | None]  # request, for whom, who asks


@dataclass(frozen=True)
class _Wanted:
    """An appointment to write, and the holds that end with it."""

    appointment: Appointment
    ending: Sequence[Hold]

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        return claims_of(self.appointment)

    @cached_property
    def once(self) -> frozenset[tuple[str, int] | str]:
        """What no other one may have as well."""
        ticks = ((claim.resource, tick) for claim in self.claims for tick in claim.ticks)
        return frozenset([self.appointment.request_key, *(hold.id for hold in self.ending), *ticks])


def _disjoint(group: Sequence[_Wanted]) -> tuple[list[int], list[int]]:
    """The positions of those that claim nothing that one before them claims, and of the others."""
    together, others, claimed = list[int](), list[int](), set[tuple[str, int] | str]()
    for number, each in enumerate(group):
        (together if claimed.isdisjoint(each.once) else others).append(number)
        claimed |= each.once
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
        self._known: GroupCommit[_Asked, KnownBefore] = GroupCommit(self._all_known)

    async def before_booking(
        self, request_key: str, patient_id: PatientId, contact_id: ContactId | None
    ) -> KnownBefore:
        """What has to be known before a booking; those who book at the same time ask together."""
        return await self._known.add((request_key, patient_id, contact_id))

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
        for _ in range(TOGETHER_AGAIN):
            if len(together) <= 1:
                break
            refused = await self._all_booked([group[number] for number in together])
            if not refused:
                results = {number: group[number].appointment for number in together}
                together = []
            later += [number for number in together if group[number].appointment.id in refused]
            together = [number for number in together if number not in later]
        later = sorted({*together, *later})
        alone = await asyncio.gather(*(self._book_one(group[number]) for number in later), return_exceptions=True)
        for number, result in zip(later, alone, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
            results[number] = result
        return [results[number] for number in range(len(group))]

    async def _all_known(self, asked: Sequence[_Asked]) -> list[KnownBefore]:
        requests, patients, contacts = zip(*asked, strict=True)
        done, seen, holds = await asyncio.gather(
            self._by_requests(requests),
            self._all_seen(patients),
            self.holds.of_contacts({each for each in contacts if each is not None}),
        )
        return [
            KnownBefore(each, was_seen, holds.get(contact) if contact is not None else None)
            for each, was_seen, contact in zip(done, seen, contacts, strict=True)
        ]

    async def _all_booked(self, group: Sequence["_Wanted"]) -> Collection[AppointmentId]:
        """Write all of them in one transaction, or none: then those that were refused, all where that is not known."""
        documents = [self._mapper.document(each.appointment) for each in group]
        ending = [hold for each in group for hold in each.ending]
        claims = [(str(each.appointment.id), claim) for each in group for claim in each.claims]

        async def work(session: Session) -> None:
            await self._appointments.insert_many(documents, session=session)
            await self.holds.end(ending, session)
            await self.occupancy.claim_all(claims, session)

        try:
            await self._database.in_transaction(work)
        except OccupiedError as error:
            return {AppointmentId(error.owner)}
        except (BulkWriteError, ContendedError):
            return {each.appointment.id for each in group}
        return ()

    async def _claim(self, appointment: Appointment, session: Session) -> None:
        await self.occupancy.claim(appointment.id, claims_of(appointment), session)

    async def _release(self, appointment: Appointment, session: Session) -> None:
        await self.occupancy.release([appointment.id], claims_of(appointment), session)
