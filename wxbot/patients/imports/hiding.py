"""What the pages of an import show of a cell: a number that names a person is masked in every column.

Pure. Wrong numbers are shown too, so this goes by what looks like one. The file of problem rows, which the audit
notes, keeps every cell whole.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from wxbot.patients.imports.models import Field, Problem, Row
from wxbot.patients.imports.sheets import Preview
from wxbot.patients.masking import identity

# Nine digits and more, however people group them, and the X of an identity; not a date.
_NUMBER = re.compile(r"(?<!\d)(?!\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))\+?\d(?:[ \-–—.·()/+]{0,3}\d){8,}[Xx]?")
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,3}\d{6,10}(?!\d)")
_ANY_NUMBER = re.compile(r"\+?\d(?:[ \-–—.·()/+]{0,3}\d)+[Xx]?")
_HEAD, _TAIL = 3, 4  # characters that stay visible: 138****8888
_FEW = 2  # of a number too short for both


def hidden(text: str, field: Field | None = None) -> str:
    """A cell's text with its numbers masked; `field` is what its column holds, as far as that is known."""
    plain = unicodedata.normalize("NFKC", text)
    if field is Field.IDENTITY:
        shown = identity(plain)
    elif field in {Field.PHONE, Field.SECOND_PHONE}:
        shown = _ANY_NUMBER.sub(_masked, plain)
    else:
        shown = _NUMBER.sub(_masked, plain)
        if field is not Field.RECORD_NUMBER:
            shown = _PASSPORT.sub(_masked, shown)
    return text if shown == plain else shown


def hidden_preview(preview: Preview) -> Preview:
    """A preview as it may be shown. A header row that was chosen wrongly is a patient's, so names are masked too."""
    columns = (
        replace(
            column,
            name=hidden(column.name),
            examples=tuple(hidden(example, column.field) for example in column.examples),
        )
        for column in preview.columns
    )
    return replace(preview, columns=tuple(columns))


def hidden_rows(rows: Sequence[Row]) -> list[Row]:
    """Judged rows as they may be shown: what is wrong with them, without their cells and patients."""
    return [
        replace(row, cells=(), before=None, after=None, problems=tuple(_hidden(each) for each in row.problems))
        for row in rows
    ]


def _hidden(problem: Problem) -> Problem:
    return replace(problem, column=hidden(problem.column), value=hidden(problem.value, problem.field))


def _masked(match: re.Match[str]) -> str:
    signs = "".join(sign for sign in match[0] if sign.isalnum() or sign == "+")
    if len(signs) > _HEAD + _TAIL:
        return signs[:_HEAD] + "*" * (len(signs) - _HEAD - _TAIL) + signs[-_TAIL:]
    visible = min(_FEW, len(signs) - 1)
    return "*" * (len(signs) - visible) + signs[len(signs) - visible :]
