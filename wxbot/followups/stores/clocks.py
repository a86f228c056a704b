"""Which follow-ups may be late, and that the heads were told."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING

from wxbot.database import Database, Document, Index, Mapper
from wxbot.followups.models import FollowUp, FollowUpChange, FollowUpId, FollowUpKind, FollowUpState
from wxbot.followups.stores.followups import FOLLOWUPS

_WAITING: Document = {"state": FollowUpState.OPEN.value, "escalated_at": None}


class ClockStore:
    """The collection `followups` by when they were opened."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=FOLLOWUPS,
            keys=[("script", ASCENDING), ("opened_at", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value},
            serves="open ones of a script by their opening: clocks that ran out, undecided patients",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("kind", ASCENDING), ("opened_at", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value},
            serves="open complaints by their opening: clocks that ran out",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(FOLLOWUPS)
        self._mapper = Mapper(FollowUp)
        self._changes = Mapper(FollowUpChange)

    async def may_be_late(
        self,
        scripts: Collection[str],
        kinds: Collection[FollowUpKind],
        since: datetime,
        until: datetime,
        limit: int,
    ) -> list[FollowUp]:
        """Open ones of those scripts or kinds that were opened in [since, until] and nobody was told of."""
        span: Document = {"$gte": since, "$lte": until}
        ways: list[Document] = [
            {"script": {"$in": sorted(scripts)}, "opened_at": span},
            {"kind": {"$in": [each.value for each in kinds]}, "opened_at": span},
        ]
        found: dict[str, FollowUp] = {}
        for way in ways:
            rows = self._rows.find({**_WAITING, **way}).sort("opened_at", ASCENDING).limit(limit)
            found |= {row["_id"]: self._mapper.thing(row) async for row in rows}
        return list(found.values())

    async def escalate(self, followup_id: FollowUpId, note: FollowUpChange, now: datetime) -> bool:
        """Mark that the heads are told; False when another process did, or it was closed."""
        result = await self._rows.update_one(
            {"_id": followup_id, **_WAITING},
            {"$set": {"escalated_at": now, "urgent": True}, "$push": {"changes": self._changes.document(note)}},
        )
        return bool(result.modified_count)

    async def of_script(self, script: str, owner: str, limit: int) -> list[FollowUp]:
        """Open ones of a script (of one owner, where given), the oldest first."""
        query: Document = {"state": FollowUpState.OPEN.value, "script": script}
        if owner:
            query["owner"] = owner
        rows = self._rows.find(query).sort("opened_at", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
