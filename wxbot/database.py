"""MongoDB through Motor: one client, one codec, journaled writes, the rooms' indexes, transactions.

Only this module and the rooms' `store.py` and `stores/` modules know that the database is MongoDB.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, time
from typing import Any, Generic, NoReturn, Protocol, TypeAlias, TypeVar

from bson.codec_options import CodecOptions
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.bson import make_converter
from motor.motor_asyncio import (
    AsyncIOMotorChangeStream,
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
)
from pymongo import IndexModel, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

from wxbot.errors import StaleError
from wxbot.logs import get_logger

__all__ = [
    "MAJORITY",
    "BulkWriteError",
    "ChangeStream",
    "Collection",
    "ConnectionFailure",
    "ContendedError",
    "Database",
    "DuplicateKeyError",
    "Index",
    "Mapper",
    "PyMongoError",
    "Session",
    "Store",
    "duplicate_positions",
    "insert_new",
]

log = get_logger(__name__)

T = TypeVar("T")

Document: TypeAlias = dict[str, Any]
Collection: TypeAlias = AsyncIOMotorCollection[Document]
Session: TypeAlias = AsyncIOMotorClientSession
ChangeStream: TypeAlias = AsyncIOMotorChangeStream[Document]

FEW = 50  # documents mapped at once; a large one takes a seventh of a millisecond
DUPLICATE_KEY = 11000  # MongoDB's error code when a unique index refuses
MAJORITY = "majority"  # of a replica set's members
POOL_SIZE = 32  # connections kept; Motor's threads bound the calls in flight anyway
SERVER_WAIT_MS = 2_000  # how long a call looks for a server before it gives up; a push has 5 s in all
SOCKET_WAIT_MS = 20_000  # a server that froze is given up after this

TRANSIENT = "TransientTransactionError"  # the driver's label: nothing was written, the whole may be repeated
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"  # the driver's label: only the commit may be repeated
CONTENDED = frozenset({24, 112, 251})  # codes: another transaction holds the lock, or the document; this one was ended
MOST_ATTEMPTS = 14  # of a transaction, and of its commit; with the pauses below three seconds in all
QUICK_ATTEMPTS = 6  # a transaction of a living process is over by then
FIRST_PAUSE_SECONDS = 0.005  # doubled at each attempt up to the longest, then spread at random
LONGEST_PAUSE_SECONDS = 0.5
COMMIT_MS = 2_000  # how long the server may take for a commit; a push has 5 s in all
ABANDONED_SECONDS = 1.0  # a transaction that waits so long for its process: none of ours waits for anything but us
APP_NAME = "wxbot/"  # and the database's name: how the server knows the services of a database
WATCH_SECONDS = 2.0  # between looks for such: a write that needs no transaction waits at the server until they are gone


class ContendedError(StaleError):
    """Another transaction has held the same documents for longer than it should; nothing was written."""

    code = "contended"
    sentence = "同一内容正在被别人修改，还没有完成。请过几秒再试一次。"


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index and the query it serves. Declared in a room's store, created at start."""

    collection: str
    keys: Sequence[tuple[str, int]]
    serves: str
    unique: bool = False
    partial: Mapping[str, Any] | None = None
    ttl_seconds: int | None = None
    name: str = ""  # needed where two indexes of a collection have the same keys and differ in what they leave out

    def model(self) -> IndexModel:
        """The driver's form of this index."""
        options: dict[str, Any] = {"unique": self.unique}
        if self.partial is not None:
            options["partialFilterExpression"] = dict(self.partial)
        if self.ttl_seconds is not None:
            options["expireAfterSeconds"] = self.ttl_seconds
        if self.name:
            options["name"] = self.name
        return IndexModel(list(self.keys), **options)


class Store(Protocol):
    """What every room's store declares."""

    INDEXES: Sequence[Index]


