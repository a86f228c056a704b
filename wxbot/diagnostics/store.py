"""What the driver knows of the database: its facts, a transaction tried for real, and why neither works."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    NetworkTimeout,
    NotPrimaryError,
    PyMongoError,
)

from wxbot.database import Database, Document, Index, Session
from wxbot.diagnostics.clocks import asked_between
from wxbot.diagnostics.models import DatabaseFacts, DatabaseFailure, Topology
from wxbot.ids import new_id

BY_CODE = {  # MongoDB's error codes
    8000: DatabaseFailure.WRONG_CREDENTIALS,  # AtlasError: a hosted MongoDB's answer to a wrong password
    18: DatabaseFailure.WRONG_CREDENTIALS,  # AuthenticationFailed
    11: DatabaseFailure.WRONG_CREDENTIALS,  # UserNotFound
    13: DatabaseFailure.NOT_ALLOWED,  # Unauthorized
    20: DatabaseFailure.STANDALONE,  # IllegalOperation: "Transaction numbers are only allowed on a replica set …"
    263: DatabaseFailure.STANDALONE,  # OperationNotSupportedInTransaction
    14031: DatabaseFailure.NO_DISK_SPACE,  # OutOfDiskSpace
    94: DatabaseFailure.NO_PRIMARY,  # NotYetInitialized
    10107: DatabaseFailure.NO_PRIMARY,  # NotWritablePrimary
    13435: DatabaseFailure.NO_PRIMARY,  # NotPrimaryNoSecondaryOk
    13436: DatabaseFailure.NO_PRIMARY,  # NotPrimaryOrSecondary
    50: DatabaseFailure.SILENT,  # MaxTimeMSExpired
}
BY_TEXT = (  # the driver says these apart in its words only; in this order
    (r"No replica set members available for replica set name", DatabaseFailure.NOT_IN_SET),
    (r"configured with internal hostnames", DatabaseFailure.MEMBERS_UNREACHABLE),
    (r"No primary|No replica set members match|not primary|NotPrimary", DatabaseFailure.NO_PRIMARY),
    (r"SSL|TLS|certificate", DatabaseFailure.NO_ENCRYPTION),
    (r"getaddrinfo|[Nn]ame or service|[Nn]ame resolution|nodename|No address|DNS", DatabaseFailure.UNKNOWN_HOST),
    (r"timed out|found yet", DatabaseFailure.SILENT),
)


class DatabaseProbe:
    """Asks a database what it is and tries to write. Its collection is empty again after each try."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tries = database.collection("write_checks")

    async def ping(self) -> None:
        """A sign of life. Raises PyMongoError."""
        await self._database.ping()

    async def facts(self, machine_now: Callable[[], datetime]) -> DatabaseFacts:
        """What it says of itself. Raises PyMongoError."""
        admin = self._database.client.admin
        before = machine_now()
        hello: Document = await admin.command("hello")
        asked_at, uncertainty = asked_between(before, machine_now())
        build: Document = await admin.command("buildInfo")
        stats: Document = await self._database.client[self._database.name].command("dbStats")
        return DatabaseFacts(
            version=str(build.get("version", "")),
            topology=_topology(hello),
            writable=bool(hello.get("isWritablePrimary")),
            server_time=hello["localTime"].replace(tzinfo=UTC),
            asked_at=asked_at,
            uncertainty=uncertainty,
            free_bytes=int(stats["fsTotalSize"] - stats["fsUsedSize"]) if stats.get("fsTotalSize") else None,
        )

    async def write(self, machine_now: datetime) -> None:
        """Write a document in a transaction, change and remove it again. Raises PyMongoError."""
        key = new_id(machine_now)

        async def work(session: Session) -> None:
            await self._tries.insert_one({"_id": key, "at": machine_now}, session=session)
            await self._tries.delete_one({"_id": key}, session=session)

        await self._database.in_transaction(work)


def _topology(hello: Document) -> Topology:
    if hello.get("msg") == "isdbgrid":  # what a mongos says
        return Topology.SHARDED
    # `isreplicaset`: started with --replSet, rs.initiate() still to come
    return Topology.REPLICA_SET if "setName" in hello or hello.get("isreplicaset") else Topology.STANDALONE


def failure_of(error: PyMongoError) -> DatabaseFailure:
    """Which kind of failure an error of the driver is."""
    code = getattr(error, "code", None)
    if code in BY_CODE:
        return BY_CODE[code]
    if isinstance(error, NotPrimaryError):
        return DatabaseFailure.NO_PRIMARY
    if isinstance(error, NetworkTimeout):
        return DatabaseFailure.SILENT
    text = str(error)
    if isinstance(error, ConfigurationError):
        return DatabaseFailure.UNKNOWN_HOST if re.search("DNS", text) else DatabaseFailure.BAD_ADDRESS
    if isinstance(error, ConnectionFailure):
        return next((kind for words, kind in BY_TEXT if re.search(words, text)), DatabaseFailure.UNREACHABLE)
    return DatabaseFailure.REFUSED
