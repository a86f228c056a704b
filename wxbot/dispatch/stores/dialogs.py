"""The collection `dialogs`: where each patient stands, until it expires."""

from collections.abc import Sequence

from pymongo import ASCENDING, ReplaceOne

from wxbot.database import Database, Document, Index, Mapper
from wxbot.dispatch.dialogs import DialogRecord
from wxbot.logs import get_logger

log = get_logger(__name__)

DIALOGS = "dialogs"


class DialogStore:
    """Writes many dialogs at once; they are read beside their contacts (stores/senders.py)."""

    INDEXES: Sequence[Index] = (
        Index(collection=DIALOGS, keys=[("forget_at", ASCENDING)], serves="forgetting stale dialogs", ttl_seconds=0),
    )

    def __init__(self, database: Database) -> None:
        self._dialogs = database.collection(DIALOGS)
        self._kept = database.collection(DIALOGS, journaled=False)
        self._mapper = Mapper(DialogRecord)

    def record(self, row: Document) -> DialogRecord | None:
        """A row of the collection. One that cannot be read is as good as none: its patient begins again."""
        try:
            return self._mapper.thing(row)
        except Exception:  # cattrs gathers whatever was wrong in groups of its own
            log.exception("dialog_not_readable")
            return None

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
