"""The database's change stream, narrowed to what an open console of the desk shows. Hints only: no texts leave here."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from pymongo.errors import OperationFailure

from wxbot.conversations.reading.hints import Change, FeedEvent
from wxbot.database import ChangeStream, Database, Document, Index
from wxbot.history.models import ContactId

MOST_KNOWN = 10_000  # episodes of which a stream remembers where they stand
WAIT_MS = 500  # for a change; also how long a stop may take
_POSITION_LOST = frozenset(
    {
        9,  # FailedToParse: no resume token
        14,  # TypeMismatch
        40647,  # bad resume token
        50811,  # resume token of an unknown version
        260,  # InvalidResumeToken
        280,  # ChangeStreamFatalError
        286,  # ChangeStreamHistoryLost: the oplog has gone on
    }
)
_TEXT = {"$gt": ""}
_NEW, _ANY = ["insert", "replace"], ["insert", "update", "replace"]
_DEVICES = "desk_devices"

# First what the stream itself says, so that no document is looked up in vain; then what the documents say.
_OF_THE_STREAM: list[Document] = [
    {"ns.coll": {"$in": ["interactions", "notes"]}, "operationType": {"$in": _NEW}},
    {"ns.coll": "episodes", "operationType": {"$in": _ANY}},
    {"ns.coll": "outbox", "operationType": {"$in": _NEW}},
    {  # what left is told by its line of the transcript; a broadcast's messages are not looked up
        "ns.coll": "outbox",
        "updateDescription.updatedFields.state": {"$in": ["waiting", "failed", "dropped", "unknown"]},
    },
    {"ns.coll": "media", "updateDescription.updatedFields.state": {"$in": ["kept", "gone", "refused"]}},
    {"ns.coll": "desk_agents", "operationType": {"$in": _NEW}},
    {"ns.coll": "desk_agents", "updateDescription.updatedFields.status": {"$exists": True}},
    {"ns.coll": _DEVICES, "operationType": {"$in": [*_ANY, "delete"]}},
]
_STEPS: list[Document] = [
    {"$match": {"$or": _OF_THE_STREAM}},
    {"$match": {"$or": [{"ns.coll": {"$ne": "outbox"}}, {"fullDocument.author": _TEXT}]}},
    {
        "$project": {
            "ns.coll": 1,
            "documentKey._id": 1,
            "fullDocument.contact_id": 1,
            "fullDocument.owner": 1,
            "fullDocument.state": 1,
            "fullDocument.writes": 1,
            "fullDocument.silently": 1,
        }
    },
]
_CHANGES = {
    "interactions": Change.LINE,
    "episodes": Change.EPISODE,
    "outbox": Change.MESSAGE,
    "notes": Change.NOTE,
    "desk_agents": Change.PRESENCE,
    "media": Change.MEDIA,
}


class PositionLostError(Exception):
    """The stream cannot go on from that position: it is too old, or no position of this database."""


class ChangesSince:
    """An open change stream. `position` is where it stands; a stream that starts after it misses nothing."""

    def __init__(self, stream: ChangeStream) -> None:
        self._stream = stream
        self._looking: dict[str, tuple[str | None, bool, bool]] = {}  # of each open console: at whom, how
        self._stands: dict[str, tuple[str, str]] = {}  # of the episodes told of lately: state and owner

    @property
    def position(self) -> str:
        """The resume token's data; it grows also while nothing happens."""
        token = self._stream.resume_token
        return "" if token is None else str(token["_data"])

    async def next(self) -> list[FeedEvent]:
        """The next change, or nothing when there was none for a while; two where somebody turned to another thread.

        Raises PositionLostError, and PyMongoError when the database is away.
        """
        try:
            change = await self._stream.try_next()
        except OperationFailure as error:
            if error.code in _POSITION_LOST:
                raise PositionLostError(str(error.code)) from error
            raise
        if change is None:
            if not self._stream.alive:  # type: ignore[truthy-function]  # a property, which its stub calls a method
                raise PositionLostError("the stream has ended")  # the database was dropped
            return []
        position, key = str(change["_id"]["_data"]), str(change["documentKey"]["_id"])
        document = change.get("fullDocument") or {}  # none when it was deleted meanwhile
        collection, contact_id = change["ns"]["coll"], document.get("contact_id")
        if collection == _DEVICES:
            return [
                FeedEvent(id=position, change=Change.PRESENCE, contact_id=each) for each in self._turned(key, document)
            ]
        kind = _CHANGES[collection]
        event = FeedEvent(id=position, change=kind, contact_id=ContactId(contact_id) if contact_id else None, ref=key)
        if kind is not Change.EPISODE:
            return [event]
        owner = str(document.get("owner") or "")
        return [replace(event, owner=owner, moved=self._moved(key, str(document.get("state")), owner))]

    def _moved(self, episode: str, state: str, owner: str) -> bool:
        """Whether an episode is somewhere else than when it was last told of; the first time it may be."""
        before = self._stands.pop(episode, None)
        if len(self._stands) >= MOST_KNOWN:
            self._stands.clear()
        self._stands[episode] = (state, owner)
        return before != (state, owner)

    def _turned(self, device: str, document: Mapping[str, Any]) -> list[ContactId]:
        """Whose threads are looked at otherwise than before: a console that is merely alive changes nothing."""
        nothing = (None, False, False)
        before = self._looking.pop(device, nothing)
        now = (document.get("contact_id"), bool(document.get("writes")), bool(document.get("silently")))
        if document:
            self._looking[device] = now
        if before == now:
            return []
        return [ContactId(each) for each in dict.fromkeys((before[0], now[0])) if each]


class ChangeStore:
    """Opens change streams over the collections that the desk shows."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def since(self, position: str = "") -> AsyncIterator[ChangesSince]:
        """The changes after a position; from now on without one. It opens with the first `next`."""
        async with self._database.watch(_STEPS, after=position, wait_ms=WAIT_MS) as stream:
            yield ChangesSince(stream)
