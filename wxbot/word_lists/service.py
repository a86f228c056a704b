"""Use cases of the word lists: from the files at first, then as they are stored and the console changes them."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import CONFIG_FILES, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.change_counter import ChangeCounter
from wxbot.clock import Clock
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.logs import get_logger
from wxbot.understanding.words import WordList, WordLists
from wxbot.word_lists.checks import problem_of, words_of
from wxbot.word_lists.models import KeptWords, ShownList
from wxbot.word_lists.store import WordListStore

log = get_logger(__name__)

READ, EDIT = "settings:clinic:read", "settings:clinic:edit"


class ClinicWords:
    """The word lists as they stand now. Which lists there are, what they are called and for, the files say.

    They begin as the files say, so that they are there while the database is not. A list that only files have written
    follows them; one that staff changed does not.
    """

    def __init__(self, store: WordListStore, files: WordLists, audit: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._audit = audit
        self._changes = ChangeCounter(store.counter, clock)
        self._current = files

    @property
    def current(self) -> WordLists:
        """The lists as they stand now. Never waits; the same value until something changes."""
        return self._current

    async def start(self, now: datetime) -> None:
        """Take what the files add, then read what is stored. Repeating it, in several processes at once, is fine."""
        changed = await self._store.seed([_from_file(each, now) for each in self._files.lists])
        if changed:
            await self._store.changed()
            words = f"从配置文件读入 {changed} 个词单"
            await self._audit.record(
                AuditAction.SETTINGS_SEEDED, "settings:words", by=CONFIG_FILES, now=now, summary=words
            )
            log.info("word_lists_seeded", lists=changed)
        await self.refresh(now, always=True)

    async def refresh(self, now: datetime, *, always: bool = False) -> bool:  # noqa: ARG002 - the jobs' signature
        """Read what is stored if anything changed, or `always`; whether it was read."""
        look = await self._changes.look(always=always)
        if look is None:
            return False
        kept = {each.id: each.words for each in await self._store.all()}
        self._changes.looked(look)
        lists = tuple(replace(each, words=kept.get(each.key, each.words)) for each in self._files.lists)
        if lists != self._current.lists:
            self._current = WordLists(lists)
        return True

    async def shown(self, *, by: Actor) -> tuple[ShownList, ...]:
        """Every list for staff, in the files' order. Raises ForbiddenError."""
        by.must(READ)
        kept = {each.id: each for each in await self._store.all()}
        return tuple(_shown(each, kept[each.key]) for each in self._files.lists if each.key in kept)

    async def one(self, key: str, *, by: Actor) -> ShownList:
        """One list. Raises ForbiddenError, NotFoundError."""
        by.must(READ)
        return _shown(self._file(key), await self._kept(key))

    async def save(self, key: str, text: str, revision: int, *, by: Actor, now: datetime) -> KeptWords:
        """Give a list the words of `text`, one a line; the same words again change nothing.

        Raises:
            ForbiddenError: they may not change settings.
            NotFoundError: there is no such list.
            FieldErrors: what is wrong with the words.
            StaleError: somebody else was faster.
        """
        by.must(EDIT)
        words = words_of(text)
        await self.refresh(now, always=True)
        if problem := problem_of(words, key, self._current):
            raise FieldErrors({"words": problem})
        return await self._replace(key, words, revision, by=by, keeper=by, now=now, verb="修改")

    async def reset(self, key: str, revision: int, *, by: Actor, now: datetime) -> KeptWords:
        """Give a list the words of the files again; from then on it follows them.

        Raises ForbiddenError, NotFoundError, StaleError, and FieldErrors when another list has taken one of the words.
        """
        by.must(EDIT)
        words = self._file(key).words
        await self.refresh(now, always=True)
        if problem := problem_of(words, key, self._current):
            raise FieldErrors({"words": problem})
        return await self._replace(key, words, revision, by=by, keeper=CONFIG_FILES, now=now, verb="还原")

    async def _replace(  # noqa: PLR0913 - one fact each
        self, key: str, words: tuple[str, ...], revision: int, *, by: Actor, keeper: Actor, now: datetime, verb: str
    ) -> KeptWords:
        before = await self._kept(key)
        if before.words == words and before.by == keeper.by:
            return before
        new = KeptWords(id=key, words=words, revision=revision, by=keeper.by, by_name=keeper.name, at=now)
        after = await self._store.replace(new, revision)
        await self.refresh(now, always=True)
        gone = "、".join(word for word in before.words if word not in words)
        new_ones = "、".join(word for word in words if word not in before.words)
        changes = {name: pair for name, pair in (("去掉", (gone, "")), ("增加", ("", new_ones))) if any(pair)}
        await self._audit.record(
            AuditAction.SETTINGS_EDITED,
            f"word_list:{key}",
            by=by,
            now=now,
            summary=f"{verb}词单「{self._file(key).name}」",
            changes=changes,
        )
        return after

    async def _kept(self, key: str) -> KeptWords:
        kept = await self._store.find(key)
        if kept is None:
            raise NotFoundError(f"no word list {key}")
        return kept

    def _file(self, key: str) -> WordList:
        found = self._files.by_key.get(key)
        if found is None:
            raise NotFoundError(f"no word list {key}")
        return found


def _from_file(each: WordList, now: datetime) -> KeptWords:
    return KeptWords(id=each.key, words=each.words, revision=1, by=CONFIG_FILES.by, by_name=CONFIG_FILES.name, at=now)


def _shown(each: WordList, kept: KeptWords) -> ShownList:
    return ShownList(key=each.key, name=each.name, about=each.about, kept=kept, shipped=each.words)
