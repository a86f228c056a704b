"""A staged row as what it says about one patient, with everything that is wrong with it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wxbot.patients.imports.cells import LONGEST_NOTE, CellError, read_cell
from wxbot.patients.imports.dates import DateOrder, unlikely
from wxbot.patients.imports.models import FIELD_NAMES, NEEDED, Choice, Field, Problem, Row
from wxbot.patients.models import Birthday, Gender
from wxbot.patients.names import doubtful_blank

LONGEST_SHOWN = 40  # characters of a wrong value repeated in the list of problems


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a row says. With problems it must not be used; with doubts it may, and somebody ought to look."""

    name: str | None = None
    phone: str | None = None
    second_phone: str | None = None
    gender: Gender = Gender.UNKNOWN
    birthday: Birthday | None = None
    record_number: str | None = None
    identity: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Problem, ...] = ()  # cells that are left out, and values that are taken but unlikely


def read_row(
    row: Row, choice: Choice, header: Sequence[str], today: date, order: DateOrder = DateOrder.SHEET
) -> Reading:
    """Read every mapped cell; `today` is the clinic's date, `order` that of the sheet's short dates.

    A mistake in the name or the telephone refuses the row; in any other cell it leaves that cell out.
    """
    values: dict[Field, Any] = {}
    problems: list[Problem] = []
    doubts: list[Problem] = []
    for field, position in positions(choice.columns).items():
        text = row.cells[position] if position < len(row.cells) else ""
        if not text:
            continue
        column = header[position] if position < len(header) and header[position] else FIELD_NAMES[field]
        try:
            values[field] = read_cell(field, text, today, order)
        except CellError as error:
            (problems if field in NEEDED else doubts).append(_problem(field, column, text, error))
        else:
            if doubt := _doubt(field, values[field], today):
                doubts.append(_problem(field, column, text, doubt))
    if not problems and not values.get(Field.NAME) and not values.get(Field.PHONE):
        problems.append(
            Problem(column="姓名", value="", wrong="姓名和手机都是空的", expected="至少填一项", example="张小满")
        )
    said = {field.value: value for field, value in values.items() if field not in {Field.ORIGIN, Field.LAST_VISIT}}
    return Reading(**{**said, "note": _note(values)}, problems=tuple(problems), doubts=tuple(doubts))


def positions(columns: Mapping[str, Field]) -> dict[Field, int]:
    """Field → position of its column, from 0."""
    return {field: int(column) for column, field in columns.items()}


def _doubt(field: Field, value: Any, today: date) -> CellError | None:
    """What is unlikely about a value that can be; None for nothing."""
    if field is Field.NAME and doubtful_blank(value):
        return CellError("姓名中间有空格，已照原样导入", "一个人的姓名；不需要空格时请去掉", "张小满")
    if field is Field.BIRTHDAY and (wrong := unlikely(value, today)):
        return CellError(f"{wrong}；已照原样导入", "请核对出生年份", "1990-05-12")
    return None


def _note(values: Mapping[Field, Any]) -> str:
    """The note with what has no field of its own, a line each, as far as there is room."""
    lines = [values.get(Field.NOTE, "")]
    if origin := values.get(Field.ORIGIN):
        lines.append(f"来源：{origin}")
    if day := values.get(Field.LAST_VISIT):
        lines.append(f"上次到诊：{day.isoformat()}")
    return "\n".join(line for line in lines if line)[:LONGEST_NOTE]


def _problem(field: Field, column: str, text: str, error: CellError) -> Problem:
    return Problem(
        column=column[:LONGEST_SHOWN],
        value=text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…",
        wrong=error.wrong,
        expected=error.expected,
        example=error.example,
        field=field,
    )
