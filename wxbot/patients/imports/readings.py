"""A staged row as what it says about one patient, with everything that is wrong with it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wxbot.patients.imports.cells import CellError, read_cell
from wxbot.patients.imports.models import FIELD_NAMES, Choice, Field, Problem, Row
from wxbot.patients.models import Birthday, Gender

LONGEST_SHOWN = 40  # characters of a wrong value repeated in the list of problems


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a row says. With problems it must not be used."""

    name: str | None = None
    phone: str | None = None
    gender: Gender = Gender.UNKNOWN
    birthday: Birthday | None = None
    record_number: str | None = None
    identity: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    problems: tuple[Problem, ...] = ()


def read_row(row: Row, choice: Choice, header: Sequence[str], today: date) -> Reading:
    """Read every mapped cell; `today` is the clinic's date."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for field, position in positions(choice.columns).items():
        text = row.cells[position] if position < len(row.cells) else ""
        if not text:
            continue
        try:
            values[field.value] = read_cell(field, text, today)
        except CellError as error:
            column = header[position] if position < len(header) and header[position] else FIELD_NAMES[field]
            problems.append(
                Problem(
                    column=column[:LONGEST_SHOWN],
                    value=text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…",
                    wrong=error.wrong,
                    expected=error.expected,
                    example=error.example,
                    field=field,
                )
            )
    if not problems and not values.get("name") and not values.get("phone"):
        problems.append(
            Problem(column="姓名", value="", wrong="姓名和手机都是空的", expected="至少填一项", example="张小满")
        )
    return Reading(**values, problems=tuple(problems))


def positions(columns: Mapping[str, Field]) -> dict[Field, int]:
    """Field → position of its column, from 0."""
    return {field: int(column) for column, field in columns.items()}
