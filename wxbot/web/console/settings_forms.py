"""What every settings form shares: what the editor saw, what changed since, and where complaints go."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wxbot.clinic.changes import LABELS
from wxbot.clinic.parts import Stored
from wxbot.web.console.forms import Form, filled, remembered

MOST_SEEN = 20_000  # characters of what a form says it saw; longer is not ours

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Since:
    """What somebody else changed while this form stood open: rows of (field, before, now)."""

    changes: tuple[tuple[str, str, str], ...] = ()
    by: str = ""
    at: datetime | None = None


NOTHING_SINCE = Since()


def opened(kept: Stored[Any], values: Values) -> Form:
    """The form of a stored part, remembering what the editor sees."""
    form = filled(values)
    remember(form, kept, values)
    return form


def remember(form: Form, kept: Stored[Any], values: Values) -> None:
    """Let the form stand on what is stored now."""
    form.values["revision"] = str(kept.revision)
    form.values["seen"] = json.dumps(values, ensure_ascii=False)


def revision_of(form: Form) -> int:
    """The revision the editor saw; 0, which no stored part has, when there is none."""
    text = form.get("revision")
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - a number MongoDB and people take


def since(form: Form, kept: Stored[Any], values: Values) -> Since:
    """What changed between what the editor saw and what is stored now; the form then stands on the latter."""
    before = remembered(form.values.get("seen", "")[:MOST_SEEN])
    changes = tuple(
        (LABELS.get(name.split(".")[0], name), _words(before.get(name)), _words(value))
        for name, value in values.items()
        if _words(before.get(name)) != _words(value)
    )
    remember(form, kept, values)
    return Since(changes or (("版本", "", "有新的修改"),), kept.by_name, kept.at)


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "、".join(str(each) for each in value)
    return "" if value is None else str(value)
