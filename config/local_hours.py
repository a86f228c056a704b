"""Hours and days as people write them in clinic.toml: `mon = ["09:00-12:00"]`, `days = ["2027-02-06 休 春节"]`."""

import re
from datetime import date, time
from itertools import pairwise
from typing import Any

from config.problems import UnfitValueError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})")
_SPECIAL = re.compile(r"\s*+(\d{4})-(\d{1,2})-(\d{1,2})\s++(休|班)(?:\s++(\S++))?\s*+")
_SPAN = re.compile(r"\s*(\d{1,2}[:：]\d{2})\s*[-–~～]\s*(\d{1,2}[:：]\d{2})\s*")


def clock_time(value: Any) -> Any:
    """A local time from "HH:MM"; anything but text is left to the type check.

    Raises:
        UnfitValueError: the text is no hour of a day.
    """
    if not isinstance(value, str):
        return value
    found = _CLOCK.fullmatch(value.strip())
    if found is not None:
        hour, minute = int(found[1]), int(found[2])
        if hour < 24 and minute < 60:  # noqa: PLR2004 - a day's own numbers
            return time(hour, minute)
    raise UnfitValueError(f"{value!r} is not an hour of the day", 'Write for instance "09:30"')


def weekly_blocks(value: Any) -> Any:
    """Blocks of a week from the compact form: day → list of "HH:MM-HH:MM". Sorted by day and hour.

    A list (the long form) passes through for the type check.

    Raises:
        UnfitValueError: an unknown day, or a stretch that is not one; `inside` names the day and position.
    """
    if not isinstance(value, dict):
        return value
    blocks = []
    for day, spans in value.items():
        if day not in WEEKDAYS:
            raise UnfitValueError(f"{day!r} is not a weekday", f"Use {', '.join(WEEKDAYS)}", (day,))
        if isinstance(spans, str) or not isinstance(spans, list | tuple):
            raise UnfitValueError(
                f"the hours of {day} are not a list", f'Write for instance {day} = ["09:00-12:00"]', (day,)
            )
        for position, span in enumerate(spans):
            blocks.append({"day": day, **_span(span, (day, position))})
    return tuple(sorted(blocks, key=lambda block: (WEEKDAYS.index(block["day"]), block["start"])))


def local_spans(value: Any) -> Any:
    """Stretches of one local day from lines such as "09:00-12:00"; sorted.

    Raises:
        UnfitValueError: a line that is none, or two that overlap; `inside` names the position.
    """
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return value
    spans = [_span(each, (position,)) for position, each in enumerate(value)]
    ordered = sorted((span["start"], span["end"]) for span in spans)
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            what = f"two stretches overlap: one ends at {end:%H:%M}, the next begins at {start:%H:%M}"
            raise UnfitValueError(what, "Let the second begin when the first has ended, or join them")
    return tuple(ordered)


def special_days(value: Any) -> Any:
    """Days of a year's arrangement from lines such as "2027-02-06 休 春节" and "2027-02-20 班"; sorted.

    Raises:
        UnfitValueError: a line that is none of these; `inside` names its position.
    """
    if not isinstance(value, list | tuple):
        return value
    days = [_special_day(each, position) if isinstance(each, str) else each for position, each in enumerate(value)]
    return tuple(sorted(days, key=lambda each: each["day"])) if all(isinstance(each, dict) for each in days) else value


def _special_day(line: str, position: int) -> dict[str, Any]:
    found = _SPECIAL.fullmatch(line)
    try:
        day = date(int(found[1]), int(found[2]), int(found[3])) if found is not None else None
    except ValueError:
        day = None
    if found is None or day is None:
        fix = 'Write for instance "2027-02-06 休 春节" or "2027-02-20 班"'
        raise UnfitValueError(f"{line!r} is not a day off or a make-up workday", fix, (position,))
    return {"day": day, "off": found[4] == "休", "name": found[5] or ""}


def _span(span: Any, inside: tuple[str | int, ...]) -> dict[str, time]:
    found = _SPAN.fullmatch(span) if isinstance(span, str) else None
    if found is None:
        raise UnfitValueError(f"{span!r} is not a stretch of hours", 'Write for instance "09:00-12:00"', inside)
    try:
        start, end = clock_time(found[1]), clock_time(found[2])
    except UnfitValueError as error:
        raise UnfitValueError(error.what, 'Write for instance "09:00-12:00"', inside) from error
    if start >= end:
        raise UnfitValueError(f"{span!r} ends before it starts", 'Write for instance "09:00-12:00"', inside)
    return {"start": start, "end": end}
