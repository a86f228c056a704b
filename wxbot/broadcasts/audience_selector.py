"""Finding the people of a selection, in portions, each read from an index; nobody twice."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date, datetime, time, timedelta

from wxbot.booking.visits import Visits
from wxbot.broadcasts.models import Audience, AudienceKind
from wxbot.clinic.models import VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients

PORTION = 500  # people worked on at once


class AudienceSelector:
    """From a selection to patients."""

    def __init__(self, patients: Patients, visits: Visits, clinics: LiveClinic) -> None:
        self._patients = patients
        self._visits = visits
        self._clinics = clinics

    async def people(self, selection: Audience, now: datetime) -> AsyncIterator[list[Patient]]:
        """Who is meant, in portions; of a merged duplicate the record it became, and each person once."""
        seen: set[PatientId] = set()
        async for portion in self._found(selection, now):
            fresh = [patient for patient in portion if patient.id not in seen and patient.merged_into is None]
            unique = {patient.id: patient for patient in fresh}
            seen |= unique.keys()
            if unique:
                yield list(unique.values())

    def _found(self, selection: Audience, now: datetime) -> AsyncIterator[Sequence[Patient]]:
        today = now.astimezone(self._clinics.current.timezone).date()
        match selection.kind:
            case AudienceKind.LIST | AudienceKind.ONE:
                return self._picked(selection.patient_ids)
            case AudienceKind.TAG:
                return self._patients.select_by_tag(selection.tag, today)
            case AudienceKind.BIRTHDAY:
                year = today.year if selection.month >= today.month else today.year + 1
                return self._patients.select_by_birthday_month(year, selection.month)
            case AudienceKind.PHONES:
                return self._patients.select_by_phones(selection.phones)
            case AudienceKind.TREATMENT:
                return self._treated(selection)
        return self._last_seen(selection)

    async def _picked(self, patient_ids: Sequence[PatientId]) -> AsyncIterator[Sequence[Patient]]:
        for start in range(0, len(patient_ids), PORTION):
            yield await self._by_ids(patient_ids[start : start + PORTION])

    async def _treated(self, selection: Audience) -> AsyncIterator[Sequence[Patient]]:
        start, end = self._span(selection)
        kinds = [VisitTypeId(each) for each in selection.visit_types]
        async for ids in self._visits.seen(start, end, kinds):
            yield await self._by_ids(ids)

    async def _last_seen(self, selection: Audience) -> AsyncIterator[Sequence[Patient]]:
        """Who was here on those days and not since; a duplicate's visits and those of the record it became count."""
        start, end = self._span(selection)
        async for ids in self._visits.seen(start, end):
            everybody = await self._patients.patients(ids)
            came_again = await self._visits.seen_since({*ids, *(each.id for each in everybody.values())}, end)
            away = [each for each in ids if each in everybody and not {each, everybody[each].id} & came_again]
            yield [everybody[each] for each in away]

    async def _by_ids(self, patient_ids: Collection[PatientId]) -> list[Patient]:
        """In the order given; merged duplicates as what they became."""
        found = await self._patients.patients(patient_ids)
        return [found[each] for each in patient_ids if each in found]

    def _span(self, selection: Audience) -> tuple[datetime, datetime]:
        """From the first local midnight to the one after the last day."""
        zone = self._clinics.current.timezone
        first, last = date.fromisoformat(selection.first_day), date.fromisoformat(selection.last_day)
        return (
            datetime.combine(first, time(), tzinfo=zone),
            datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
        )
