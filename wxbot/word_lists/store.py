"""The clinic's word lists: a document per list, and a counter that tells other processes of a change."""

from collections.abc import Sequence
from dataclasses import replace

from wxbot.database import Database, Index, Mapper, insert_new
from wxbot.errors import StaleError
from wxbot.word_lists.models import KeptWords

WORD_LISTS = "word_lists"
COUNTER = "#counter"  # an id that no list has
MOST_LISTS = 500  # a clinic has some twenty


class WordListStore:
    """The collection `word_lists`."""

    INDEXES: Sequence[Index] = ()  # some twenty documents, read whole or by _id

    def __init__(self, database: Database) -> None:
        self._lists = database.collection(WORD_LISTS)
        self._mapper = Mapper(KeptWords)

    async def counter(self) -> int:
        """The number of changes made to the lists."""
        found = await self._lists.find_one({"_id": COUNTER})
        return 0 if found is None else int(found["count"])

    async def all(self) -> list[KeptWords]:
        """Every list that is stored."""
        documents = await self._lists.find({"_id": {"$ne": COUNTER}}).to_list(MOST_LISTS)
        return [self._mapper.thing(each) for each in documents]

    async def find(self, key: str) -> KeptWords | None:
        """One list, or None."""
        document = await self._lists.find_one({"_id": key}) if key != COUNTER else None
        return None if document is None else self._mapper.thing(document)

    async def replace(self, kept: KeptWords, revision: int) -> KeptWords:
        """Put `kept` where `revision` still stands; the list as it stands then. Raises StaleError otherwise."""
        after = replace(kept, revision=revision + 1)
        where = {"_id": kept.id, "revision": revision}
        result = await self._lists.replace_one(where, self._mapper.document(after))
        if not result.matched_count:
            raise StaleError(f"word list {kept.id} is not at revision {revision}")
        await self.changed()
        return after

    async def changed(self) -> None:
        """Let the other processes know. Should this one die before it, they find out at their next full look."""
        await self._lists.update_one({"_id": COUNTER}, {"$inc": {"count": 1}}, upsert=True)

    async def seed(self, lists: Sequence[KeptWords]) -> int:
        """Keep lists that are not there, and renew those that only files have written. How many changed.

        Several processes may do so at once.
        """
        there = {each.id: each for each in await self.all()}
        new = [self._mapper.document(kept) for kept in lists if kept.id not in there]
        changed = await insert_new(self._lists, new)
        for kept in lists:
            before = there.get(kept.id, kept)
            if before.by == kept.by and before.words != kept.words:
                renewed = replace(kept, revision=before.revision + 1)
                where = {"_id": kept.id, "revision": before.revision}
                changed += (await self._lists.replace_one(where, self._mapper.document(renewed))).matched_count
        return changed
