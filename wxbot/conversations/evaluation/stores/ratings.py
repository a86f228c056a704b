"""Where ratings and incidents are kept."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING, DESCENDING

from wxbot.conversations.evaluation.incidents import Incident
from wxbot.conversations.evaluation.rating import Rating
from wxbot.conversations.models import EpisodeId
from wxbot.database import Database, DuplicateKeyError, Index, Mapper

RATINGS = "ratings"
INCIDENTS = "incidents"
_OPEN = {"settled_at": None}


class RatingStore:
    """The collection `ratings`. Satisfies `RatingRows`."""

    INDEXES: Sequence[Index] = (
        Index(collection=RATINGS, keys=[("episode_id", ASCENDING)], serves="the ratings of some talks"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(RATINGS)
        self._mapper = Mapper(Rating)

    async def insert(self, rating: Rating) -> bool:
        """Keep a new one; False when there is one of its id."""
        try:
            await self._rows.insert_one(self._mapper.document(rating))
        except DuplicateKeyError:
            return False
        return True

    async def replace(self, rating: Rating, revision: int) -> bool:
        """Keep it in place of that revision."""
        document = self._mapper.document(rating)
        result = await self._rows.replace_one({"_id": rating.id, "revision": revision}, document)
        return bool(result.matched_count)

    async def of(self, episode_ids: Collection[EpisodeId]) -> Mapping[EpisodeId, Sequence[Rating]]:
        """The ratings of those talks, the first one first."""
        found: dict[EpisodeId, list[Rating]] = {}
        async for row in self._rows.find({"episode_id": {"$in": list(episode_ids)}}):
            rating = self._mapper.thing(row)
            found.setdefault(rating.episode_id, []).append(rating)
        return {each: sorted(ratings, key=lambda rating: rating.id) for each, ratings in found.items()}

    async def forget_words(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what people wrote about those talks; points and levels stay. How many were changed."""
        wanted = {"episode_id": {"$in": list(episode_ids)}}
        blank = {"comment": "", "marks.$[].words": ""}
        result = await self._rows.update_many(wanted, {"$set": blank})
        for said in ("answer", "appeal", "decision"):
            await self._rows.update_many({**wanted, said: {"$type": "object"}}, {"$set": {f"{said}.text": ""}})
        return int(result.matched_count)


class IncidentStore:
    """The collection `incidents`. Satisfies `IncidentRows`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=INCIDENTS,
            keys=[("settled_at", DESCENDING), ("due_at", ASCENDING)],
            serves="open incidents by when they are due, and the latest settled ones",
        ),
        Index(collection=INCIDENTS, keys=[("contact_id", ASCENDING)], serves="a contact's incidents, for erasure"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(INCIDENTS)
        self._mapper = Mapper(Incident)

    async def insert(self, incident: Incident) -> bool:
        """Keep a new one; False when the talk has one."""
        try:
            await self._rows.insert_one(self._mapper.document(incident))
        except DuplicateKeyError:
            return False
        return True

    async def replace(self, incident: Incident, revision: int) -> bool:
        """Keep it in place of that revision."""
        document = self._mapper.document(incident)
        result = await self._rows.replace_one({"_id": incident.id, "revision": revision}, document)
        return bool(result.matched_count)

    async def by_id(self, episode_id: EpisodeId) -> Incident | None:
        """The incident of that talk."""
        row = await self._rows.find_one({"_id": episode_id})
        return self._mapper.thing(row) if row else None

    async def listed(self, *, settled: bool, limit: int) -> list[Incident]:
        """Open ones, what is due first in front; or settled ones, the latest first."""
        query = {"settled_at": {"$type": "date"}} if settled else _OPEN
        order = ("settled_at", DESCENDING) if settled else ("due_at", ASCENDING)
        rows = self._rows.find(query).sort(*order).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def detach(self, contact_ids: Collection[str]) -> int:
        """Take the contacts and all words off their incidents; level, dates and people stay. How many were changed."""
        found = {"contact_id": {"$in": list(contact_ids)}}
        blank = {"contact_id": "", "root_cause": "", "measures": ""}
        result = await self._rows.update_many(found, {"$set": blank, "$inc": {"revision": 1}})
        return int(result.modified_count)
