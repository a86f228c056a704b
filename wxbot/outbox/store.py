"""Where messages, rights and early receipts are kept. Everything on the hot path is written in groups.

A claim is a guarded update per row, and a unique index over claimed rows lets one message per contact through,
whichever process asks: the index is the truth, the rest is courtesy.
"""

from collections.abc import Awaitable, Mapping, Sequence
from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from random import sample

from pymongo import ASCENDING, DESCENDING, InsertOne, UpdateOne

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.outbox.models import Message, State
from wxbot.outbox.reading.store import OutboxReading
from wxbot.outbox.rights.store import GuardedUpdates, RightsStore
from wxbot.templates.models import Channel, Purpose

OUTBOX = "outbox"
RECEIPTS = "receipts"

RECEIPT_KEPT_SECONDS = 3 * 24 * 3600  # a receipt that nobody asks for by then belongs to another system
DEEPEST_LOOK = 4_000  # rows looked through for other contacts when a few contacts fill the head of the queue
IN_LINE = 2**20  # room for a million messages created in the same millisecond

_BOTH = [True, False]  # lets a query without `answer` use an index that begins with it


@dataclass(frozen=True)
class Claimed:
    """What a claim brought, and what stood in the way."""

    messages: tuple[Message, ...]
    lost: int = 0  # rows that other processes took, or changed, in the same moment
    elsewhere: frozenset[ContactId] = frozenset()  # contacts that another process is writing to just now


