"""A text that is too long for one message, in parts that each fit: cut at the ends of sentences. Pure."""

import re
from collections.abc import Callable, Iterator

from wxbot.templates.rendering import escaped

TEXT_BYTES = 2048  # of UTF-8 in one customer-service text (reference §4.2)
_ENDS = re.compile(
    r"(?<=[。！？!?；;…\n])(?![。！？!?；;…\n”’」』）)])"
)  # after a sentence, behind all of its closing signs
_PAUSES = re.compile(r"(?<=[，,、：:\s])")


def length(text: str) -> int:
    """The bytes of UTF-8 that a text takes as the platform gets it: `<`, `>` and `&` are written in full width."""
    return len(escaped(text).encode())


def split(text: str, limit: int = TEXT_BYTES) -> tuple[str, ...]:
    """The text in parts of at most `limit` bytes, none of them empty; one part where it fits.

    Cut at the end of a line or sentence; in a sentence that is too long at a pause, and in a phrase that is too long
    between characters. Only white space at the cuts is lost. `limit` is at least 4.
    """
    parts: list[str] = []
    kept = ""
    for piece in _pieces(text.strip(), limit):
        if length((kept + piece).strip()) <= limit:
            kept += piece
        else:
            parts.append(kept.strip())
            kept = piece
    parts.append(kept.strip())
    return tuple(part for part in parts if part)


def _pieces(text: str, limit: int) -> Iterator[str]:
    """What may stand together in a part: each fits."""
    for sentence in _ENDS.split(text):
        if length(sentence) <= limit:
            yield sentence
            continue
        for phrase in _PAUSES.split(sentence):
            yield from [phrase] if length(phrase) <= limit else _characters(phrase, limit, length)


def _characters(phrase: str, limit: int, size: Callable[[str], int]) -> Iterator[str]:
    kept, taken = "", 0
    for character in phrase:
        more = size(character)
        if taken + more > limit:
            yield kept
            kept, taken = "", 0
        kept, taken = kept + character, taken + more
    yield kept
