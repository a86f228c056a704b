"""The collections `questions` (each an envelope around its value, and two notes) and `unknown_questions`.

    {_id, revision, by, by_name, at, position, value: {…}}

A counter document grows with every change, so that other processes notice cheaply.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from cattrs.preconf.bson import make_converter
from pymongo import ASCENDING, DESCENDING

from wxbot.database import Database, DuplicateKeyError, Index, Mapper, insert_new
from wxbot.errors import StaleError
from wxbot.history.models import ContactId
from wxbot.questions.models import Question, QuestionId, StoredQuestion, UnknownId, UnknownQuestion
from wxbot.stored_value import document_of, stored_of

QUESTIONS = "questions"
UNKNOWN = "unknown_questions"
COUNTER, SEEDED = "#counter", "#seeded"  # ids of notes; no question has such a sign
MOST_QUESTIONS = 2_000  # more is no list that somebody reviews
MOST_UNKNOWN = 1_000  # rows that are grouped for the page, the latest first

_converter = make_converter()


class QuestionStore:
    """The collections `questions` and `unknown_questions`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=UNKNOWN,
            keys=[("contact_id", ASCENDING), ("key", ASCENDING)],
            unique=True,
            serves="the same contact asking the same is counted; a contact's rows, for erasure",
        ),
        Index(collection=UNKNOWN, keys=[("last_at", DESCENDING)], serves="the list, the latest first"),
        Index(
            collection=UNKNOWN,
            keys=[("forget_at", ASCENDING)],
            ttl_seconds=0,
            serves="words of patients are not kept longer than needed",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._questions = database.collection(QUESTIONS)
        self._unknown = database.collection(UNKNOWN)
        self._mapper = Mapper(UnknownQuestion)

    # -- questions --------------------------------------------------------------------------------------------

    async def counter(self) -> int:
        """The number of changes made to the questions."""
        found = await self._questions.find_one({"_id": COUNTER})
        return 0 if found is None else int(found["count"])

    async def read(self) -> list[StoredQuestion]:
        """Every question, in the list's own order."""
        rows = await self._questions.find({"value": {"$exists": True}}).to_list(MOST_QUESTIONS)
        return sorted((stored_of(row, Question, _converter) for row in rows), key=lambda each: (each.position, each.id))

    async def one(self, question_id: QuestionId) -> StoredQuestion | None:
        """One question, or None."""
        row = await self._questions.find_one({"_id": question_id, "value": {"$exists": True}})
        return None if row is None else stored_of(row, Question, _converter)

    async def add(self, kept: StoredQuestion) -> bool:
        """Keep a new question; False when its id is taken."""
        try:
            await self._questions.insert_one(document_of(kept, _converter))
        except DuplicateKeyError:
            return False
        await self.changed()
        return True

    async def replace(self, kept: StoredQuestion, revision: int) -> StoredQuestion:
        """Put `kept` where `revision` still stands; as it stands then. Raises StaleError otherwise."""
        after = replace(kept, revision=revision + 1)
        result = await self._questions.replace_one(
            {"_id": kept.id, "revision": revision}, document_of(after, _converter)
        )
        if not result.matched_count:
            raise StaleError(f"question {kept.id} is not at revision {revision}")
        await self.changed()
        return after

    async def remove(self, question_id: QuestionId, revision: int) -> None:
        """Remove a question where `revision` still stands. Raises StaleError otherwise."""
        result = await self._questions.delete_one({"_id": question_id, "revision": revision})
        if not result.deleted_count:
            raise StaleError(f"question {question_id} is not at revision {revision}")
        await self.changed()

    async def changed(self) -> None:
        """Let the other processes know."""
        await self._questions.update_one({"_id": COUNTER}, {"$inc": {"count": 1}}, upsert=True)

    async def seeded(self) -> frozenset[str]:
        """Ids that were taken from the files before: what staff removed is not taken again."""
        found = await self._questions.find_one({"_id": SEEDED})
        return frozenset() if found is None else frozenset(found["ids"])

    async def note_seeded(self, ids: Collection[str]) -> None:
        """Note what was taken from the files."""
        added = {"$addToSet": {"ids": {"$each": list(ids)}}}
        await self._questions.update_one({"_id": SEEDED}, added, upsert=True)

    async def add_new(self, kept: Sequence[StoredQuestion]) -> int:
        """Keep questions of the files that are not there yet, whoever else does the same; how many were kept."""
        return await insert_new(self._questions, [document_of(each, _converter) for each in kept])

    async def renew(self, kept: StoredQuestion, there: StoredQuestion) -> bool:
        """Keep a question of the files where `there` is still what stands; whether it was kept."""
        renewed = document_of(replace(kept, revision=there.revision + 1), _converter)
        result = await self._questions.replace_one({"_id": kept.id, "revision": there.revision}, renewed)
        return bool(result.matched_count)

    # -- unknown questions ------------------------------------------------------------------------------------

    async def note_unknown(self, asked: UnknownQuestion) -> None:
        """Keep it, or count it where the contact asked the same before."""
        latest = {"text": asked.text, "last_at": asked.last_at, "forget_at": asked.forget_at}
        first = {"_id": asked.id, "first_at": asked.first_at}
        try:
            await self._unknown.update_one(
                {"contact_id": asked.contact_id, "key": asked.key},
                {"$set": latest, "$setOnInsert": first, "$inc": {"count": asked.count}},
                upsert=True,
            )
        except DuplicateKeyError:  # the same message, handled a second time at the same moment
            return

    async def latest_unknown(self) -> list[UnknownQuestion]:
        """Rows that are kept, the latest first."""
        rows = await self._unknown.find().sort("last_at", DESCENDING).limit(MOST_UNKNOWN).to_list(MOST_UNKNOWN)
        return await self._mapper.things(rows)

    async def unknown(self, unknown_id: UnknownId) -> UnknownQuestion | None:
        """One row, or None."""
        row = await self._unknown.find_one({"_id": unknown_id})
        return None if row is None else self._mapper.thing(row)

    async def forget_unknown(self, ids: Collection[UnknownId]) -> int:
        """Remove rows; the number removed."""
        return int((await self._unknown.delete_many({"_id": {"$in": list(ids)}})).deleted_count)

    async def erase(self, contact_id: ContactId) -> int:
        """Remove what a contact asked; the number removed."""
        return int((await self._unknown.delete_many({"contact_id": contact_id})).deleted_count)
