"""Use cases of 前台数据: the numbers of a day, a week or a month with their records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment
from wxbot.booking.service import Booking
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import PatientId
from wxbot.patients.service import Patients
from wxbot.reception.figure_models import Figure, FigureKey, FrontDeskDays
from wxbot.reception.figures import figures, overdue_intakes
from wxbot.reception.models import EntryKind, FirstContact
from wxbot.reception.ports import FilledIntakes
from wxbot.reception.rules import ReceptionRules
from wxbot.reception.stores.first_contacts import FirstContactStore
from wxbot.reception.stores.records import ReceptionVisitStore
from wxbot.visits.service import VisitDay

READ = "reception:figures:read"


@dataclass(frozen=True, kw_only=True)
class FrontDeskFigures:
    """What some days came to."""

    figures: Mapping[FigureKey, Figure]
    contacts: Mapping[EntryKind, Sequence[FirstContact]]  # by entry (A4-53)
    overdue: Sequence[Appointment]  # first visits of days that are over whose questionnaire is not there (A4-13)


class FiguresOfDays:
    """Reads some days and counts."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: ReceptionVisitStore,
        contacts: FirstContactStore,
        *,
        booking: Booking,
        visits: DayVisits,
        notes: VisitDay,
        patients: Patients,
        clinics: LiveClinic,
        intakes: FilledIntakes,
        rules: ReceptionRules,
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._booking = booking
        self._visits = visits
        self._notes = notes
        self._patients = patients
        self._clinics = clinics
        self._intakes = intakes
        self._rules = rules

    async def of(self, first: date, last: date, *, by: Actor, now: datetime) -> FrontDeskFigures:
        """The numbers of the local days from `first` to `last`, both included. Raises ForbiddenError."""
        by.must(READ)
        zone = self._clinics.current.timezone
        visits = await self._booking.on_day(first, days=(last - first).days + 1)
        ids = [each.id for each in visits]
        start, end = (datetime.combine(each, time(), zone) for each in (first, last + timedelta(days=1)))
        noted = await self._store.of(ids)
        later: dict[PatientId, list[Appointment]] = {}
        for visit in await self._visits.kept_after({each.patient_id for each in visits}, start):
            later.setdefault(visit.patient_id, []).append(visit)
        contacts = await self._patients.contacts({each.contact_id for each in visits if each.contact_id is not None})
        entered = frozenset(key for key, record in noted.items() if record.intake_entered is not None)
        days = FrontDeskDays(
            visits=visits,
            records=await self._notes.records(ids),
            noted=noted,
            later=later,
            following=frozenset(key for key, each in contacts.items() if each.following),
            intakes=entered | await self._intakes.of(visits),
            now=now,
            zone=zone,
        )
        found = figures(days, self._rules, self._notes.rules)
        reached = await self._contacts.between(start, end)
        return FrontDeskFigures(
            figures=found,
            contacts={kind: [each for each in reached if each.entry is kind] for kind in EntryKind},
            overdue=overdue_intakes(found, days),
        )
