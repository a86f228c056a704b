"""From a launched mongod to one that takes writes: its replica set, and its one user."""

import asyncio
from typing import Any

from wxbot.database import Database, PyMongoError
from wxbot.embedded_mongo.credentials import USER, Credentials
from wxbot.embedded_mongo.process import POLL_SECONDS, REPLICA_SET, MongodProcess

START_LIMIT_SECONDS = 30.0  # a cold disk and a journal to replay; about a second otherwise
NOT_YET_INITIATED = 94  # replSetGetStatus before replSetInitiate
INVALID_CONFIGURATION = 93  # the port changed, so the member no longer finds itself
AUTHENTICATION_FAILED = 18  # a wrong key or password, or no such user
USER_EXISTS = 51_003  # createUser
ROLES = ("readWriteAnyDatabase", "dbAdminAnyDatabase", "clusterMonitor", "backup")
"""What the service needs: its databases and their indexes, how the server is, mongodump. No users, no settings."""


class NotReadyError(Exception):
    """The mongod stopped, or did not take writes in time; the message says which, for people."""


class KeyRefusedError(NotReadyError):
    """The mongod runs with another key than the one in the folder."""


async def make_ready(mongod: MongodProcess, credentials: Credentials) -> None:
    """Wait until it takes writes as its user; make replica set and user where they are missing.

    Raises NotReadyError when it stops or takes longer than `START_LIMIT_SECONDS`.
    """
    system = Database.connect(credentials.system_uri(mongod.port), "admin")
    problem = ""
    try:
        async with asyncio.timeout(START_LIMIT_SECONDS):
            while True:
                if not mongod.alive():
                    raise NotReadyError(mongod.why_stopped())
                try:
                    if await mongod.listens() and await _is_primary(system, mongod.port):
                        await _ensure_user(system, credentials, mongod.port)
                        return
                except PyMongoError as error:
                    if _code(error) == AUTHENTICATION_FAILED:
                        raise KeyRefusedError("mongod runs with another key than the one in its folder") from None
                    problem = f" ({type(error).__name__})"
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise NotReadyError(f"mongod did not get ready in {START_LIMIT_SECONDS:.0f} s{problem}") from None
    finally:
        system.close()


async def _is_primary(system: Database, port: int) -> bool:
    hello = await system.client.admin.command("hello")
    if hello.get("isWritablePrimary"):
        return True
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    try:
        await system.client.admin.command("replSetGetStatus")
    except PyMongoError as error:
        if _code(error) == NOT_YET_INITIATED:
            await system.client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        elif _code(error) == INVALID_CONFIGURATION:
            await _reconfigure(system, member)
        else:
            raise
    return False


async def _reconfigure(system: Database, member: dict[str, Any]) -> None:
    """The port changed since the replica set was written down: tell it its new address."""
    found = await system.client["local"]["system.replset"].find_one({})
    if found is None:
        return
    found["members"] = [member]
    found["version"] += 1
    await system.client.admin.command("replSetReconfig", found, force=True)


async def _ensure_user(system: Database, credentials: Credentials, port: int) -> None:
    """See that the password opens it; else create the user, or give it this password."""
    ours = Database.connect(credentials.uri(port), "admin")
    try:
        await ours.ping()
    except PyMongoError as error:
        if _code(error) != AUTHENTICATION_FAILED:
            raise
    else:
        return
    finally:
        ours.close()
    wanted: dict[str, Any] = {"pwd": credentials.password, "roles": list(ROLES), "mechanisms": ["SCRAM-SHA-256"]}
    try:
        await system.client.admin.command("createUser", USER, **wanted)
    except PyMongoError as error:
        if _code(error) != USER_EXISTS:
            raise
        await system.client.admin.command("updateUser", USER, **wanted)


def _code(error: PyMongoError) -> int | None:
    code: int | None = getattr(error, "code", None)
    return code
