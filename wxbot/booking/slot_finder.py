"""Free slots: the clinic's hours less the ticks that are taken. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from wxbot.booking.availability import bookable_days, free_of_any, is_offered, next_free
from wxbot.booking.models import Appointment, Slot
from wxbot.booking.offered_hours import OfferedHours, Slots
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.ticks import Taken, resources, ticks
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError
from wxbot.group_commit import GroupCommit

ALTERNATIVES = 3  # free hours offered to those who lost a race


@dataclass(frozen=True, kw_only=True)
class SlotQuery:
    """What a request asks for, looked up in the clinic. The own hours of an appointment being moved are no obstacle."""

    visit_type: VisitType
    practitioners: tuple[Practitioner, ...]  # the one asked for, or everyone who offers it
    moving: Appointment | None = None


_Look: TypeAlias = tuple[Sequence[str], datetime, datetime]  # resources, from, until


class SlotFinder:
    """Free hours by the clinic's plan and the claimed ticks."""

    def __init__(self, store: BookingStore, clinics: LiveClinic) -> None:
        self._store = store
        self._clinics = clinics
        self._planned = OfferedHours(clinics.current)
        self._looks: GroupCommit[_Look, Taken] = GroupCommit(self._look)

    def query(
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        moving: Appointment | None = None,
    ) -> SlotQuery:
        """Look up a request; `practitioner_id` None means any. Raises NotBookableError when nobody offers that."""
        visit_type = self._clinic.visit_type(visit_type_id)
        keeps = moving is not None and moving.visit_type_id == visit_type_id  # a retired visit type may still be moved
        offering = self._clinic.who_treats(visit_type_id) if keeps else self._clinic.who_offers(visit_type_id)
        chosen = tuple(person for person in offering if practitioner_id is None or person.id == practitioner_id)
        if visit_type is None or not chosen:
            raise NotBookableError(f"nobody asked for offers {visit_type_id}")
        return SlotQuery(visit_type=visit_type, practitioners=chosen, moving=moving)

    def offers(self, query: SlotQuery, start: datetime, now: datetime) -> list[Slot]:
        """The slots at exactly that start, taken or not, in the clinic's order. Raises NotBookableError if none."""
        found = (is_offered(self._hours, person, query.visit_type, start, now) for person in query.practitioners)
        offers = [slot for slot in found if slot is not None]
        if not offers:
            raise NotBookableError(f"{start.isoformat()} is not offered")
        return offers

    async def free_starts(self, query: SlotQuery, days: Sequence[date], now: datetime) -> list[Slots]:
        """For each local day: start → who is free then. At most one look at the database for a run of days."""
        taken = await self._taken(query, days[0], days[-1])
        return list(free_of_any(self._hours, query.practitioners, query.visit_type, days, taken=taken, now=now))

    async def least_busy(self, day: date, starts: Sequence[Sequence[Slot]]) -> list[list[Slot]]:
        """Each start's slots, the practitioner with the fewest appointments that day first, else as given."""
        if all(len(slots) <= 1 for slots in starts):
            return [list(slots) for slots in starts]
        load = await self._store.booked_per_practitioner(self._midnight(day), self._midnight(day + timedelta(days=1)))
        return [sorted(slots, key=lambda slot: load.get(slot.practitioner_id, 0)) for slots in starts]

    async def candidates(self, query: SlotQuery, start: datetime, now: datetime) -> list[tuple[Slot, Practitioner]]:
        """Who could take that hour by what can be seen now, least busy first; the index has the last word."""
        day = self.local(start)
        (free,) = await self.free_starts(query, [day], now)
        (slots,) = await self.least_busy(day, [free.get(start, [])])
        by_id = {person.id: person for person in query.practitioners}
        return [(slot, by_id[slot.practitioner_id]) for slot in slots]

    async def alternatives(self, query: SlotQuery, start: datetime, now: datetime) -> list[Slot]:
        """The next free slots from that hour on."""
        last = bookable_days(self._clinic, now)[-1]
        taken = await self._taken(query, self.local(start), last)
        return next_free(
            self._hours,
            query.practitioners,
            query.visit_type,
            after=start,
            taken=taken,
            now=now,
            count=ALTERNATIVES,
        )

    def local(self, moment: datetime) -> date:
        """The clinic's date at that moment."""
        return moment.astimezone(self._clinic.timezone).date()

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current

    @property
    def _hours(self) -> OfferedHours:
        """The hours of the clinic as it stands now."""
        if self._planned.clinic is not self._clinic:
            self._planned = OfferedHours(self._clinic)
        return self._planned

    async def _taken(self, query: SlotQuery, first: date, last: date) -> Taken:
        wanted = [resource for person in query.practitioners for resource in resources(person)]
        start, end = self._midnight(first), self._midnight(last + timedelta(days=1))
        taken = await self._looks.add((wanted, start, end))
        return taken if query.moving is None else self._without(taken, query.moving)

    async def _look(self, looks: Sequence[_Look]) -> list[Taken]:
        """One look at the database for all who ask at the same time; what others asked for beside it does no harm."""
        wanted = {resource for resources_of_one, _, _ in looks for resource in resources_of_one}
        first, last = min(start for _, start, _ in looks), max(end for _, _, end in looks)
        return [await self._store.taken(sorted(wanted), first, last)] * len(looks)

    def _without(self, taken: Taken, moving: Appointment) -> Mapping[str, frozenset[int]]:
        practitioner = self._clinic.practitioner(moving.practitioner_id)
        own = frozenset(ticks(moving.start, moving.end))
        held = set() if practitioner is None else set(resources(practitioner))
        return {resource: claimed - own if resource in held else claimed for resource, claimed in taken.items()}

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), self._clinic.timezone)
