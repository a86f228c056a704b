"""Where episodes are kept. Every change is one conditional write: for the version that was read, or not at all."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.conversations.models import OPEN, Episode, EpisodeId, EpisodeState
from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper, Session
from wxbot.due_work import Due
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

NAME = "episodes"
CLAIMS = "desk_claims"

_OPEN = [each.value for each in OPEN]
_ANY_OPEN: Document = {"state": {"$in": _OPEN}}
_WAITING, _ASSIGNED, _SNOOZED = (each.value for each in OPEN)
_CLOSED = EpisodeState.CLOSED.value
_QUEUE = [("priority", ASCENDING), ("waiting_since", ASCENDING), ("_id", ASCENDING)]
_MINE = [("owner", ASCENDING), ("latest_at", DESCENDING), ("_id", DESCENDING)]
_LATEST = [("latest_at", DESCENDING), ("_id", DESCENDING)]
_LATER = [("snooze.until", ASCENDING), ("_id", ASCENDING)]
_ANSWERED = [("owner_since", ASCENDING)]
_CLOSED_AT = [("closed_at", ASCENDING)]
_OF_STATE = {_WAITING: _QUEUE, _ASSIGNED: _ANSWERED, _SNOOZED: _LATER}  # the partial index that holds just those


@dataclass(frozen=True, kw_only=True)
class Place:
    """A cursor: the list goes on behind this episode."""

    at: datetime
    id: str
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What came of a claim: the episode after it, or why there is none."""

    episode: Episode | None
    full: bool = False  # the person has no capacity left; else the episode changed meanwhile


