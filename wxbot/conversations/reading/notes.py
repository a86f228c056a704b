"""备注: what colleagues tell each other about a patient. No way leads from here to the patient."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from wxbot.actors import SYSTEM, Actor
from wxbot.conversations.models import Episode, Note
from wxbot.conversations.ports import KnownContacts
from wxbot.conversations.present import must_be_there
from wxbot.conversations.reading.stores.notes import NoteStore
from wxbot.conversations.states import READ, SUPERVISE
from wxbot.errors import FieldErrors, StaleError
from wxbot.history.models import ContactId
from wxbot.patients.search_keys import keys_of, plain
from wxbot.staff.models import Account, AccountId

WRITE = "desk:note:write"
MOST_CHARACTERS = 2_000  # of a note
LONGEST_KEY = 100  # characters of what the browser made up
LONGEST_LINE_ID = 300  # characters
OTHER_WORDS = "这条备注已经保存过，内容与现在的不同。请刷新后再看一次，需要的话另写一条。"


class OpenEpisodes(Protocol):
    """The open talk of a contact. Implemented by `desk.Desk`."""

    async def of_contact(self, contact_id: ContactId) -> Episode | None:
        """None without one."""
        ...


class Colleagues(Protocol):
    """Who works here. Implemented by `wxbot.staff.service.Staff`."""

    async def accounts(self, *, by: Actor) -> list[Account]:
        """Everybody, those who have left with them."""
        ...


class Notes:
    """Use cases of notes."""

    def __init__(
        self, store: NoteStore, *, episodes: OpenEpisodes, colleagues: Colleagues, contacts: KnownContacts
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._episodes = episodes
        self._colleagues = colleagues

    async def write(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        contact_id: ContactId,
        text: str,
        *,
        key: str,
        whisper: bool = False,
        line_id: str = "",
        by: Actor,
        now: datetime,
    ) -> Note:
        """Write one, once per `key` and author. @名字 mentions a colleague, but not in a whisper.

        Raises:
            ForbiddenError: they may write no notes, or no whisper.
            NotFoundError: there is no such contact (any more).
            FieldErrors: empty, longer than 2,000 characters, or without a key.
            StaleError: another text is kept under that key.
        """
        by.must(WRITE)
        if whisper:
            by.must(SUPERVISE)
        words = text.strip()
        if not words or len(words) > MOST_CHARACTERS:
            raise FieldErrors({"text": f"请写下备注，最多 {MOST_CHARACTERS} 字。"})
        if not key or len(key) > LONGEST_KEY:
            raise FieldErrors({"": "这一页没有打开完整，请刷新后再写。"})
        await must_be_there(self._contacts, contact_id)
        episode = await self._episodes.of_contact(contact_id)
        note = Note(
            id=f"{by.id}:{key}",
            contact_id=contact_id,
            episode_id=None if episode is None else episode.id,
            at=now,
            by=by.by,
            text=words,
            mentions=() if whisper else await self._mentioned(words),  # a whisper is the owner's and the supervisors'
            whisper=whisper,
            line_id=line_id[:LONGEST_LINE_ID],
        )
        kept = await self._store.insert(note)
        if (kept.contact_id, kept.text, kept.whisper) != (contact_id, words, whisper):
            raise StaleError("another note is kept under that key", sentence=OTHER_WORDS)
        return kept

    async def of(self, contact_id: ContactId, *, since: datetime | None = None, by: Actor) -> list[Note]:
        """A contact's notes, oldest first; whispers only for the owner, supervisors and who wrote them.

        Raises ForbiddenError.
        """
        by.must(READ)
        found = await self._store.of_contact(contact_id, since)
        if not any(note.whisper for note in found) or by.may(SUPERVISE):
            return found
        episode = await self._episodes.of_contact(contact_id)
        owns = episode is not None and episode.owner == by.id
        return [note for note in found if not note.whisper or owns or note.by == by.by]

    async def mentioning(self, *, by: Actor, limit: int = 50) -> list[Note]:
        """Where they were mentioned, newest first. Raises ForbiddenError."""
        by.must(READ)
        return await self._store.mentioning(AccountId(by.id), limit)

    async def may_mention(self, query: str, *, by: Actor) -> dict[AccountId, str]:
        """The colleagues whose name begins with the query, in characters, pinyin or initials; then where it is within.

        All of those who read the desk without one. Raises ForbiddenError.
        """
        by.must(WRITE)
        everybody = await self._colleagues.accounts(by=SYSTEM)
        names = {each.id: each.name for each in everybody if not each.disabled and each.actor.may(READ)}
        names.pop(AccountId(by.id), None)
        return named(names, query)

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete what was noted about those contacts; the number."""
        return await self._store.erase(contact_ids) if contact_ids else 0

    async def _mentioned(self, text: str) -> tuple[AccountId, ...]:
        if "@" not in text and "＠" not in text:
            return ()
        everybody = await self._colleagues.accounts(by=SYSTEM)
        return mentioned(text, {each.name: each.id for each in everybody if not each.disabled})


def named(names: Mapping[AccountId, str], query: str) -> dict[AccountId, str]:
    """Those whose name the query finds, who begins with it first. Pure."""
    sought = plain(query)
    keys = {each: keys_of(name=name) for each, name in names.items()}
    found = [each for each in names if any(key.startswith(sought) for key in keys[each])]
    found.sort(key=lambda each: (not plain(names[each]).startswith(sought), names[each]))
    return {each: names[each] for each in found}


def mentioned(text: str, names: Mapping[str, AccountId]) -> tuple[AccountId, ...]:
    """Whom the text mentions with @, each once, in reading order; of several names that fit the longest. Pure."""
    longest_first = sorted(names, key=len, reverse=True)
    found: list[AccountId] = []
    for piece in text.replace("＠", "@").split("@")[1:]:
        name = next((each for each in longest_first if piece.startswith(each)), None)
        if name is not None and names[name] not in found:
            found.append(names[name])
    return tuple(found)
