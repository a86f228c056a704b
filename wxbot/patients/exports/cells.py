"""Text that a spreadsheet shows and never runs. Pure.

A cell that begins with = + - @ (or their full-width forms), a tab or a line break can be taken for a formula, also
after somebody saves the sheet as .csv. Such text gets an apostrophe in front, the spreadsheet's own mark for text.
"""

import re
from typing import Any

from wxbot.spreadsheets.writing import text_only_cell

LONGEST_TEXT = 32_000  # characters; a cell holds 32,767
_RISKY = frozenset("=+-@＝＋－﹣−＠﹢﹦﹫\t\r\n|%")
_UNSEEN = re.compile(r"^[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML cannot carry them


def neutral(text: str) -> str:
    """The text as a cell may hold it: with an apostrophe before it when a spreadsheet could run it."""
    clean = _FORBIDDEN.sub("", text)[:LONGEST_TEXT]
    return f"'{clean}" if is_risky(clean) else clean


def is_risky(text: str) -> bool:
    """Whether a spreadsheet could take it for a formula."""
    visible = _UNSEEN.sub("", text)
    return text[:1] in _RISKY or visible[:1] in _RISKY


def text_cell(sheet: Any, text: str) -> Any:
    """A cell of a write-only sheet that holds this text as text."""
    safe = neutral(text)
    if safe == text and text[:1] != "=":
        return text
    return text_only_cell(sheet, safe)
