"""Updates that apply only while the document is as expected, written in groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne

from wxbot.database import Collection, Document
from wxbot.group_commit import GroupCommit


@dataclass(frozen=True)
class Guarded:
    """One update that applies only while `where` holds; `proof` is what the document says if it did."""

    id: str
    where: Document
    change: Document
    proof: Mapping[str, Any]


class GuardedUpdates:
    """Guarded updates in groups: one round trip when all apply, else a second one that finds which did not."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._group: GroupCommit[Guarded, bool] = GroupCommit(self._write, side_by_side=2)

    async def apply(self, update: Guarded) -> bool:
        """Whether the update applied."""
        return await self._group.add(update)

    async def _write(self, updates: Sequence[Guarded]) -> Sequence[bool]:
        written = await self._collection.bulk_write(
            [UpdateOne({"_id": each.id, **each.where}, each.change) for each in updates], ordered=False
        )
        if written.matched_count == len(updates):
            return [True] * len(updates)
        fields = {field for each in updates for field in each.proof}
        rows = self._collection.find({"_id": {"$in": [each.id for each in updates]}}, dict.fromkeys(fields, 1))
        found = {row["_id"]: row async for row in rows}
        return [
            each.id in found and all(_says(found[each.id].get(field), value) for field, value in each.proof.items())
            for each in updates
        ]


def _says(stored: Any, value: Any) -> bool:
    """Whether a field holds the value, or is a list that contains it."""
    return bool(value in stored if isinstance(stored, list) else stored == value)
