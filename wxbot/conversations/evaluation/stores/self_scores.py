"""Where self scores are kept."""

from collections.abc import Collection, Sequence

from wxbot.conversations.evaluation.self_scores import SelfScore
from wxbot.conversations.models import EpisodeId
from wxbot.database import Database, DuplicateKeyError, Index, Mapper

NAME = "self_scores"


class SelfScoreStore:
    """The collection `self_scores`. Satisfies `SelfScoreRows`."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(SelfScore)

    async def insert(self, kept: SelfScore) -> bool:
        """Keep a new one; False when the talk has one."""
        try:
            await self._rows.insert_one(self._mapper.document(kept))
        except DuplicateKeyError:
            return False
        return True

    async def by_id(self, episode_id: EpisodeId) -> SelfScore | None:
        """The one of that talk."""
        row = await self._rows.find_one({"_id": episode_id})
        return self._mapper.thing(row) if row else None

    async def forget_words(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what was written about those talks; points and levels stay. How many were changed."""
        blank = {"comment": "", "marks.$[].words": ""}
        result = await self._rows.update_many({"_id": {"$in": list(episode_ids)}}, {"$set": blank})
        return int(result.modified_count)
