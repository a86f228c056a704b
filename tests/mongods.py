"""Mongods that are set up otherwise than the service's own: standalone, with passwords, with no replica set yet."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from time import monotonic

from tests.ports import free_port
from wxbot.database import Database, PyMongoError
from wxbot.embedded_mongo import find_mongod

PATIENCE = 60.0  # seconds a start may take on a machine that is busy with other things
POLL_SECONDS = 0.02
ADMIN, READER, WRITER = "admin", "reader", "writer"
PASSWORD = "p@ss/w:rd%"
IN_A_URI = "p%40ss%2Fw%3Ard%25"


@dataclass
class OtherMongod:
    """A running one."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def uri(self, user: str = "", password: str = IN_A_URI, options: str = "directConnection=true") -> str:
        """Its address for that user."""
        who = f"{user}:{password}@" if user else ""
        return f"mongodb://{who}{self.address}/?{options}"

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it stood."""
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def other_mongod(folder: Path, *options: str) -> AsyncIterator[OtherMongod]:
    """A mongod with these options that answers; leaving kills it."""
    data = folder / "other"
    data.mkdir(parents=True)
    port = free_port()
    command = [
        *(str(find_mongod(folder)), "--dbpath", str(data), "--port", str(port), "--bind_ip", "127.0.0.1"),
        *("--nounixsocket", "--quiet", "--wiredTigerCacheSizeGB", "0.25", "--logpath", str(folder / "other.log")),
        *options,
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603, ASYNC220
    mongod = OtherMongod(port, process)
    try:
        await _until_it(mongod.uri())
        yield mongod
    finally:
        process.kill()
        process.wait(timeout=30)


@asynccontextmanager
async def mongod_with_passwords(folder: Path) -> AsyncIterator[OtherMongod]:
    """A replica set of one member that lets in: ADMIN, READER (may read `clinic`), WRITER (may read and write it)."""
    key = folder / "key"
    key.write_text(token_urlsafe(64).replace("-", "+").replace("_", "/"))
    key.chmod(0o600)
    async with other_mongod(folder, "--replSet", "rs0", "--keyFile", str(key), "--oplogSize", "64") as mongod:
        member = {"_id": 0, "host": mongod.address}
        async with _connected(mongod.uri()) as database:  # the first user may be made from this machine without one
            await database.client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            await _until_it(mongod.uri(), primary=True)
            await database.client.admin.command("createUser", ADMIN, pwd=PASSWORD, roles=["root"])
        async with _connected(mongod.uri(ADMIN)) as database:
            for user, role in ((READER, "read"), (WRITER, "readWrite")):
                rights = [{"role": role, "db": "clinic"}]
                await database.client.admin.command("createUser", user, pwd=PASSWORD, roles=rights)
        yield mongod


@asynccontextmanager
async def _connected(uri: str) -> AsyncIterator[Database]:
    """Its database `admin`; leaving closes the connections."""
    database = Database.connect(uri, "admin")
    try:
        yield database
    finally:
        database.close()


async def _until_it(uri: str, *, primary: bool = False) -> None:
    """Wait until the mongod answers, as primary where wanted."""
    ends = monotonic() + PATIENCE
    async with _connected(uri) as database:
        while True:
            try:
                answer = await database.client.admin.command("hello")
            except PyMongoError:
                if monotonic() > ends:
                    raise
            else:
                if not primary or answer.get("isWritablePrimary"):
                    return
                assert monotonic() < ends, "no primary"
            await asyncio.sleep(POLL_SECONDS)