class EpisodeStore:
    """The collections `episodes` and `desk_claims`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("keys", ASCENDING)], unique=True, serves="the same cause opens one episode"),
        Index(
            collection=NAME,
            keys=[("contact_id", ASCENDING)],
            unique=True,
            partial={"state": {"$in": _OPEN}},
            serves="one open episode per contact",
        ),
        Index(
            collection=NAME,
            keys=[("contact_id", ASCENDING), ("latest_at", DESCENDING)],
            serves="a contact's episodes, for who answered last and for erasure",
        ),
        Index(
            collection=NAME,
            keys=_QUEUE,
            partial={"state": _WAITING},
            serves="待回复: the queue, oldest first within a class",
        ),
        Index(
            collection=NAME,
            keys=_MINE,
            partial={"state": {"$in": _OPEN}},
            serves="我的: what somebody owns",
        ),
        Index(
            collection=NAME,
            keys=_LATER,
            partial={"state": _SNOOZED},
            serves="稍后: what is snoozed, the next one first",
        ),
        Index(
            collection=NAME,
            keys=_LATEST,
            serves="全部: the latest words first",
        ),
        Index(
            collection=NAME,
            keys=[("next_rung_at", ASCENDING)],
            partial={"next_rung_at": {"$type": "date"}},
            serves="rungs of the ladder that are due",
        ),
        Index(
            collection=NAME,
            keys=[("offer.until", ASCENDING)],
            partial={"offer.until": {"$type": "date"}},
            serves="offers, the one that ends next first",
        ),
        Index(
            collection=NAME,
            keys=_ANSWERED,
            partial={"state": _ASSIGNED},
            serves="what is being answered, for owners who fell silent",
        ),
        Index(
            collection=NAME,
            keys=[("holders", ASCENDING)],
            partial={"state": {"$in": _OPEN}},
            serves="whose capacity is taken",
        ),
        Index(
            collection=NAME,
            keys=_CLOSED_AT,
            partial={"half_closed": True},
            serves="closed ones whose tasks may still have to be closed",
        ),
    )

    DUE: Sequence[Due] = (
        Due(jobs=("run_desk", "check_visibility"), collection=NAME, query=lambda _, __: _ANY_OPEN, order=_MINE),
        Due(jobs=("run_desk",), collection=NAME, query=lambda _, __: {"half_closed": True}, order=_CLOSED_AT),
    )

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = database.collection(NAME)
        self._claims = database.collection(CLAIMS)
        self._mapper = Mapper(Episode)
        self._reads: GroupCommit[ContactId, Episode | None] = GroupCommit(self._read_open)

    # -- writing -------------------------------------------------------------------------------------------

    async def insert(self, episode: Episode) -> bool:
        """Keep a new one; False when its cause is known, or the contact has an open one."""
        try:
            await self._rows.insert_one(self._document(episode))
        except DuplicateKeyError:
            return False
        return True

    async def replace(self, before: Episode, after: Episode) -> Episode | None:
        """Write `after` where `before` still stands; as it is kept, or None when somebody else wrote meanwhile."""
        return await self._replace(before, after, None)

    async def claim(self, before: Episode, after: Episode, account_id: AccountId, capacity: int) -> Claim:
        """The same, and only while the person's effort units stay within `capacity`.

        Claims on one person's capacity exclude each other: each writes the person's own document within a transaction,
        so that of two at once the later one counts what the earlier one took.
        """

        async def work(session: Session) -> Claim:
            await self._claims.update_one({"_id": account_id}, {"$inc": {"count": 1}}, upsert=True, session=session)
            taken = 0
            query = {"holders": account_id, "state": {"$in": _OPEN}, "_id": {"$ne": before.id}}
            async for row in self._rows.find(query, {"effort": 1}, session=session):
                taken += min(int(row["effort"]), capacity)
            if taken + min(after.effort, capacity) > capacity:
                return Claim(episode=None, full=True)
            return Claim(episode=await self._replace(before, after, session))

        try:
            return await self._database.in_transaction(work)
        except DuplicateKeyError:  # the person's very first claim, twice at once
            return await self._database.in_transaction(work)

    async def finished(self, episode_id: EpisodeId) -> None:
        """What followed from its close was done."""
        await self._rows.update_one({"_id": episode_id}, {"$set": {"half_closed": False}, "$inc": {"version": 1}})

    async def _replace(self, before: Episode, after: Episode, session: Session | None) -> Episode | None:
        kept = replace(after, version=before.version + 1)
        result = await self._rows.replace_one(
            {"_id": before.id, "version": before.version}, self._document(kept), session=session
        )
        return kept if result.matched_count else None

    # -- one -----------------------------------------------------------------------------------------------

    async def by_id(self, episode_id: EpisodeId) -> Episode | None:
        """The episode of that id."""
        return self._thing(await self._rows.find_one({"_id": episode_id}))

    async def by_key(self, key: str) -> Episode | None:
        """The episode which that cause opened or joined."""
        return self._thing(await self._rows.find_one({"keys": key}))

    async def open_of(self, contact_id: ContactId) -> Episode | None:
        """The contact's open episode. Callers at once share a read."""
        return await self._reads.add(contact_id)

    async def head(self, but: AccountId) -> Episode | None:
        """Who waits longest in the highest class and is offered to nobody but that person."""
        query: Document = {"state": _WAITING, "offer.to": {"$in": [None, but]}}
        return self._thing(await self._rows.find_one(query, sort=_QUEUE))

    async def latest_closed(self, contact_id: ContactId, since: datetime) -> Episode | None:
        """The contact's latest closed episode whose last words are not older than that."""
        query = {"contact_id": contact_id, "latest_at": {"$gte": since}, "state": _CLOSED}
        return self._thing(await self._rows.find_one(query, sort=[("latest_at", DESCENDING)]))

    # -- lists ---------------------------------------------------------------------------------------------

    async def waiting(self, limit: int, after: Place | None = None) -> list[Episode]:
        """The queue behind that place: by class, then who has waited longest."""
        query: Document = {"state": _WAITING}
        if after is not None:
            query["$or"] = [
                {"priority": {"$gt": after.priority}},
                {"priority": after.priority, "waiting_since": {"$gt": after.at}},
                {"priority": after.priority, "waiting_since": after.at, "_id": {"$gt": after.id}},
            ]
        return await self._things(query, _QUEUE, limit)

    async def owned(self, account_id: AccountId, limit: int, after: Place | None = None) -> list[Episode]:
        """What somebody owns, snoozed ones too, the latest words first."""
        query = {"owner": account_id, "state": {"$in": [_ASSIGNED, _SNOOZED]}}
        return await self._latest_first(query, limit, after, _MINE)  # named: the planner may prefer `latest_at` alone

    async def latest(self, since: datetime, limit: int, after: Place | None = None) -> list[Episode]:
        """Every episode with words since then, open or not, the latest words first."""
        return await self._latest_first({"latest_at": {"$gte": since}}, limit, after, _LATEST)

    async def snoozed(self, limit: int, after: Place | None = None) -> list[Episode]:
        """What is snoozed, the next one to be looked at first."""
        query: Document = {"state": _SNOOZED}
        if after is not None:
            query["$or"] = [{"snooze.until": {"$gt": after.at}}, {"snooze.until": after.at, "_id": {"$gt": after.id}}]
        return await self._things(query, _LATER, limit)

    async def snoozed_until(self, moment: datetime, limit: int) -> list[Episode]:
        """Snoozed ones whose time has come."""
        query: Document = {"state": _SNOOZED, "snooze.until": {"$lte": moment}}
        return await self._things(query, _LATER, limit)

    async def rungs_due(self, moment: datetime, limit: int) -> list[Episode]:
        """Open ones with a rung of the ladder to look at by then."""
        query: Document = {"next_rung_at": {"$lte": moment, "$type": "date"}}  # as its partial index says it
        return await self._things(query, [("next_rung_at", ASCENDING)], limit)

    async def offered(self, limit: int) -> list[Episode]:
        """What is offered to somebody, the offer that ends next first."""
        return await self._things({"offer.until": {"$type": "date"}}, [("offer.until", ASCENDING)], limit)

    async def answering(self, since_before: datetime, limit: int) -> list[Episode]:
        """What somebody has owned since that moment or longer and a patient waits in."""
        query: Document = {"state": _ASSIGNED, "owner_since": {"$lte": since_before}, "waiting_since": {"$ne": None}}
        return await self._things(query, _ANSWERED, limit)

    async def half_closed(self, closed_before: datetime, limit: int) -> list[Episode]:
        """Closed ones whose tasks may still have to be closed."""
        query: Document = {"half_closed": True, "closed_at": {"$lte": closed_before}}
        return await self._things(query, _CLOSED_AT, limit)

    async def of_contact(self, contact_id: ContactId, limit: int) -> list[Episode]:
        """A contact's episodes, the latest words first."""
        return await self._things({"contact_id": contact_id}, [("latest_at", DESCENDING)], limit)

    async def of_contacts(self, contact_ids: Collection[ContactId]) -> dict[ContactId, Episode]:
        """The open episodes of those contacts."""
        query = {"contact_id": {"$in": list(contact_ids)}, "state": {"$in": _OPEN}}
        found = [self._mapper.thing(row) async for row in self._rows.find(query)]
        return {each.contact_id: each for each in found}

    async def efforts(self) -> Mapping[AccountId, Sequence[int]]:
        """The effort units that each person holds, one number per episode."""
        held: dict[AccountId, list[int]] = defaultdict(list)
        query = {"holders": {"$gt": ""}, "state": {"$in": _OPEN}}
        async for row in self._rows.find(query, {"holders": 1, "effort": 1}):
            for account_id in row["holders"]:
                held[AccountId(account_id)].append(int(row["effort"]))
        return held

    async def count(self, state: EpisodeState, most: int, owner: AccountId | None = None) -> int:
        """How many are in that open state (of one owner, where given), counted to `most`."""
        query: Document = {"state": state.value} | ({"owner": owner} if owner is not None else {})
        index = _MINE if owner is not None else _OF_STATE[state.value]
        return int(await self._rows.count_documents(query, limit=most, hint=index))

    # -- mapping -------------------------------------------------------------------------------------------

    async def _latest_first(
        self, query: Document, limit: int, after: Place | None, index: list[tuple[str, int]]
    ) -> list[Episode]:
        if after is not None:
            behind = [{"latest_at": {"$lt": after.at}}, {"latest_at": after.at, "_id": {"$lt": after.id}}]
            query = {**query, "latest_at": {"$lte": after.at, **query.get("latest_at", {})}, "$or": behind}
        rows = self._rows.find(query).sort(_LATEST).limit(limit).hint(index)
        return [self._mapper.thing(row) async for row in rows]

    async def _read_open(self, contact_ids: Sequence[ContactId]) -> list[Episode | None]:
        found = await self.of_contacts(set(contact_ids))
        return [found.get(each) for each in contact_ids]

    async def _things(self, query: Document, order: Sequence[tuple[str, int]], limit: int) -> list[Episode]:
        rows = self._rows.find(query).sort(list(order)).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    def _thing(self, row: Document | None) -> Episode | None:
        return self._mapper.thing(row) if row is not None else None

    def _document(self, episode: Episode) -> Document:
        return {**self._mapper.document(episode), "holders": list(episode.holders)}
