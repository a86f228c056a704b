"""What is known of those who push: contact, what may be sent to them, dialog, pushes that wait. One read for all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wxbot.database import Database, Document
from wxbot.dispatch.dialogs import DialogRecord
from wxbot.dispatch.stores.dialogs import DIALOGS, DialogStore
from wxbot.dispatch.stores.inbox import INBOX, InboxState, note_waiting
from wxbot.outbox.models import Rights
from wxbot.outbox.stores.rights import NAME as RIGHTS
from wxbot.outbox.stores.rights import rights_of
from wxbot.patients.models import Contact
from wxbot.patients.stores.contacts import CONTACTS, ContactStore

_PAGE, _OF = "rights_page", "read_from"  # fields of the answer alone: no contact, dialog or claim has them


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Whose openid it is. No contact: they are new, or erased. `rights` are theirs, those of nobody without a page."""

    contact: Contact | None = None
    rights: Rights | None = None
    dialog: DialogRecord | None = None


class Senders:
    """What was read of several openids; made into values only for who is asked for."""

    def __init__(self, rows: Collection[Document], contacts: ContactStore, dialogs: DialogStore) -> None:
        self._to_contact, self._to_dialog = contacts.contact, dialogs.record
        self._contacts: dict[str, Document] = {}
        self._dialogs: dict[str, Document] = {}
        self.waiting_since: dict[str, datetime] = {}  # of the oldest push of each that waits
        for row in rows:
            source = row.get(_OF)
            if source is None:
                self._contacts[row["openid"]] = row
            elif source == DIALOGS:
                self._dialogs[row["_id"]] = row
            else:
                note_waiting(self.waiting_since, [row])

    def of(self, openid: str) -> Sender:
        """What is known of that openid. Raises what a contact that cannot be read raises."""
        contact, dialog = self._contacts.get(openid), self._dialogs.get(openid)
        return Sender(
            contact=None if contact is None else self._to_contact(contact),
            rights=None if contact is None else _rights(contact),
            dialog=None if dialog is None else self._to_dialog(dialog),
        )


class SenderStore:
    """Reads across the collections of three rooms, which write them: a push asks for all of it at once."""

    INDEXES = ()  # those of the rooms serve it

    def __init__(self, database: Database, contacts: ContactStore, dialogs: DialogStore) -> None:
        self._rows = database.collection(CONTACTS)
        self._contacts = contacts
        self._dialogs = dialogs

    async def read(self, openids: Collection[str]) -> Senders:
        """What is known of those openids; one round trip."""
        rows = await self._rows.aggregate(_steps(list(openids))).to_list(None) if openids else []
        return Senders(rows, self._contacts, self._dialogs)


def _steps(openids: list[str]) -> list[Document]:
    waiting = {"openid": {"$in": openids}, "state": InboxState.WAITING.value}
    return [
        {"$match": {"openid": {"$in": openids}}},
        {"$lookup": {"from": RIGHTS, "localField": "_id", "foreignField": "_id", "as": _PAGE}},
        _and_from(DIALOGS, {"_id": {"$in": openids}}),
        _and_from(INBOX, waiting, {"openid": 1, "received_at": 1}),
    ]


def _and_from(collection: str, query: Document, fields: Mapping[str, int] | None = None) -> Document:
    marked: Document = {**(fields or {}), _OF: {"$literal": collection}}
    steps = [{"$match": query}, {"$project" if fields else "$set": marked}]
    return {"$unionWith": {"coll": collection, "pipeline": steps}}


def _rights(contact: Mapping[str, Any]) -> Rights:
    page = contact[_PAGE]
    return rights_of(page[0] if page else {"_id": contact["_id"]})
