"""Queries over the collection `outbox`. Its indexes are declared in `messages`."""

from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING

from wxbot.database import Collection, Document, Mapper
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.outbox.contact_history import SentMessage
from wxbot.outbox.models import Message, MessageId, State

PROACTIVE = (Purpose.REMINDER, Purpose.CARE, Purpose.MARKETING)  # an answer or notice the patient caused is none
LEFT = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)  # unknown ones may have arrived: they count
PENDING = (State.WAITING, State.CLAIMED)
UNSENT = (State.DROPPED, State.FAILED, State.UNKNOWN)
MOST_OF_CONTACTS = 500  # messages read for one patient's page


@dataclass(frozen=True, kw_only=True)
class Tallied:
    """How many messages of a group have the same state, reason and channel."""

    state: State
    reason: str
    channel: str
    messages: int


@dataclass(frozen=True, kw_only=True)
class GapTally:
    """How many messages of one step that fell due in a gap have the same state and reason."""

    asked: str  # the decision they wait for, or waited for; empty where nobody was asked
    plan: str
    step: str
    template: str
    state: State
    reason: str
    messages: int
    first_end: datetime  # until when the first and the last of them are worth sending
    last_end: datetime


class OutboxReading:
    """Queries over the collection `outbox`."""

    def __init__(self, rows: Collection, mapper: Mapper[Message]) -> None:
        self._rows = rows
        self._mapper = mapper

    async def sent_to(
        self, contact_ids: Several[ContactId], since: datetime, until: datetime | None = None
    ) -> Mapping[ContactId, tuple[SentMessage, ...]]:
        """The proactive messages sent to those contacts since then, before `until`, newest first; one round trip."""
        query: Document = {"contact_id": {"$in": list(contact_ids)}, "sent_at": {"$gte": since}}
        if until is not None:
            query["sent_at"]["$lt"] = until
        fields = {"contact_id": 1, "sent_at": 1, "purpose": 1, "greeting": 1, "answer": 1, "state": 1, "patient_id": 1}
        found: dict[ContactId, list[SentMessage]] = {}
        async for row in self._rows.find(query, fields):
            if row["answer"] or row["purpose"] not in PROACTIVE or row["state"] not in LEFT:
                continue
            each = SentMessage(
                purpose=Purpose(row["purpose"]),
                at=row["sent_at"],
                greeting=row["greeting"],
                patient_id=row["patient_id"],
            )
            found.setdefault(ContactId(row["contact_id"]), []).append(each)
        return {
            contact_id: tuple(sorted(each, key=lambda each: each.at, reverse=True))
            for contact_id, each in found.items()
        }

    async def by_keys(self, keys: Several[str]) -> Mapping[str, Message]:
        """The messages of those keys that exist, by key."""
        rows = self._rows.find({"key": {"$in": list(keys)}})
        return {row["key"]: self._mapper.thing(row) async for row in rows}

    async def of_contacts(self, contact_ids: Several[ContactId], states: Several[State], limit: int) -> list[Message]:
        """Those contacts' messages in those states, the latest due first; of more than 500 some."""
        query: Document = {
            "contact_id": {"$in": list(contact_ids)},
            "state": {"$in": [state.value for state in states]},
        }
        rows = await self._rows.find(query).limit(MOST_OF_CONTACTS).to_list(MOST_OF_CONTACTS)
        rows.sort(key=lambda row: (row["due_at"], row.get("place", 0)), reverse=True)  # as they are claimed, backwards
        return [self._mapper.thing(row) for row in rows[:limit]]

    async def by_id(self, message_id: MessageId) -> Message | None:
        """One message."""
        row = await self._rows.find_one({"_id": message_id})
        return self._mapper.thing(row) if row else None

    async def authored(self, contact_id: ContactId, since: datetime, limit: int) -> list[Message]:
        """What colleagues wrote to a contact and the platform did not take: what is pending, and what ended since then.

        Oldest first; what was taken back or seen to is left out.
        """
        unsent = [state.value for state in (*PENDING, *UNSENT)]
        query: Document = {
            "contact_id": contact_id,
            "state": {"$in": unsent},
            "author": {"$gt": ""},
            "put_away": {"$ne": True},
            "$or": [{"state": {"$in": [state.value for state in PENDING]}}, {"due_at": {"$gte": since}}],
        }
        rows = await self._rows.find(query).sort("place", ASCENDING).limit(limit).to_list(limit)
        return [self._mapper.thing(row) for row in rows]

    async def tally(self, prefix: str) -> Sequence[Tallied]:
        """How the messages whose key begins so stand, counted."""
        pipeline: list[Document] = [
            {"$match": {"key": beginning(prefix)}},
            {
                "$group": {
                    "_id": {"state": "$state", "reason": "$reason", "channel": "$channel"},
                    "messages": {"$sum": 1},
                }
            },
        ]
        found = [
            Tallied(
                state=State(row["_id"]["state"]),
                reason=row["_id"].get("reason") or "",
                channel=row["_id"].get("channel") or "",
                messages=row["messages"],
            )
            async for row in self._rows.aggregate(pipeline)
        ]
        return sorted(found, key=lambda each: (each.state.value, -each.messages, each.reason))

    async def with_prefix(
        self, prefix: str, *, after: str = "", limit: int, states: Several[State] = tuple(State)
    ) -> list[Message]:
        """Messages whose key begins so, in those states, in the order of their keys, after the key `after`."""
        query: Document = {"key": beginning(prefix), "state": {"$in": [state.value for state in states]}}
        if after:
            query["key"] = {"$gt": after, "$lt": prefix + "\uffff"}
        rows = self._rows.find(query).sort("key", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def tally_gap(self, gap: str) -> Sequence[GapTally]:
        """How the messages that fell due in a gap, and were not simply sent later, stand."""
        names = {"asked": "precondition.asked", "plan": "precondition.plan", "step": "precondition.step"}
        names |= {"template": "template", "state": "state", "reason": "reason"}
        pipeline: list[Document] = [
            {"$match": {"precondition.gap": gap}},
            {
                "$group": {
                    "_id": {name: f"${path}" for name, path in names.items()},
                    "messages": {"$sum": 1},
                    "first_end": {"$min": "$expires_at"},
                    "last_end": {"$max": "$expires_at"},
                }
            },
        ]
        found = [
            GapTally(
                **{name: row["_id"].get(name) or "" for name in names if name != "state"},
                state=State(row["_id"]["state"]),
                messages=row["messages"],
                first_end=row["first_end"],
                last_end=row["last_end"],
            )
            async for row in self._rows.aggregate(pipeline)
        ]
        return sorted(found, key=lambda each: (each.asked, each.plan, each.step, each.state.value, each.reason))

    async def of_gap(self, gap: str, *, asked: str | None, after: str, limit: int) -> list[Message]:
        """Messages that fell due in a gap, by key, after the key `after`; `asked`: of one decision.

        With an empty `asked` those that wait for none.
        """
        query: Document = {"precondition.gap": gap, "key": {"$gt": after}}
        if asked is not None:
            query["precondition.asked"] = asked or {"$exists": False}
        rows = self._rows.find(query).sort("key", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def any_pending(self, prefix: str) -> bool:
        """Whether a message whose key begins so is still to be decided."""
        pending = [state.value for state in PENDING]
        return await self._rows.find_one({"key": beginning(prefix), "state": {"$in": pending}}, {"_id": 1}) is not None


def beginning(prefix: str) -> Document:
    """A range of the unique index on `key`."""
    return {"$gte": prefix, "$lt": prefix + "\uffff"}
