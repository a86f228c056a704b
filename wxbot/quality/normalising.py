"""A text as the lexicon sees it: one width, one case, without what is put between the characters of a word.

"最 佳", "根-治", "ＴＯＰ１" and a word with invisible characters inside are the words they look like. What ends a
clause or a sentence stays, so that two neighbours do not become one word.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

KEPT = frozenset(",。!?;:、\n{}()[]%")  # after NFKC: they separate, or are part of a word such as 100%
SENTENCE_ENDS = "。!?\n"
DROPPED = frozenset("ZCPSM")  # Unicode's separators, controls, punctuation, symbols and combining marks
REMEMBERED = 20_000  # characters whose form is kept; Chinese text uses a few thousand


@dataclass(frozen=True)
class Normalised:
    """`text` to search in, and for each of its characters where it stood in the original."""

    text: str
    index: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's half-open span of a half-open, non-empty span of `text`."""
        return self.index[start], self.index[end - 1] + 1

    def joined(self, position: int) -> bool:
        """Whether the characters before and at `position` stood side by side in the original."""
        return 0 < position < len(self.text) and self.index[position] - self.index[position - 1] <= 1


def normalise(text: str) -> Normalised:
    """The searchable form of `text`."""
    characters: list[str] = []
    index: list[int] = []
    for position, character in enumerate(text):
        for form in _form(character):
            characters.append(form)
            index.append(position)
    return Normalised("".join(characters), tuple(index))


def plain(words: str) -> str:
    """The searchable form alone, for words of the lexicon."""
    return "".join(_form(character) for character in words)


@lru_cache(maxsize=REMEMBERED)
def _form(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(each for each in folded if each in KEPT or unicodedata.category(each)[0] not in DROPPED)
