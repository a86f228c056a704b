"""Word lists that a clinic may change: what patients say for one thing (config/words.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from wxbot.understanding.message import normalise

ENTRANCES = "entrance."  # the lists whose words open an entrance of the account: entrance.book
MATCHED_WHOLE = frozenset(
    {"yes", "no", "back", "leave", "more", "stop", "resume", "greeting", "thanks", "good_news"}
)  # beside those of the entrances


@dataclass(frozen=True, kw_only=True)
class WordList:
    """One list. `key` is what the code asks for, `name` and `about` are for staff; the words are as people write."""

    key: str
    name: str
    about: str
    words: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every message is compared with it as a whole; a word then has one such list."""
        return self.key.startswith(ENTRANCES) or self.key in MATCHED_WHOLE


@dataclass(frozen=True)
class WordLists:
    """All lists by key. Words are compared in their normal form, without marks."""

    lists: tuple[WordList, ...] = ()
    _folded: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """The hash of some thousand words, taken once: what is compiled from the lists is looked up by it."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.lists)

    @cached_property
    def by_key(self) -> Mapping[str, WordList]:
        """The lists by their keys."""
        return {each.key: each for each in self.lists}

    @cached_property
    def _entrances(self) -> Mapping[str, str]:
        """The first list of an entrance for each word of such lists."""
        keys = [each.key for each in reversed(self.lists) if each.key.startswith(ENTRANCES)]
        return {word: key for key in keys for word in self.of(key)}

    def entrance_of(self, word: str) -> str | None:
        """The key of the list of an entrance that has the word, in its normal form."""
        return self._entrances.get(word)

    def of(self, key: str) -> frozenset[str]:
        """The words of a list in their normal form; empty for a list that the clinic has not."""
        if key not in self._folded:
            kept = self.by_key.get(key)
            self._folded[key] = frozenset(normalise(word).words for word in kept.words) if kept else frozenset()
        return self._folded[key]
