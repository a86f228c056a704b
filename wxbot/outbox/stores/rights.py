"""The collection `rights`: the ledger of what may be sent to each contact.

The rules are those of `wxbot.outbox.ledger`. Where they are rarely needed they are applied to the page as read, and
written while the page is still so. What patients write and what leaves is frequent: these two rules are computed by
the database in one update (`note`, `spend_customer`, `spend_grant`); a test compares them with the ledger.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Collection as Several
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from pymongo import UpdateOne

from wxbot.database import BulkWriteError, Collection, Database, Document, DuplicateKeyError, duplicate_positions
from wxbot.errors import StaleError
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.outbox.ledger import (
    Action,
    after_action,
    after_notice_answer,
    after_notice_failed,
    after_refusal,
    after_return,
    is_full,
)
from wxbot.outbox.models import Rights
from wxbot.outbox.stores.guarded import Guarded, GuardedUpdates

NAME = "rights"

SPENDS_KEPT = 20  # more than can ever ask for one contact's rights in the same moment
MOST_REPEATS = 100  # of a rule whose page another write changed meanwhile; each repeat means that another got through


class ContactAction(NamedTuple):
    """What a patient did. `known`: what their page said a moment ago, where it was read."""

    contact_id: ContactId
    action: Action
    at: datetime  # noted
    done_at: datetime
    known: Rights | None


class RightsStore:
    """One ledger page per contact, found by its id."""

    def __init__(self, database: Database) -> None:
        self._pages = database.collection(NAME)
        self._opened = database.collection(NAME, journaled=False)  # the line of the transcript that follows proves it
        self._changes: GroupCommit[UpdateOne, None] = GroupCommit(self._note)
        self._actions: GroupCommit[ContactAction, None] = GroupCommit(self._write_actions)
        self._spends = GuardedUpdates(self._pages)

    async def of(self, contact_ids: Several[ContactId]) -> dict[ContactId, Rights]:
        """The rights of those contacts; a contact without a page has none."""
        pages = {contact_id: Rights(contact_id=contact_id) for contact_id in contact_ids}
        async for page in self._pages.find({"_id": {"$in": list(contact_ids)}}):
            pages[page["_id"]] = rights_of(page)
        return pages

    def note(
        self,
        contact_id: ContactId,
        action: Action,
        at: datetime,
        *,
        done_at: datetime | None = None,
        known: Rights | None = None,
    ) -> Awaitable[None]:
        """Record a patient's action: `ledger.after_action`, computed by the database. Calls at once share a write.

        Nothing is written where the page says as much already (`ledger.is_full`). Not journaled: the action's line of
        the transcript is, and comes after it.

        `done_at`: when the platform had it, where that is earlier than `at`. What has left since then is not allowed
        again: a push may be handled late, or a second time after its process died. `known`, which a moment ago was read
        of the page, spares the look at it.
        """
        return self._actions.add(ContactAction(contact_id, action, at, done_at or at, known))

    async def spend_customer(self, contact_id: ContactId, token: str, at: datetime) -> bool:
        """Spend one customer-service message, if one is left; `token` is unique to this spend.

        `ledger.can_send_customer` and `ledger.after_send`, computed by the database: several may ask at once.
        """
        return await self._spends.apply(
            Guarded(
                contact_id,
                {"customer_left": {"$gt": 0}, "customer_until": {"$gt": at}},
                {"$inc": {"customer_left": -1}, "$push": {**_kept("spends", token), **_kept("spent_at", at)}},
                {"spends": token},
            )
        )

    async def spend_grant(self, contact_id: ContactId, template_id: str, token: str) -> bool:
        """Spend one accepted subscription, if one is left; `token` is unique to this spend.

        `ledger.can_send_notice` and `ledger.after_notice_sent`, computed by the database.
        """
        field = f"grants.{_field_name(template_id)}"
        change = {"$inc": {field: -1}, "$push": _kept("spends", token)}
        return await self._spends.apply(Guarded(contact_id, {field: {"$gt": 0}}, change, {"spends": token}))

    async def return_customer(self, contact_id: ContactId) -> None:
        """Return what a refused customer-service message took (`ledger.after_return`)."""
        await self._apply(contact_id, after_return)

    async def refuse(self, contact_id: ContactId, code: int, sent_at: datetime) -> None:
        """Correct the rights by the platform's refusal of what was sent at `sent_at` (`ledger.after_refusal`)."""
        await self._apply(contact_id, lambda rights: after_refusal(rights, code, sent_at))

    async def grant(self, contact_id: ContactId, template_id: str, *, accepted: bool) -> None:
        """Record a patient's answer to a subscription (`ledger.after_notice_answer`)."""
        await self._apply(
            contact_id, lambda rights: after_notice_answer(rights, template_id, accepted=accepted), create=accepted
        )

    async def fail_notice(self, contact_id: ContactId, template_id: str, code: int | None) -> None:
        """Correct the grants after a notice that the platform refused with `code` (`ledger.after_notice_failed`)."""
        await self._apply(contact_id, lambda rights: after_notice_failed(rights, template_id, code))

    async def note_care(self, contact_id: ContactId, at: datetime) -> None:
        """Record that a care message was sent."""
        await self._changes.add(UpdateOne({"_id": contact_id}, {"$max": {"cared_at": at}}, upsert=True))

    async def erase(self, contact_id: ContactId) -> None:
        """Remove a contact's page."""
        await self._pages.delete_one({"_id": contact_id})

    async def _apply(self, contact_id: ContactId, rule: Callable[[Rights], Rights], *, create: bool = False) -> None:
        """Write what `rule` makes of a contact's page, and read and compute again if the page changed meanwhile.

        A contact without a page gets one only with `create`. Raises StaleError after `MOST_REPEATS` attempts.
        """
        for _ in range(MOST_REPEATS):
            page = await self._pages.find_one({"_id": contact_id})
            if page is None and not create:
                return
            before = rights_of(page or {"_id": contact_id})
            after = rule(before)
            if after == before:
                return
            if await self._replace(contact_id, page, after):
                return
        raise StaleError(f"the rights of {contact_id} change all the time")

    async def _replace(self, contact_id: ContactId, page: Mapping[str, Any] | None, after: Rights) -> bool:
        """Write the rules' fields while they are as in `page`; whether they were."""
        fields = _page(after)
        if page is None:
            try:
                await self._pages.insert_one({"_id": contact_id, **fields})
            except DuplicateKeyError:
                return False
            return True
        as_read = {name: page.get(name) for name in fields}
        written = await self._pages.update_one({"_id": contact_id, **as_read}, {"$set": fields})
        return bool(written.matched_count)

    async def _write_actions(self, actions: Sequence[ContactAction]) -> Sequence[None]:
        """One update for all contacts with the same action in the same second, which is how exact the platform is.

        At the earliest of their times: no right lasts too long.
        """
        unknown = {each.contact_id for each in actions if each.known is None}
        pages = await self.of(unknown) if unknown else {}
        by_action: dict[tuple[Action, datetime], list[ContactAction]] = {}
        for each in actions:
            if not is_full(each.known or pages[each.contact_id], each.action, each.done_at):
                by_action.setdefault((each.action, each.done_at.replace(microsecond=0)), []).append(each)
        for (action, _), alike in by_action.items():
            contacts = {each.contact_id for each in alike}
            change = _after_action(action, min(each.at for each in alike), min(each.done_at for each in alike))
            found = await self._opened.update_many({"_id": {"$in": list(contacts)}}, change)
            if found.matched_count < len(contacts):  # somebody's first action: their page is made
                made = [UpdateOne({"_id": contact_id}, change, upsert=True) for contact_id in contacts]
                await self._write(made, self._opened)
        return [None] * len(actions)

    async def _note(self, changes: Sequence[UpdateOne]) -> Sequence[None]:
        return await self._write(changes, self._pages)

    async def _write(self, changes: Sequence[UpdateOne], pages: Collection) -> Sequence[None]:
        if changes:
            try:
                await pages.bulk_write(list(changes), ordered=False)
            except BulkWriteError as error:  # two processes made the same page at once: now it is there
                again = [changes[position] for position in duplicate_positions(error)]
                await pages.bulk_write(again, ordered=False)
        return [None] * len(changes)


