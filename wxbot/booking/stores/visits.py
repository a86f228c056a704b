"""Queries about visits over the collection `appointments`, whose indexes `appointments` declares."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wxbot.booking.models import AppointmentState
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Database, Document, Index
from wxbot.history.models import PatientId

NAME = "appointments"
PORTION = 500  # visits handed on at once
_SEEN = AppointmentState.COMPLETED.value
_TODAY = AppointmentState.BOOKED.value  # begun and not closed yet: the patient is in treatment, or has just left


MOST_LATELY = 50  # visits of the people one contact speaks for, in some weeks


@dataclass(frozen=True, kw_only=True)
class PastVisit:
    """A visit that took place, or that has begun and was not closed."""

    patient_id: PatientId
    visit_type_id: VisitTypeId
    start: datetime


@dataclass(frozen=True, kw_only=True)
class LatestVisit:
    """What a patient was last here for: ids of visit type and practitioner."""

    project: VisitTypeId
    practitioner: PractitionerId
    start: datetime


@dataclass(frozen=True, kw_only=True)
class SeenPatient:
    """A patient, and when their latest visit of a stretch of time began."""

    patient_id: PatientId
    start: datetime


@dataclass(frozen=True, kw_only=True)
class MadeBooking:
    """For whom an appointment was made, when, and by whom: `patient` or `staff:<id>`."""

    patient_id: PatientId
    created_at: datetime
    by: str


class VisitStore:
    """Reads appointments; writes nothing."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)

    async def seen(
        self, start: datetime, end: datetime, *, visit_types: Collection[VisitTypeId] | None = None
    ) -> AsyncIterator[list[PatientId]]:
        """Patients of completed visits that ended in [start, end), by that end, read in portions from one cursor."""
        query: Document = {"state": _SEEN, "end": {"$gte": start, "$lt": end}}
        if visit_types is not None:
            query["visit_type_id"] = {"$in": list(visit_types)}
        portion: list[PatientId] = []
        async for row in self._rows.find(query, {"patient_id": 1}).sort("end", 1).batch_size(PORTION):
            portion.append(PatientId(row["patient_id"]))
            if len(portion) == PORTION:
                yield portion
                portion = []
        if portion:
            yield portion

    async def latest_completed(self, since: datetime, until: datetime, limit: int) -> list[SeenPatient]:
        """Patients with a completed visit that began in [since, until), each with the latest, the latest first."""
        steps: list[Document] = [
            {"$match": {"state": _SEEN, "start": {"$gte": since, "$lt": until}}},
            {"$group": {"_id": "$patient_id", "start": {"$max": "$start"}}},
            {"$sort": {"start": -1, "_id": 1}},
            {"$limit": limit},
        ]
        rows = self._rows.aggregate(steps, batchSize=limit)  # one round trip: an id and a moment each
        return [SeenPatient(patient_id=PatientId(row["_id"]), start=row["start"]) async for row in rows]

    async def made_between(self, start: datetime, end: datetime) -> list[MadeBooking]:
        """Appointments that were made in [start, end), whatever became of them."""
        fields = {"_id": 0, "patient_id": 1, "created_at": 1, "by": 1}
        rows = self._rows.find({"created_at": {"$gte": start, "$lt": end}}, fields)
        return [
            MadeBooking(patient_id=PatientId(row["patient_id"]), created_at=row["created_at"], by=row["by"])
            async for row in rows
        ]

    async def seen_since(self, patient_ids: Collection[PatientId], moment: datetime) -> frozenset[PatientId]:
        """Those of the patients who had a completed visit that began at that moment or later."""
        query: Document = {"patient_id": {"$in": list(patient_ids)}, "state": _SEEN, "start": {"$gte": moment}}
        return frozenset([PatientId(each) for each in await self._rows.distinct("patient_id", query)])

    async def latest(
        self,
        patient_ids: Collection[PatientId],
        visit_types: Collection[VisitTypeId],
        *,
        since: datetime,
        until: datetime,
    ) -> Mapping[PatientId, datetime]:
        """When each patient's latest visit of those types began, in [since, until]; left out where there is none.

        A visit that has begun and was not closed counts: a patient in treatment has not recovered.
        """
        query: Document = {
            "patient_id": {"$in": list(patient_ids)},
            "state": {"$in": [_SEEN, _TODAY]},
            "start": {"$gte": since, "$lte": until},
            "visit_type_id": {"$in": list(visit_types)},
        }
        found: dict[PatientId, datetime] = {}
        row: Mapping[str, Any]
        async for row in self._rows.find(query, {"patient_id": 1, "start": 1}):
            patient_id = PatientId(row["patient_id"])
            found[patient_id] = max(row["start"], found.get(patient_id, row["start"]))
        return found

    async def lately(self, patient_ids: Collection[PatientId], *, since: datetime, until: datetime) -> list[PastVisit]:
        """Those patients' visits that began in [since, until], the latest first; one that was not closed counts."""
        query: Document = {
            "patient_id": {"$in": list(patient_ids)},
            "state": {"$in": [_SEEN, _TODAY]},
            "start": {"$gte": since, "$lte": until},
        }
        fields = {"patient_id": 1, "visit_type_id": 1, "start": 1}
        return [
            PastVisit(
                patient_id=PatientId(row["patient_id"]),
                visit_type_id=VisitTypeId(row["visit_type_id"]),
                start=row["start"],
            )
            async for row in self._rows.find(query, fields).sort("start", -1).limit(MOST_LATELY)
        ]

    async def latest_of(self, patient_ids: Collection[PatientId], until: datetime) -> Mapping[PatientId, LatestVisit]:
        """Each patient's latest visit that began until then; one that was not closed counts."""
        steps: list[Document] = [
            {
                "$match": {
                    "patient_id": {"$in": list(patient_ids)},
                    "state": {"$in": [_SEEN, _TODAY]},
                    "start": {"$lte": until},
                }
            },
            {"$sort": {"start": -1}},
            {
                "$group": {
                    "_id": "$patient_id",
                    "project": {"$first": "$visit_type_id"},
                    "practitioner": {"$first": "$practitioner_id"},
                    "start": {"$first": "$start"},
                }
            },
        ]
        return {
            PatientId(row["_id"]): LatestVisit(
                project=VisitTypeId(row["project"]),
                practitioner=PractitionerId(row["practitioner"]),
                start=row["start"],
            )
            async for row in self._rows.aggregate(steps)
        }
