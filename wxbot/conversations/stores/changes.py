"""The database's change stream, narrowed to what an open console of the desk shows. Hints only: no texts leave here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pymongo.errors import OperationFailure

from wxbot.conversations.hints import Change, FeedEvent
from wxbot.database import ChangeStream, Database, Document
from wxbot.history.models import ContactId

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
_NEW, _ANY = ["insert"], ["insert", "update", "replace"]


class PositionLostError(Exception):
    """The stream cannot go on from that position: it is too old, or no position of this database."""


def _changed(collection: str, *fields: str) -> Document:
    """An insert, or a change of one of those fields."""
    return {
        "ns.coll": collection,
        "$or": [
            {"operationType": {"$in": ["insert", "replace"]}},
            *({f"updateDescription.updatedFields.{field}": {"$exists": True}} for field in fields),
        ],
    }


# First what the stream itself says, so that no document is looked up in vain; then what the documents say.
_STEPS: list[Document] = [
    {
        "$match": {
            "$or": [
                {"ns.coll": {"$in": ["interactions", "notes"]}, "operationType": {"$in": _NEW}},
                {"ns.coll": "episodes", "operationType": {"$in": _ANY}},
                {"ns.coll": "outbox", "operationType": {"$in": _NEW}},
                {
                    "ns.coll": "outbox",  # what left is told by its line; a broadcast's messages are not looked up
                    "updateDescription.updatedFields.state": {"$in": ["waiting", "failed", "dropped", "unknown"]},
                },
                _changed("agents", "status"),
                {
                    "ns.coll": "media",
                    "updateDescription.updatedFields.state": {"$in": ["kept", "gone", "refused"]},
                },
            ]
        }
    },
    {"$match": {"$or": [{"ns.coll": {"$ne": "outbox"}}, {"fullDocument.author": _TEXT}]}},
    {
        "$project": {
            "ns.coll": 1,
            "documentKey._id": 1,
            "fullDocument.contact_id": 1,
            "fullDocument.owner": 1,
        }
    },
]
_CHANGES = {
    "interactions": Change.LINE,
    "episodes": Change.EPISODE,
    "outbox": Change.MESSAGE,
    "notes": Change.NOTE,
    "agents": Change.PRESENCE,
    "media": Change.MEDIA,
}


class ChangesSince:
    """An open change stream. `position` is where it stands; a stream that starts after it misses nothing."""

    def __init__(self, stream: ChangeStream) -> None:
        self._stream = stream

    @property
    def position(self) -> str:
        """The resume token's data; it grows also while nothing happens."""
        token = self._stream.resume_token
        return "" if token is None else str(token["_data"])

    async def next(self) -> FeedEvent | None:
        """The next change, or None when there was none for a while.

        Raises PositionLostError, and PyMongoError when the database is away.
        """
        try:
            change = await self._stream.try_next()
        except OperationFailure as error:
            if error.code in _POSITION_LOST:
                raise PositionLostError(str(error.code)) from error
            raise
        if change is None and not self._stream.alive:
            raise PositionLostError("the stream has ended")  # the database was dropped
        return None if change is None else _event(change)


def _event(change: Mapping[str, Any]) -> FeedEvent:
    document = change.get("fullDocument") or {}  # none when it was deleted meanwhile
    kind = _CHANGES[change["ns"]["coll"]]
    contact_id = document.get("contact_id")
    return FeedEvent(
        id=str(change["_id"]["_data"]),
        change=kind,
        contact_id=ContactId(contact_id) if contact_id else None,
        ref=str(change["documentKey"]["_id"]),
        owner=str(document.get("owner") or "") if kind is Change.EPISODE else "",
    )


class ChangeStore:
    """Opens change streams over the collections that the desk shows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def since(self, position: str = "") -> AsyncIterator[ChangesSince]:
        """The changes after a position; from now on without one. It opens with the first `next`."""
        async with self._database.watch(_STEPS, after=position, wait_ms=WAIT_MS) as stream:
            yield ChangesSince(stream)
