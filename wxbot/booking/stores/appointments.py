"""Appointments, and holds until they become one.

An appointment or a hold and the ticks it claims (`OccupancyStore`) change together in one transaction or not at all.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from pymongo import ReturnDocument

from wxbot.booking.claims import claims_of
from wxbot.booking.freeing import freed
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, ClinicChange, Hold, VisitStage
from wxbot.booking.stores.booking import AppointmentBooking
from wxbot.booking.stores.holds import HoldStore
from wxbot.booking.stores.occupancy import OccupancyStore
from wxbot.booking.stores.reading import APPOINTMENTS, Change
from wxbot.database import Index, Mapper, Session
from wxbot.due_work import Due
from wxbot.history.models import ContactId, PatientId

Document: TypeAlias = dict[str, Any]

CHANGES = Mapper(ClinicChange)


class BookingStore(AppointmentBooking):
    """The collections `appointments`, `holds` and `occupancy`."""

    INDEXES: Sequence[Index] = (
        Index(collection=APPOINTMENTS, keys=[("request_key", 1)], unique=True, serves="one request books once"),
        Index(
            collection=APPOINTMENTS,
            keys=[("move_key", 1)],
            partial={"move_key": {"$gt": ""}},  # a bound the planner can compare, unlike $type
            unique=True,
            serves="one request moves once",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("contact_id", 1), ("state", 1), ("end", 1)],
            serves="a contact's coming appointments; detaching a contact",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("patient_id", 1), ("state", 1), ("start", 1)],
            serves="a patient's overlapping appointments; whether they have any, or were seen before",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("state", 1), ("start", 1)],
            serves="booked appointments in a span: reminders, and how busy a practitioner's day is",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("state", 1), ("end", 1)],
            serves="visits to close; treatments that ended on given days",
        ),
        Index(collection=APPOINTMENTS, keys=[("created_at", 1)], serves="appointments made lately"),
        Index(collection=APPOINTMENTS, keys=[("changed_at", 1)], serves="appointments moved lately"),
        Index(
            collection=APPOINTMENTS,
            keys=[("history_pending", 1)],
            partial={"history_pending": True},
            serves="visits closed in bulk whose transcript line is still to be written",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("practitioner_id", 1), ("start", 1)],
            serves="what a practitioner still has to come, before they leave the clinic",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("room", 1), ("start", 1)],
            serves="what still takes place in a room, before it goes",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("clinic_change.at", 1)],
            partial={"clinic_change.at": {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}},
            serves="what was moved, cancelled or kept for the clinic's sake",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("devices", 1), ("start", 1)],
            serves="what a device is still booked for, before it goes",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("visit_type_id", 1), ("start", 1)],
            serves="what is still booked of a visit type, before it goes",
        ),
        *OccupancyStore.INDEXES,
        *HoldStore.INDEXES,
    )
    DUE: Sequence[Due] = (*OccupancyStore.DUE, *HoldStore.DUE)

    # -- changes ----------------------------------------------------------------------------------------------

    async def move(self, moved: Appointment, *, ending: Sequence[Hold] = ()) -> Change:
        """Replace the booked appointment one version older by `moved` and claim the new ticks for the old ones.

        Not applied when it changed meanwhile. Raises OccupiedError.
        """

        async def work(session: Session) -> bool:
            before: Document | None = await self._appointments.find_one_and_replace(
                {"_id": moved.id, "version": moved.version - 1, "state": AppointmentState.BOOKED.value},
                self._mapper.document(moved),
                session=session,
                return_document=ReturnDocument.BEFORE,
            )
            if before is None:
                return False
            await self._release(self._mapper.thing(before), session)
            await self.holds.end(ending, session)
            await self._claim(moved, session)
            return True

        applied = await self._database.in_transaction(work)
        return Change(appointment=moved if applied else await self.by_id(moved.id), applied=applied)

    async def cancel(  # noqa: PLR0913 - one fact each
        self,
        appointment_id: AppointmentId,
        *,
        now: datetime,
        by: str,
        reason: str,
        version: int | None,
        clinic_change: ClinicChange | None = None,
    ) -> Change:
        """Cancel a booked appointment (of that version, if given) and free its ticks."""
        guard = {} if version is None else {"version": version}

        async def work(session: Session) -> Appointment | None:
            after: Document | None = await self._appointments.find_one_and_update(
                {"_id": appointment_id, "state": AppointmentState.BOOKED.value, **guard},
                {
                    "$set": {
                        "state": AppointmentState.CANCELLED.value,
                        "cancel_reason": reason,
                        "clinic_change": None if clinic_change is None else CHANGES.document(clinic_change),
                        "changed_by": by,
                        "changed_at": now,
                        "closed_at": now,
                    },
                    "$inc": {"version": 1},
                },
                session=session,
                return_document=ReturnDocument.AFTER,
            )
            if after is None:
                return None
            cancelled = self._mapper.thing(after)
            await self._release(cancelled, session)
            return cancelled

        return await self._change(appointment_id, await self._database.in_transaction(work))

    async def keep_anyway(self, appointment_id: AppointmentId, version: int, change: ClinicChange) -> Change:
        """Note on a booked appointment of that version that it takes place in spite of the clinic's days."""
        after: Document | None = await self._appointments.find_one_and_update(
            {"_id": appointment_id, "state": AppointmentState.BOOKED.value, "version": version},
            {"$set": {"clinic_change": CHANGES.document(change)}},
            return_document=ReturnDocument.AFTER,
        )
        return await self._change(appointment_id, self._thing(after))

    async def clinic_changes_since(self, moment: datetime, limit: int) -> list[Appointment]:
        """What was moved, cancelled or kept for the clinic's sake at that moment or later, the latest first."""
        found = self._appointments.find({"clinic_change.at": {"$gte": moment}}).sort("clinic_change.at", -1)
        return [self._mapper.thing(document) for document in await found.to_list(limit)]

    async def mark_no_show(self, appointment_id: AppointmentId, *, now: datetime, by: str) -> Change:
        """Note that the patient did not come to a visit that was booked or assumed attended, and free what is left."""

        async def work(session: Session) -> Appointment | None:
            before: Document | None = await self._appointments.find_one_and_update(
                {
                    "_id": appointment_id,
                    "state": {"$in": [AppointmentState.BOOKED.value, AppointmentState.COMPLETED.value]},
                    "start": {"$lte": now},
                },
                {
                    "$set": {
                        "state": AppointmentState.NO_SHOW.value,
                        "changed_by": by,
                        "changed_at": now,
                        "closed_at": now,
                    },
                    "$inc": {"version": 1},
                },
                session=session,
                return_document=ReturnDocument.AFTER,
            )
            if before is None:
                return None
            missed = self._mapper.thing(before)
            after = freed(missed, now, cleaning=False)
            if after.freed_from is not None and after != missed:
                times = {"freed_from": after.freed_from, "taken_again_from": None}
                await self._appointments.update_one({"_id": appointment_id}, {"$set": times}, session=session)
                await self.occupancy.release_rest(appointment_id, claims_of(missed), after.freed_from, session)
            return after

        return await self._change(appointment_id, await self._database.in_transaction(work))

    async def confirm(self, appointment_id: AppointmentId, *, now: datetime, by: str) -> Change:
        """Note that the patient of a booked visit that has not begun will come; the first note stays."""
        after: Document | None = await self._appointments.find_one_and_update(
            {
                "_id": appointment_id,
                "state": AppointmentState.BOOKED.value,
                "start": {"$gt": now},
                "confirmed_at": None,
            },
            {"$set": {"confirmed_at": now, "confirmed_by": by}},
            return_document=ReturnDocument.AFTER,
        )
        return await self._change(appointment_id, self._thing(after))

    async def complete_ended(self, *, ended_before: datetime, left_before: datetime, now: datetime, by: str) -> int:
        """Close booked visits that ended, as `history_pending`; the number closed.

        Before `ended_before` where nobody noted a stage; where the patient is known to have come, and staff may still
        note that they left, before `left_before`.
        """
        untouched = {"stage": {"$in": [None, VisitStage.EXPECTED.value]}, "end": {"$lt": ended_before}}
        result = await self._appointments.update_many(
            {"state": AppointmentState.BOOKED.value, "$or": [untouched, {"end": {"$lt": left_before}}]},
            {
                "$set": {
                    "state": AppointmentState.COMPLETED.value,
                    "closed_at": now,
                    "changed_by": by,
                    "history_pending": True,
                },
                "$inc": {"version": 1},
            },
        )
        return int(result.modified_count)

    async def history_pending(self, limit: int) -> list[Appointment]:
        """Visits closed in bulk that the transcript does not know yet."""
        return await self._find({"history_pending": True}, limit=limit)

    async def set_new(self, patient_ids: Collection[PatientId], *, new: bool) -> None:
        """Whether the coming visits of these patients are their first; no change in the sense of `version`."""
        await self._appointments.update_many(
            {"patient_id": {"$in": list(patient_ids)}, "state": AppointmentState.BOOKED.value},
            {"$set": {"new_patient": new}},
        )

    async def mark_recorded(self, ids: Sequence[AppointmentId]) -> None:
        """The transcript knows of these now."""
        await self._appointments.update_many({"_id": {"$in": list(ids)}}, {"$unset": {"history_pending": ""}})

    async def forget_ticks(self, appointments: Sequence[Appointment], before: datetime) -> None:
        """Delete what the resources of these appointments held before that moment: the past cannot be booked."""
        resources = {claim.resource for appointment in appointments for claim in claims_of(appointment)}
        await self.occupancy.forget(resources, before)

    async def detach(self, contact_id: ContactId) -> int:
        """Part the contact from their appointments, which stay, and end what they hold; the number parted."""
        await self.holds.release_of(contact_id)
        result = await self._appointments.update_many({"contact_id": contact_id}, {"$set": {"contact_id": None}})
        return int(result.modified_count)
