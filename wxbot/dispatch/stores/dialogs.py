"""The collection `dialogs`: where each patient stands, until it expires."""

from collections.abc import Collection, Sequence

from pymongo import ASCENDING, ReplaceOne

from wxbot.database import Database, Index, Mapper
from wxbot.dispatch.dialogs import DialogRecord
from wxbot.logs import get_logger

log = get_logger(__name__)

DIALOGS = "dialogs"


class DialogStore:
    """Reads and writes many dialogs at once."""

    INDEXES: Sequence[Index] = (
        Index(collection=DIALOGS, keys=[("forget_at", ASCENDING)], serves="forgetting stale dialogs", ttl_seconds=0),
    )

    def __init__(self, database: Database) -> None:
        self._dialogs = database.collection(DIALOGS)
        self._kept = database.collection(DIALOGS, journaled=False)
        self._mapper = Mapper(DialogRecord)

    async def by_openids(self, openids: Collection[str]) -> dict[str, DialogRecord]:
        """The kept dialogs of those openids. One that cannot be read is as good as none: its patient begins again."""
        kept: dict[str, DialogRecord] = {}
        async for row in self._dialogs.find({"_id": {"$in": list(openids)}}):
            try:
                kept[row["_id"]] = self._mapper.thing(row)
            except Exception:  # cattrs gathers whatever was wrong in groups of its own
                log.exception("dialog_not_readable")
        return kept

    async def write(self, kept: Sequence[DialogRecord]) -> list[None]:
        """Keep a group of dialogs in one write; the last word on an openid wins.

        Not journaled: the lines of the transcript are, and come after it.
        """
        await self._kept.bulk_write(
            [ReplaceOne({"_id": each.id}, self._mapper.document(each), upsert=True) for each in kept]
        )
        return [None] * len(kept)

    async def erase(self, openid: str) -> None:
        """Remove the dialog of that openid."""
        await self._dialogs.delete_one({"_id": openid})
