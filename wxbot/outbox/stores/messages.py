"""Where messages, rights and early receipts are kept. Everything on the hot path is written in groups."""

from collections.abc import Awaitable, Sequence
from collections.abc import Collection as Several
from datetime import UTC, datetime
from itertools import count

from pymongo import ASCENDING, DESCENDING, InsertOne

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.outbox.models import Message, State
from wxbot.outbox.stores.claims import BOTH, ClaimStore
from wxbot.outbox.stores.reading import OutboxReading, change_waiting
from wxbot.outbox.stores.receipts import ReceiptStore
from wxbot.outbox.stores.rights import GuardedUpdates, RightsStore
from wxbot.templates.models import Purpose

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
            keys=[("answer", DESCENDING), ("due_at", ASCENDING), ("place", ASCENDING)],
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
            keys=[("lease_until", ASCENDING)],
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
            collection=RECEIPTS,
            keys=[("at", ASCENDING)],
            ttl_seconds=RECEIPT_KEPT_SECONDS,
            serves="forgetting receipts that nobody asked for",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(OUTBOX)
        self._mapper = Mapper(Message)
        self._line = count()
        self._inserts: GroupCommit[Message, bool] = GroupCommit(self._insert)
        self._awaited: GroupCommit[tuple[ContactId, datetime], bool] = GroupCommit(self._make_due)
        self.updates = GuardedUpdates(self._rows)
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
        """Which of those keys have a message already, in whatever state."""
        return {row["key"] async for row in self._rows.find({"key": {"$in": list(keys)}}, {"_id": 0, "key": 1})}

    async def by_key(self, key: str) -> Message | None:
        """The message of that key."""
        row = await self._rows.find_one({"key": key})
        return self._mapper.thing(row) if row else None

    def make_due(self, contact_id: ContactId, at: datetime) -> Awaitable[bool]:
        """Messages that waited for this patient's next action are due at `at`; whether there may be any."""
        return self._awaited.add((contact_id, at))

    async def make_many_due(self, contact_ids: Several[ContactId], at: datetime) -> bool:
        """The same for many patients at once; whether there were any."""
        changed = await self._rows.update_many(
            {"awaits_contact": True, "contact_id": {"$in": list(contact_ids)}, "state": State.WAITING.value},
            {"$set": {"awaits_contact": False, "due_at": at}},
        )
        return bool(changed.modified_count)

    async def cancel(self, contact_id: ContactId, purposes: Several[Purpose] | None, change: Document) -> list[Message]:
        """Apply `change` to a contact's waiting messages (of those purposes); those it changed, as they were."""
        query: Document = {"contact_id": contact_id, "state": State.WAITING.value}
        if purposes is not None:
            query["purpose"] = {"$in": [purpose.value for purpose in purposes]}
        waiting = [self._mapper.thing(row) async for row in self._rows.find(query)]
        return await change_waiting(self._rows, waiting, change)

    async def forget_words(self, contact_id: ContactId) -> int:
        """Blank everything personal in a contact's messages; the keys stay, so nothing is sent again."""
        blank = {"variables": {}, "options": [], "precondition": {}, "explanation": ""}
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": blank})
        return int(result.modified_count)

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
        found = await self.make_many_due({contact_id for contact_id, _ in actions}, max(at for _, at in actions))
        return [found] * len(actions)
