"""Where intakes are kept, their answers encrypted: they are health data."""

from collections.abc import Collection, Mapping, Sequence

from wxbot.conversations.intake.service import Intake
from wxbot.database import Database, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId

NAME = "intakes"


class IntakeStore:
    """The collection `intakes`, one document per contact. Satisfies `IntakeRows`."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, ["answers.*.text", "relation"])
        self._mapper = EncryptedMapper(Intake, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def of(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Intake]:
        """Those of the contacts that are there."""
        rows = self._rows.find({"_id": {"$in": list(contact_ids)}})
        return {row["_id"]: self._mapper.thing(row) async for row in rows}

    async def replace(self, intake: Intake, revision: int) -> bool:
        """Keep it in place of that revision (0: of none); False when a colleague was quicker."""
        document = self._mapper.document(intake)
        if revision == 0:
            try:
                await self._rows.insert_one(document)
            except DuplicateKeyError:
                return False
            return True
        result = await self._rows.replace_one({"_id": intake.id, "revision": revision}, document)
        return bool(result.matched_count)

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete them; the number."""
        result = await self._rows.delete_many({"_id": {"$in": list(contact_ids)}})
        return int(result.deleted_count)
