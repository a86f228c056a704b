"""The collection `dialogs`: where each patient stands, until it expires."""

from collections.abc import Collection, Sequence

from pymongo import ASCENDING, DeleteOne, ReplaceOne

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

    async def write(self, changes: Sequence[tuple[str, DialogRecord | None]]) -> list[None]:
        """Keep or forget a group of dialogs in one write; the last word on an openid wins."""
        await self._dialogs.bulk_write(
            [
                DeleteOne({"_id": openid})
                if kept is None
                else ReplaceOne({"_id": openid}, self._mapper.document(kept), upsert=True)
                for openid, kept in changes
            ]
        )
        return [None] * len(changes)
