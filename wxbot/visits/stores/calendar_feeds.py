"""The collection `calendar_feeds`: a document per practitioner whose link is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING

from wxbot.clinic.models import PractitionerId
from wxbot.database import Database, Index, Mapper

NAME = "calendar_feeds"


@dataclass(frozen=True, kw_only=True)
class CalendarFeed:
    """An open link. The link holds the token; here is only its SHA-256."""

    id: PractitionerId
    digest: str  # hex
    made_at: datetime
    made_by: str  # staff:<id>


class CalendarFeedStore:
    """Keeps which links are open."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("digest", ASCENDING)], unique=True, serves="the feed behind a link"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(CalendarFeed)

    async def put(self, feed: CalendarFeed) -> None:
        """Keep it in place of the practitioner's earlier one."""
        await self._rows.replace_one({"_id": feed.id}, self._mapper.document(feed), upsert=True)

    async def remove(self, practitioner_id: PractitionerId) -> bool:
        """Forget it; False where there was none."""
        return bool((await self._rows.delete_one({"_id": practitioner_id})).deleted_count)

    async def by_id(self, practitioner_id: PractitionerId) -> CalendarFeed | None:
        """The practitioner's."""
        row = await self._rows.find_one({"_id": practitioner_id})
        return self._mapper.thing(row) if row else None

    async def by_digest(self, digest: str) -> CalendarFeed | None:
        """The one of that link."""
        row = await self._rows.find_one({"digest": digest})
        return self._mapper.thing(row) if row else None
