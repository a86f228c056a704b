"""Checks of single fields that the parts of the clinic have in common. Pure; used by this package's checks only."""

import re
from collections.abc import Mapping
from datetime import date

from wxbot.days import DayError, sensible_day

LONGEST_NAME = 40  # characters; fits one line of a phone and the platform's card fields after shortening
LONGEST_TEXT = 300  # characters of a note or a doctor card's sentences
TICK_MINUTES = 5  # visits are planned in five minutes

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def id_problems(part_id: str, *, taken: bool, what: str) -> dict[str, str]:
    """An id that clinic.toml accepts and that nothing else has."""
    if not _ID.fullmatch(part_id):
        return {"id": "编号以小写字母开头，只用小写字母、数字、- 和 _，例如 chen。"}
    return {"id": f"已有这个编号的{what}，请换一个。"} if taken else {}


def texts(wanted: dict[str, tuple[str, str, int]]) -> dict[str, str]:
    """Lines that must be there: field → (value, its name, the most characters)."""
    problems: dict[str, str] = {}
    for field, (value, name, longest) in wanted.items():
        if not value.strip():
            problems[field] = f"请填写{name}。"
        elif len(value) > longest:
            problems[field] = f"{name}最多 {longest} 个字，现在有 {len(value)} 个。"
        elif "\n" in value:
            problems[field] = f"{name}只能有一行。"
    return problems


def long(problems: dict[str, str], field: str, value: str, name: str) -> None:
    """Note in `problems` a text that is longer than `LONGEST_TEXT`."""
    if len(value) > LONGEST_TEXT:
        problems[field] = f"{name}最多 {LONGEST_TEXT} 个字，现在有 {len(value)} 个。"


def numbers(rules: object, bounds: dict[str, tuple[str, int, int, str]]) -> dict[str, str]:
    """Numbers out of their bounds: field → (name, lowest, highest, unit)."""
    problems: dict[str, str] = {}
    for field, (name, lowest, highest, unit) in bounds.items():
        if not lowest <= getattr(rules, field) <= highest:
            problems[field] = f"{name}在 {lowest} 到 {highest} {unit}之间。"
    return problems


def days(wanted: Mapping[str, date]) -> dict[str, str]:
    """Days too far away to be meant."""
    problems: dict[str, str] = {}
    for name, day in wanted.items():
        try:
            sensible_day(day)
        except DayError as error:
            problems[name] = f"{error.sentence}。"
    return problems