class Mapper(Generic[T]):
    """Between a frozen dataclass and its document; the field `id` is stored as `_id`."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._converter = make_converter()
        self._converter.register_unstructure_hook(time, time.isoformat)  # the driver keeps no hours without a day
        self._converter.register_structure_hook(time, lambda hour, _: time.fromisoformat(hour))
        rename = {"id": override(rename="_id")} if "id" in getattr(kind, "__dataclass_fields__", {}) else {}
        self._converter.register_unstructure_hook(
            kind,
            make_dict_unstructure_fn(kind, self._converter, **rename),  # type: ignore[arg-type]
        )
        self._converter.register_structure_hook(
            kind,
            make_dict_structure_fn(kind, self._converter, **rename),  # type: ignore[arg-type]
        )
        self._to_document = self._converter.get_unstructure_hook(kind)  # found once: a push maps half a dozen
        self._to_thing = self._converter.get_structure_hook(kind)

    def document(self, thing: T) -> Document:
        """The document that is stored for `thing`."""
        stored: Document = self._to_document(thing)
        return stored

    def thing(self, document: Mapping[str, Any]) -> T:
        """The dataclass that `document` stands for."""
        made: T = self._to_thing(document, self._kind)
        return made

    async def documents(self, things: Sequence[T]) -> list[Document]:
        """The documents of many things; in a thread where it would hold everybody else up."""
        if len(things) <= FEW:
            return [self.document(thing) for thing in things]
        return await asyncio.to_thread(lambda: [self.document(thing) for thing in things])

    async def things(self, documents: Sequence[Mapping[str, Any]]) -> list[T]:
        """The dataclasses of many documents; in a thread where it would hold everybody else up."""
        if len(documents) <= FEW:
            return [self.thing(document) for document in documents]
        return await asyncio.to_thread(lambda: [self.thing(document) for document in documents])


@dataclass(frozen=True)
class Database:
    """The clinic's database; hand it to each store."""

    client: AsyncIOMotorClient[Document]
    name: str
    acknowledged_by: int | str = MAJORITY
    _options: CodecOptions[Document] = field(default_factory=lambda: CodecOptions(tz_aware=True, tzinfo=UTC))

    @classmethod
    def connect(cls, uri: str, name: str, *, socket_wait_ms: int = SOCKET_WAIT_MS) -> "Database":
        """Open a client; it connects at the first call.

        A write is acknowledged by the majority of a replica set, so that no failover takes it back; where the address
        names one server directly (`directConnection=true`, as the embedded one's does), by that server.

        Raises PyMongoError (InvalidURI or ConfigurationError) when `uri` is no address of a MongoDB.
        """
        try:
            client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
                uri,
                maxPoolSize=POOL_SIZE,
                serverSelectionTimeoutMS=SERVER_WAIT_MS,
                socketTimeoutMS=socket_wait_ms,
                retryWrites=True,
                appname=APP_NAME + name,
            )
        except (ValueError, TypeError) as error:  # what the driver says of a port or an option that cannot be
            raise InvalidURI(type(error).__name__) from None
        one_server = client.delegate.topology_description.topology_type_name == "Single"
        return cls(client, name, acknowledged_by=1 if one_server else MAJORITY)

    def collection(self, name: str, *, journaled: bool = True) -> Collection:
        """A collection whose writes are acknowledged only when journaled.

        Not `journaled`: as soon as the server has them. A journaled write that follows proves them, because the journal
        and the members of a replica set keep the order of writes; by themselves they may be lost with the server.
        """
        concern = WriteConcern(w=self.acknowledged_by, j=True) if journaled else WriteConcern(w=1, j=False)
        return self.client[self.name].get_collection(name, codec_options=self._options, write_concern=concern)

    def watch(self, steps: Sequence[Document], *, after: str = "", wait_ms: int) -> ChangeStream:
        """The changes of this database, narrowed by pipeline `steps`, each with its document as it stands by then.

        `after` is a resume token's data: what came since then first. `try_next` waits `wait_ms` for a change.
        """
        options: Document = {"start_after": {"_data": after}} if after else {}
        return self.client[self.name].watch(
            list(steps), full_document="updateLookup", max_await_time_ms=wait_ms, **options
        )

    async def ping(self) -> None:
        """Ask the server for a sign of life; raises PyMongoError when there is none."""
        await self.client.admin.command("ping")

    async def create_indexes(self, stores: Iterable[Store]) -> None:
        """Create what the rooms declare; a repeated call changes nothing."""
        for store in stores:
            by_collection: dict[str, list[IndexModel]] = {}
            for index in store.INDEXES:
                by_collection.setdefault(index.collection, []).append(index.model())
            for name, models in by_collection.items():
                await self.collection(name).create_indexes(models)

    async def in_transaction(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` in a transaction: all of its writes are kept, or none. Returns what `work` returns.

        `work` passes the session to each of its calls. It is run again, from its start, when the transaction met
        another one (label TransientTransactionError), so it must change nothing but the database. Once it is done,
        only the commit is repeated when its answer was lost (label UnknownTransactionCommitResult): a commit may
        be sent twice, the work may not. Both are repeated at most `MOST_ATTEMPTS` times, with growing pauses.

        A transaction whose process died holds what it wrote until the server gives it up, a minute later. Who meets
        such a one ends it, see `end_abandoned_transactions`.

        Raises what `work` raises, after the transaction was aborted; ContendedError when another transaction was in
        the way each time; and the driver's last error, when it carries neither label or the attempts are used up.
        """
        attempt = 1
        while True:
            try:
                async with await self.client.start_session() as session:
                    return await _run(session, work)
            except PyMongoError as error:
                if not error.has_error_label(TRANSIENT):
                    raise
                contended = isinstance(error, OperationFailure) and error.code in CONTENDED
                if attempt >= MOST_ATTEMPTS:
                    if contended:
                        raise ContendedError("another transaction is in the way") from error
                    raise
            if contended and attempt >= QUICK_ATTEMPTS:
                await self.end_abandoned_transactions()
            await _pause(attempt)
            attempt += 1

    async def end_abandoned_transactions(self) -> int:
        """End the transactions of this database's services that their processes no longer go on with; the number.

        One whose process only stood still loses nothing: it is told so with the label TransientTransactionError, and
        runs its work again. Needs no right beyond that to end one's own sessions. Raises ConnectionFailure.
        """
        idle = {
            "type": "idleSession",
            "appName": APP_NAME + self.name,
            "transaction.timeInactiveMicros": {"$gt": int(ABANDONED_SECONDS * 1e6)},
        }
        steps: list[Document] = [{"$currentOp": {"allUsers": False, "idleSessions": True}}, {"$match": idle}]
        try:
            look = self.client.admin.aggregate(steps)
            sessions = [{"id": operation["lsid"]["id"]} async for operation in look]
            if sessions:
                await self.client.admin.command({"killSessions": sessions})
                log.warning("abandoned_transactions_ended", count=len(sessions))
        except OperationFailure as error:
            log.warning("abandoned_transactions_not_ended", code=error.code)
            return 0
        return len(sessions)

    async def watch_transactions(self) -> NoReturn:
        """End abandoned transactions for as long as the service runs."""
        while True:
            with suppress(PyMongoError):  # the database is away: the next look finds it
                await self.end_abandoned_transactions()
            await asyncio.sleep(WATCH_SECONDS)

    def close(self) -> None:
        """Close every connection."""
        self.client.close()


async def _run(session: Session, work: Callable[[Session], Awaitable[T]]) -> T:
    """One attempt at a transaction."""
    session.start_transaction(max_commit_time_ms=COMMIT_MS)
    try:
        result = await work(session)
    except BaseException:
        await session.abort_transaction()
        raise
    attempt = 1
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if attempt >= MOST_ATTEMPTS or not error.has_error_label(UNKNOWN_COMMIT):
                raise
        else:
            return result
        await _pause(attempt)
        attempt += 1


async def _pause(attempt: int) -> None:
    """Wait before the next attempt, each time longer, at random: so that two who met do not meet again."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
    shortest = longest / 2 if attempt >= QUICK_ATTEMPTS else 0  # those are meant to last until somebody else is gone
    await asyncio.sleep(random.uniform(shortest, longest))  # noqa: S311 - spreads repeats, keeps no secret


async def insert_new(collection: Collection, documents: Sequence[Document]) -> int:
    """Keep those whose `_id` is not taken, in one call, whoever else does the same; how many were kept."""
    if not documents:
        return 0
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return len(documents) - len(duplicate_positions(error))
    return len(documents)


def duplicate_positions(error: BulkWriteError) -> dict[int, str]:
    """Which items of an unordered bulk write a unique index refused: position → the server's message.

    Raises the error again when anything but a duplicate went wrong.
    """
    details: Mapping[str, Any] = error.details or {}
    refused: dict[int, str] = {}
    for failure in details.get("writeErrors", []):
        if failure.get("code") != DUPLICATE_KEY:
            raise error
        refused[int(failure["index"])] = str(failure.get("errmsg", ""))
    return refused
