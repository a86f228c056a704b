"""Sentences of a text, as half-open spans of its characters. Pure."""

ENDS = frozenset("。！？!?；;…\n")  # the last character of a sentence


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence that holds `text[start:end]`, with its closing sign, without the white space before it."""
    first, last = _bounds(text, start, end)
    while first < start and text[first].isspace():
        first += 1
    return first, last


def _bounds(text: str, start: int, end: int) -> tuple[int, int]:
    first = start
    while first > 0 and text[first - 1] not in ENDS:
        first -= 1
    last = end
    if not (last > first and text[last - 1] in ENDS):
        while last < len(text) and text[last] not in ENDS:
            last += 1
        while last < len(text) and text[last] in ENDS and text[last] != "\n":
            last += 1
    return first, last
