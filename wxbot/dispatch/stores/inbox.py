"""The collection `inbox`: claims on pushes, and whose turn it is."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from pymongo import ASCENDING, DESCENDING, InsertOne, ReturnDocument

from wxbot.database import BulkWriteError, Database, Document, DuplicateKeyError, Index, duplicate_positions
from wxbot.due_work import Due
from wxbot.group_commit import await_all

INBOX = "inbox"
KEEP_CLAIMS = timedelta(days=3)  # far longer than the platform's three retries (reference §1.5 asks for a day)


class InboxState(StrEnum):
    """Where a push stands in the inbox."""

    WAITING = "waiting"  # another push of the same contact is being worked on
    WORKING = "working"  # at most one per contact: a unique index says so
    DONE = "done"
    FAILED = "failed"  # given up after several tries; a person has a follow-up


class ClaimResult(StrEnum):
    """What a claim came to."""

    WORKING = "working"  # ours, and its contact's turn
    WAITING = "waiting"  # ours, but an earlier push of the contact comes first
    DUPLICATE = "duplicate"  # somebody has it already


class Turn(StrEnum):
    """What asking for one's turn came to."""

    TAKEN = "taken"
    NOT_YET = "not_yet"
    GONE = "gone"  # somebody else took the push over, or finished it


WaitingSince = Callable[[Collection[str]], Awaitable[Mapping[str, datetime]]]

FINISHED: Document = {"$set": {"state": InboxState.DONE.value}, "$unset": {"xml": "", "lease_until": ""}}


@dataclass(frozen=True)
class InboxClaim:
    """A push to be claimed. `busy` says that this process knows of an earlier one of the same contact."""

    key: str
    openid: str
    xml: bytes
    received_at: datetime  # the machine's time
    lease_until: datetime  # the machine's time
    busy: bool


@dataclass(frozen=True)
class AbandonedClaim:
    """A push whose worker vanished, or that waits for its turn too long."""

    key: str
    openid: str
    xml: bytes
    state: InboxState
    taken_up: int = 0  # how often work on it was begun, by any process


_WORKING = [("openid", ASCENDING)]
_IN_TURN = [("openid", ASCENDING), ("received_at", ASCENDING)]


def _abandoned(state: InboxState, _now: datetime, machine_now: datetime) -> Document:
    """Pushes in that state whose lease ran out: the small partial indexes hold nothing but unfinished ones."""
    return {"state": state.value, "openid": {"$gt": ""}, "lease_until": {"$lt": machine_now}}


