"""The form of something stored: its revision, and what changed since it was opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from aiohttp import web

from wxbot.clinic.changes import LABELS
from wxbot.errors import NotFoundError
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Form, filled, whole_number
from wxbot.web.console.seen import Row, changes_since, remember_seen

Values = Mapping[str, Any]
T = TypeVar("T")


class Versioned(Protocol):
    """What is stored of a setting: its revision, and who changed it last."""

    @property
    def revision(self) -> int:
        """Grows with every change."""
        ...

    @property
    def by_name(self) -> str:
        """Who changed it last, as colleagues know them."""
        ...

    @property
    def at(self) -> datetime:
        """When."""
        ...


@dataclass(frozen=True)
class Since:
    """What somebody else changed while this form stood open, who and when."""

    changes: tuple[Row, ...] = ()
    by: str = ""
    at: datetime | None = None


NOTHING_SINCE = Since()
CHANGED = "没有改动：刚刚有同事修改过这一项，请看过再操作"  # where a form is one button


def opened(kept: Versioned, values: Values) -> Form:
    """The form of what is stored, remembering what the editor sees."""
    form = filled(values)
    _remember(form, kept, values)
    return form


def revision_of(form: Form) -> int:
    """The revision the editor saw; 0, which no stored part has, when there is none."""
    return whole_number(form.get("revision"), 0)


def since(form: Form, kept: Versioned, values: Values, labels: Mapping[str, str] = LABELS) -> Since:
    """What changed between what the editor saw and what is stored now; the form is then based on the latter."""
    changes = tuple(changes_since(form, values, labels))
    _remember(form, kept, values)
    return Since(changes or (("版本", "", "有新的修改"),), kept.by_name, kept.at)


def part_of(parts: Sequence[Stored[T]], request: web.Request) -> Stored[T]:
    """The part that the address names. Raises NotFoundError."""
    found = next((each for each in parts if each.id == request.match_info["id"]), None)
    if found is None:
        raise NotFoundError("no such part")
    return found


def separated(text: str) -> tuple[str, ...]:
    """The items of a list typed in one line, separated by commas or spaces of any kind; each once."""
    for mark in "，,；;\n\t 　":
        text = text.replace(mark, "、")
    return tuple(dict.fromkeys(each for each in text.split("、") if each))


def _remember(form: Form, kept: Versioned, values: Values) -> None:
    form.values["revision"] = str(kept.revision)
    remember_seen(form, values)
