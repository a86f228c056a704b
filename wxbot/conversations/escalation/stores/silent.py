"""Reads the episodes in which it is for the patient to say something."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING

from wxbot.conversations.models import OPEN, Episode
from wxbot.conversations.store import NAME
from wxbot.database import Database, Index, Mapper

_, _ASSIGNED, _ = (each.value for each in OPEN)


class SilentEpisodeStore:
    """Reads the collection `episodes`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("state", ASCENDING), ("staff_at", ASCENDING)],
            partial={"state": _ASSIGNED},
            serves="patients who have been silent longest, to be asked whether they are still there",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(Episode)

    async def answered_before(self, moment: datetime, limit: int) -> list[Episode]:
        """Those whose colleague last answered by then and where nobody waits, the longest silence first."""
        query = {
            "state": _ASSIGNED,
            "staff_at": {"$lte": moment},
            "waiting_since": None,
            "hold_since": None,
        }
        rows = self._rows.find(query).sort("staff_at", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
