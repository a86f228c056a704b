"""Search over messages and names, in Chinese by pairs of characters, names also by pinyin initials."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.conversations.names import ContactNames
from wxbot.conversations.reading.grams import marks_of, sought, words_of
from wxbot.conversations.reading.message_index import MessageIndex
from wxbot.conversations.reading.stores.search import MessageIndexStore
from wxbot.conversations.states import READ
from wxbot.history.models import ContactId
from wxbot.patients.records import PatientRecords

READ_PATIENTS = "patients:patient:read"
MOST_PEOPLE = 10
BEFORE, SHOWN = 20, 80  # characters before the first mark, and of a text in all

Marks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One message or person found. `marks` are the half-open spans of `text` that were sought."""

    contact_id: ContactId
    name: str
    line_id: str  # empty for a person
    at: datetime | None
    text: str
    marks: Marks


class DeskSearch:
    """Use cases of the search."""

    def __init__(
        self, store: MessageIndexStore, index: MessageIndex, *, records: PatientRecords, names: ContactNames
    ) -> None:
        self._store = store
        self._index = index
        self._records = records
        self._names = names

    async def find(self, query: str, *, by: Actor, now: datetime, limit: int = 30) -> list[Hit]:
        """People first, then messages, newest first. Raises ForbiddenError.

        A message has every word of the query somewhere; letters, width and traditional characters are alike. Of words
        that very many messages have, the newest are looked through. What another process wrote is found a second later.
        """
        by.must(READ)
        words = words_of(query)
        if not words:
            return []
        people, messages = await asyncio.gather(
            self._people(query, words, by=by, now=now), self._messages(words, limit)
        )
        return [*people, *messages][:limit]

    async def _people(self, query: str, words: tuple[str, ...], *, by: Actor, now: datetime) -> list[Hit]:
        if not by.may(READ_PATIENTS):
            return []
        found = await self._records.search(query, by=by, now=now)
        named = [
            (each.patient.contact_id, each.title) for each in found.cards if each.patient.contact_id is not None
        ] + [(each.id, each.alias) for each in found.contacts]
        return [
            Hit(contact_id=contact_id, name=name, line_id="", at=None, text=name, marks=marks_of(name, words) or ())
            for contact_id, name in dict(named[:MOST_PEOPLE]).items()
        ]

    async def _messages(self, words: tuple[str, ...], limit: int) -> list[Hit]:
        pairs, first = sought(words)
        await self._index.bring_up()
        exact = set(words) <= set(pairs)  # else the pairs may stand apart, and some fall away below
        found = await self._store.find(pairs, first, limit if exact else 2 * limit)
        texts = await self._store.texts([line_id for line_id, _, _ in found])
        marked = [(line, text, marks_of(text, words)) for line in found if (text := texts.get(line[0], ""))]
        shown = [(line, text, marks) for line, text, marks in marked if marks][:limit]
        names = await self._names.of({contact_id for (_, contact_id, _), _, _ in shown})
        hits = []
        for (line_id, contact_id, at), text, marks in shown:
            part, there = _excerpt(text, marks)
            name = names[contact_id]
            hits.append(Hit(contact_id=contact_id, name=name, line_id=line_id, at=at, text=part, marks=there))
        return hits


def _excerpt(text: str, marks: Marks) -> tuple[str, Marks]:
    """The part of a text around its first mark, and where the marks stand in it."""
    start = max(marks[0][0] - BEFORE, 0) if len(text) > SHOWN else 0
    before, after = "…" if start else "", "…" if start + SHOWN < len(text) else ""
    moved = len(before) - start
    there = ((first + moved, min(last, start + SHOWN) + moved) for first, last in marks if first < start + SHOWN)
    return before + text[start : start + SHOWN] + after, tuple(there)
