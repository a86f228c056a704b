"""The particulars of a reading, spelled as tests/corpus/appointments.txt spells them."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta

from wxbot.understanding.models import DayWords, Reading, Relationship, Shift, TimeWords

SIGNS: Mapping[Relationship, str] = {
    Relationship.AT: "",
    Relationship.FROM: ">",
    Relationship.UNTIL: "<",
    Relationship.AROUND: "~",
    Relationship.BETWEEN: "",
}
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
LATEST_HOUR = "21:00"  # nobody is treated from then on
PARTS = frozenset({"凌晨", "上午", "中午", "下午", "晚上"})
_LENGTH = re.compile(r"(?P<sign>[+-]?)(?P<number>\d{1,4})(?P<unit>[dhm])\Z")


def particulars(reading: Reading) -> dict[str, str]:
    """The slots of a reading by key; what is absent is left out. A day is spelled with all it may mean."""
    slots, which = reading.slots, reading.slots.which
    found = {
        "type": "+".join(slots.visit_types),
        "who": "+".join(slots.practitioners),
        "day": _days(slots.days),
        "time": _times(slots.times),
        "part": _parts(slots.times),
        "for": "" if slots.for_whom is None else (slots.for_whom.relation or "other"),
        "shift": _shift(slots.shift),
        "late": "" if slots.late_by is None else spelled_length(slots.late_by, signed=False),
        "choice": "" if reading.choice is None else str(reading.choice),
        "which.type": "+".join(which.visit_types),
        "which.who": "+".join(which.practitioners),
        "which.day": _days(which.days),
        "which.time": _times(which.times),
        "which.part": _parts(which.times),
        "which.number": "" if which.ordinal is None else str(which.ordinal),
        "which.all": "yes" if which.every else "",
    }
    if found["for"] == "self":  # nobody else was named
        found["for"] = ""
    return {key: value for key, value in found.items() if value}


def matches(key: str, said: str | None, expected: str | None) -> bool:
    """Whether a particular is the expected one; `*` expects nothing certain.

    A day of several meanings may be expected by its likeliest alone, and an hour without the one at night at which no
    clinic is open: 十点 is 10:00.
    """
    if expected == "*":
        return True
    if said is None or expected is None:
        return said is expected
    if key.endswith("day") and "/" not in expected and "+" not in said:
        return said.partition("/")[0] == expected
    if key.endswith("time") and "/" not in expected and "/" in said:
        sign, at_night = expected[:-5], f"{(int(expected[-5:-3]) + 12) % 24:02}{expected[-3:]}"
        return at_night >= LATEST_HOUR and said == f"{sign}{expected[-5:]}/{at_night}"
    return said == expected


def expected_particulars(flags: Iterable[str], values: Mapping[str, str]) -> dict[str, str]:
    """What a line names, by key. Raises ValueError for a key or a value that is not of the language."""
    found: dict[str, str] = {}
    for flag in flags:
        key, mark, value = flag.partition("~")
        if flag == "which.all":
            found[flag] = "yes"
        elif mark and key.endswith("time"):
            found[key] = f"~{_spelled_times(value)}"
        else:
            raise ValueError(flag)
    for key, value in values.items():
        sign = key[-1] if key[-1] in "<>" else ""
        bare = key.removesuffix(sign)
        if bare not in CHECKS:
            raise ValueError(key)
        found[bare] = value if value == "*" else sign + CHECKS[bare](value)
    if found.get("for") == "self":
        del found["for"]
    return found


def spelled_length(length: timedelta, *, signed: bool = True) -> str:
    """+7d, -30m, 20m: the largest unit that divides it."""
    sign = ("-" if length < timedelta() else "+") if signed else ""
    unit = next((unit for unit, size in UNITS.items() if not length % size), "m")
    return f"{sign}{abs(length) // UNITS[unit]}{unit}"


def _days(mentions: Iterable[DayWords]) -> str:
    return "+".join(_day(each) for each in mentions)


def _day(mention: DayWords) -> str:
    if not mention.days:
        return "none"
    if mention.span:
        return f"{SIGNS[mention.relationship]}{mention.days[0]}..{mention.days[-1]}"
    return SIGNS[mention.relationship] + "/".join(map(str, mention.days))


def _times(mentions: Iterable[TimeWords]) -> str:
    return "+".join(_time(each) for each in mentions if each.times)


def _time(mention: TimeWords) -> str:
    until = f"-{_hours(mention.until)}" if mention.until else ""
    return SIGNS[mention.relationship] + _hours(mention.times) + until


def _hours(hours: Iterable[time]) -> str:
    return "/".join(f"{hour:%H:%M}" for hour in sorted(hours))


def _parts(mentions: Iterable[TimeWords]) -> str:
    return "+".join(SIGNS[each.relationship] + each.part for each in mentions if not each.times and each.part)


def _shift(shift: Shift | None) -> str:
    if shift is None:
        return ""
    if shift.by is None:
        return "later" if shift.later else "earlier"
    return spelled_length(shift.by)


# -- the values that a line may name ------------------------------------------------------------------------------


def _spelled_days(value: str) -> str:
    for mention in value.split("+"):
        for day in re.split(r"/|\.\.", mention):
            date.fromisoformat(day)
    return value


def _spelled_times(value: str) -> str:
    for hour in re.split(r"[/+-]", value):
        time.fromisoformat(hour)
    return value


def _spelled_length(value: str) -> str:
    found = _LENGTH.match(value)
    if found is None:
        raise ValueError(value)
    return spelled_length(int(found["sign"] + found["number"]) * UNITS[found["unit"]], signed=bool(found["sign"]))


def _spelled_shift(value: str) -> str:
    return value if value in {"later", "earlier"} else _spelled_length(value)


def _spelled_part(value: str) -> str:
    if value not in PARTS:
        raise ValueError(value)
    return value


CHECKS: Mapping[str, Callable[[str], str]] = {
    **{f"{where}day": _spelled_days for where in ("", "which.")},
    **{f"{where}time": _spelled_times for where in ("", "which.")},
    **{f"{where}part": _spelled_part for where in ("", "which.")},
    **{f"{where}{key}": str for where in ("", "which.") for key in ("type", "who")},
    "for": str,
    "shift": _spelled_shift,
    "late": _spelled_length,
    "choice": str,
    "which.number": str,
}
