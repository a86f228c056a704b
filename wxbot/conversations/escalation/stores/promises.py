"""Where promises are kept. Each changes by one conditional write, so that an alarm or a mark counts once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, ReturnDocument

from wxbot.conversations.escalation.promise_models import Promise, PromiseState
from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.due_work import Due
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

PROMISES = "promises"
MOST_OF_ONE = 100  # open promises to a contact, or of a colleague; more is a slip

_OPEN = PromiseState.OPEN.value
_NEXT = [("look_at", ASCENDING)]


class PromiseStore:
    """The collection `promises`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=PROMISES,
            keys=[("contact_id", ASCENDING), ("due_at", ASCENDING)],
            serves="what a contact was promised; what is still to be kept; erasure",
        ),
        Index(
            collection=PROMISES,
            keys=[("owner", ASCENDING), ("due_at", ASCENDING)],
            partial={"state": _OPEN},
            serves="what somebody has to keep, before they sign off",
        ),
        Index(
            collection=PROMISES,
            keys=_NEXT,
            partial={"state": _OPEN},
            serves="promises about which somebody is to be told",
        ),
        Index(
            collection=PROMISES,
            keys=[("made_by", ASCENDING), ("made_at", DESCENDING)],
            serves="how a colleague keeps their promises",
        ),
        Index(collection=PROMISES, keys=[("made_at", DESCENDING)], serves="everybody's promises of a time"),
    )

    DUE: Sequence[Due] = (
        Due(jobs=("run_desk",), collection=PROMISES, query=lambda now, _: _told_of_by(now), order=_NEXT),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(PROMISES)
        self._mapper = Mapper(Promise)

    async def insert(self, promise: Promise) -> bool:
        """Keep it unless it is there; whether it is new."""
        try:
            await self._rows.insert_one(self._mapper.document(promise))
        except DuplicateKeyError:
            return False
        return True

    async def find(self, promise_id: str) -> Promise | None:
        """One promise."""
        row = await self._rows.find_one({"_id": promise_id})
        return None if row is None else self._mapper.thing(row)

    async def open_of(self, contact_id: ContactId) -> list[Promise]:
        """What a contact is still to be answered, the earliest due first."""
        rows = self._rows.find({"contact_id": contact_id, "state": _OPEN}).sort("due_at", ASCENDING).limit(MOST_OF_ONE)
        return [self._mapper.thing(row) async for row in rows]

    async def promised(self, contact_ids: Collection[ContactId]) -> set[ContactId]:
        """Those of the contacts with a promise that is still to be kept."""
        found = await self._rows.distinct("contact_id", {"contact_id": {"$in": list(contact_ids)}, "state": _OPEN})
        return {ContactId(each) for each in found}

    async def owed_by(self, account_id: AccountId) -> list[Promise]:
        """What somebody has to keep, the earliest due first."""
        rows = self._rows.find({"owner": account_id, "state": _OPEN}).sort("due_at", ASCENDING).limit(MOST_OF_ONE)
        return [self._mapper.thing(row) async for row in rows]

    async def to_look_at(self, now: datetime, limit: int) -> list[Promise]:
        """Open ones whose next look has come, the earliest first."""
        rows = self._rows.find(_told_of_by(now)).sort(_NEXT).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def all_open(self, limit: int) -> list[Promise]:
        """What is still to be kept, what is looked at next in front."""
        rows = self._rows.find({"state": _OPEN}).sort("look_at", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def overdue(self, now: datetime, limit: int) -> list[Promise]:
        """Open ones that are overdue and of which nobody was told yet."""
        query = {"state": _OPEN, "look_at": {"$lte": now}, "due_at": {"$lte": now}}
        rows = self._rows.find(query).sort("look_at", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def replace(self, before: Promise, after: Promise) -> bool:
        """Write `after` where state and next look still are as in `before`; whether they were."""
        where = {"_id": before.id, "state": before.state.value, "look_at": before.look_at}
        changed = {"state": after.state.value, "look_at": after.look_at, "kept_at": after.kept_at, "by": after.by}
        return bool((await self._rows.update_one(where, {"$set": changed})).matched_count)

    async def answered(self, contact_id: ContactId, line_id: str, at: datetime) -> int:
        """A colleague wrote to the contact after those promises; the number."""
        where = {"contact_id": contact_id, "state": _OPEN, "_id": {"$ne": line_id}, "made_at": {"$lt": at}}
        return int((await self._rows.update_many(where, {"$max": {"answered_at": at}})).modified_count)

    async def move(self, contact_id: ContactId, owner: AccountId | None) -> int:
        """Somebody else has to keep what the contact was promised; the number."""
        where = {"contact_id": contact_id, "state": _OPEN}
        return int((await self._rows.update_many(where, {"$set": {"owner": owner}})).modified_count)

    async def mark(self, promise_id: str, state: PromiseState, kept_at: datetime, by: str) -> Promise | None:
        """Settle an open one; as it is then, None when it is not open."""
        changed = {"state": state.value, "kept_at": kept_at, "by": by}
        row = await self._rows.find_one_and_update(
            {"_id": promise_id, "state": _OPEN}, {"$set": changed}, return_document=ReturnDocument.AFTER
        )
        return None if row is None else self._mapper.thing(row)

    async def tally(self, since: datetime, until: datetime) -> Mapping[AccountId, Mapping[PromiseState, int]]:
        """How many promises made in [since, until) came to what, by who made them."""
        steps: list[Document] = [
            {"$match": {"made_at": {"$gte": since, "$lt": until}}},
            {"$group": {"_id": {"by": "$made_by", "state": "$state"}, "count": {"$sum": 1}}},
        ]
        found: dict[AccountId, dict[PromiseState, int]] = {}
        async for row in self._rows.aggregate(steps):
            key = row["_id"]
            found.setdefault(AccountId(key["by"]), {})[PromiseState(key["state"])] = int(row["count"])
        return found

    async def made(self, since: datetime, until: datetime, limit: int) -> list[Promise]:
        """The promises made in [since, until), the latest first."""
        rows = self._rows.find({"made_at": {"$gte": since, "$lt": until}}).sort("made_at", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete what those contacts were promised; the number."""
        return int((await self._rows.delete_many({"contact_id": {"$in": list(contact_ids)}})).deleted_count)


def _told_of_by(now: datetime) -> Document:
    """Open promises whose next look has come by then."""
    return {"state": _OPEN, "look_at": {"$lte": now}}
