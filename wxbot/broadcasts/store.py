"""The collections of broadcasts and their recipients."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, InsertOne, ReturnDocument

from wxbot.broadcasts.models import Broadcast, BroadcastEvent, BroadcastId, BroadcastState, Recipient
from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.due_work import Due
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId, PatientId

BROADCASTS = "broadcasts"
RECIPIENTS = "broadcast_recipients"

_PREVIEWS = [("preview_run.lease_until", ASCENDING)]


class BroadcastStore:
    """The collections `broadcasts` and `broadcast_recipients`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=BROADCASTS,
            keys=[("created_at", DESCENDING), ("_id", DESCENDING)],
            serves="the list, the newest first",
        ),
        Index(
            collection=BROADCASTS,
            keys=[("state", ASCENDING), ("created_at", DESCENDING)],
            serves="what waits for approval, and what is in progress",
        ),
        Index(
            collection=BROADCASTS,
            keys=[("template", ASCENDING), ("state", ASCENDING)],
            serves="which broadcasts still use a template",
        ),
        Index(
            collection=BROADCASTS,
            keys=_PREVIEWS,
            partial={"preview_run.id": {"$gt": ""}},
            serves="previews to run in the background",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("broadcast_id", ASCENDING), ("run_id", ASCENDING), ("position", ASCENDING)],
            serves="who was selected, in order; deleting older runs",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("broadcast_id", ASCENDING), ("run_id", ASCENDING), ("outcome", ASCENDING), ("position", ASCENDING)],
            serves="the same by outcome",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("broadcast_id", ASCENDING), ("run_id", ASCENDING), ("send_slot", ASCENDING)],
            serves="whose send slot is next",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("contact_id", ASCENDING)],
            partial={"contact_id": {"$gt": ""}},
            serves="a contact's rows, for erasure",
        ),
    )

    DUE: Sequence[Due] = (
        Due(
            jobs=("preview_broadcasts",),
            collection=BROADCASTS,
            query=lambda _, machine_now: _without_worker(machine_now),
            order=_PREVIEWS,
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._broadcasts = database.collection(BROADCASTS)
        self._recipients = database.collection(RECIPIENTS)
        cipher = DocumentCipher(keys, BROADCASTS, ["audience.phones.*"])
        self._broadcast = EncryptedMapper(Broadcast, cipher)
        self.ciphers: Sequence[DocumentCipher] = (cipher,)
        self._recipient = Mapper(Recipient)
        self._event = Mapper(BroadcastEvent)

    # -- broadcasts -----------------------------------------------------------------------------------------------

    async def insert(self, broadcast: Broadcast) -> None:
        """Insert a new broadcast."""
        await self._broadcasts.insert_one(self._broadcast.document(broadcast))

    async def by_id(self, broadcast_id: BroadcastId) -> Broadcast | None:
        """The broadcast of that id."""
        row = await self._broadcasts.find_one({"_id": broadcast_id})
        return self._broadcast.thing(row) if row else None

    async def by_ids(self, broadcast_ids: Collection[BroadcastId]) -> Mapping[BroadcastId, Broadcast]:
        """Those that exist, by id."""
        rows = self._broadcasts.find({"_id": {"$in": list(broadcast_ids)}})
        return {BroadcastId(row["_id"]): self._broadcast.thing(row) async for row in rows}

    async def replace(self, before: Broadcast, after: Broadcast) -> bool:
        """Replace `before` if its state and revision are unchanged; whether it was replaced."""
        where = {"_id": before.id, "revision": before.revision, "state": before.state.value}
        return bool((await self._broadcasts.replace_one(where, self._broadcast.document(after))).matched_count)

    async def advance(self, broadcast: Broadcast, next_slot: int) -> None:
        """Set `next_slot`: the slots before it are in the outbox. Never decreases."""
        await self._broadcasts.update_one(
            {"_id": broadcast.id, "slots_from": broadcast.slots_from}, {"$max": {"next_slot": next_slot}}
        )

    async def restart_slots(self, broadcast: Broadcast, at: datetime, slot: int) -> Broadcast:
        """Count slots from `slot` at `at`, unless another process changed that; the broadcast as it is then."""
        await self._broadcasts.update_one(
            {"_id": broadcast.id, "slots_from": broadcast.slots_from, "first_slot": broadcast.first_slot},
            {"$set": {"slots_from": at, "first_slot": slot}},
        )
        return await self.by_id(broadcast.id) or broadcast

    async def move(
        self,
        broadcast_id: BroadcastId,
        from_states: Collection[BroadcastState],
        change: Document,
        event: BroadcastEvent,
    ) -> Broadcast | None:
        """Apply `change` and add the event if the broadcast is in one of those states; the result, else None."""
        row = await self._broadcasts.find_one_and_update(
            {"_id": broadcast_id, "state": {"$in": [state.value for state in from_states]}},
            {"$set": change, "$push": {"events": self._event.document(event)}, "$inc": {"revision": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return self._broadcast.thing(row) if row else None

    async def newest(self, limit: int, *, before: tuple[datetime, BroadcastId] | None = None) -> list[Broadcast]:
        """The newest first, after `before`."""
        query: Document = {}
        if before is not None:
            at, broadcast_id = before
            query = {
                "created_at": {"$lte": at},
                "$or": [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$lt": broadcast_id}}],
            }
        rows = self._broadcasts.find(query).sort([("created_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [self._broadcast.thing(row) async for row in rows]

    async def in_states(self, states: Collection[BroadcastState], limit: int) -> list[Broadcast]:
        """Broadcasts in those states, the newest first."""
        query = {"state": {"$in": [state.value for state in states]}}
        rows = self._broadcasts.find(query).sort("created_at", DESCENDING).limit(limit)
        return [self._broadcast.thing(row) async for row in rows]

    async def using(self, template: str, states: Collection[BroadcastState], limit: int) -> list[Broadcast]:
        """Broadcasts in those states with this template."""
        query = {"template": template, "state": {"$in": [state.value for state in states]}}
        return [self._broadcast.thing(row) async for row in self._broadcasts.find(query).limit(limit)]

    # -- preview runs --------------------------------------------------------------------------------------------

    async def claim_preview_run(self, run_id: str, machine_now: datetime, until: datetime) -> Broadcast | None:
        """Claim a preview run without a live worker and give it that id."""
        row = await self._broadcasts.find_one_and_update(
            _without_worker(machine_now),
            {"$set": {"preview_run.id": run_id, "preview_run.lease_until": until, "preview_run.done": 0}},
            sort=_PREVIEWS,
            return_document=ReturnDocument.AFTER,
        )
        return self._broadcast.thing(row) if row else None

    async def extend_preview_run(self, broadcast_id: BroadcastId, run_id: str, done: int, until: datetime) -> bool:
        """Set the progress and extend the lease of a run; False when the broadcast does not name it any more."""
        result = await self._broadcasts.update_one(
            {"_id": broadcast_id, "preview_run.id": run_id},
            {"$set": {"preview_run.done": done, "preview_run.lease_until": until}},
        )
        return bool(result.matched_count)

    # -- recipients -------------------------------------------------------------------------------------------

    async def add(self, recipients: Sequence[Recipient]) -> int:
        """Insert recipients; those that exist stay as they are. The number inserted."""
        if not recipients:
            return 0
        documents = [InsertOne(self._recipient.document(each)) for each in recipients]
        try:
            await self._recipients.bulk_write(documents, ordered=False)
        except BulkWriteError as error:
            return len(recipients) - len(duplicate_positions(error))
        return len(recipients)

    async def delete_other_runs(self, broadcast_id: BroadcastId, keep: str) -> None:
        """Delete the recipients of earlier runs. Run ids sort by time: a later run stays."""
        await self._recipients.delete_many({"broadcast_id": broadcast_id, "run_id": {"$lt": keep}})

    async def delete_run(self, broadcast_id: BroadcastId, run_id: str) -> None:
        """Delete the recipients of a run that did not finish."""
        await self._recipients.delete_many({"broadcast_id": broadcast_id, "run_id": run_id})

    async def page(  # noqa: PLR0913 - filters of a page
        self,
        broadcast_id: BroadcastId,
        run_id: str,
        *,
        outcome: str = "",
        reason: str | None = None,
        after: int = -1,
        limit: int = 50,
    ) -> list[Recipient]:
        """Recipients in order after the position `after`, of one outcome and reason where given."""
        query: Document = {"broadcast_id": broadcast_id, "run_id": run_id, "position": {"$gt": after}}
        if outcome:
            query["outcome"] = outcome
        if reason is not None:
            query["reason"] = reason
        rows = self._recipients.find(query).sort("position", ASCENDING).limit(limit)
        return [self._recipient.thing(row) async for row in rows]

    async def slots(self, broadcast_id: BroadcastId, run_id: str, first: int, last: int) -> list[Recipient]:
        """Recipients whose send slot is in [first, last), in order."""
        query = {"broadcast_id": broadcast_id, "run_id": run_id, "send_slot": {"$gte": first, "$lt": last}}
        rows = self._recipients.find(query).sort("send_slot", ASCENDING).limit(max(1, last - first))
        return [self._recipient.thing(row) async for row in rows]

    async def reached(self, broadcast_id: BroadcastId, run_id: str) -> frozenset[PatientId]:
        """Whoever gets a message or a call by that run."""
        query = {"broadcast_id": broadcast_id, "run_id": run_id, "send_slot": {"$gte": 0}}
        rows = self._recipients.find(query, {"patient_id": 1})
        return frozenset([PatientId(row["patient_id"]) async for row in rows])

    async def erase(self, contact_id: ContactId) -> int:
        """Delete a contact's recipient rows; the number deleted."""
        return int((await self._recipients.delete_many({"contact_id": contact_id})).deleted_count)


def _without_worker(machine_now: datetime) -> Document:
    """Broadcasts with a preview run and no live worker."""
    return {"preview_run.id": {"$gt": ""}, "preview_run.lease_until": {"$lte": machine_now}}
