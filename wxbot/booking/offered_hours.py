"""The bookable hours of a clinic's days, worked out once as long as the clinic stays as it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from wxbot.booking.models import Slot
from wxbot.booking.ticks import ticks
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType

MOST_KEPT = 4_000  # days of practitioners; a month of twenty who offer visits of six lengths

Slots: TypeAlias = Mapping[datetime, Sequence[Slot]]
"""Start → the slots at that start, in the practitioners' order; starts earliest first."""


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """A slot and the ticks it touches."""

    slot: Slot
    ticks: range


class OfferedHours:
    """Every hour of one clinic value that its plan has, whatever the time is and whatever is taken.

    What is asked for again is looked up. Days, practitioners and lengths repeat from message to message, while the
    clinic changes a few times a week: then another object replaces this one.
    """

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self._people = {person.id: person for person in clinic.practitioners}
        self._of_one: dict[tuple[PractitionerId, int, date], tuple[PlannedSlot, ...]] = {}
        self._of_all: dict[tuple[tuple[PractitionerId, ...], int], dict[date, Slots]] = {}

    def of_one(self, practitioner: Practitioner, visit_type: VisitType, day: date) -> tuple[PlannedSlot, ...]:
        """The slots of one practitioner on a local day; none for a visit type that they do not offer."""
        if visit_type.id not in practitioner.visit_types:
            return ()
        if self._people.get(practitioner.id) is not practitioner:  # of another value of the clinic: not kept
            return tuple(_planned(self.clinic, practitioner, visit_type.minutes, day))
        key = (practitioner.id, visit_type.minutes, day)
        found = self._of_one.get(key)
        if found is None:
            if len(self._of_one) >= MOST_KEPT:
                self._of_one.clear()  # days that have passed go with the rest
                self._of_all.clear()
            found = self._of_one[key] = tuple(_planned(self.clinic, practitioner, visit_type.minutes, day))
        return found

    def of_all(self, practitioners: Sequence[Practitioner], visit_type: VisitType) -> Callable[[date], Slots]:
        """What gives the slots of several on a local day, by start."""
        offering = [person for person in practitioners if visit_type.id in person.visit_types]
        kept: dict[date, Slots] = {}
        if all(self._people.get(person.id) is person for person in offering):
            kept = self._of_all.setdefault((tuple(person.id for person in offering), visit_type.minutes), kept)

        def on(day: date) -> Slots:
            found = kept.get(day)
            if found is None:
                each_persons = [self.of_one(person, visit_type, day) for person in offering]
                found = kept[day] = by_start([each.slot for each in planned] for planned in each_persons)
            return found

        return on


def by_start(each_persons: Iterable[Sequence[Slot]]) -> Slots:
    """The slots of several practitioners by start, earliest first."""
    found: dict[datetime, list[Slot]] = {}
    for slots in each_persons:
        for slot in slots:
            found.setdefault(slot.start, []).append(slot)
    return dict(sorted(found.items()))


def _planned(clinic: Clinic, practitioner: Practitioner, minutes: int, day: date) -> Iterator[PlannedSlot]:
    """Hours start on the clinic's grid counted from the opening of each block and fit inside one block.

    Steps are real minutes, so a change of the clocks neither doubles nor skips one.
    """
    length, step = timedelta(minutes=minutes), timedelta(minutes=clinic.slot_minutes)
    seen: set[datetime] = set()
    for opening in openings(clinic, practitioner, day):
        start = opening.start
        while start + length <= opening.end:
            if start not in seen:
                seen.add(start)
                slot = Slot(practitioner_id=practitioner.id, start=start, end=start + length)
                yield PlannedSlot(slot, ticks(slot.start, slot.end))
            start += step
