"""The messages of the collection `outbox`, and the other stores of the room. Frequent writes share a round trip."""

from collections.abc import Awaitable, Sequence
from collections.abc import Collection as Several
from datetime import UTC, datetime
from itertools import count

from pymongo import ASCENDING, InsertOne

from wxbot.database import BulkWriteError, Collection, Database, Document, Index, Mapper, duplicate_positions
from wxbot.due_work import Due
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.stores.claims import BOTH, BY_LEASE, IN_ORDER, ClaimStore, due_by, lapsed_by
from wxbot.outbox.stores.guarded import Guarded, GuardedUpdates
from wxbot.outbox.stores.reading import UNSENT, OutboxReading, beginning
from wxbot.outbox.stores.receipts import ReceiptStore
from wxbot.outbox.stores.rights import RightsStore

OUTBOX = "outbox"
RECEIPTS = "receipts"

RECEIPT_KEPT_SECONDS = 3 * 24 * 3600  # a receipt that nobody asks for by then belongs to another system
IN_LINE = 2**20  # room for a million messages created in the same millisecond


class OutboxStore:
    """The collections `outbox` and `receipts`."""

    INDEXES: Sequence[Index] = (
        Index(collection=OUTBOX, keys=[("key", ASCENDING)], unique=True, serves="the same intent is kept once"),
        Index(
            collection=OUTBOX,
            keys=IN_ORDER,
            partial={"state": State.WAITING.value},
            serves="what is due now: answers first, then oldest first",
        ),
        Index(
            collection=OUTBOX,
            keys=[("contact_id", ASCENDING)],
            unique=True,
            partial={"state": State.CLAIMED.value},
            serves="one message per contact at a time, across processes",
        ),
        Index(
            collection=OUTBOX,
            keys=BY_LEASE,
            partial={"state": State.CLAIMED.value},
            serves="claims whose process vanished",
        ),
        Index(
            collection=OUTBOX,
            keys=[("awaits_contact", ASCENDING), ("contact_id", ASCENDING)],
            partial={"awaits_contact": True},
            serves="messages that wait for the patient's next action",
        ),
        Index(
            collection=OUTBOX,
            keys=[("platform_id", ASCENDING)],
            partial={"platform_id": {"$gt": ""}},  # "is text", in the one form that $in queries agree with
            serves="the message a receipt belongs to",
        ),
        Index(
            collection=OUTBOX,
            keys=[("contact_id", ASCENDING), ("state", ASCENDING)],
            serves="a contact's messages: cancelling, erasing, notice receipts, who waits behind whom",
        ),
        Index(
            collection=OUTBOX,
            keys=[("contact_id", ASCENDING), ("sent_at", ASCENDING)],
            partial={"sent_at": {"$gt": datetime(2020, 1, 1, tzinfo=UTC)}},  # "is a moment", as queries agree with it
            serves="what a contact received lately: the caps and the share of marketing",
        ),
        Index(
            collection=OUTBOX,
            keys=[("about", ASCENDING)],
            partial={"about": {"$gt": ""}},
            serves="what colleagues were told about a contact, for erasure",
        ),
        Index(
            collection=OUTBOX,
            keys=[("precondition.gap", ASCENDING), ("key", ASCENDING)],
            partial={"precondition.gap": {"$gt": ""}},
            serves="what fell due while the service was down, by the gap",
        ),
        Index(
            collection=RECEIPTS,
            keys=[("at", ASCENDING)],
            ttl_seconds=RECEIPT_KEPT_SECONDS,
            serves="forgetting receipts that nobody asked for",
        ),
    )

    DUE: Sequence[Due] = (
        Due(jobs=("deliver_outbox",), collection=OUTBOX, query=lambda now, _: due_by(now), order=IN_ORDER),
        Due(jobs=("recover_outbox",), collection=OUTBOX, query=lambda _, until: lapsed_by(until), order=BY_LEASE),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(OUTBOX)
        self._mapper = Mapper(Message)
        self._line = count()
        self._inserts: GroupCommit[Message, bool] = GroupCommit(self._insert)
        self._awaited: GroupCommit[tuple[ContactId, datetime], bool] = GroupCommit(self._make_due)
        self._updates = GuardedUpdates(self._rows)
        self.rights = RightsStore(database)
        self.reading = OutboxReading(self._rows, self._mapper)
        self.claims = ClaimStore(self._rows, self._mapper)
        self.receipts = ReceiptStore(self._rows, database.collection(RECEIPTS), self._mapper)

    async def insert(self, messages: Sequence[Message]) -> int:
        """Keep what is not there yet by key; the number that is new."""
        if len(messages) == 1:
            return int(await self._inserts.add(messages[0]))
        return sum(await self._insert(messages)) if messages else 0

    async def known_keys(self, keys: Several[str]) -> set[str]:
        """Which of those keys have a message already, of any state."""
        return {row["key"] async for row in self._rows.find({"key": {"$in": list(keys)}}, {"_id": 0, "key": 1})}

    async def by_key(self, key: str) -> Message | None:
        """The message of that key."""
        row = await self._rows.find_one({"key": key})
        return self._mapper.thing(row) if row else None

    def make_due(self, contact_id: ContactId, at: datetime) -> Awaitable[bool]:
        """Messages that waited for this patient's next action are due at `at`; whether there were any.

        Nearly nobody has one, so it is looked for first. Cheap in company: many at once share the look.
        """
        return self._awaited.add((contact_id, at))

    async def make_many_due(self, contact_ids: Several[ContactId], at: datetime) -> bool:
        """The same for many patients at once; whether there were any."""
        changed = await self._rows.update_many(
            {"awaits_contact": True, "contact_id": {"$in": list(contact_ids)}, "state": State.WAITING.value},
            {"$set": {"awaits_contact": False, "due_at": at}},
        )
        return bool(changed.modified_count)

    async def make_group_due(self, prefix: str, reason: str, at: datetime) -> int:
        """Messages whose key begins so and that wait for that reason are due at `at`; the number changed."""
        result = await self._rows.update_many(
            {"key": beginning(prefix), "state": State.WAITING.value, "reason": reason},
            {"$set": {"due_at": at, "reason": "", "explanation": ""}},
        )
        return int(result.modified_count)

    async def change_claimed(self, message: Message, fields: Document) -> bool:
        """Set fields of a message that this process has claimed; False when the claim was lost meanwhile.

        A repeated call with the same fields answers the same.
        """
        still = {"claim": message.claim, "state": State.CLAIMED.value}
        proof = {name: {**still, **fields}[name] for name in still}
        return await self._updates.apply(Guarded(message.id, still, {"$set": fields}, proof))

    async def drop(self, message_id: MessageId, *, reason: str, explanation: str, now: datetime) -> bool:
        """End a message that still waits; whether it did."""
        change = {"$set": _dropped(reason, explanation, now)}
        result = await self._rows.update_one({"_id": message_id, "state": State.WAITING.value}, change)
        return bool(result.modified_count)

    async def move_waiting(self, message_id: MessageId, due_at: datetime, expires_at: datetime) -> bool:
        """Set another due time and expiry of a message that waits; whether it did."""
        change: Document = {
            "due_at": due_at,
            "expires_at": expires_at,
            "reason": "",
            "explanation": "",
            "awaits_contact": False,
            "blocks_contact": False,
        }
        waiting = {"_id": message_id, "state": State.WAITING.value}
        return bool((await self._rows.update_one(waiting, {"$set": change})).matched_count)

    async def put_away(self, message_id: MessageId) -> bool:
        """A colleague has seen to a message that ended without being sent; whether it had."""
        ended = {"state": {"$in": [state.value for state in UNSENT]}}
        result = await self._rows.update_one({"_id": message_id, **ended}, {"$set": {"put_away": True}})
        return bool(result.matched_count)

    async def drop_group(self, prefix: str, *, reason: str, explanation: str, now: datetime) -> list[Message]:
        """End the waiting messages whose key begins so; those it ended, as they were."""
        return await self._drop_all({"key": beginning(prefix)}, _dropped(reason, explanation, now))

    async def drop_of_contact(self, contact_id: ContactId, *, reason: str) -> list[Message]:
        """End the waiting messages to a contact and to colleagues about them; those it ended, as they were."""
        change = _dropped(reason, "", None)
        to_them = await self._drop_all({"contact_id": contact_id}, change)
        return to_them + await self._drop_all({"about": contact_id}, change)

    async def forget_words(self, contact_id: ContactId) -> int:
        """Blank everything personal in messages to a contact, and to colleagues about them; the number.

        The keys stay, so nothing is sent again.
        """
        blank = {"variables": {}, "options": [], "precondition": {}, "explanation": ""}
        to_them = await self._rows.update_many({"contact_id": contact_id}, {"$set": blank})
        about_them = await self._rows.update_many({"about": contact_id}, {"$set": {**blank, "url": ""}})
        return int(to_them.modified_count + about_them.modified_count)

    async def may_have_left(self, until: datetime, reasons: Sequence[str], limit: int) -> list[Message]:
        """Messages that a process which is not known of may have sent by `until`; see `after_restore`."""
        waiting = {"state": State.WAITING.value, "answer": {"$in": BOTH}}
        early: list[Document] = [
            {"state": State.CLAIMED.value},
            {**waiting, "due_at": {"$lte": until}},
            {**waiting, "awaits_contact": True},
            {**waiting, "reason": {"$in": list(reasons)}},
        ]
        rows = self._rows.find({"$or": early}).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def end_as_unknown(
        self, messages: Sequence[Message], until: datetime, *, reason: str, explanation: str, now: datetime
    ) -> None:
        """End messages of which nobody can say whether they arrived; they count as sent when due, by `until`."""
        fields = {
            **_dropped(reason, explanation, now),
            "state": State.UNKNOWN.value,
            "claim": None,
            "lease_until": None,
        }
        literal = {name: {"$literal": value} for name, value in fields.items()}
        change = [{"$set": {**literal, "sent_at": {"$min": ["$due_at", until]}}}]
        await self._rows.update_many({"_id": {"$in": [message.id for message in messages]}}, change)

    async def counts(self, now: datetime) -> tuple[int, int, int, datetime | None]:
        """Waiting, due and claimed messages, and since when the oldest one is due."""
        waiting: Document = {"state": State.WAITING.value, "answer": {"$in": BOTH}}
        due = {**waiting, "due_at": {"$lte": now}}
        oldest = [
            row["due_at"]
            for answer in BOTH
            if (row := await self._rows.find_one({**due, "answer": answer}, sort=[("due_at", ASCENDING)]))
        ]
        return (
            await self._rows.count_documents(waiting),
            await self._rows.count_documents(due),
            await self._rows.count_documents({"state": State.CLAIMED.value, "lease_until": {"$ne": None}}),
            min(oldest, default=None),
        )

    async def _drop_all(self, query: Document, change: Document) -> list[Message]:
        waiting = self._rows.find({**query, "state": State.WAITING.value})
        return await drop_waiting(self._rows, [self._mapper.thing(row) async for row in waiting], change)

    async def _insert(self, messages: Sequence[Message]) -> list[bool]:
        try:
            await self._rows.bulk_write([InsertOne(self._document(each)) for each in messages], ordered=False)
        except BulkWriteError as error:
            refused = duplicate_positions(error)
            return [position not in refused for position in range(len(messages))]
        return [True] * len(messages)

    def _document(self, message: Message) -> Document:
        milliseconds = int(message.created_at.timestamp() * 1000)
        return {**self._mapper.document(message), "place": milliseconds * IN_LINE + next(self._line) % IN_LINE}

    async def _make_due(self, actions: Sequence[tuple[ContactId, datetime]]) -> list[bool]:
        held = {"awaits_contact": True, "contact_id": {"$in": [contact_id for contact_id, _ in actions]}}
        rows = await self._rows.find(held, {"contact_id": 1}).to_list(None)
        found = {row["contact_id"] for row in rows}
        if found:
            await self.make_many_due(found, max(at for contact_id, at in actions if contact_id in found))
        return [contact_id in found for contact_id, _ in actions]


async def drop_waiting(rows: Collection, waiting: Sequence[Message], change: Document) -> list[Message]:
    """Apply `change`, which ends a message, to messages found waiting; those that still waited, as they were.

    A message that was claimed in between is left out: it may be sent. Since `change` ends a message, every message
    that has these fields afterwards was changed by it.
    """
    if not waiting:
        return []
    ids = [each.id for each in waiting]
    await rows.update_many({"_id": {"$in": ids}, "state": State.WAITING.value}, {"$set": change})
    changed = {row["_id"] async for row in rows.find({"_id": {"$in": ids}, **change}, {"_id": 1})}
    return [each for each in waiting if each.id in changed]


def _dropped(reason: str, explanation: str, now: datetime | None) -> Document:
    """The fields of a message that ends without being sent."""
    return {
        "state": State.DROPPED.value,
        "reason": reason,
        "explanation": explanation,
        "settled_at": now,
        "awaits_contact": False,
        "blocks_contact": False,
    }
