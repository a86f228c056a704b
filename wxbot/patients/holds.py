"""Holds of a patient: which stand, one more, one less, two records' as one, and those of older documents. Pure.

Setting a kind that stands already ends the earlier one, so that the history says both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from wxbot.patients.models import Hold, HoldKind, Mark

REPLACED = "以新的登记代替"
OLD_FIELDS = ("hold", "hold_set", "objection")  # what documents had before there were kinds of holds
_BEFORE_MARKS = datetime.fromisoformat("1970-01-01T00:00:00+00:00")  # the oldest say a reason and nothing else


def standing(holds: Iterable[Hold], now: datetime) -> list[Hold]:
    """Those that count now, in the order of their kinds."""
    order = list(HoldKind)
    return sorted((each for each in holds if each.stands(now)), key=lambda each: order.index(each.kind))


def over(holds: Iterable[Hold], now: datetime) -> list[Hold]:
    """Those that were lifted or have ended, the latest first."""
    return sorted((each for each in holds if not each.stands(now)), key=lambda each: each.since, reverse=True)


def with_hold(holds: Sequence[Hold], new: Hold) -> tuple[Hold, ...]:
    """The holds with a new one; `holds` itself where one that says the same stands already."""
    same = [each for each in holds if each.kind is new.kind and each.stands(new.since)]
    if any(_says(each) == _says(new) for each in same):
        return tuple(holds)
    ended = {each.id for each in same}
    kept = tuple(lifted(each, new.by, REPLACED, new.since) if each.id in ended else each for each in holds)
    return (*kept, new)


def without(holds: Sequence[Hold], hold_id: str, by: str, why: str, now: datetime) -> tuple[Hold, ...]:
    """The holds with that one lifted; those given where it does not stand."""
    if not any(each.id == hold_id and each.stands(now) for each in holds):
        return tuple(holds)
    return tuple(lifted(each, by, why, now) if each.id == hold_id else each for each in holds)


def lifted(hold: Hold, by: str, why: str, now: datetime) -> Hold:
    """That hold, lifted."""
    return replace(hold, lifted_at=now, lifted_by=by, lifted_why=why)


def healed(holds: Sequence[Hold], mark: Mark) -> tuple[Hold, ...]:
    """The holds once staff saw that it has healed: none stands because it had not."""
    return tuple(
        lifted(each, mark.by, mark.reason, mark.at)
        if each.kind is HoldKind.UNRECOVERED and each.stands(mark.at)
        else each
        for each in holds
    )


def united(ours: Sequence[Hold], theirs: Sequence[Hold]) -> tuple[Hold, ...]:
    """The holds of two records that become one, each once, oldest first. What stood for either stands."""
    once = {each.id: each for each in (*theirs, *ours)}
    return tuple(sorted(once.values(), key=lambda each: (each.since, each.id)))


def upgraded(document: Mapping[str, Any]) -> dict[str, Any]:
    """A stored patient with the holds that its older fields stand for; one of today as it is.

    `hold` with `hold_set` was a pause for any reason, `objection` an objection.
    """
    found = dict(document)
    hold, hold_set, objection = (found.pop(name, None) for name in OLD_FIELDS)
    if "holds" in found:
        return found
    holds: list[dict[str, Any]] = []
    if hold:
        holds.append(_upgraded(HoldKind.PAUSED, hold_set or {}, str(hold)))
    if objection:
        holds.append(_upgraded(HoldKind.OBJECTION, objection, str(objection.get("reason", ""))))
    holds.sort(key=lambda each: each["since"])
    held = {"held_kinds": [each["kind"] for each in holds], "held_at": holds[-1]["since"] if holds else None}
    return {**found, "holds": holds, **held}


def _upgraded(kind: HoldKind, mark: Mapping[str, Any], reason: str) -> dict[str, Any]:
    since = mark.get("at") or _BEFORE_MARKS
    return {
        "id": f"{kind.value}-{round(since.timestamp() * 1000)}",
        "kind": kind.value,
        "reason": reason,
        "since": since,
        "by": mark.get("by") or "system",
        "until": None,
        "topics": [],
        "cause": "",
        "lifted_at": None,
        "lifted_by": "",
        "lifted_why": "",
    }


def _says(hold: Hold) -> tuple[object, ...]:
    return (hold.reason, hold.until, hold.topics, hold.cause)