class InboxStore:
    """The collection `inbox`: claims by unique key, kept until they expire."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=INBOX,
            keys=_WORKING,
            serves="one push at a time per contact, across processes; the sweep",
            unique=True,
            partial={"state": InboxState.WORKING.value},
        ),
        Index(
            collection=INBOX,
            keys=_IN_TURN,
            serves="who of a contact's waiting pushes is next; the sweep",
            partial={"state": InboxState.WAITING.value},
        ),
        Index(
            collection=INBOX,
            keys=[("received_at", ASCENDING)],
            serves="forgetting old claims",
            ttl_seconds=int(KEEP_CLAIMS.total_seconds()),
        ),
    )

    DUE: Sequence[Due] = tuple(
        Due(jobs=("sweep_inbox",), collection=INBOX, query=partial(_abandoned, state), order=order)
        for state, order in ((InboxState.WORKING, _WORKING), (InboxState.WAITING, _IN_TURN))
    )

    def __init__(self, database: Database) -> None:
        self._inbox = database.collection(INBOX)
        self._marks = database.collection(INBOX, journaled=False)

    async def claim(self, claims: Sequence[InboxClaim], waiting: WaitingSince | None = None) -> list[ClaimResult]:
        """Claim a group of pushes in one durable write; a second one for those whose contact is busy elsewhere.

        Between two pushes of a contact nobody works for a moment, while a third may wait in another process: who
        waits is asked at the same time, so that nobody overtakes: of `waiting`, where that reads it with more.
        """
        results = [ClaimResult.WAITING if claim.busy else ClaimResult.WORKING for claim in claims]
        free = {claim.openid for claim in claims if not claim.busy}
        looking = asyncio.ensure_future((waiting or self.waiting_since)(free))
        refused, waiting_since = await await_all(self._insert([_row(claim) for claim in claims]), looking)
        again: list[int] = []
        for position, message in refused.items():
            if "index: _id_ " in message:
                results[position] = ClaimResult.DUPLICATE
            else:
                again.append(position)
        if again:
            behind = [
                {**_row(claims[position]), "state": InboxState.WAITING.value, "taken_up": 0} for position in again
            ]
            refused_again = await self._insert(behind)
            for order, position in enumerate(again):
                results[position] = ClaimResult.DUPLICATE if order in refused_again else ClaimResult.WAITING
        overtaking = [
            position
            for position, claim in enumerate(claims)
            if results[position] is ClaimResult.WORKING
            and waiting_since.get(claim.openid, claim.received_at) < claim.received_at
        ]
        if overtaking:
            await self._step_back([claims[position].key for position in overtaking])
            for position in overtaking:
                results[position] = ClaimResult.WAITING
        return results

    async def take_turn(self, key: str, openid: str, lease_until: datetime) -> Turn:
        """Make a waiting push the working one of its contact, unless another one is or an older one waits."""
        ahead = await self._inbox.find_one(
            {"openid": openid, "state": InboxState.WAITING.value},
            sort=[("received_at", ASCENDING), ("_id", ASCENDING)],
        )
        if ahead is not None and ahead["_id"] != key:
            return Turn.NOT_YET
        try:
            result = await self._inbox.update_one(
                {"_id": key, "state": InboxState.WAITING.value},
                {"$set": {"state": InboxState.WORKING.value, "lease_until": lease_until}, "$inc": {"taken_up": 1}},
            )
        except DuplicateKeyError:
            return Turn.NOT_YET
        return Turn.TAKEN if result.matched_count else Turn.GONE

    async def done(self, keys: Sequence[str]) -> None:
        """Mark those that were worked on as finished and delete their content, which the transcript has.

        Not journaled: a mark that a power failure takes back is set again by whoever meets the claim, since the
        transcript has the push.
        """
        await self._marks.update_many(
            {"_id": {"$in": list(keys)}, "state": InboxState.WORKING.value},
            FINISHED,
        )

    async def working_of(self, openid: str) -> str | None:
        """The key of the push of that contact that somebody is working on, or has finished and not marked."""
        row = await self._inbox.find_one({"openid": openid, "state": InboxState.WORKING.value}, {"_id": 1})
        return None if row is None else str(row["_id"])

    async def note_failure(self, key: str, lease_until: datetime) -> int | None:
        """Count one more attempt that raised an error, and let the push rest until then; how many have by now.

        None when nobody works on it any more: another process finished it, or its contact was erased.
        """
        row = await self._inbox.find_one_and_update(
            {"_id": key, "state": InboxState.WORKING.value},
            {"$inc": {"failures": 1}, "$set": {"lease_until": lease_until}},
            {"failures": 1},
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else int(row["failures"])

    async def fail(self, key: str) -> None:
        """Give a push up. Its content stays until the claim is forgotten, for whoever looks for the reason."""
        await self._inbox.update_one(
            {"_id": key}, {"$set": {"state": InboxState.FAILED.value}, "$unset": {"lease_until": ""}}
        )

    async def close_unfinished(self) -> list[tuple[str, str]]:
        """Mark every unfinished push as done without handling it; key and openid of each. For a restore."""
        closed: list[tuple[str, str]] = []
        for progress in (InboxState.WORKING, InboxState.WAITING):
            rows = await self._inbox.find({"state": progress.value, "openid": {"$gt": ""}}, {"openid": 1}).to_list(None)
            closed += [(row["_id"], row["openid"]) for row in rows]
        await self._inbox.update_many({"_id": {"$in": [key for key, _ in closed]}}, FINISHED)
        return closed

    async def is_done(self, key: str) -> bool:
        """Whether that push was finished or given up, by any process."""
        over = {"$in": [InboxState.DONE.value, InboxState.FAILED.value]}
        return await self._inbox.find_one({"_id": key, "state": over}, {"_id": 1}) is not None

    async def is_claimed(self, key: str, openid: str) -> bool:
        """Whether that push of that sender was claimed, by any process."""
        return await self._inbox.find_one({"_id": key, "openid": openid}, {"_id": 1}) is not None

    async def has_former_keys(self, since: datetime) -> bool:
        """Whether a push received since then (the machine's time) has a key without its sender."""
        query = {"received_at": {"$gte": since}, "_id": {"$regex": "^m:[^:]+$"}}
        return await self._inbox.find_one(query, {"_id": 1}) is not None

    async def left_behind(self, machine_now: datetime, limit: int) -> list[AbandonedClaim]:
        """Pushes whose lease ran out, oldest first."""
        left: list[AbandonedClaim] = []
        for progress in (InboxState.WORKING, InboxState.WAITING):
            rows = (
                await self._inbox.find(_abandoned(progress, machine_now, machine_now))
                .sort("received_at", ASCENDING)
                .to_list(limit)
            )
            left += [
                AbandonedClaim(row["_id"], row["openid"], row.get("xml") or b"", progress, row.get("taken_up", 0))
                for row in rows
            ]
        return left

    async def take_over(self, key: str, machine_now: datetime, lease_until: datetime, *, counted: bool = True) -> bool:
        """Become the worker of an abandoned push; False when somebody else was quicker.

        `counted` False: the last attempt ended for want of a database, which says nothing about the push.
        """
        result = await self._inbox.update_one(
            {"_id": key, "lease_until": {"$lt": machine_now}},
            {"$set": {"lease_until": lease_until}, "$inc": {"taken_up": int(counted)}},
        )
        return bool(result.modified_count)

    async def oldest_unfinished(self) -> datetime | None:
        """When the oldest unfinished push came in, by the machine's time."""
        ages = [
            await self._inbox.find_one(
                {"state": progress.value, "openid": {"$gt": ""}},
                {"received_at": 1},
                sort=[("received_at", ASCENDING)],
            )
            for progress in (InboxState.WORKING, InboxState.WAITING)
        ]
        return min((row["received_at"] for row in ages if row is not None), default=None)

    async def latest_received(self) -> datetime | None:
        """When the newest push came in, by the machine's time; those of the last three days are known."""
        row = await self._inbox.find_one({}, {"received_at": 1}, sort=[("received_at", DESCENDING)])
        return None if row is None else row["received_at"]

    async def erase(self, openid: str) -> None:
        """Forget every claim of that openid."""
        await self._inbox.delete_many({"openid": openid})

    async def waiting_since(self, openids: Collection[str]) -> dict[str, datetime]:
        """Since when the first waiting push of those contacts waits; who has none is left out."""
        since: dict[str, datetime] = {}
        if openids:
            waiting = {"openid": {"$in": list(openids)}, "state": InboxState.WAITING.value}
            note_waiting(since, await self._inbox.find(waiting, {"openid": 1, "received_at": 1}).to_list(None))
        return since

    async def _step_back(self, keys: Sequence[str]) -> None:
        """Put claims back to waiting, behind the older pushes of their contacts."""
        await self._inbox.update_many(
            {"_id": {"$in": list(keys)}, "state": InboxState.WORKING.value},
            {"$set": {"state": InboxState.WAITING.value, "taken_up": 0}},
        )

    async def _insert(self, rows: Sequence[Document]) -> dict[int, str]:
        try:
            await self._inbox.bulk_write([InsertOne(row) for row in rows], ordered=False)
        except BulkWriteError as error:
            return duplicate_positions(error)
        return {}


def note_waiting(since: dict[str, datetime], rows: Iterable[Document]) -> None:
    """Note in `since`, by openid, when the oldest of these waiting pushes came in."""
    for row in rows:
        since[row["openid"]] = min(row["received_at"], since.get(row["openid"], row["received_at"]))


def _row(claim: InboxClaim) -> Document:
    return {
        "_id": claim.key,
        "openid": claim.openid,
        "xml": claim.xml,
        "received_at": claim.received_at,
        "lease_until": claim.lease_until,
        "state": str(InboxState.WAITING if claim.busy else InboxState.WORKING),
        "taken_up": 0 if claim.busy else 1,
    }
