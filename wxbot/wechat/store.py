"""Shared credentials in Mongo (collection `tokens`): one document per account and kind, used by every process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wxbot.database import Database, DuplicateKeyError, Index, PyMongoError
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher
from wxbot.encryption.errors import DataKeyError
from wxbot.errors import ClinicError

FORGOTTEN_AFTER = 24 * 3600  # seconds after expiry a credential is deleted


class StoreUnreachableError(ClinicError):
    """The database did not answer, or our keys do not fit it. A credential can still be had from the platform."""


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

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._tokens = database.collection("tokens")
        self._cipher = DocumentCipher(keys, "tokens", ["value"])
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def read(self, key: str) -> Credential | None:
        """The credential last kept under `key`, valid or not. Raises StoreUnreachableError."""
        try:
            kept = await self._tokens.find_one({"_id": key, "value": {"$exists": True}})
            plain = self._cipher.decrypted(kept) if kept is not None else None
        except (PyMongoError, DataKeyError) as error:
            raise StoreUnreachableError(type(error).__name__) from error
        return None if plain is None else Credential(value=plain["value"], expires_at=plain["expires_at"])

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
        try:
            stored = self._cipher.encrypted_fields(
                key, {"value": credential.value, "expires_at": credential.expires_at}
            )
            change = {"$set": stored, "$unset": {"leased_by": "", "leased_until": ""}}
            await self._tokens.update_one({"_id": key}, change, upsert=True)
        except (PyMongoError, DataKeyError) as error:
            raise StoreUnreachableError(type(error).__name__) from error

    async def release(self, key: str, owner: str) -> None:
        """End `owner`'s lease without a new credential."""
        try:
            await self._tokens.update_one(
                {"_id": key, "leased_by": owner}, {"$unset": {"leased_by": "", "leased_until": ""}}
            )
        except PyMongoError as error:
            raise StoreUnreachableError(type(error).__name__) from error
