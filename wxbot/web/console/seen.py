"""What an editor saw when a form was opened: carried in the form, to show what a colleague has changed since."""

import json
from collections.abc import Mapping
from typing import Any

from wxbot.web.console.forms import Form, remembered

MOST_SEEN = 20_000  # characters of what a form says it saw; longer is not ours
NO_LABELS: Mapping[str, str] = {}

Row = tuple[str, str, str]  # (field, before, now), as the macro `stale` shows it


def remember_seen(form: Form, values: Mapping[str, Any]) -> None:
    """Put what the editor sees into the hidden field `seen`: name → text or list of texts."""
    form.values["seen"] = json.dumps(values, ensure_ascii=False)


def changes_since(form: Form, values: Mapping[str, Any], labels: Mapping[str, str] = NO_LABELS) -> list[Row]:
    """The values that are no longer as the form saw them; none when it does not say what it saw.

    `labels` names the fields; a name without a label stands for itself, and of `hours.mon` the label of `hours` counts.
    """
    before = remembered(form.values.get("seen", "")[:MOST_SEEN])
    if not before:
        return []
    return [
        (labels.get(name.split(".")[0], name), _words(before.get(name)), _words(value))
        for name, value in values.items()
        if _words(before.get(name)) != _words(value)
    ]


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "、".join(str(each) for each in value)
    return "" if value is None else str(value)
