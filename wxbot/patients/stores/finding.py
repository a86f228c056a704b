"""Reading patients for the search box, the lists and the broadcasts. Every question is bounded and has its index."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bson.regex import Regex
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import ExecutionTimeout

from wxbot.database import Database, Document, Index, Mapper
from wxbot.encryption.documents import EncryptedMapper
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact, HoldKind, Patient, Relation
from wxbot.patients.search_keys import is_phone_key
from wxbot.patients.stores.encrypted import PatientCipher

SEARCH_MILLISECONDS = 1_500  # longer nobody waits while typing; a search by its index takes a few
_ANY_TEXT = {"$gt": ""}
_NEWEST = [("created_at", DESCENDING), ("_id", DESCENDING)]


@dataclass(frozen=True)
class Cursor:
    """A position in a list, newest first: the next page begins after this record."""

    at: datetime
    id: str


class FindingStore:
    """Reads the collections `patients` and `contacts`; writes nothing."""

    INDEXES: Sequence[Index] = (
        Index(
            collection="contacts",
            keys=_NEWEST,
            serves="contacts of whom there is no record yet, the newest first",
            partial={"patient_ids": []},
        ),
        Index(
            collection="patients",
            keys=[("search_keys", ASCENDING)],
            serves="the search box: part of a name, pinyin, a telephone's tail, a record number",
        ),
        Index(collection="patients", keys=_NEWEST, serves="the list, the newest first"),
        Index(
            collection="patients",
            keys=[("tags.name", ASCENDING), *_NEWEST],
            serves="who bears a tag, the newest first; broadcasts by tag",
            partial={"tags.name": _ANY_TEXT},
        ),
        Index(
            collection="patients",
            keys=[("birthday_keys", ASCENDING), *_NEWEST],
            serves="whose birthday falls in a month; broadcasts by birthday month",
        ),
        Index(
            collection="patients",
            keys=[("held_at", DESCENDING), ("_id", DESCENDING)],
            serves="for whom messages rest, the latest first",
            partial={"held_kinds": _ANY_TEXT},
        ),
    )

    def __init__(self, database: Database, cipher: PatientCipher) -> None:
        self._patients = database.collection("patients")
        self._contacts = database.collection("contacts")
        self._cipher = cipher
        self._patient = EncryptedMapper(Patient, cipher)
        self._contact = Mapper(Contact)

    async def selves_after(self, after: ContactId, limit: int) -> dict[ContactId, PatientId]:
        """The patients that contacts behind `after` are themselves, by contact, in the order of the contacts."""
        query = {"contact_id": {"$gt": after}, "relation": Relation.SELF.value, "merged_into": None}
        rows = self._patients.find(query, {"contact_id": 1}).sort("contact_id", ASCENDING).limit(limit)
        return {ContactId(row["contact_id"]): PatientId(row["_id"]) async for row in rows}

    async def search(self, words: Sequence[Sequence[str]], limit: int) -> list[Patient] | None:
        """Patients that have, for each word, a key beginning with one of its prefixes; in no particular order.

        None when it took too long: two beginnings that many have and nobody has together.
        """
        query: Document = {"$and": [{"search_keys": {"$in": self._ways(ways)}} for ways in words]}
        try:
            rows = await self._patients.find(query).max_time_ms(SEARCH_MILLISECONDS).to_list(limit)
        except ExecutionTimeout:
            return None
        return await self._patient.things(rows)

    async def newest(self, after: Cursor | None, limit: int) -> list[Patient]:
        """Every record, the newest first."""
        return await self._read({"merged_into": None, **_behind(after, "created_at")}, _NEWEST, limit)

    async def with_tag(self, tag: str, after: Cursor | None, limit: int) -> list[Patient]:
        """Who bears a tag, the newest record first."""
        return await self._read({"tags.name": tag, **_behind(after, "created_at")}, _NEWEST, limit)

    async def with_birthday(self, keys: Collection[str], after: Cursor | None, limit: int) -> list[Patient]:
        """Who has one of those birthday keys, the newest record first."""
        query = {"birthday_keys": {"$in": sorted(keys)}, **_behind(after, "created_at")}
        return await self._read(query, _NEWEST, limit)

    async def held(self, kinds: Collection[HoldKind], after: Cursor | None, limit: int) -> list[Patient]:
        """Who has a hold of one of those kinds that is not lifted (it may be over), the latest held first."""
        order = [("held_at", DESCENDING), ("_id", DESCENDING)]
        query = {"held_kinds": {**_ANY_TEXT, "$in": sorted(each.value for each in kinds)}}
        return await self._read({**query, **_behind(after, "held_at")}, order, limit)

    async def namesakes(self, name_key: str, limit: int) -> list[Patient]:
        """Who bears exactly that name; `name_key` is the name's letters only, as among the search keys."""
        return await self._read({"search_keys": name_key}, None, limit)

    async def never_indexed(self, limit: int) -> list[Patient]:
        """Records from before there were search keys; by the same index, where they stand as nothing."""
        return await self._read({"search_keys": None}, None, limit)

    async def with_older_holds(self, limit: int) -> list[Patient]:
        """Records from before there were kinds of holds, which say so in other fields; read once at the start."""
        query: Document = {"$or": [{"hold": _ANY_TEXT}, {"objection.by": _ANY_TEXT}]}
        return await self._read(query, None, limit)

    async def newcomers(self, after: Cursor | None, limit: int) -> list[Contact]:
        """Contacts of whom there is no record yet, the newest first."""
        query: Document = {"patient_ids": [], **_behind(after, "created_at")}
        rows = await self._contacts.find(query).sort(_NEWEST).to_list(limit)
        return [self._contact.thing(row) for row in rows]

    async def by_alias(self, beginning: str, limit: int) -> list[Contact]:
        """Contacts whose alias begins so, in its order."""
        query = {"alias": {"$gte": beginning, "$lt": beginning + "\uffff"}}
        rows = await self._contacts.find(query).sort("alias", ASCENDING).to_list(limit)
        return [self._contact.thing(row) for row in rows]

    def _ways(self, prefixes: Sequence[str]) -> list[str | Regex[str]]:
        """What search keys with those prefixes are in the database: beginnings of texts, tokens of telephones."""
        found: list[str | Regex[str]] = []
        for prefix in prefixes:
            found += self._cipher.search_tokens(prefix) if is_phone_key(prefix) else [_begins(prefix)]
        return found

    async def _read(self, query: Document, order: Sequence[tuple[str, int]] | None, limit: int) -> list[Patient]:
        rows = self._patients.find(query)
        if order is not None:
            rows = rows.sort(list(order))
        return await self._patient.things(await rows.to_list(limit))


def cursor_of(patient: Patient) -> Cursor:
    """The position after that record in a list ordered by creation."""
    return Cursor(patient.created_at, PatientId(patient.id))


def _begins(prefix: str) -> Regex[str]:
    """A pattern without flags: with any, the database reads the whole index instead of the prefix's part of it."""
    return Regex(f"^{re.escape(prefix)}")


def _behind(after: Cursor | None, field: str) -> Document:
    """Strictly behind a record in descending order; one range on the first field keeps the index's bounds."""
    if after is None:
        return {}
    older = [{field: {"$lt": after.at}}, {field: after.at, "_id": {"$lt": after.id}}]
    return {field: {"$lte": after.at}, "$or": older}
