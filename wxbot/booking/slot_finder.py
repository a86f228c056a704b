"""Free slots: the clinic's hours less what is taken. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeAlias

from wxbot.booking.availability import bookable_days, free_at, free_counts, free_of_any, is_offered, next_free
from wxbot.booking.claims import Claim, claims_of, claims_of_hold
from wxbot.booking.models import Appointment, Booker, Hold, HoldId, Slot
from wxbot.booking.offered_hours import OfferedHours, Slots
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.occupancy import Look
from wxbot.booking.taken import Taken
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId

ALTERNATIVES = 3  # free hours offered to those who lost a race
LOAD_AROUND = timedelta(days=7)  # on either side of a day: who is asked for any doctor is not always given the first
LONGEST_PREPARATION = timedelta(hours=2)  # as config/schemas.py bounds it, before and after
LOOKED_AT_FIRST = (1, 3, 10)  # days: the next free hour is mostly near, and a look costs by the day


@dataclass(frozen=True, kw_only=True)
class SlotQuery:
    """What a request asks for, looked up in the clinic.

    The own hours of an appointment being moved are no obstacle, nor is what the contact holds, nor a `hold` by id.
    """

    visit_type: VisitType
    practitioners: tuple[Practitioner, ...]  # the one asked for, or everyone who offers it
    moving: Appointment | None = None
    booker: Booker = Booker.RETURNING
    contact_id: ContactId | None = None
    leaving: tuple[Appointment, ...] = ()  # others that are moved in the same step: their hours are no obstacle
    hold: HoldId | None = None


@dataclass(frozen=True, kw_only=True)
class View:
    """What is taken for one query, and the holds that are not in its way: they have ended, or are the contact's own."""

    taken: Taken
    ending: tuple[Hold, ...]


_Seen: TypeAlias = tuple[Taken, Sequence[Hold]]


