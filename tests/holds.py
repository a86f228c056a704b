"""Holds for tests."""

from datetime import datetime
from typing import Any

from wxbot.patients.models import Hold, HoldKind


def held(kind: HoldKind, since: datetime, reason: str = "测试", **facts: Any) -> Hold:
    """A hold of that kind that stands, set by a colleague."""
    return Hold(id=f"{kind.value}-1", kind=kind, reason=reason, since=since, by="staff:1", **facts)


def stored(kind: HoldKind, since: datetime, reason: str = "测试") -> dict[str, Any]:
    """The fields of a stored patient who has such a hold."""
    hold = {
        "id": f"{kind.value}-1",
        "kind": kind.value,
        "reason": reason,
        "since": since,
        "by": "staff:1",
        "until": None,
        "topics": [],
        "cause": "",
        "lifted_at": None,
        "lifted_by": "",
        "lifted_why": "",
    }
    return {"holds": [hold], "held_kinds": [kind.value], "held_at": since}
