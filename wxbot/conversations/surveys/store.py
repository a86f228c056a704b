"""Reads the episodes whose patients were asked whether they were satisfied."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.conversations.models import Episode
from wxbot.conversations.store import NAME
from wxbot.database import Database, Index, Mapper
from wxbot.history.models import ContactId


class SurveyStore:
    """Reads the collection `episodes`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("survey.asked_at", ASCENDING)],
            partial={"survey.measured": False},
            serves="questions after a talk of which the figures do not know yet what became",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(Episode)

    async def unmeasured(self, limit: int) -> list[Episode]:
        """Those whose question was sent or answered since the figures were written, the oldest first."""
        rows = self._rows.find({"survey.measured": False}).sort("survey.asked_at", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def asked_of(self, contact_id: ContactId, since: datetime, limit: int) -> list[Episode]:
        """A contact's episodes after which they were asked since then, the latest words first."""
        query = {"contact_id": contact_id, "survey.asked_at": {"$gte": since}}
        rows = self._rows.find(query).sort("latest_at", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
