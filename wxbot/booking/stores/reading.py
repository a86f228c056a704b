"""Queries over appointments, each served by an index that `appointments` declares."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.clinic.models import PractitionerId
from wxbot.database import Database, Mapper
from wxbot.errors import NotFoundError
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId, PatientId

Document: TypeAlias = dict[str, Any]

_Hours: TypeAlias = tuple[PatientId, datetime, datetime]  # whose, from, until

APPOINTMENTS = "appointments"
KEPT = (AppointmentState.BOOKED.value, AppointmentState.COMPLETED.value)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a guarded change found: the appointment as it now stands, and whether this call changed it."""

    appointment: Appointment | None
    applied: bool

    def found(self) -> Appointment:
        """The appointment. Raises NotFoundError when there is none of that id."""
        if self.appointment is None:
            raise NotFoundError("no such appointment")
        return self.appointment


class AppointmentReading:
    """The reading half of the booking's store; `BookingStore` adds what changes."""

    def __init__(self, database: Database) -> None:
        self._appointments = database.collection(APPOINTMENTS)
        self._mapper = Mapper(Appointment)
        self._seen: GroupCommit[PatientId, bool] = GroupCommit(self._all_seen)
        self._requests: GroupCommit[str, Appointment | None] = GroupCommit(self._by_requests)
        self._overlaps: GroupCommit[_Hours, list[Appointment]] = GroupCommit(self._all_overlapping)

    async def by_id(self, appointment_id: AppointmentId) -> Appointment | None:
        """One appointment."""
        return await self._find_one({"_id": appointment_id})

    async def by_ids(self, ids: Sequence[AppointmentId]) -> list[Appointment]:
        """Those that exist."""
        return await self._find({"_id": {"$in": list(ids)}})

    async def by_request(self, request_key: str) -> Appointment | None:
        """What that request booked."""
        return await self._requests.add(request_key)

    async def by_move(self, request_key: str) -> Appointment | None:
        """What that request moved."""
        return await self._find_one({"move_key": request_key})

    async def load(
        self, start: datetime, end: datetime, *, around: timedelta
    ) -> Mapping[PractitionerId, tuple[int, int]]:
        """How many booked appointments each practitioner has in [start, end), and with so much time on either side."""
        window = {"$gte": start - around, "$lt": end + around}
        inside = {"$and": [{"$gte": ["$start", start]}, {"$lt": ["$start", end]}]}
        pipeline: list[Document] = [
            {"$match": {"state": AppointmentState.BOOKED.value, "start": window}},
            {
                "$group": {
                    "_id": "$practitioner_id",
                    "inside": {"$sum": {"$cond": [inside, 1, 0]}},
                    "around": {"$sum": 1},
                }
            },
        ]
        rows = self._appointments.aggregate(pipeline)
        return {PractitionerId(row["_id"]): (row["inside"], row["around"]) async for row in rows}

    async def overlapping(self, patient_id: PatientId, start: datetime, end: datetime) -> list[Appointment]:
        """The patient's booked appointments that share time with [start, end)."""
        return await self._overlaps.add((patient_id, start, end))

    async def with_appointments(self, patient_ids: Collection[PatientId]) -> frozenset[PatientId]:
        """Those of the patients that have appointments of any state."""
        found = await self._appointments.distinct("patient_id", {"patient_id": {"$in": list(patient_ids)}})
        return frozenset(PatientId(each) for each in found)

    async def expected(self, patient_ids: Collection[PatientId], now: datetime) -> frozenset[PatientId]:
        """Those of the patients that have a booked appointment that has not ended."""
        query = {
            "patient_id": {"$in": list(patient_ids)},
            "state": AppointmentState.BOOKED.value,
            "end": {"$gt": now},
        }
        found = await self._appointments.distinct("patient_id", query)
        return frozenset(PatientId(each) for each in found)

    async def booked_of(self, patient_ids: Collection[PatientId], since: datetime) -> list[Appointment]:
        """Those patients' booked appointments that end after that moment."""
        query = {
            "patient_id": {"$in": list(patient_ids)},
            "state": AppointmentState.BOOKED.value,
            "end": {"$gt": since},
        }
        return await self._find(query)

    async def kept_after(self, patient_ids: Collection[PatientId], after: datetime) -> list[Appointment]:
        """Those patients' visits that start at `after` or later and are booked or took place, earliest first."""
        query = {"patient_id": {"$in": sorted(patient_ids)}, "state": {"$in": list(KEPT)}, "start": {"$gte": after}}
        return await self._find(query, order="start")

    async def of_patients(self, patient_ids: Collection[PatientId], limit: int) -> list[Appointment]:
        """The patients' appointments of every state, the latest hour first."""
        states = [state.value for state in AppointmentState]  # named, so that the index by patient and state serves
        query = {"patient_id": {"$in": list(patient_ids)}, "state": {"$in": states}}
        cursor = self._appointments.find(query).sort("start", -1).limit(limit)
        return [self._mapper.thing(document) for document in await cursor.to_list(limit)]

    async def was_seen(self, patient_id: PatientId) -> bool:
        """Whether the patient has completed a visit."""
        return await self._seen.add(patient_id)

    async def upcoming(self, contact_id: ContactId, now: datetime) -> list[Appointment]:
        """A contact's booked appointments that have not ended, earliest first."""
        query = {"contact_id": contact_id, "state": AppointmentState.BOOKED.value, "end": {"$gt": now}}
        return sorted(await self._find(query), key=lambda appointment: appointment.start)

    async def starting_in(self, start: datetime, end: datetime) -> list[Appointment]:
        """Every appointment that starts in [start, end), of any state, earliest first."""
        states = [state.value for state in AppointmentState]  # named, so that the index by state and start serves
        return await self._find({"state": {"$in": states}, "start": {"$gte": start, "$lt": end}})

    async def around(self, starting_after: datetime, starting_before: datetime, limit: int = 0) -> list[Appointment]:
        """Booked appointments that start in [starting_after, starting_before), earliest first; 0 is no limit."""
        query = {
            "state": AppointmentState.BOOKED.value,
            "start": {"$gte": starting_after, "$lt": starting_before},
        }
        return await self._find(query, order="start", limit=limit)

    async def of_resource(self, field: str, value: str, starting_after: datetime, limit: int) -> list[Appointment]:
        """Booked appointments whose `field` is `value` and that start then or later, earliest first.

        `field` is practitioner_id, room, devices or visit_type_id.
        """
        query = {field: value, "start": {"$gte": starting_after}, "state": AppointmentState.BOOKED.value}
        return await self._find(query, order="start", limit=limit)

    async def any_of_resource(self, field: str, value: str) -> bool:
        """Whether any appointment, of any state, has that value."""
        return await self._appointments.find_one({field: value}, {"_id": 1}) is not None

    async def changed_since(self, moment: datetime) -> list[Appointment]:
        """Booked appointments made or moved at that moment or later."""
        lately = [{"created_at": {"$gte": moment}}, {"changed_at": {"$gte": moment}}]
        return await self._find({"state": AppointmentState.BOOKED.value, "$or": lately})

    async def ended_between(self, state: AppointmentState, start: datetime, end: datetime) -> list[Appointment]:
        """Appointments of that state that ended, or were to end, in [start, end)."""
        return await self._find({"state": state.value, "end": {"$gte": start, "$lt": end}})

    # -- inside: what those who book at the same time ask is asked together -----------------------------------

    async def _all_seen(self, patient_ids: Sequence[PatientId]) -> list[bool]:
        query = {"patient_id": {"$in": list(set(patient_ids))}, "state": AppointmentState.COMPLETED.value}
        seen = set(await self._appointments.distinct("patient_id", query))
        return [each in seen for each in patient_ids]

    async def _by_requests(self, keys: Sequence[str]) -> list[Appointment | None]:
        found = {each.request_key: each for each in await self._find({"request_key": {"$in": list(set(keys))}})}
        return [found.get(key) for key in keys]

    async def _all_overlapping(self, hours: Sequence[_Hours]) -> list[list[Appointment]]:
        found = await self._find(
            {
                "patient_id": {"$in": list({patient_id for patient_id, _, _ in hours})},
                "state": AppointmentState.BOOKED.value,
                "start": {"$lt": max(end for _, _, end in hours)},
                "end": {"$gt": min(start for _, start, _ in hours)},
            }
        )
        return [
            [each for each in found if each.patient_id == patient_id and each.start < end and each.end > start]
            for patient_id, start, end in hours
        ]

    async def _find(self, query: Mapping[str, Any], *, order: str | None = None, limit: int = 0) -> list[Appointment]:
        cursor = self._appointments.find(query, limit=limit)
        if order is not None:
            cursor = cursor.sort(order, 1)
        return [self._mapper.thing(document) for document in await cursor.to_list(None)]

    def _thing(self, document: Document | None) -> Appointment | None:
        return self._mapper.thing(document) if document is not None else None

    async def _change(self, appointment_id: AppointmentId, after: Appointment | None) -> Change:
        """What a guarded change found: the appointment that it wrote, or as it stands where it wrote none."""
        if after is not None:
            return Change(appointment=after, applied=True)
        return Change(appointment=await self.by_id(appointment_id), applied=False)

    async def _find_one(self, query: Mapping[str, Any]) -> Appointment | None:
        return self._thing(await self._appointments.find_one(query))
