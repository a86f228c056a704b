"""The collection `risk_calibrations`: a document per month."""

from collections.abc import Sequence

from pymongo import DESCENDING

from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.visits.risk_calibration import CalibrationState, RiskCalibration

NAME = "risk_calibrations"


class RiskCalibrationStore:
    """Keeps what was counted and what was decided about it."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("state", DESCENDING), ("decided_at", DESCENDING)],
            serves="the points that hold: of the calibration that was accepted last",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(RiskCalibration)

    async def insert(self, calibration: RiskCalibration) -> bool:
        """Keep a new one; False when the month has one."""
        try:
            await self._rows.insert_one(self._mapper.document(calibration))
        except DuplicateKeyError:
            return False
        return True

    async def by_id(self, month: str) -> RiskCalibration | None:
        """The one of that month."""
        row = await self._rows.find_one({"_id": month})
        return self._mapper.thing(row) if row else None

    async def decide(self, month: str, change: Document) -> bool:
        """Apply a decision while none was taken; False when one was."""
        open_one = {"_id": month, "state": CalibrationState.PROPOSED.value}
        result = await self._rows.update_one(open_one, {"$set": change})
        return bool(result.modified_count)

    async def accepted(self) -> RiskCalibration | None:
        """The one that was accepted last."""
        row = await self._rows.find_one({"state": CalibrationState.ACCEPTED.value}, sort=[("decided_at", DESCENDING)])
        return self._mapper.thing(row) if row else None

    async def latest(self, limit: int) -> list[RiskCalibration]:
        """The latest months first."""
        rows = self._rows.find().sort("_id", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
