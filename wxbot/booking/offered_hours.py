"""The bookable hours of a clinic's days, worked out once as long as the clinic stays as it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

from wxbot.booking.models import Slot
from wxbot.booking.needs import Needs
from wxbot.booking.planned_days import MINUTE_SECONDS, NO_HOURS, Length, PlannedDay
from wxbot.booking.ticks import ticks
from wxbot.clinic.hours import Opening, openings
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId

MOST_KEPT = 10_000  # days of practitioners; a month of fifty who offer visits of six lengths

Slots: TypeAlias = Mapping[datetime, Sequence[Slot]]
"""Start → the slots at that start, in the practitioners' order; starts earliest first."""


class OfferedHours:
    """Every hour of one clinic value that its plan has, whatever the time is and whatever is taken.

    What is asked for again is looked up. Days, practitioners and lengths repeat from message to message, while the
    clinic changes a few times a week: then another object replaces this one.
    """

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self._people = {person.id: person for person in clinic.practitioners}
        self._kinds = {kind.id: kind for kind in clinic.visit_types}
        self._of_one: dict[tuple[PractitionerId, Length, date], PlannedDay] = {}
        self._of_all: dict[tuple[tuple[PractitionerId, ...], Length], dict[date, Slots]] = {}
        self._needs: dict[tuple[PractitionerId, VisitTypeId], Needs] = {}

    def of_one(self, practitioner: Practitioner, visit_type: VisitType, day: date, step: int = 0) -> PlannedDay:
        """The hours of one practitioner on a local day; none for a visit type that they do not offer.

        They begin in steps of `step` minutes from each opening on; 0 is the clinic's own grid.
        """
        if visit_type.id not in practitioner.visit_types:
            return NO_HOURS
        return self._on(practitioner, Length.of(visit_type, step or self.clinic.slot_minutes), day)

    def of_each(
        self, practitioner: Practitioner, visit_type: VisitType, days: Iterable[date], step: int = 0
    ) -> list[PlannedDay]:
        """The same of several local days."""
        if visit_type.id not in practitioner.visit_types:
            return [NO_HOURS for _ in days]
        length = Length.of(visit_type, step or self.clinic.slot_minutes)
        return [self._on(practitioner, length, day) for day in days]

    def of_all(
        self, practitioners: Sequence[Practitioner], visit_type: VisitType, step: int = 0
    ) -> Callable[[date], Slots]:
        """What gives the slots of several on a local day, by start."""
        offering = [person for person in practitioners if visit_type.id in person.visit_types]
        kept: dict[date, Slots] = {}
        if all(self._people.get(person.id) is person for person in offering):
            length = Length.of(visit_type, step or self.clinic.slot_minutes)
            kept = self._of_all.setdefault((tuple(person.id for person in offering), length), kept)

        def on(day: date) -> Slots:
            found = kept.get(day)
            if found is None:
                each_persons = [self.of_one(person, visit_type, day, step) for person in offering]
                found = kept[day] = by_start(planned.slots() for planned in each_persons)
            return found

        return on

    def needs(self, practitioner: Practitioner, visit_type: VisitType) -> Needs:
        """What the visit occupies with that practitioner."""
        known = self._people.get(practitioner.id) is practitioner and self._kinds.get(visit_type.id) is visit_type
        if not known:
            return Needs.of(self.clinic, practitioner, visit_type)
        key = (practitioner.id, visit_type.id)
        found = self._needs.get(key)
        if found is None:
            found = self._needs[key] = Needs.of(self.clinic, practitioner, visit_type)
        return found

    def _on(self, practitioner: Practitioner, length: Length, day: date) -> PlannedDay:
        if self._people.get(practitioner.id) is not practitioner:  # of another value of the clinic: not kept
            return _planned(self.clinic, practitioner, length, day)
        key = (practitioner.id, length, day)
        found = self._of_one.get(key)
        if found is None:
            if len(self._of_one) >= MOST_KEPT:
                self._of_one.clear()  # days that have passed go with the rest
                self._of_all.clear()
            found = self._of_one[key] = _planned(self.clinic, practitioner, length, day)
        return found


def by_start(each_persons: Iterable[Sequence[Slot]]) -> Slots:
    """The slots of several practitioners by start, earliest first."""
    found: dict[datetime, list[Slot]] = {}
    for slots in each_persons:
        for slot in slots:
            found.setdefault(slot.start, []).append(slot)
    return dict(sorted(found.items()))


def busy_ticks(visit_type: VisitType, start: datetime) -> range:
    """In which ticks practitioner, room and devices are busy with a visit that starts then."""
    whole = timedelta(minutes=visit_type.minutes + visit_type.after_minutes)
    return ticks(start - timedelta(minutes=visit_type.before_minutes), start + whole)


def _planned(clinic: Clinic, practitioner: Practitioner, length: Length, day: date) -> PlannedDay:
    """Hours start on a grid counted from the opening of each block, and the patient's time fits inside one block.

    Preparation and cleaning up may run over its edges: somebody is there before the first patient and after the last.
    Steps are real minutes, so a change of the clocks neither doubles nor skips one.
    """
    longest, step = length.minutes * MINUTE_SECONDS, length.step * MINUTE_SECONDS
    return PlannedDay(
        practitioner.id,
        length,
        (
            moment
            for opening in openings(clinic, practitioner, day)
            for moment in range(int(opening.start.timestamp()), int(opening.end.timestamp()) - longest + 1, step)
        ),
    )


def opening_around(clinic: Clinic, practitioner: Practitioner, start: datetime, end: datetime) -> Opening | None:
    """The opening in which the whole of [start, end) lies, if one does."""
    day = start.astimezone(clinic.timezone).date()
    found = (each for each in openings(clinic, practitioner, day) if each.start <= start and end <= each.end)
    return next(found, None)
