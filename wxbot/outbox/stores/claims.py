"""Claims on messages of the collection `outbox`, whose store declares the indexes.

A claim is a guarded update per row, and a unique index over claimed rows lets one message per contact through,
whichever process asks: the index decides, the rest only saves attempts.
"""

from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import sample

from pymongo import ASCENDING, DESCENDING, UpdateOne

from wxbot.database import BulkWriteError, Collection, Document, Mapper, duplicate_positions
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.outbox.models import Message, State

DEEPEST_LOOK = 4_000  # rows looked through for other contacts when a few contacts fill the head of the queue
BOTH = [True, False]  # lets a query without `answer` use an index that begins with it
IN_ORDER = [("answer", DESCENDING), ("due_at", ASCENDING), ("place", ASCENDING)]
BY_LEASE = [("lease_until", ASCENDING)]


def due_by(now: datetime) -> Document:
    """Messages that are to be sent by then."""
    return {"state": State.WAITING.value, "answer": {"$in": BOTH}, "due_at": {"$lte": now}}


def lapsed_by(machine_now: datetime) -> Document:
    """Claimed messages whose lease has run out by then."""
    return {"state": State.CLAIMED.value, "lease_until": {"$lt": machine_now}}


@dataclass(frozen=True)
class Claimed:
    """The messages that were claimed, and why others were not."""

    messages: tuple[Message, ...]
    lost: int = 0  # rows that other processes took, or changed, in the same moment
    claimed_elsewhere: frozenset[ContactId] = frozenset()  # contacts of whom another process has claimed a message


class ClaimStore:
    """Claims over the collection `outbox`."""

    def __init__(self, rows: Collection, mapper: Mapper[Message]) -> None:
        self._rows = rows
        self._mapper = mapper

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
        taken = {"state": State.CLAIMED.value, "claim": claim, "lease_until": lease_until, "awaits_contact": False}
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
        return Claimed(messages, lost=len(ids) - len(mine) - len(elsewhere), claimed_elsewhere=elsewhere)

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
        rows = self._rows.find(lapsed_by(machine_now)).limit(limit)
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

    async def _heads(self, now: datetime, limit: int, busy: set[ContactId]) -> list[Document]:
        look = max(100, limit * 2)
        while True:
            rows = (
                await self._rows.find(due_by(now), {"contact_id": 1, "answer": 1})
                .sort(IN_ORDER)
                .limit(look)
                .to_list(look)
            )
            heads: dict[str, Document] = {}
            for row in rows:
                if row["contact_id"] not in busy:
                    heads.setdefault(row["contact_id"], row)
            if len(heads) >= limit or len(rows) < look or look >= DEEPEST_LOOK:
                return list(heads.values())[:limit]
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
                    "blocks_contact": True,
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
