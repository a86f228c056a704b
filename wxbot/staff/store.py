"""Where accounts, sessions and failed tries are kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, ReturnDocument

from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.database import Session as Transaction
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.staff.lockout import Tries
from wxbot.staff.models import Account, AccountId, Session
from wxbot.staff.permissions import Role

STAFF = "staff"
SESSIONS = "sessions"
TRIES = "tries"
MOST_ACCOUNTS = 500  # shown on one page; a clinic has dozens
_SECRETS = ("totp_secret", "totp_pending")  # encrypted: each write has a ciphertext of its own
_ANY_TEXT = {"$gt": ""}  # "is a non-empty string", in the one form partial indexes and queries agree on


class StaffStore:
    """The collections `staff`, `sessions` and `tries`."""

    INDEXES: Sequence[Index] = (
        Index(collection=STAFF, keys=[("login", ASCENDING)], unique=True, serves="who signs in; one account per login"),
        Index(
            collection=STAFF,
            keys=[("openid", ASCENDING)],
            unique=True,
            partial={"openid": _ANY_TEXT},
            serves="whose WeChat it is; one account per WeChat",
        ),
        Index(
            collection=STAFF,
            keys=[("binding_scene", ASCENDING)],
            unique=True,
            partial={"binding_scene": _ANY_TEXT},
            serves="whose code was scanned",
        ),
        Index(
            collection=STAFF,
            keys=[("role", ASCENDING), ("disabled", ASCENDING)],
            serves="another administrator, before one ceases to be one",
        ),
        Index(
            collection=SESSIONS,
            keys=[("account_id", ASCENDING), ("seen_at", DESCENDING)],
            serves="where somebody is signed in; sign out everywhere",
        ),
        Index(
            collection=SESSIONS,
            keys=[("expires_at", ASCENDING)],
            ttl_seconds=0,
            serves="removing what has expired",
        ),
        Index(collection=TRIES, keys=[("expires_at", ASCENDING)], ttl_seconds=0, serves="forgetting old failures"),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._staff = database.collection(STAFF)
        self._sessions = database.collection(SESSIONS)
        self._tries = database.collection(TRIES)
        self._cipher = DocumentCipher(keys, STAFF, _SECRETS)
        self._account = EncryptedMapper(Account, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)
        self._session = Mapper(Session)
        self._try = Mapper(Tries)

    # -- accounts ------------------------------------------------------------------------------------------

    async def accounts(self) -> list[Account]:
        """Everybody, by login."""
        found = self._staff.find().sort("login", ASCENDING).limit(MOST_ACCOUNTS)
        return [self._account.thing(document) async for document in found]

    async def account(self, account_id: AccountId) -> Account | None:
        """One account."""
        return self._one(await self._staff.find_one({"_id": account_id}))

    async def by_login(self, login: str) -> Account | None:
        """The account of a login in lower case."""
        return self._one(await self._staff.find_one({"login": login}))

    async def by_openid(self, openid: str) -> Account | None:
        """The account bound to a WeChat."""
        return self._one(await self._staff.find_one({"openid": openid}))

    async def bound(self, roles: Collection[Role]) -> dict[AccountId, str]:
        """The openids of active accounts of those roles that are bound to a WeChat, by account."""
        query: Document = {"openid": _ANY_TEXT, "disabled": False, "role": {"$in": [role.value for role in roles]}}
        found = self._staff.find(query, {"openid": 1}).limit(MOST_ACCOUNTS)
        return {AccountId(document["_id"]): document["openid"] async for document in found}

    async def active(self, roles: Collection[Role]) -> frozenset[AccountId]:
        """The accounts of those roles that are not disabled."""
        query: Document = {"disabled": False, "role": {"$in": [role.value for role in roles]}}
        found = self._staff.find(query, {"_id": 1}).limit(MOST_ACCOUNTS)
        return frozenset([AccountId(document["_id"]) async for document in found])

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """Their names, by id; one round trip."""
        found = self._staff.find({"_id": {"$in": list(ids)}}, {"name": 1})
        return {document["_id"]: document["name"] async for document in found}

    async def insert(self, account: Account) -> bool:
        """Add an account; False when its login is taken."""
        try:
            await self._staff.insert_one(self._account.document(account))
        except DuplicateKeyError:
            return False
        return True

    async def change(
        self, account_id: AccountId, where: Mapping[str, Any], fields: Mapping[str, Any], *, edited: bool = False
    ) -> Account | None:
        """Set fields where the account still is as `where` says; None when it is not.

        `edited` counts the revision up. Raises DuplicateKeyError when another account has that WeChat.
        """
        update: Document = {"$set": self._cipher.encrypted_fields(account_id, fields)}
        if edited:
            update["$inc"] = {"revision": 1}
        stored = await self._as_stored(account_id, where)
        if stored is None:
            return None
        found = await self._staff.find_one_and_update(
            {**stored, "_id": account_id}, update, return_document=ReturnDocument.AFTER
        )
        return self._one(found)

    async def accept_code(self, account_id: AccountId, secret: str, step: int) -> bool:
        """Record the time step of a code just used; False when that or a later one was, or `secret` is gone."""
        stored = await self._as_stored(account_id, {"totp_secret": secret})
        if stored is None:
            return False
        query: Document = {**stored, "_id": account_id, "totp_step": {"$lt": step}}
        return bool((await self._staff.update_one(query, {"$set": {"totp_step": step}})).matched_count)

    async def another_admin(self, account_id: AccountId) -> bool:
        """Whether somebody else is an administrator who may sign in. Only `step_down` settles it."""
        query: Document = {"role": Role.ADMIN.value, "disabled": False, "_id": {"$ne": account_id}}
        return await self._staff.find_one(query, {"_id": 1}) is not None

    async def step_down(self, before: Account, fields: Mapping[str, Any]) -> tuple[bool, Account | None]:
        """Change an administrator who ceases to be one, if the revision still stands: (is there another?, the account).

        Both in one transaction, in which the other administrator is written too: two who depose each other at the
        same moment meet there, and the second finds no other administrator.
        """

        async def work(session: Transaction) -> tuple[bool, Account | None]:
            other: Document | None = await self._staff.find_one_and_update(
                {"role": Role.ADMIN.value, "disabled": False, "_id": {"$ne": before.id}},
                {"$inc": {"vouched": 1}},
                session=session,
            )
            if other is None:
                return False, None
            after = await self._staff.find_one_and_update(
                {"_id": before.id, "revision": before.revision},
                {"$set": self._cipher.encrypted_fields(before.id, fields), "$inc": {"revision": 1}},
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            return True, self._one(after)

        return await self._database.in_transaction(work)

    async def by_scene(self, scene: str) -> Account | None:
        """The account on whose screen that code stands."""
        return self._one(await self._staff.find_one({"binding_scene": scene}))

    async def forget_scanned(self, openid: str) -> None:
        """Forget that this WeChat scanned somebody's code."""
        fields = {"binding_openid": None, "binding_scanned_at": None, "binding_scene": None, "binding_until": None}
        await self._staff.update_many({"binding_openid": openid}, {"$set": fields})

    # -- sessions ------------------------------------------------------------------------------------------

    async def open(self, session: Session) -> None:
        """Keep a new session."""
        await self._sessions.insert_one(self._session.document(session))

    async def session(self, session_id: str) -> Session | None:
        """One session, expired or not."""
        found = await self._sessions.find_one({"_id": session_id})
        return self._session.thing(found) if found is not None else None

    async def touch(self, session_id: str, seen_at: datetime, expires_at: datetime) -> None:
        """Somebody is still there. A session closed meanwhile stays closed."""
        await self._sessions.update_one({"_id": session_id}, {"$set": {"seen_at": seen_at, "expires_at": expires_at}})

    async def close(self, session_id: str, account_id: AccountId | None = None) -> bool:
        """End a session, if it is that account's; whether there was one."""
        query: Document = {"_id": session_id}
        if account_id is not None:
            query["account_id"] = account_id
        return bool((await self._sessions.delete_one(query)).deleted_count)

    async def close_all(self, account_id: AccountId, *, but: str = "") -> int:
        """End every session of an account except one; the number ended."""
        result = await self._sessions.delete_many({"account_id": account_id, "_id": {"$ne": but}})
        return int(result.deleted_count)

    async def sessions_of(self, account_id: AccountId, now: datetime, limit: int) -> list[Session]:
        """Where somebody is signed in, the latest first."""
        found = self._sessions.find({"account_id": account_id, "expires_at": {"$gt": now}, "awaiting_code": False})
        return [self._session.thing(document) async for document in found.sort("seen_at", DESCENDING).limit(limit)]

    # -- tries ---------------------------------------------------------------------------------------------

    async def tries(self, key: str) -> Tries | None:
        """Recent failures under a key."""
        found = await self._tries.find_one({"_id": key})
        return self._try.thing(found) if found is not None else None

    async def replace_tries(self, before: Tries | None, after: Tries) -> bool:
        """Write `after` where `before` still stands; False when another try was faster."""
        document = self._try.document(after)
        if before is None:
            try:
                await self._tries.insert_one(document)
            except DuplicateKeyError:
                return False
            return True
        query = {"_id": before.id, "failures": before.failures, "last_at": before.last_at}
        return bool((await self._tries.replace_one(query, document)).matched_count)

    async def forget_tries(self, keys: Collection[str]) -> None:
        """Forget the tries that were counted."""
        await self._tries.delete_many({"_id": {"$in": list(keys)}})

    async def _as_stored(self, account_id: AccountId, where: Mapping[str, Any]) -> Document | None:
        """The condition with its secrets as their ciphertexts stand now; None where the account has other secrets."""
        secrets = {name: where[name] for name in _SECRETS if where.get(name) is not None}
        if not secrets:
            return dict(where)
        found = await self._staff.find_one({"_id": account_id}, dict.fromkeys(_SECRETS, 1))
        if found is None or not secrets.items() <= self._cipher.decrypted(found).items():
            return None
        return {**where, **{name: found[name] for name in secrets}}

    async def forget_tries_beginning(self, beginnings: Collection[str]) -> None:
        """Forget the tries under every key that begins so; by the index of `_id`."""
        ranges = [{"_id": {"$gte": each, "$lt": each + "\uffff"}} for each in beginnings]
        await self._tries.delete_many({"$or": ranges})

    def _one(self, document: Mapping[str, Any] | None) -> Account | None:
        return self._account.thing(document) if document is not None else None
