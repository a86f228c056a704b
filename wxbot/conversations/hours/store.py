"""Where the rosters of the desk are kept: a document per person, an envelope around their week."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time

from cattrs.preconf.bson import make_converter

from wxbot.clinic.models import Block
from wxbot.database import Database, Document, DuplicateKeyError, Index
from wxbot.errors import StaleError
from wxbot.staff.models import AccountId
from wxbot.stored_value import Stored, document_of, stored_of

SHIFTS = "shifts"
MOST_ROSTERS = 500  # a clinic has dozens of people

Week = tuple[Block, ...]

_converter = make_converter()
_converter.register_unstructure_hook(time, lambda clock: clock.strftime("%H:%M"))
_converter.register_structure_hook(time, lambda clock, _: time.fromisoformat(clock))


class ShiftStore:
    """The collection `shifts`."""

    INDEXES: Sequence[Index] = ()  # a few dozen documents, read whole or by _id

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(SHIFTS)

    async def find(self, account_id: AccountId) -> Stored[Week] | None:
        """Somebody's week, if one was set."""
        document = await self._rows.find_one({"_id": account_id})
        return None if document is None else _stored(document)

    async def all(self) -> Mapping[AccountId, Stored[Week]]:
        """Every week that was set."""
        documents = await self._rows.find().to_list(MOST_ROSTERS)
        return {AccountId(each["_id"]): _stored(each) for each in documents}

    async def put(self, kept: Stored[Week], revision: int) -> Stored[Week]:
        """Put a week where `revision` still stands, 0 where none was set. Raises StaleError."""
        after = replace(kept, revision=revision + 1)
        document = document_of(after, _converter)
        if revision == 0:
            try:
                await self._rows.insert_one(document)
            except DuplicateKeyError:
                raise StaleError(f"the week of {kept.id} was set meanwhile") from None
            return after
        result = await self._rows.replace_one({"_id": kept.id, "revision": revision}, document)
        if not result.matched_count:
            raise StaleError(f"the week of {kept.id} is not at revision {revision}")
        return after


def _stored(document: Document) -> Stored[Week]:
    return stored_of(document, Week, _converter)
