"""Sentences of a text, as half-open spans of its characters. Pure."""

import re

ENDS = "。！？!?；;…\n"  # the last character of a sentence
_TO_THE_END = re.compile(f"[^{ENDS}]*[{ENDS[:-1]}]*")


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence that holds `text[start:end]`, with its closing sign, without the white space before it."""
    first, last = _bounds(text, start, end)
    while first < start and text[first].isspace():
        first += 1
    return first, last


def _bounds(text: str, start: int, end: int) -> tuple[int, int]:
    first = max(text.rfind(sign, 0, start) for sign in ENDS) + 1
    if end > first and text[end - 1] in ENDS:
        return first, end
    rest = _TO_THE_END.match(text, end)
    return first, rest.end() if rest else end
