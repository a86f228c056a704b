"""Who was invited, by when that was. Writes nothing."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.database import Database, Document, Index, Mapper
from wxbot.followups.leads import INVITED_SCRIPTS
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.followups.stores.followups import FOLLOWUPS


class LeadStore:
    """Reads the collection `followups`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=FOLLOWUPS,
            keys=[("script", ASCENDING), ("opened_at", DESCENDING), ("_id", DESCENDING)],
            partial={"kind": FollowUpKind.PHONE.value, "script": {"$gt": ""}},
            serves="who was invited and has not come, the latest first",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(FOLLOWUPS)
        self._mapper = Mapper(FollowUp)

    async def invited(self, since: datetime, until: datetime, behind: str, limit: int) -> list[FollowUp]:
        """What was noted in [since, until] and is not obsolete, the latest first; at `until` only ids below `behind`.

        Calls of care plans are not among them.
        """
        query: Document = {
            "kind": FollowUpKind.PHONE.value,
            "script": {"$in": sorted(INVITED_SCRIPTS), "$gt": ""},
            "opened_at": {"$gte": since, "$lte": until},
            "state": {"$in": [FollowUpState.OPEN.value, FollowUpState.DONE.value]},
            "$or": [{"opened_at": {"$lt": until}}, {"_id": {"$lt": behind}}],
        }
        rows = self._rows.find(query).sort([("opened_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
