"""Use cases of past visits: who was here in a span, and what they were treated for lately."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime

from wxbot.booking.stores.visits import LatestVisit, PastVisit, VisitStore
from wxbot.clinic.models import VisitTypeId
from wxbot.history.models import PatientId


class Visits:
    """Who was here, and when."""

    def __init__(self, store: VisitStore) -> None:
        self._store = store

    def seen(
        self, start: datetime, end: datetime, visit_types: Collection[VisitTypeId] | None = None
    ) -> AsyncIterator[list[PatientId]]:
        """Patients of completed visits that ended in [start, end), in portions; one who came twice comes twice."""
        return self._store.seen(start, end, visit_types=visit_types)

    async def seen_since(self, patient_ids: Collection[PatientId], moment: datetime) -> frozenset[PatientId]:
        """Those of the patients who had a completed visit that began at that moment or later."""
        return await self._store.seen_since(patient_ids, moment) if patient_ids else frozenset()

    async def latest(
        self,
        patient_ids: Collection[PatientId],
        visit_types: Collection[VisitTypeId],
        *,
        since: datetime,
        until: datetime,
    ) -> Mapping[PatientId, datetime]:
        """When each patient's latest visit of those types began, in [since, until]; see the store."""
        if not patient_ids or not visit_types:
            return {}
        return await self._store.latest(patient_ids, visit_types, since=since, until=until)

    async def lately(self, patient_ids: Collection[PatientId], *, since: datetime, until: datetime) -> list[PastVisit]:
        """Those patients' visits that began in [since, until], the latest first; see the store."""
        return await self._store.lately(patient_ids, since=since, until=until) if patient_ids else []

    async def latest_of(self, patient_ids: Collection[PatientId], until: datetime) -> Mapping[PatientId, LatestVisit]:
        """Each patient's latest visit that began until then, as far as there is one."""
        return await self._store.latest_of(patient_ids, until) if patient_ids else {}
