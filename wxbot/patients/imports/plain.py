"""A cell's value as the plain text staff see in it, whatever the spreadsheet stored."""

import re
from datetime import datetime, time
from typing import Any

LONGEST_CELL = 2_000  # characters stored of one cell; no field of a patient is longer
SURE_BELOW = 1e15  # a spreadsheet keeps 15 digits of a number; the rest it has made up
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_APOSTROPHES = "'‘’＇`"  # as people and programs write them before a number


def plain(value: Any) -> str:
    """The text of a value: 13800000000.0 → 13800000000, a date → 1990-05-12, '007 → 007."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    return tidy(str(value))  # dates and times read as ISO


def tidy(text: str) -> str:
    """Text without invisible characters, a leading apostrophe, and blanks around it."""
    seen = _UNSEEN.sub("", text[:LONGEST_CELL].replace("\u00a0", " ").replace("\u3000", " ")).strip()
    if seen[:1] and seen[0] in _APOSTROPHES:
        seen = seen[1:].lstrip()
    return seen


def _number(value: float) -> str:
    if abs(value) >= SURE_BELOW:
        return f"{value:.14E}"  # as the spreadsheet shows it; which digits were meant cannot be known any more
    return str(int(value)) if value == int(value) else repr(value)
