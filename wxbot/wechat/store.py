"""Shared credentials in Mongo (collection `tokens`): one document per account and kind, used by every process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wxbot.database import Database, DuplicateKeyError, Index, PyMongoError
from wxbot.errors import ClinicError

FORGOTTEN_AFTER = 24 * 3600  # seconds after expiry a credential is deleted


class StoreUnreachableError(ClinicError):
    """The database did not answer. A credential can still be had from the platform itself."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A token or ticket and the machine time it ends. Its text never appears in a repr."""

    value: str = field(repr=False)
    expires_at: datetime


class TokenStore:
    """Keeps credentials, and lends one process at a time the right to ask for a new one."""

    INDEXES: Sequence[Index] = (
        Index(
            collection="tokens",
            keys=[("expires_at", 1)],
            serves="forgetting credentials that ended a day ago",
            ttl_seconds=FORGOTTEN_AFTER,
        ),
    )

    def __init__(self, database: Database) -> None:
        self._tokens = database.collection("tokens")

    async def read(self, key: str) -> Credential | None:
        """The credential last kept under `key`, valid or not. Raises StoreUnreachableError."""
        try:
            kept = await self._tokens.find_one({"_id": key, "value": {"$exists": True}})
        except PyMongoError as error:
            raise StoreUnreachableError(type(error).__name__) from error
        return None if kept is None else Credential(value=kept["value"], expires_at=kept["expires_at"])

    async def lease(self, key: str, owner: str, now: datetime, length: timedelta) -> bool:
        """Whether `owner` may ask the platform now; nobody else may until `length` is over or it is done."""
        free = {"_id": key, "$or": [{"leased_until": None}, {"leased_until": {"$lte": now}}]}
        lent = {"$set": {"leased_by": owner, "leased_until": now + length}}
        try:
            await self._tokens.update_one(free, lent, upsert=True)
        except DuplicateKeyError:  # the document exists and is not free
            return False
        except PyMongoError as error:
            raise StoreUnreachableError(type(error).__name__) from error
        return True

    async def keep(self, key: str, credential: Credential) -> None:
        """Share a new credential and end the lease."""
        change = {
            "$set": {"value": credential.value, "expires_at": credential.expires_at},
            "$unset": {"leased_by": "", "leased_until": ""},
        }
        try:
            await self._tokens.update_one({"_id": key}, change, upsert=True)
        except PyMongoError as error:
            raise StoreUnreachableError(type(error).__name__) from error

    async def release(self, key: str, owner: str) -> None:
        """End `owner`'s lease without a new credential."""
        try:
            await self._tokens.update_one(
                {"_id": key, "leased_by": owner}, {"$unset": {"leased_by": "", "leased_until": ""}}
            )
        except PyMongoError as error:
            raise StoreUnreachableError(type(error).__name__) from error
