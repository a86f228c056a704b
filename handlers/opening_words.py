"""The clinic's week in a few lines, for people: when somebody receives. Pure."""

from datetime import time
from itertools import groupby

from wxbot.clinic.models import Clinic, Weekday

DAY_NAMES = dict(zip(Weekday, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))


def weekly_hours(clinic: Clinic) -> str:
    """One line per stretch of days with the same hours: `周一至周五 09:00–12:00、13:30–18:00`; empty without hours."""
    by_day = {day: _joined(clinic, day) for day in Weekday}
    lines = []
    for hours, days in groupby(Weekday, key=by_day.__getitem__):
        if not hours:
            continue
        names = [DAY_NAMES[day] for day in days]
        span = names[0] if len(names) == 1 else f"{names[0]}至{names[-1]}"
        lines.append(f"{span} " + "、".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours))
    return "\n".join(lines)


def _joined(clinic: Clinic, day: Weekday) -> tuple[tuple[time, time], ...]:
    """Everybody's blocks of a day laid over each other: when at least one person receives."""
    blocks = sorted(
        (block.start, block.end) for person in clinic.practitioners for block in person.hours if block.day is day
    )
    joined: list[tuple[time, time]] = []
    for start, end in blocks:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
