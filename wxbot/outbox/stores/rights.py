"""The collection `rights`, and the guarded updates by which rights are spent and messages change hands."""

from collections.abc import Awaitable, Mapping, Sequence
from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from pymongo import UpdateOne

from wxbot.database import BulkWriteError, Collection, Database, Document, duplicate_positions
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.outbox.ledger import ALLOWANCES, COUNT_USED_UP, MOST, WINDOW_CLOSED, Action
from wxbot.outbox.models import Rights

NAME = "rights"

SPENDS_KEPT = 20  # more than can ever ask for one contact's rights in the same moment


@dataclass(frozen=True)
class Guarded:
    """One update that applies only while `where` holds; `proof` is what the document says if it did."""

    id: str
    where: Document
    change: Document
    proof: Mapping[str, Any]


class GuardedUpdates:
    """Guarded updates in groups. One round trip when all apply; a second one tells who was refused."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._group: GroupCommit[Guarded, bool] = GroupCommit(self._write, side_by_side=2)

    async def apply(self, update: Guarded) -> bool:
        """Whether the update applied."""
        return await self._group.add(update)

    async def _write(self, updates: Sequence[Guarded]) -> Sequence[bool]:
        written = await self._collection.bulk_write(
            [UpdateOne({"_id": each.id, **each.where}, each.change) for each in updates], ordered=False
        )
        if written.matched_count == len(updates):
            return [True] * len(updates)
        fields = {field for each in updates for field in each.proof}
        rows = self._collection.find({"_id": {"$in": [each.id for each in updates]}}, dict.fromkeys(fields, 1))
        found = {row["_id"]: row async for row in rows}
        return [
            each.id in found and all(_says(found[each.id].get(field), value) for field, value in each.proof.items())
            for each in updates
        ]


def _says(stored: Any, value: Any) -> bool:
    """Whether a field holds the value, or is a list that contains it."""
    return bool(value in stored if isinstance(stored, list) else stored == value)


Noted: TypeAlias = tuple[ContactId, Action, datetime]  # who did what, when


class RightsStore:
    """One ledger page per contact, found by its id and changed by updates that need no reading first."""

    def __init__(self, database: Database) -> None:
        self._pages = database.collection(NAME)
        self._changes: GroupCommit[UpdateOne, None] = GroupCommit(self._write)
        self._notes: GroupCommit[Noted, None] = GroupCommit(self._write_notes)
        self._spends = GuardedUpdates(self._pages)

    async def of(self, contact_ids: Several[ContactId]) -> dict[ContactId, Rights]:
        """The pages of those contacts; who has none has no rights."""
        pages = {contact_id: Rights(contact_id=contact_id) for contact_id in contact_ids}
        async for page in self._pages.find({"_id": {"$in": list(contact_ids)}}):
            pages[page["_id"]] = _rights(page)
        return pages

    def note(self, contact_id: ContactId, action: Action, at: datetime) -> Awaitable[None]:
        """Write down what a patient did; see `ledger.after_action`. Cheap in company."""
        return self._notes.add((contact_id, action, at))

    async def note_many(self, contact_ids: Several[ContactId], action: Action, at: datetime) -> None:
        """The same for many contacts in one write."""
        await self._write_notes([(contact_id, action, at) for contact_id in contact_ids])

    async def spend_customer(self, contact_id: ContactId, token: str, at: datetime) -> bool:
        """Take one customer-service message, if one is left; `token` tells this spend from every other."""
        return await self._spends.apply(
            Guarded(
                contact_id,
                {"customer_left": {"$gt": 0}, "customer_until": {"$gt": at}},
                {"$inc": {"customer_left": -1}, **_noted(token)},
                {"spends": token},
            )
        )

    async def spend_grant(self, contact_id: ContactId, template_id: str, token: str) -> bool:
        """Take one accepted subscription, if one is left."""
        field = f"grants.{_grant(template_id)}"
        change = {"$inc": {field: -1}, **_noted(token)}
        return await self._spends.apply(Guarded(contact_id, {field: {"$gt": 0}}, change, {"spends": token}))

    async def return_customer(self, contact_id: ContactId) -> None:
        """Return what a refused customer-service message took; never above a full budget."""
        lift = {"customer_left": {"$min": [MOST, {"$add": [{"$ifNull": ["$customer_left", 0]}, 1]}]}}
        await self._changes.add(UpdateOne({"_id": contact_id}, [{"$set": lift}]))

    async def return_grant(self, contact_id: ContactId, template_id: str) -> None:
        """Return a grant after a failure that uses none up."""
        await self._changes.add(
            UpdateOne({"_id": contact_id}, {"$inc": {f"grants.{_grant(template_id)}": 1}}, upsert=True)
        )

    async def refuse(self, contact_id: ContactId, code: int, sent_at: datetime) -> None:
        """Take the platform's word; see `ledger.after_refusal`. An action after `sent_at` is newer and stands."""
        change: dict[int, Document] = {
            WINDOW_CLOSED: {"customer_left": 0, "customer_until": sent_at},
            COUNT_USED_UP: {"customer_left": 0},
        }
        older = {"_id": contact_id, "$or": [{"acted_at": None}, {"acted_at": {"$lte": sent_at}}]}
        if code in change:
            await self._changes.add(UpdateOne(older, {"$set": change[code]}))

    async def grant(self, contact_id: ContactId, template_id: str, *, accepted: bool) -> None:
        """Count an accept, or end all grants of the template after a refusal."""
        field = f"grants.{_grant(template_id)}"
        change = {"$inc": {field: 1}} if accepted else {"$set": {field: 0}}
        await self._changes.add(UpdateOne({"_id": contact_id}, change, upsert=True))

    async def note_care(self, contact_id: ContactId, at: datetime) -> None:
        """A care message left."""
        await self._changes.add(UpdateOne({"_id": contact_id}, {"$max": {"cared_at": at}}, upsert=True))

    async def erase(self, contact_id: ContactId) -> None:
        """Remove a contact's page."""
        await self._pages.delete_one({"_id": contact_id})

    async def _write_notes(self, notes: Sequence[Noted]) -> Sequence[None]:
        """One update for all who did the same, as if at the earliest of their moments: rights never last too long."""
        by_action: dict[Action, list[Noted]] = {}
        for note in notes:
            by_action.setdefault(note[1], []).append(note)
        for action, alike in by_action.items():
            contacts = {contact_id for contact_id, _, _ in alike}
            earliest = min(at for _, _, at in alike)
            change = _after_action(action, earliest)
            there = await self._pages.update_many({"_id": {"$in": list(contacts)}}, change)
            if there.matched_count < len(contacts):  # somebody's first action: their page is made
                await self._write([UpdateOne({"_id": contact_id}, change, upsert=True) for contact_id in contacts])
        return [None] * len(notes)

    async def _write(self, changes: Sequence[UpdateOne]) -> Sequence[None]:
        if changes:
            try:
                await self._pages.bulk_write(list(changes), ordered=False)
            except BulkWriteError as error:  # two processes made the same page at once: now it is there
                again = [changes[position] for position in duplicate_positions(error)]
                await self._pages.bulk_write(again, ordered=False)
        return [None] * len(changes)


def _after_action(action: Action, at: datetime) -> list[Document]:
    """`ledger.after_action` as one update that needs no reading first."""
    allowance = ALLOWANCES[action]
    left = {"$cond": [{"$gt": ["$customer_until", at]}, {"$ifNull": ["$customer_left", 0]}, 0]}
    change = {
        "customer_left": {"$max": [left, allowance.messages]},
        "customer_until": {"$max": ["$customer_until", at + allowance.lasts]},
        "acted_at": {"$max": ["$acted_at", at]},
    }
    return [{"$set": change}]


def _noted(token: str) -> Document:
    """The last spends by token: proof of who got a right when several asked together."""
    return {"$push": {"spends": {"$each": [token], "$slice": -SPENDS_KEPT}}}


def _grant(template_id: str) -> str:
    """A platform template id as a field name: no dots, no dollar at the front."""
    return quote(template_id, safe="").replace(".", "%2E")


def _rights(page: Mapping[str, Any]) -> Rights:
    return Rights(
        contact_id=page["_id"],
        customer_left=page.get("customer_left", 0),
        customer_until=page.get("customer_until"),
        grants={unquote(name): left for name, left in page.get("grants", {}).items()},
        cared_at=page.get("cared_at"),
    )
