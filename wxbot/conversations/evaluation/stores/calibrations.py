"""Where calibration sessions are kept."""

from collections.abc import Collection, Sequence

from pymongo import DESCENDING

from wxbot.conversations.evaluation.calibrations import Calibration
from wxbot.conversations.models import EpisodeId
from wxbot.database import Database, DuplicateKeyError, Index, Mapper

NAME = "calibrations"


class CalibrationStore:
    """The collection `calibrations`. Satisfies `CalibrationRows`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("opened_at", DESCENDING)], serves="calibration sessions, the latest first"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(Calibration)

    async def insert(self, calibration: Calibration) -> bool:
        """Keep a new one; False when the talk has one."""
        try:
            await self._rows.insert_one(self._mapper.document(calibration))
        except DuplicateKeyError:
            return False
        return True

    async def replace(self, calibration: Calibration, revision: int) -> bool:
        """Keep it in place of that revision."""
        document = self._mapper.document(calibration)
        result = await self._rows.replace_one({"_id": calibration.id, "revision": revision}, document)
        return bool(result.matched_count)

    async def by_id(self, episode_id: EpisodeId) -> Calibration | None:
        """The session of that talk."""
        row = await self._rows.find_one({"_id": episode_id})
        return self._mapper.thing(row) if row else None

    async def latest(self, limit: int) -> list[Calibration]:
        """The latest first."""
        rows = self._rows.find().sort("opened_at", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def forget_words(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what was written about those talks; points and levels stay. How many were changed."""
        wanted = {"_id": {"$in": list(episode_ids)}}
        blank = {"scores.$[].comment": "", "scores.$[].marks.$[].words": ""}
        result = await self._rows.update_many(wanted, {"$set": blank, "$inc": {"revision": 1}})
        return int(result.modified_count)
