"""Sentences and clauses of a text, as half-open spans of its characters. Pure."""

ENDS = frozenset("。！？!?；;…\n")  # the last character of a sentence
CLAUSE_ENDS = ENDS | frozenset("，,：:")


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence that holds `text[start:end]`, with its closing sign, without the white space before it."""
    first, last = _around(text, start, end, ENDS)
    while first < start and text[first].isspace():
        first += 1
    return first, last


def clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The same for the clause."""
    return _around(text, start, end, CLAUSE_ENDS)


def _around(text: str, start: int, end: int, ends: frozenset[str]) -> tuple[int, int]:
    first = start
    while first > 0 and text[first - 1] not in ends:
        first -= 1
    last = end
    if not (last > first and text[last - 1] in ends):
        while last < len(text) and text[last] not in ends:
            last += 1
        while last < len(text) and text[last] in ends and text[last] != "\n":
            last += 1
    return first, last
