"""Forms: what was typed stays as it was typed, and each complaint stands beside its field, in Chinese."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, TypeVar, get_origin

from aiohttp import web
from aiohttp.web_request import FileField
from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

from wxbot.days import NO_DAY, DayError, sensible_day
from wxbot.errors import FieldErrors

M = TypeVar("M", bound=BaseModel)


def _sensible(day: date) -> date:
    try:
        return sensible_day(day)
    except DayError as error:
        raise ValueError(error.sentence) from error


Day = Annotated[date, AfterValidator(_sensible)]

LONGEST_NUMBER = 9  # digits: more than there are rows, versions or revisions, and MongoDB takes them
DEEPEST = 8  # levels of a hidden field; a menu has four
WHOLE = ""  # the key of complaints about the form as a whole
_MANY = (list, tuple, set, frozenset)

_WORDS: Mapping[str, str] = {
    "missing": "请填写这一项",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对，请检查",
    "int_parsing": "请填写整数",
    "int_from_float": "请填写整数",
    "float_parsing": "请填写数字",
    "decimal_parsing": "请填写数字",
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "multiple_of": "要是 {multiple_of} 的倍数",
    "bool_parsing": "请选择是或否",
    "date_parsing": NO_DAY,
    "date_from_datetime_parsing": NO_DAY,
    "date_from_datetime_inexact": "请只填写日期，例如 2026-11-24",
    "datetime_parsing": "请填写日期和时间，例如 2026-11-24 10:00",
    "datetime_from_date_parsing": "请填写日期和时间，例如 2026-11-24 10:00",
    "time_parsing": "请填写时间，例如 09:30",
    "enum": "请从列表中选择",
    "literal_error": "请从列表中选择",
    "too_short": "至少选 {min_length} 项",
    "too_long": "最多选 {max_length} 项",
}


@dataclass
class Form:
    """What a browser sent, and what is to be said about it. Values are exactly as typed."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, FileField] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, otherwise: str = "") -> str:
        """The last value of that name, without spaces around it."""
        return self.values.get(name, otherwise).strip()

    def all(self, name: str) -> list[str]:
        """Every value of that name: ticked boxes, repeated rows."""
        return self.lists.get(name, [])

    def fail(self, name: str, words: str) -> None:
        """Complain about a field (WHOLE for the form); the first complaint of a field stays."""
        self.errors.setdefault(name, words)

    def check(self) -> None:
        """Raise FieldErrors when there is something to complain about."""
        if self.errors:
            raise FieldErrors(self.errors)

    @property
    def ok(self) -> bool:
        """Whether there is nothing to complain about."""
        return not self.errors


def whole_number(text: str | None, otherwise: int) -> int:
    """A number out of an address or a hidden field; `otherwise` for what no page of ours would have written there."""
    typed = (text or "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER else otherwise


def remembered(text: str) -> dict[str, Any]:
    """What a page put into a hidden field as JSON; empty for anything else, however deep somebody nested it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and _shallow(found) else {}


def _shallow(found: object) -> bool:
    level: list[object] = [found]
    for _ in range(DEEPEST):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below.extend(each.values())
            elif isinstance(each, list):
                below.extend(each)
        if not below:
            return True
        level = below
    return False


def filled(values: Mapping[str, Any]) -> Form:
    """A form that shows what is stored: for the first look at an editing page."""
    form = Form()
    for name, value in values.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            form.lists[name] = [str(each) for each in value]
        else:
            form.values[name] = "" if value is None else str(value)
    return form


async def read_form(request: web.Request) -> Form:
    """What was posted, without the CSRF field, which the middleware has checked."""
    posted = await request.post()
    form = Form()
    for name in posted:
        if name == "csrf":
            continue
        for value in posted.getall(name):
            if isinstance(value, str):
                clean = value.replace("\r\n", "\n").replace("\x00", "")
                form.values[name] = clean
                form.lists.setdefault(name, []).append(clean)
            elif isinstance(value, FileField):
                form.files[name] = value
    return form


def parse(form: Form, model: type[M]) -> M:
    """The form as a model. Raises FieldErrors with every complaint, also those that the form has already.

    An empty field takes the model's default, where it has one; otherwise it is missing. A `ValueError` raised by a
    validator of the model is shown in its own words, so those are written in Chinese for staff.
    """
    given: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if get_origin(info.annotation) in _MANY or info.annotation in _MANY:
            given[name] = [value.strip() for value in form.all(name) if value.strip()]
            continue
        value = form.get(name)
        if value or (info.annotation is str and info.default is PydanticUndefined and name in form.values and value):
            given[name] = value
    try:
        parsed = model.model_validate(given)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            where = str(problem["loc"][0]) if problem["loc"] else WHOLE
            form.fail(where, _in_words(problem))
        raise FieldErrors(form.errors) from error
    form.check()
    return parsed


def _in_words(problem: ErrorDetails) -> str:
    if problem["type"] == "value_error":
        return str(problem.get("ctx", {}).get("error", "请检查这一项"))
    words = _WORDS.get(problem["type"], "请检查这一项")
    return words.format(**problem.get("ctx", {}))
