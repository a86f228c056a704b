"""Finding a canned reply while somebody types: by its words, its folder, or its title's pinyin initials. Pure."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from wxbot.canned_replies.models import KeptReply
from wxbot.pinyin import syllables_in

LONGEST_QUERY = 40  # characters that are read
MOST_SOUNDS = 60  # characters of a title whose sounds are kept


@dataclass(frozen=True)
class Searched:
    """A reply with what it is found by."""

    kept: KeptReply
    title: str
    folder: str
    text: str

    @cached_property
    def initials(self) -> str:
        """The first letters of the title's pinyin; put together when somebody first searches, not at every start."""
        return "".join(each[:1] for each in self._readings).lower()

    @cached_property
    def sounds(self) -> str:
        """The title's pinyin."""
        return "".join(self._readings).lower()

    @property
    def _readings(self) -> tuple[str, ...]:
        return _readings(self.kept.value.title[:MOST_SOUNDS])


def searched(kept: KeptReply) -> Searched:
    """A reply made ready."""
    value = kept.value
    return Searched(kept=kept, title=_plain(value.title), folder=_plain(value.folder), text=_plain(value.text))


@lru_cache(maxsize=5_000)  # as many as are kept: a change of one reply does not read all the others anew
def _readings(title: str) -> tuple[str, ...]:
    """How each character is read, without tones."""
    return tuple(syllables_in(title))


def found(replies: Iterable[Searched], query: str) -> list[KeptReply]:
    """Those that the query finds, the nearest first, of equally near ones the most used; all without a query."""
    words = [_plain(word) for word in query[:LONGEST_QUERY].split()]
    ranked = []
    for position, each in enumerate(replies):
        ranks = [_rank(each, word) for word in words]
        if None not in ranks:
            ranked.append((sum(rank or 0 for rank in ranks), -each.kept.uses, position, each.kept))
    return [kept for *_, kept in sorted(ranked, key=lambda each: each[:3])]


def _rank(each: Searched, word: str) -> int | None:
    """How near one word of the query is, nearer first; None when it is not there."""
    if each.title.startswith(word) or each.initials.startswith(word):
        return 0
    if word in each.title or word in each.initials or each.sounds.startswith(word):
        return 1
    if word in each.folder:
        return 2
    return 3 if word in each.text else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
