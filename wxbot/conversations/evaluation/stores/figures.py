"""Where the figures of closed episodes are kept: one document per episode, written again when it is measured again."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.models import OPEN, Cause, Episode, EpisodeId, EpisodeState
from wxbot.database import Database, Index, Mapper
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

NAME = "episode_figures"
EPISODES = "episodes"
BATCH = 500  # ids compared at once
MOST_READ = 20_000  # episodes of one page of figures: a quarter of a year of six people (A3-17)


class FiguresStore:
    """The collection `episode_figures`. Reads closed ones of `episodes`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("day", ASCENDING), ("owner", ASCENDING)],
            serves="the figures of some days, of everybody or of one person",
        ),
        Index(collection=NAME, keys=[("closed_at", DESCENDING)], serves="up to when episodes were measured"),
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's figures, for erasure"),
        Index(
            collection=EPISODES,
            keys=[("closed_at", ASCENDING)],
            partial={"state": EpisodeState.CLOSED.value},
            name="closed_at_measured",
            serves="closed episodes that may not be measured yet",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(EpisodeFigures)
        self._episodes = database.collection(EPISODES)
        self._episode_mapper = Mapper(Episode)

    async def keep(self, figures: EpisodeFigures) -> None:
        """Keep them in place of what an earlier measurement said."""
        await self._rows.replace_one({"_id": figures.id}, self._mapper.document(figures), upsert=True)

    async def by_id(self, episode_id: EpisodeId) -> EpisodeFigures | None:
        """Those of one episode."""
        row = await self._rows.find_one({"_id": episode_id})
        return self._mapper.thing(row) if row else None

    async def between(self, first: str, last: str, owner: AccountId | None = None) -> list[EpisodeFigures]:
        """Those of the local days `first` to `last` (ISO), of one person where given; MOST_READ at most."""
        query: dict[str, object] = {"day": {"$gte": first, "$lte": last}}
        if owner is not None:
            query["owner"] = owner
        rows = await self._rows.find(query).sort([("day", ASCENDING), ("owner", ASCENDING)]).to_list(MOST_READ)
        return await self._mapper.things(rows)

    async def next_asked(self, contact_id: ContactId, after: datetime, until: datetime) -> datetime | None:
        """When a contact needed a person again between those moments; colleagues' own beginnings do not count."""
        query = {
            "contact_id": contact_id,
            "cause": {"$ne": Cause.STAFF.value},
            "opened_at": {"$gt": after, "$lte": until},
        }
        row = await self._episodes.find_one(query, {"opened_at": 1}, sort=[("opened_at", ASCENDING)])
        return row["opened_at"] if row else None

    async def note_return(self, contact_id: ContactId, since: datetime, at: datetime) -> None:
        """A contact needed a person again: noted on the talks that ended since then and before it, once each."""
        query = {"contact_id": contact_id, "closed_at": {"$gte": since, "$lt": at}, "came_back_at": None}
        await self._rows.update_many(query, {"$set": {"came_back_at": at}})

    async def measured_to(self) -> datetime | None:
        """When the latest measured episode was closed."""
        row = await self._rows.find_one({}, {"closed_at": 1}, sort=[("closed_at", DESCENDING)])
        return row["closed_at"] if row else None

    async def unmeasured(self, since: datetime, limit: int) -> list[Episode]:
        """Closed episodes since then that have no figures, the oldest first; erased ones are left out."""
        query = {"state": EpisodeState.CLOSED.value, "closed_at": {"$gte": since}, "erased": {"$ne": True}}
        found: list[Episode] = []
        rows = self._episodes.find(query, {"_id": 1}).sort("closed_at", ASCENDING)
        while len(found) < limit and (ids := [row["_id"] for row in await rows.to_list(BATCH)]):
            known = {row["_id"] async for row in self._rows.find({"_id": {"$in": ids}}, {"_id": 1})}
            fresh = [each for each in ids if each not in known][: limit - len(found)]
            wanted = self._episodes.find({"_id": {"$in": fresh}}).sort("closed_at", ASCENDING)
            found += [self._episode_mapper.thing(row) async for row in wanted]
        return found

    async def episode(self, episode_id: EpisodeId) -> Episode | None:
        """The episode itself, to be measured again."""
        row = await self._episodes.find_one({"_id": episode_id})
        return self._episode_mapper.thing(row) if row else None

    async def open_episode(self, contact_id: ContactId) -> Episode | None:
        """The contact's open episode."""
        row = await self._episodes.find_one({"contact_id": contact_id, "state": {"$in": [each.value for each in OPEN]}})
        return self._episode_mapper.thing(row) if row else None

    async def episodes_of(self, contact_ids: Collection[ContactId]) -> list[EpisodeId]:
        """Every episode of those contacts, open or not."""
        rows = self._episodes.find({"contact_id": {"$in": list(contact_ids)}}, {"_id": 1})
        return [EpisodeId(row["_id"]) async for row in rows]

    async def detach(self, contact_ids: Collection[ContactId]) -> int:
        """Take the contacts off their figures; the numbers stay. How many were changed."""
        result = await self._rows.update_many(
            {"contact_id": {"$in": list(contact_ids)}}, {"$set": {"contact_id": "", "hits": []}}
        )
        return int(result.modified_count)
