"""Sentences and clauses of a text, as half-open spans of its characters. Pure."""

import re

ENDS = "。！？!?；;…\n"  # the last character of a sentence
CLAUSE_ENDS = ENDS + "，,：:"
_TO_THE_END = re.compile(f"[^{ENDS}]*[{ENDS[:-1]}]*")
_TO_THE_CLAUSE_END = re.compile(f"[^{CLAUSE_ENDS}]*[{CLAUSE_ENDS.replace(ENDS[-1], '')}]*")


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence that holds `text[start:end]`, with its closing sign, without the white space before it."""
    first, last = _around(text, start, end, ENDS, _TO_THE_END)
    while first < start and text[first].isspace():
        first += 1
    return first, last


def clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The same for the clause."""
    return _around(text, start, end, CLAUSE_ENDS, _TO_THE_CLAUSE_END)


def _around(text: str, start: int, end: int, ends: str, rest: re.Pattern[str]) -> tuple[int, int]:
    first = max(text.rfind(sign, 0, start) for sign in ends) + 1
    if end > first and text[end - 1] in ends:
        return first, end
    found = rest.match(text, end)
    return first, found.end() if found else end
