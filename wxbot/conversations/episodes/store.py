"""Where it is kept who is at the desk. Signs of life are by the machine's clock."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, ReturnDocument

from wxbot.conversations.models import Agent, AgentStatus, Looking
from wxbot.database import Database, Document, Index, Mapper
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

AGENTS = "desk_agents"
DEVICES = "desk_devices"
FORGOTTEN_AFTER = 3600  # seconds after the last sign of life of an open console; long after it counts no more

_AVAILABLE, _PAUSED, _LUNCH, _AWAY = (each.value for each in AgentStatus)


class AgentStore:
    """The collections `desk_agents`, one document per person, and `desk_devices`, one per open console."""

    INDEXES: Sequence[Index] = (
        Index(collection=DEVICES, keys=[("contact_id", ASCENDING)], serves="who looks at a thread"),
        Index(collection=DEVICES, keys=[("account_id", ASCENDING)], serves="the open consoles of one person"),
        Index(
            collection=DEVICES,
            keys=[("seen_at", ASCENDING)],
            ttl_seconds=FORGOTTEN_AFTER,
            serves="forgetting consoles that were closed",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._agents = database.collection(AGENTS)
        self._devices = database.collection(DEVICES)
        self._mapper = Mapper(Agent)

    async def agent(self, account_id: AccountId) -> Agent | None:
        """One person; None for one who was never at the desk."""
        row = await self._agents.find_one({"_id": account_id})
        return self._mapper.thing(row) if row else None

    async def agents(self) -> dict[AccountId, Agent]:
        """Everybody who was ever at the desk."""
        found = [self._mapper.thing(row) async for row in self._agents.find()]
        return {each.account_id: each for each in found}

    async def beat(
        self, new: Agent, looking: Looking | None, device: str, at: datetime, gone_before: datetime
    ) -> Agent:
        """A console of theirs is alive at that machine time. Who was not seen since `gone_before` is away now."""
        console = {
            "account_id": new.account_id,
            "contact_id": looking.contact_id if looking else None,
            "writes": looking.writes if looking else False,
            "silently": looking.silently if looking else False,
            "seen_at": at,
        }
        await self._devices.replace_one({"_id": f"{new.account_id}/{device}"}, console, upsert=True)
        gone = {"$lt": ["$seen_at", gone_before]}  # also who was never seen
        latest = {"$max": ["$seen_at", at]}
        row = await self._changed(new, {"status": {"$cond": [gone, _AWAY, "$status"]}, "seen_at": latest})
        return self._mapper.thing(row)

    async def forget_device(self, account_id: AccountId, device: str) -> None:
        """That console was closed."""
        await self._devices.delete_one({"_id": f"{account_id}/{device}"})

    async def looking(self, contact_ids: Collection[ContactId], since: datetime) -> list[Looking]:
        """Who had those threads before them at that machine time or later; one entry per person and thread."""
        query = {"contact_id": {"$in": list(contact_ids)}, "seen_at": {"$gte": since}}
        found: dict[tuple[str, str], Looking] = {}
        async for row in self._devices.find(query).sort("_id", ASCENDING):
            key = (row["account_id"], row["contact_id"])
            known = found.get(key)
            found[key] = Looking(
                account_id=AccountId(row["account_id"]),
                contact_id=ContactId(row["contact_id"]),
                writes=bool(row["writes"]) or (known is not None and known.writes),
                silently=bool(row["silently"]) and (known is None or known.silently),
            )
        return list(found.values())

    async def set_status(self, new: Agent, status: AgentStatus, at: datetime, seen_at: datetime) -> Agent:
        """What they do now, on every device; missed offers are forgotten. To say so is a sign of life."""
        latest = {"$max": ["$seen_at", seen_at]}
        said = {"status": status.value, "status_since": at, "missed_offers": 0, "seen_at": latest}
        row = await self._changed(new, said)
        return self._mapper.thing(row)

    async def set_capacity(self, new: Agent, *, capacity: int, in_training: bool) -> Agent:
        """How much they may hold at once, and whether they may answer patients at all."""
        row = await self._changed(new, {"capacity": capacity, "in_training": in_training})
        return self._mapper.thing(row)

    async def missed(self, new: Agent, pause_after: int, at: datetime) -> Agent:
        """They let an offer pass without a word; after so many in a row they are paused."""
        missed = {"$add": ["$missed_offers", 1]}
        pause = {"$and": [{"$gte": [missed, pause_after]}, {"$eq": ["$status", _AVAILABLE]}]}
        row = await self._changed(
            new,
            {
                "missed_offers": missed,
                "status": {"$cond": [pause, _PAUSED, "$status"]},
                "status_since": {"$cond": [pause, at, "$status_since"]},
            },
        )
        return self._mapper.thing(row)

    async def answered_offer(self, account_id: AccountId) -> None:
        """They took or refused one: none is missed in a row."""
        await self._agents.update_one({"_id": account_id, "missed_offers": {"$gt": 0}}, {"$set": {"missed_offers": 0}})

    async def offered(self, account_id: AccountId, at: datetime) -> None:
        """They were offered one."""
        await self._agents.update_one({"_id": account_id}, {"$set": {"offered_at": at}})

    async def _changed(self, new: Agent, change: Document) -> Document:
        """Their document after the change; made from `new` where there was none."""
        there: Document = {
            field: {"$ifNull": [f"${field}", {"$literal": value}]}
            for field, value in self._mapper.document(new).items()
        }
        row: Document = await self._agents.find_one_and_update(
            {"_id": new.account_id},
            [{"$set": there}, {"$set": change}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return row
