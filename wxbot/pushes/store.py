"""Where pushes and the people chosen for them are kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, InsertOne, ReturnDocument

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.history.models import ContactId, PatientId
from wxbot.pushes.models import Push, PushId, PushState, Recipient, Step

PUSHES = "pushes"
RECIPIENTS = "push_recipients"


class PushStore:
    """The collections `pushes` and `push_recipients`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=PUSHES,
            keys=[("created_at", DESCENDING), ("_id", DESCENDING)],
            serves="the list, the newest first",
        ),
        Index(
            collection=PUSHES,
            keys=[("state", ASCENDING), ("created_at", DESCENDING)],
            serves="what waits for approval, and what is under way",
        ),
        Index(
            collection=PUSHES,
            keys=[("template", ASCENDING), ("state", ASCENDING)],
            serves="which pushes still use a template",
        ),
        Index(
            collection=PUSHES,
            keys=[("working_out.lease_until", ASCENDING)],
            partial={"working_out.id": {"$gt": ""}},
            serves="lists to work out in the background",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("push_id", ASCENDING), ("round", ASCENDING), ("place", ASCENDING)],
            serves="who was chosen, in order; clearing away older rounds",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("push_id", ASCENDING), ("round", ASCENDING), ("will", ASCENDING), ("place", ASCENDING)],
            serves="the same by what becomes of them",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("push_id", ASCENDING), ("round", ASCENDING), ("turn", ASCENDING)],
            serves="whose turn is next",
        ),
        Index(
            collection=RECIPIENTS,
            keys=[("contact_id", ASCENDING)],
            partial={"contact_id": {"$gt": ""}},
            serves="a contact's places, for erasure",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._pushes = database.collection(PUSHES)
        self._recipients = database.collection(RECIPIENTS)
        self._push = Mapper(Push)
        self._recipient = Mapper(Recipient)
        self._step = Mapper(Step)

    # -- pushes -----------------------------------------------------------------------------------------------

    async def insert(self, push: Push) -> None:
        """Keep a new one."""
        await self._pushes.insert_one(self._push.document(push))

    async def by_id(self, push_id: PushId) -> Push | None:
        """The push of that id."""
        row = await self._pushes.find_one({"_id": push_id})
        return self._push.thing(row) if row else None

    async def by_ids(self, push_ids: Collection[PushId]) -> Mapping[PushId, Push]:
        """Those that exist, by id."""
        rows = self._pushes.find({"_id": {"$in": list(push_ids)}})
        return {PushId(row["_id"]): self._push.thing(row) async for row in rows}

    async def replace(self, before: Push, after: Push) -> bool:
        """Write `after` where `before` still stands, in the same state and revision; whether it was written."""
        where = {"_id": before.id, "revision": before.revision, "state": before.state.value}
        return bool((await self._pushes.replace_one(where, self._push.document(after))).matched_count)

    async def advance(self, push: Push, next_turn: int) -> None:
        """Turns before `next_turn` were handed to the outbox; never goes back, and leaves everything else alone."""
        await self._pushes.update_one({"_id": push.id, "base_at": push.base_at}, {"$max": {"next_turn": next_turn}})

    async def rebase(self, push: Push, at: datetime, turn: int) -> Push:
        """Count turns anew from `turn` at `at`, if they are still counted as in `push`; as it stands then."""
        await self._pushes.update_one(
            {"_id": push.id, "base_at": push.base_at, "base_turn": push.base_turn},
            {"$set": {"base_at": at, "base_turn": turn}},
        )
        return await self.by_id(push.id) or push

    async def move(
        self, push_id: PushId, come_from: Collection[PushState], change: Document, step: Step
    ) -> Push | None:
        """Apply a step while the push is in one of those states; as it is afterwards, None where it is not."""
        row = await self._pushes.find_one_and_update(
            {"_id": push_id, "state": {"$in": [state.value for state in come_from]}},
            {"$set": change, "$push": {"steps": self._step.document(step)}, "$inc": {"revision": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return self._push.thing(row) if row else None

    async def newest(self, limit: int, *, before: tuple[datetime, PushId] | None = None) -> list[Push]:
        """The newest first, behind `before`."""
        query: Document = {}
        if before is not None:
            at, push_id = before
            query = {
                "created_at": {"$lte": at},
                "$or": [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$lt": push_id}}],
            }
        rows = self._pushes.find(query).sort([("created_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [self._push.thing(row) async for row in rows]

    async def in_states(self, states: Collection[PushState], limit: int) -> list[Push]:
        """Pushes in those states, the newest first."""
        query = {"state": {"$in": [state.value for state in states]}}
        rows = self._pushes.find(query).sort("created_at", DESCENDING).limit(limit)
        return [self._push.thing(row) async for row in rows]

    async def using(self, template: str, states: Collection[PushState], limit: int) -> list[Push]:
        """Pushes in those states that say this template."""
        query = {"template": template, "state": {"$in": [state.value for state in states]}}
        return [self._push.thing(row) async for row in self._pushes.find(query).limit(limit)]

    # -- lists worked out in the background ---------------------------------------------------------------------

    async def take_round(self, round_: str, machine_now: datetime, until: datetime) -> Push | None:
        """Take up a list that is to be worked out and has no living worker, as the round of that id."""
        row = await self._pushes.find_one_and_update(
            {"working_out.id": {"$gt": ""}, "working_out.lease_until": {"$lte": machine_now}},
            {"$set": {"working_out.id": round_, "working_out.lease_until": until, "working_out.done": 0}},
            sort=[("working_out.lease_until", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return self._push.thing(row) if row else None

    async def go_on(self, push_id: PushId, round_: str, done: int, until: datetime) -> bool:
        """Note how far a round is and that its worker lives; False when nobody asks for it any more."""
        result = await self._pushes.update_one(
            {"_id": push_id, "working_out.id": round_},
            {"$set": {"working_out.done": done, "working_out.lease_until": until}},
        )
        return bool(result.matched_count)

    # -- people -----------------------------------------------------------------------------------------------

    async def add(self, recipients: Sequence[Recipient]) -> int:
        """Keep people of a round; who is there already stays as they are. The number added."""
        if not recipients:
            return 0
        documents = [InsertOne(self._recipient.document(each)) for each in recipients]
        try:
            await self._recipients.bulk_write(documents, ordered=False)
        except BulkWriteError as error:
            return len(recipients) - len(duplicate_positions(error))
        return len(recipients)

    async def forget_rounds(self, push_id: PushId, keep: str) -> None:
        """Remove the people of earlier rounds. A later one may have been named since: rounds sort by their time."""
        await self._recipients.delete_many({"push_id": push_id, "round": {"$lt": keep}})

    async def forget_round(self, push_id: PushId, round_: str) -> None:
        """Remove the people of a round that came to nothing."""
        await self._recipients.delete_many({"push_id": push_id, "round": round_})

    async def page(  # noqa: PLR0913 - what a page is asked for by
        self,
        push_id: PushId,
        round_: str,
        *,
        will: str = "",
        reason: str | None = None,
        after: int = -1,
        limit: int = 50,
    ) -> list[Recipient]:
        """People in order behind the place `after`, of one outcome and reason where given."""
        query: Document = {"push_id": push_id, "round": round_, "place": {"$gt": after}}
        if will:
            query["will"] = will
        if reason is not None:
            query["reason"] = reason
        rows = self._recipients.find(query).sort("place", ASCENDING).limit(limit)
        return [self._recipient.thing(row) async for row in rows]

    async def turns(self, push_id: PushId, round_: str, first: int, last: int) -> list[Recipient]:
        """Whose turn is in [first, last), in order."""
        query = {"push_id": push_id, "round": round_, "turn": {"$gte": first, "$lt": last}}
        rows = self._recipients.find(query).sort("turn", ASCENDING).limit(max(1, last - first))
        return [self._recipient.thing(row) async for row in rows]

    async def of_patients(self, push_id: PushId, round_: str, patient_ids: Collection[PatientId]) -> list[Recipient]:
        """The places of those patients."""
        ids = [f"{push_id}/{round_}/{patient_id}" for patient_id in patient_ids]
        return [self._recipient.thing(row) async for row in self._recipients.find({"_id": {"$in": ids}})]

    async def erase(self, contact_id: ContactId) -> int:
        """Remove a contact's places; the number removed."""
        return int((await self._recipients.delete_many({"contact_id": contact_id})).deleted_count)