class SlotFinder:
    """Free hours by the clinic's plan and the claimed ticks."""

    def __init__(self, store: BookingStore, clinics: LiveClinic) -> None:
        self._store = store
        self._clinics = clinics
        self._planned = OfferedHours(clinics.current)
        self._looks: GroupCommit[Look, _Seen] = GroupCommit(self._look)

    def query(
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        moving: Appointment | None = None,
        *,
        booker: Booker = Booker.RETURNING,
        contact_id: ContactId | None = None,
    ) -> SlotQuery:
        """Look up a request; `practitioner_id` None means any. Raises NotBookableError when nobody offers that."""
        visit_type = self._clinic.visit_type(visit_type_id)
        keeps = moving is not None and moving.visit_type_id == visit_type_id  # a retired visit type may still be moved
        offering = self._clinic.who_treats(visit_type_id) if keeps else self._clinic.who_offers(visit_type_id)
        chosen = tuple(person for person in offering if practitioner_id is None or person.id == practitioner_id)
        if visit_type is None or not chosen:
            raise NotBookableError(f"nobody asked for offers {visit_type_id}")
        return SlotQuery(
            visit_type=visit_type, practitioners=chosen, moving=moving, booker=booker, contact_id=contact_id
        )

    def days(self, query: SlotQuery, now: datetime, until: date | None = None) -> list[date]:
        """The local days that the query may be about."""
        return bookable_days(self._clinic, now, query.visit_type, query.booker, until=until)

    def offers(self, query: SlotQuery, start: datetime, now: datetime) -> list[Slot]:
        """The slots at exactly that start, taken or not, in the clinic's order. Raises NotBookableError if none."""
        found = (
            is_offered(self.hours, person, query.visit_type, start, now, booker=query.booker)
            for person in query.practitioners
        )
        offers = [slot for slot in found if slot is not None]
        if not offers:
            raise NotBookableError(f"{start.isoformat()} is not offered")
        return offers

    async def free_starts(self, query: SlotQuery, days: Sequence[date], now: datetime) -> list[Slots]:
        """For each local day: start → who is free then. At most one look at the database for a run of days."""
        if not days:
            return []
        view = await self.view(query, days[0], days[-1], now)
        found = free_of_any(
            self.hours,
            query.practitioners,
            query.visit_type,
            days,
            taken=view.taken,
            now=now,
            booker=query.booker,
        )
        return list(found)

    async def free_counts(self, query: SlotQuery, days: Sequence[date], now: datetime) -> list[int]:
        """How many starts each local day has at which somebody is free, in one look."""
        if not days:
            return []
        view = await self.view(query, days[0], days[-1], now)
        return free_counts(
            self.hours,
            query.practitioners,
            query.visit_type,
            days,
            taken=view.taken,
            now=now,
            booker=query.booker,
        )

    async def least_busy(self, day: date, starts: Sequence[Sequence[Slot]]) -> list[list[Slot]]:
        """Each start's slots: the practitioner with the fewest appointments that day first, then in the weeks around.

        Where both are equal it is the clinic's order. A quiet day alone would give every patient to the first.
        """
        if all(len(slots) <= 1 for slots in starts):
            return [list(slots) for slots in starts]
        load = await self._store.load(self._midnight(day), self._midnight(day + timedelta(days=1)), around=LOAD_AROUND)
        return [sorted(slots, key=lambda slot: load.get(slot.practitioner_id, (0, 0))) for slots in starts]

    async def candidates(
        self, query: SlotQuery, start: datetime, now: datetime
    ) -> tuple[list[tuple[Slot, Practitioner]], View]:
        """Who could take that hour by what can be seen now, least busy first; the index has the last word."""
        day = self.local(start)
        view = await self.view(query, day, day, now)
        free = free_at(
            self.hours,
            query.practitioners,
            query.visit_type,
            start,
            taken=view.taken,
            now=now,
            booker=query.booker,
        )
        (slots,) = await self.least_busy(day, [free])
        by_id = {person.id: person for person in query.practitioners}
        return [(slot, by_id[slot.practitioner_id]) for slot in slots], view

    async def next_free(
        self, query: SlotQuery, after: datetime, now: datetime, *, count: int = ALTERNATIVES
    ) -> list[Slot]:
        """The earliest free slots from that hour on, one per start. The next days are looked at first."""
        days = [day for day in self.days(query, now) if day >= self.local(after)]
        bounds = [0, *(each for each in LOOKED_AT_FIRST if each < len(days)), len(days)]
        found: list[Slot] = []
        for first, last in pairwise(bounds if days else ()):  # none: beyond what the booker may book
            some = days[first:last]
            view = await self.view(query, some[0], some[-1], now)
            found += next_free(
                self.hours,
                query.practitioners,
                query.visit_type,
                after=after,
                taken=view.taken,
                now=now,
                count=count - len(found),
                booker=query.booker,
                days=some,
            )
            if len(found) >= count:
                break
        return found

    async def view(self, query: SlotQuery, first: date, last: date, now: datetime) -> View:
        """What is taken from the first local day to the last, for those who could be asked."""
        wanted = [
            resource
            for person in query.practitioners
            for resource in self.hours.needs(person, query.visit_type).every_resource()
        ]
        start = self._midnight(first) - LONGEST_PREPARATION
        end = self._midnight(last + timedelta(days=1)) + LONGEST_PREPARATION
        taken, holds = await self._looks.add((wanted, start, end))
        whose = query.contact_id  # an offer to somebody without a contact is nobody's own
        ending = tuple(
            each
            for each in holds
            if each.ended(now) or each.id == query.hold or (whose is not None and each.contact_id == whose)
        )
        free_anyway = [claim for hold in ending for claim in claims_of_hold(hold)]
        if query.moving is not None:
            free_anyway += claims_of(query.moving)
        free_anyway += [claim for each in query.leaving for claim in claims_of(each)]
        return View(taken=taken.without(_runs(free_anyway)) if free_anyway else taken, ending=ending)

    def local(self, moment: datetime) -> date:
        """The clinic's date at that moment."""
        return moment.astimezone(self._clinic.timezone).date()

    @property
    def hours(self) -> OfferedHours:
        """The hours of the clinic as it stands now."""
        if self._planned.clinic is not self._clinic:
            self._planned = OfferedHours(self._clinic)
        return self._planned

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current

    async def _look(self, looks: Sequence[Look]) -> list[_Seen]:
        """One look at the database for all who ask at the same time.

        The claims first: a hold that ends between the two looks is then shown as taken once more, never the other way.
        """
        first, last = min(start for _, start, _ in looks), max(end for _, _, end in looks)
        taken = await self._store.occupancy.taken_each(looks)
        holds = await self._store.holds.around(first, last)
        return [(each, holds) for each in taken]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), self._clinic.timezone)


def _runs(claims: Sequence[Claim]) -> Mapping[str, Sequence[range]]:
    found: dict[str, list[range]] = {}
    for claim in claims:
        found.setdefault(claim.resource, []).append(claim.ticks)
    return found
