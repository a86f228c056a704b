"""The collection `survey_responses`: what patients were asked and answered, their words encrypted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.database import Database, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId
from wxbot.surveys.models import SurveyResponse

NAME = "survey_responses"


class ResponseStore:
    """One document per talk, visit or step that was asked about."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("contact_id", ASCENDING), ("asked_at", DESCENDING)],
            serves="a contact's responses, for the desk and erasure",
        ),
        Index(collection=NAME, keys=[("asked_at", ASCENDING)], serves="the satisfaction sheet of a period"),
        Index(
            collection=NAME,
            keys=[("counted", ASCENDING), ("asked_at", ASCENDING)],
            partial={"counted": False},
            serves="questions of which is not known yet whether they left, or the figures of the talk do not know it",
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, ["answers.*.value", "answers.*.words"])
        self._mapper = EncryptedMapper(SurveyResponse, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def insert(self, response: SurveyResponse) -> bool:
        """Keep a new one; False where the same was asked about already."""
        try:
            await self._rows.insert_one(self._mapper.document(response))
        except DuplicateKeyError:
            return False
        return True

    async def replace(self, before: SurveyResponse, after: SurveyResponse) -> SurveyResponse | None:
        """Write the change of one that is still as it was read; None where it is not."""
        kept = replace(after, version=before.version + 1)
        query = {"_id": before.id, "version": before.version}
        result = await self._rows.replace_one(query, self._mapper.document(kept))
        return kept if result.matched_count else None

    async def by_ids(self, ids: Collection[str]) -> Mapping[str, SurveyResponse]:
        """Those that exist, by id, in one query."""
        if not ids:
            return {}
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {each.id: each for each in await self._mapper.things(rows)}

    async def by_id(self, response_id: str) -> SurveyResponse | None:
        """The one of that id."""
        row = await self._rows.find_one({"_id": response_id})
        return self._mapper.thing(row) if row else None

    async def of_contact(self, contact_id: ContactId, since: datetime, limit: int) -> list[SurveyResponse]:
        """A contact's, asked since then, the latest first."""
        query = {"contact_id": contact_id, "asked_at": {"$gte": since}}
        rows = self._rows.find(query).sort("asked_at", DESCENDING).limit(limit)
        return await self._mapper.things(await rows.to_list(limit))

    async def uncounted(self, limit: int) -> list[SurveyResponse]:
        """Those whose state nobody looked at since it changed, the oldest first."""
        rows = self._rows.find({"counted": False}).sort("asked_at", ASCENDING).limit(limit)
        return await self._mapper.things(await rows.to_list(limit))

    async def asked_between(self, since: datetime, until: datetime) -> list[SurveyResponse]:
        """Those asked from then until before then, oldest first."""
        rows = self._rows.find({"asked_at": {"$gte": since, "$lt": until}}).sort("asked_at", ASCENDING)
        return await self._mapper.things(await rows.to_list(None))

    async def erase(self, contact_id: ContactId) -> int:
        """Part the contact from their responses and forget what they wrote; the scores stay. The number."""
        touched = 0
        for row in await self._rows.find({"contact_id": contact_id}).to_list(None):
            known = self._mapper.thing(row)
            answers = tuple(replace(each, value="", words="", line_id="") for each in known.answers)
            gone = replace(known, contact_id=None, patient_id=None, answers=answers)
            touched += (await self.replace(known, gone)) is not None
        return touched
