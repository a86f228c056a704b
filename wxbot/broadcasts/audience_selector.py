"""Finds the patients of an audience in batches, each patient once."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date, datetime, time, timedelta

from wxbot.booking.visits import Visits
from wxbot.broadcasts.models import Audience, AudienceKind
from wxbot.clinic.models import VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients

BATCH_SIZE = 500  # patients


class AudienceSelector:
    """Reads the patients of an audience, over indexes."""

    def __init__(self, patients: Patients, visits: Visits, clinics: LiveClinic) -> None:
        self._patients = patients
        self._visits = visits
        self._clinics = clinics

    async def patients(self, audience: Audience, now: datetime) -> AsyncIterator[list[Patient]]:
        """The selected patients in batches, each once; a merged duplicate counts as the record it was merged into."""
        seen: set[PatientId] = set()
        async for batch in self._found(audience, now):
            fresh = [patient for patient in batch if patient.id not in seen and patient.merged_into is None]
            unique = {patient.id: patient for patient in fresh}
            seen |= unique.keys()
            if unique:
                yield list(unique.values())

    def _found(self, audience: Audience, now: datetime) -> AsyncIterator[Sequence[Patient]]:
        today = now.astimezone(self._clinics.current.timezone).date()
        match audience.kind:
            case AudienceKind.LIST | AudienceKind.ONE:
                return self._picked(audience.patient_ids)
            case AudienceKind.TAG:
                return self._patients.selecting.by_tag(audience.tag, today)
            case AudienceKind.BIRTHDAY:
                year = today.year if audience.month >= today.month else today.year + 1
                return self._patients.selecting.by_birthday_month(year, audience.month)
            case AudienceKind.PHONES:
                return self._patients.selecting.by_phones(audience.phones)
            case AudienceKind.TREATMENT:
                return self._treated(audience)
        return self._last_seen(audience)

    async def _picked(self, patient_ids: Sequence[PatientId]) -> AsyncIterator[Sequence[Patient]]:
        for start in range(0, len(patient_ids), BATCH_SIZE):
            yield await self._by_ids(patient_ids[start : start + BATCH_SIZE])

    async def _treated(self, audience: Audience) -> AsyncIterator[Sequence[Patient]]:
        start, end = self._span(audience)
        kinds = [VisitTypeId(each) for each in audience.visit_types]
        async for ids in self._visits.seen(start, end, kinds):
            yield await self._by_ids(ids)

    async def _last_seen(self, audience: Audience) -> AsyncIterator[Sequence[Patient]]:
        """Patients with a visit on those days and none since; visits of merged duplicates count."""
        start, end = self._span(audience)
        async for ids in self._visits.seen(start, end):
            found = await self._patients.patients(ids)
            came_again = await self._visits.seen_since({*ids, *(each.id for each in found.values())}, end)
            away = [each for each in ids if each in found and not {each, found[each].id} & came_again]
            yield [found[each] for each in away]

    async def _by_ids(self, patient_ids: Collection[PatientId]) -> list[Patient]:
        """In the order given; merged duplicates as the record they were merged into."""
        found = await self._patients.patients(patient_ids)
        return [found[each] for each in patient_ids if each in found]

    def _span(self, audience: Audience) -> tuple[datetime, datetime]:
        """From the start of the first local day to the end of the last."""
        zone = self._clinics.current.timezone
        first, last = date.fromisoformat(audience.first_day), date.fromisoformat(audience.last_day)
        return (
            datetime.combine(first, time(), tzinfo=zone),
            datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
        )
