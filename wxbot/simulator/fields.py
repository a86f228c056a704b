"""Field types and limits of template and subscription messages (reference §5.2).

A definition's `content` names its fields (`就诊时间:{{time5.DATA}}`); the letters of a name say the type.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wxbot.simulator.errors import ApiError

_PLACE = re.compile(r"([^\n{}]*)\{\{\s*([A-Za-z_]+?)(\d*)\.DATA\s*\}\}")
_CLOCK = r"(?:[01]?\d|2[0-3]|24):[0-5]\d(?::[0-5]\d)?"
_DAY = r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}月\d{1,2}日)"
_MOMENT = rf"(?:{_DAY}\s*)?{_CLOCK}"
_TIME = re.compile(rf"{_MOMENT}(?:\s*~\s*{_MOMENT})?")
_DATE_ONE = rf"{_DAY}(?:\s*{_CLOCK})?"
_DATE = re.compile(rf"{_DATE_ONE}(?:\s*~\s*(?:{_DATE_ONE}|{_CLOCK}))?")
_AMOUNT = re.compile(r"[^\w\s]?\d{1,10}(?:\.\d+)?元?")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_PHONE = re.compile(r"[\d+\-() *#]{1,17}")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_PHRASE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{1,5}")
_LETTER = re.compile(r"[A-Za-z]{1,32}")
_CAR = re.compile(r"[A-Za-z0-9\u3400-\u9fff][A-Za-z0-9·]{0,6}[A-Za-z0-9\u3400-\u9fff]?")


def _at_most(characters: int) -> Callable[[str], bool]:
    return lambda value: len(value) <= characters


def _character_string(value: str) -> bool:
    return len(value) <= 32 and not any(_is_wide(char) for char in value)  # noqa: PLR2004 - the table's number


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in {"W", "F"}


def _name(value: str) -> bool:
    return len(value) <= (10 if _HAN.search(value) else 20)


def _number(value: str) -> bool:
    return len(value) <= 32 and _NUMBER.fullmatch(value) is not None  # noqa: PLR2004 - the table's number


def _symbol(value: str) -> bool:
    return len(value) <= 5 and not any(char.isalnum() for char in value)  # noqa: PLR2004 - the table's number


def _like(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


TYPES: Mapping[str, Callable[[str], bool]] = {
    "thing": _at_most(20),
    "short_thing": _at_most(5),
    "const": _at_most(20),
    "character_string": _character_string,
    "time": _like(_TIME),
    "date": _like(_DATE),
    "amount": _like(_AMOUNT),
    "phone_number": _like(_PHONE),
    "car_number": _like(_CAR),
    "name": _name,
    "phrase": _like(_PHRASE),
    "number": _number,
    "letter": _like(_LETTER),
    "symbol": _symbol,
}
# Fields the platform stopped showing in 2023; they may be sent and are ignored.
IGNORED = frozenset({"first", "remark"})


@dataclass(frozen=True)
class Place:
    """One field of a definition: what stands before it, its name in `data`, its type."""

    label: str
    name: str
    kind: str


def places(content: str) -> list[Place]:
    """The fields of a definition's content, in order, without the ignored ones."""
    found = [Place(label.strip().rstrip(":："), kind + digits, kind) for label, kind, digits in _PLACE.findall(content)]
    return [place for place in found if place.name not in IGNORED]


def filled(content: str, data: Any, choices: Mapping[str, list[str]] | None = None) -> list[tuple[str, str]]:
    """(label, value) per field. Raises ApiError 40250 for an empty value, 47003 naming the field that breaks its type.

    `choices`: the enumerated values of `const` fields by name, where the template was chosen with some.
    """
    if not isinstance(data, dict):
        raise ApiError(47003, "data is not an object")
    pairs: list[tuple[str, str]] = []
    for place in places(content):
        entry = data.get(place.name)
        if not isinstance(entry, dict) or "value" not in entry:
            raise ApiError(47003, f"data.{place.name}.value invalid")
        value = str(entry["value"])
        if not value.strip():
            raise ApiError(40250, f"data.{place.name}.value is empty")
        fits = TYPES.get(place.kind)  # old industry templates have untyped keywords
        if not _clean(value) or (fits is not None and not fits(value)):
            raise ApiError(47003, f"data.{place.name}.value invalid")
        allowed = (choices or {}).get(place.name)
        if allowed and value not in allowed:
            raise ApiError(47003, f"data.{place.name}.value invalid")
        pairs.append((place.label, value))
    return pairs


def _clean(value: str) -> bool:
    """No line breaks and no control characters."""
    return not any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in value)