@dataclass(frozen=True)
class Receipt:
    """The platform's last word on an accepted message."""

    platform_id: str
    ok: bool
    status: str  # as the platform words it, normalised
    at: datetime
    code: int | None = None


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
            keys=[("held", ASCENDING), ("contact_id", ASCENDING)],
            partial={"held": True},
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
            keys=[("contact_id", ASCENDING), ("left_at", ASCENDING)],
            partial={"left_at": {"$gt": datetime(2020, 1, 1, tzinfo=UTC)}},  # "is a moment", as queries agree with it
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
        self._receipts = database.collection(RECEIPTS)
        self._mapper = Mapper(Message)
        self._line = count()
        self._inserts: GroupCommit[Message, bool] = GroupCommit(self._insert)
        self._settlements: GroupCommit[Receipt, Message | None] = GroupCommit(self._settle)
        self._awaited: GroupCommit[tuple[ContactId, datetime], bool] = GroupCommit(self._make_due)
        self._early: GroupCommit[str, Receipt | None] = GroupCommit(self._find_receipts)
        self.updates = GuardedUpdates(self._rows)
        self.rights = RightsStore(database)
        self.reading = OutboxReading(self._rows, self._mapper)

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

    async def claim(  # noqa: PLR0913 - the facts of one claim, all keyword-only
        self,
        *,
        now: datetime,
        machine_now: datetime,
        lease_until: datetime,
        limit: int,
        busy: Several[ContactId] = (),
        spread: bool = False,
    ) -> Claimed:
        """Take up to `limit` due messages, the first in line of each contact.

        `busy` contacts are passed over. `spread` looks wider and picks at random, so that processes which run
        into each other part ways; answers keep their precedence.
        """
        heads = await self._heads(now, limit * 8 if spread else limit, set(busy))
        if spread and len(heads) > limit:
            urgent = [row for row in heads if row["answer"]][:limit]
            others = [row for row in heads if not row["answer"]]
            heads = urgent + sample(others, min(len(others), limit - len(urgent)))
        heads = heads[:limit]
        if not heads:
            return Claimed(())
        claim = new_id(machine_now)
        taken = {"state": State.CLAIMED.value, "claim": claim, "lease_until": lease_until, "held": False}
        still = {"state": State.WAITING.value, "due_at": {"$lte": now}}
        refused: Several[int] = ()
        try:
            await self._rows.bulk_write(
                [UpdateOne({"_id": row["_id"], **still}, {"$set": taken}) for row in heads], ordered=False
            )
        except BulkWriteError as error:
            refused = duplicate_positions(error).keys()
        ids = [row["_id"] for row in heads]
        mine = {row["_id"]: row async for row in self._rows.find({"_id": {"$in": ids}, "claim": claim})}
        behind = await self._release_those_behind(mine, claim)
        messages = tuple(self._mapper.thing(mine[each]) for each in ids if each in mine and each not in behind)
        elsewhere = frozenset(heads[position]["contact_id"] for position in refused)
        return Claimed(messages, lost=len(ids) - len(mine) - len(elsewhere), elsewhere=elsewhere)

    async def release(self, messages: Sequence[Message]) -> None:
        """Put claimed messages back as they were, for an orderly stop."""
        back = {"state": State.WAITING.value, "claim": None, "lease_until": None}
        if messages:
            await self._rows.bulk_write(
                [
                    UpdateOne({"_id": each.id, "claim": each.claim, "state": State.CLAIMED.value}, {"$set": back})
                    for each in messages
                ],
                ordered=False,
            )

    async def lapsed(self, machine_now: datetime, limit: int = 500) -> list[Message]:
        """Claimed messages whose lease has run out."""
        rows = self._rows.find({"state": State.CLAIMED.value, "lease_until": {"$lt": machine_now}}).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def take_over(self, lapsed: Sequence[Message], machine_now: datetime, lease_until: datetime) -> list[Message]:
        """Claim lapsed messages for ourselves, so that exactly one process decides each."""
        claim = new_id(machine_now)
        await self._rows.bulk_write(
            [
                UpdateOne(
                    {"_id": each.id, "claim": each.claim, "lease_until": each.lease_until},
                    {"$set": {"claim": claim, "lease_until": lease_until}},
                )
                for each in lapsed
            ],
            ordered=False,
        )
        rows = self._rows.find({"_id": {"$in": [each.id for each in lapsed]}, "claim": claim})
        return [self._mapper.thing(row) async for row in rows]

    def make_due(self, contact_id: ContactId, at: datetime) -> Awaitable[bool]:
        """Messages that waited for this patient's next action are due at `at`; whether there may be any."""
        return self._awaited.add((contact_id, at))

    async def make_many_due(self, contact_ids: Several[ContactId], at: datetime) -> bool:
        """The same for many patients at once; whether there were any."""
        changed = await self._rows.update_many(
            {"held": True, "contact_id": {"$in": list(contact_ids)}, "state": State.WAITING.value},
            {"$set": {"held": False, "due_at": at}},
        )
        return bool(changed.modified_count)

    async def settle(self, receipt: Receipt) -> Message | None:
        """Settle the accepted message of that platform id; a receipt that came first is kept for it.

        The message as it was, or None while it is unknown.
        """
        return await self._settlements.add(receipt)

    async def early_receipt(self, platform_id: str) -> Receipt | None:
        """A receipt that came before its message was noted as accepted."""
        return await self._early.add(platform_id)

    async def by_platform_id(self, platform_id: str) -> Message | None:
        """The message the platform knows by that id."""
        row = await self._rows.find_one({"platform_id": platform_id})
        return self._mapper.thing(row) if row else None

    async def settle_notice(self, message: Message, receipt: Receipt) -> bool:
        """Settle a notice found by `notice_under_way`, even while its call is still in hand; whether it was news."""
        change = {**settlement(receipt), "claim": None, "lease_until": None}
        changed = await self._rows.update_one({"_id": message.id, "state": message.state.value}, {"$set": change})
        return bool(changed.modified_count)

    async def notice_under_way(self, contact_id: ContactId, card_id: str) -> Message | None:
        """The latest notice on that platform template that still awaits its receipt."""
        awaiting = [State.ACCEPTED.value, State.CLAIMED.value, State.UNKNOWN.value]
        row = await self._rows.find_one(
            {
                "contact_id": contact_id,
                "state": {"$in": awaiting},
                "channel": Channel.NOTICE.value,
                "card_id": card_id,
                "sending_since": {"$ne": None},
            },
            sort=[("sending_since", DESCENDING)],
        )
        return self._mapper.thing(row) if row else None

    async def cancel(self, contact_id: ContactId, purposes: Several[Purpose] | None, change: Document) -> list[Message]:
        """Apply `change` to a contact's waiting messages (of those purposes); the messages as they were."""
        query: Document = {"contact_id": contact_id, "state": State.WAITING.value}
        if purposes is not None:
            query["purpose"] = {"$in": [purpose.value for purpose in purposes]}
        waiting = [self._mapper.thing(row) async for row in self._rows.find(query)]
        if waiting:
            await self._rows.update_many(
                {"_id": {"$in": [each.id for each in waiting]}, "state": State.WAITING.value}, {"$set": change}
            )
        return waiting

    async def forget_words(self, contact_id: ContactId) -> int:
        """Blank everything personal in a contact's messages; the keys stay, so nothing is sent again."""
        blank = {"variables": {}, "options": [], "wanted": {}, "explanation": ""}
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": blank})
        return int(result.modified_count)

    async def counts(self, now: datetime) -> tuple[int, int, int, datetime | None]:
        """Waiting, due and claimed messages, and since when the oldest one is due."""
        waiting: Document = {"state": State.WAITING.value, "answer": {"$in": _BOTH}}
        due = {**waiting, "due_at": {"$lte": now}}
        oldest = [
            row["due_at"]
            for answer in _BOTH
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

    async def _heads(self, now: datetime, wanted: int, busy: set[ContactId]) -> list[Document]:
        due = {"state": State.WAITING.value, "answer": {"$in": _BOTH}, "due_at": {"$lte": now}}
        order = [("answer", DESCENDING), ("due_at", ASCENDING), ("place", ASCENDING)]
        look = max(100, wanted * 2)
        while True:
            rows = await self._rows.find(due, {"contact_id": 1, "answer": 1}).sort(order).limit(look).to_list(look)
            heads: dict[str, Document] = {}
            for row in rows:
                if row["contact_id"] not in busy:
                    heads.setdefault(row["contact_id"], row)
            if len(heads) >= wanted or len(rows) < look or look >= DEEPEST_LOOK:
                return list(heads.values())[:wanted]
            look = min(look * 4, DEEPEST_LOOK)

    async def _release_those_behind(self, mine: Mapping[str, Document], claim: str) -> set[str]:
        """Messages must not overtake one of the same contact that is in a short back-off: they go behind it."""
        if not mine:
            return set()
        holding = {
            row["contact_id"]: row
            async for row in self._rows.find(
                {
                    "contact_id": {"$in": [row["contact_id"] for row in mine.values()]},
                    "state": State.WAITING.value,
                    "holds_line": True,
                },
                {"contact_id": 1, "due_at": 1, "answer": 1, "place": 1},
            )
        }
        behind = {}
        for each, row in mine.items():
            first = holding.get(row["contact_id"])
            if first is not None and first["place"] < row["place"] and first["answer"] >= row["answer"]:
                behind[each] = first["due_at"]
        if behind:
            back = {"state": State.WAITING.value, "claim": None, "lease_until": None}
            await self._rows.bulk_write(
                [
                    UpdateOne({"_id": each, "claim": claim}, {"$set": {**back, "due_at": due_at}})
                    for each, due_at in behind.items()
                ],
                ordered=False,
            )
        return set(behind)

    async def _make_due(self, actions: Sequence[tuple[ContactId, datetime]]) -> list[bool]:
        found = await self.make_many_due({contact_id for contact_id, _ in actions}, max(at for _, at in actions))
        return [found] * len(actions)

    async def _find_receipts(self, platform_ids: Sequence[str]) -> list[Receipt | None]:
        found = {
            row["_id"]: Receipt(row["_id"], row["ok"], row["status"], row["at"], row["code"])
            async for row in self._receipts.find({"_id": {"$in": list(platform_ids)}})
        }
        return [found.get(platform_id) for platform_id in platform_ids]

    async def _settle(self, receipts: Sequence[Receipt]) -> list[Message | None]:
        found = await self._settle_known(receipts)
        missing = [receipt for receipt in receipts if receipt.platform_id not in found]
        if missing:  # kept first, looked for again after: whichever side writes second sees the other
            await self._receipts.bulk_write(
                [
                    UpdateOne(
                        {"_id": each.platform_id},
                        {"$set": {"ok": each.ok, "status": each.status, "at": each.at, "code": each.code}},
                        upsert=True,
                    )
                    for each in missing
                ],
                ordered=False,
            )
            found.update(await self._settle_known(missing))
        return [found.get(receipt.platform_id) for receipt in receipts]

    async def _settle_known(self, receipts: Sequence[Receipt]) -> dict[str, Message]:
        rows = self._rows.find({"platform_id": {"$in": [receipt.platform_id for receipt in receipts]}})
        found = {row["platform_id"]: self._mapper.thing(row) async for row in rows}
        changes = [
            UpdateOne({"_id": found[each.platform_id].id, "state": State.ACCEPTED.value}, {"$set": settlement(each)})
            for each in receipts
            if each.platform_id in found
        ]
        if changes:
            await self._rows.bulk_write(changes, ordered=False)
        return found


def settlement(receipt: Receipt) -> Document:
    """The fields a receipt sets on its message."""
    return {
        "state": (State.DELIVERED if receipt.ok else State.FAILED).value,
        "reason": "" if receipt.ok else receipt.status,
        "settled_at": receipt.at,
        "left_at": receipt.at if receipt.ok else None,
        "platform_id": receipt.platform_id,
    }