def _after_action(action: Action, at: datetime, done_at: datetime) -> list[Document]:
    """`ledger.after_action` as an update: what the action opens without earlier rights, or those that are larger."""
    opened = after_action(Rights(contact_id=ContactId("")), action, done_at)
    sent_since = {"$size": {"$filter": {"input": {"$ifNull": ["$spent_at", []]}, "cond": {"$gt": ["$$this", done_at]}}}}
    left_open = {"$cond": [{"$gt": ["$customer_until", done_at]}, {"$ifNull": ["$customer_left", 0]}, 0]}
    change = {
        "customer_left": {"$max": [left_open, {"$subtract": [opened.customer_left, sent_since]}]},
        "customer_until": {"$max": ["$customer_until", opened.customer_until]},
        "acted_at": {"$max": ["$acted_at", at]},
    }
    return [{"$set": change}]


def _kept(field: str, value: object) -> Document:
    """Append to the last spends on the page: tokens show whose applied when several asked together, moments when."""
    return {field: {"$each": [value], "$slice": -SPENDS_KEPT}}


def _field_name(template_id: str) -> str:
    """A platform template id as a field name: no dots, no dollar at the front."""
    return quote(template_id, safe="").replace(".", "%2E")


def rights_of(page: Mapping[str, Any]) -> Rights:
    """The rights that a page of the ledger says."""
    return Rights(
        contact_id=page["_id"],
        customer_left=page.get("customer_left", 0),
        customer_until=page.get("customer_until"),
        acted_at=page.get("acted_at"),
        grants={unquote(name): left for name, left in page.get("grants", {}).items()},
        cared_at=page.get("cared_at"),
    )


def _page(rights: Rights) -> Document:
    """The fields that the rules change."""
    return {
        "customer_left": rights.customer_left,
        "customer_until": rights.customer_until,
        "acted_at": rights.acted_at,
        "grants": {_field_name(template_id): left for template_id, left in rights.grants.items()},
    }
