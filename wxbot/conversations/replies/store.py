"""Where drafts are kept, encrypted: what is typed to a patient is about their health."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING

from wxbot.database import Database, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

NAME = "drafts"
KEPT_SECONDS = 30 * 24 * 3600  # since it was last changed; by then nobody goes on with it


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody has typed to a contact and not sent. `edit` grows with every change, also when it is emptied."""

    id: str
    account_id: AccountId
    contact_id: ContactId
    text: str
    note: bool  # typed as a note for colleagues
    edit: int
    kept_at: datetime  # by the machine's clock


def draft_id(account_id: AccountId, contact_id: ContactId) -> str:
    """One per person and contact."""
    return f"{account_id}:{contact_id}"


class DraftStore:
    """The collection `drafts`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's drafts, for erasure"),
        Index(
            collection=NAME,
            keys=[("kept_at", ASCENDING)],
            ttl_seconds=KEPT_SECONDS,
            serves="forgetting drafts that nobody went on with",
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, ["text"])
        self._mapper = EncryptedMapper(Draft, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def get(self, account_id: AccountId, contact_id: ContactId) -> Draft | None:
        """Somebody's draft to a contact."""
        row = await self._rows.find_one({"_id": draft_id(account_id, contact_id)})
        return None if row is None else self._mapper.thing(row)

    async def keep(self, draft: Draft, *, over: int) -> bool:
        """Keep it where nothing newer than the edit `over` is kept; whether it was."""
        try:
            await self._rows.replace_one(
                {"_id": draft.id, "edit": {"$lte": over}}, self._mapper.document(draft), upsert=True
            )
        except DuplicateKeyError:  # a newer one is there, or another window was quicker to make the first
            return False
        return True

    async def empty(self, account_id: AccountId, contact_id: ContactId, *, edit: int | None, now: datetime) -> bool:
        """Empty it, only while its edit is still that one where one is given; whether it did.

        The row stays, with a higher edit: a window that still holds the old words must not bring them back.
        """
        query: dict[str, object] = {"_id": draft_id(account_id, contact_id)}
        if edit is not None:
            query["edit"] = edit
        change = {"$set": {"text": "", "note": False, "kept_at": now}, "$inc": {"edit": 1}}
        return bool((await self._rows.update_one(query, change)).matched_count)

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete everybody's drafts to those contacts; the number."""
        return int((await self._rows.delete_many({"contact_id": {"$in": list(contact_ids)}})).deleted_count)
