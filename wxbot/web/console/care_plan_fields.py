"""The fields of a step's form: numbers, entries, choices and ticks, each read with a complaint at its place."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from wxbot.web.console.forms import Form

LONGEST_ENTRY = 40
_SPLIT = re.compile(r"[、，,；;]")
E = TypeVar("E", bound=StrEnum)


def joined(named: Sequence[str]) -> str:
    """Entries as they are typed: in one line, or one in each line where one of them holds a comma."""
    return "\n".join((*named, "")) if any(_SPLIT.search(each) for each in named) else "、".join(named)


def entries(form: Form, name: str, most: int) -> tuple[str, ...]:
    """Entries as they were typed, each once: at most so many, none too long."""
    typed = form.values.get(name, "")
    parts = typed.split("\n") if "\n" in typed else _SPLIT.split(typed)
    found = [each.strip() for each in parts if each.strip()]
    if len(found) > most or any(len(each) > LONGEST_ENTRY for each in found):
        form.fail(_place(name), f"最多 {most} 个，每个最多 {LONGEST_ENTRY} 个字")
    return tuple(dict.fromkeys(found))


def whole(form: Form, name: str, low: int, high: int, words: str = "") -> int:
    """A whole number in those bounds; after a complaint, `words` or a general one, the lowest."""
    typed = form.get(name).replace("−", "-")
    try:
        value = int(typed) if len(typed) <= 6 and typed.removeprefix("-").isascii() else None  # noqa: PLR2004 - digits
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        form.fail(_place(name), words or f"请填写 {low} 到 {high} 的整数")
        return low
    return value


def decimal(form: Form, name: str, low: float, high: float) -> float:
    """A number with up to two decimals in those bounds; after a complaint the lowest."""
    typed = form.get(name)
    found = re.fullmatch(r"\d{1,4}(?:\.\d{1,2})?", typed, re.ASCII)
    value = float(typed) if found is not None else 0.0
    if not low <= value <= high:
        form.fail(name, f"请填写 {low:g} 到 {high:g} 之间的小时数")
        return low
    return value


def one_of(form: Form, name: str, kind: type[E], words: str, otherwise: E | None = None) -> E:
    """What was chosen of a list; of an empty field `otherwise`, after a complaint the first."""
    typed = form.get(name)
    if not typed and otherwise is not None:
        return otherwise
    try:
        return kind(typed)
    except ValueError:
        form.fail(name, words)
        return next(iter(kind))


def ticked(value: bool) -> str:
    """The value of a box."""
    return "true" if value else ""


def is_ticked(form: Form, name: str) -> bool:
    """Whether a box was ticked."""
    return form.get(name) == "true"


def _place(name: str) -> str:
    """Where a complaint about a field stands: those of the conditions' rows have one place."""
    return "conditions" if name[-1:].isdigit() else name
