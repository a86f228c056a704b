"""The clinic's weekly opening hours in words. Pure."""

from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from wxbot.clinic.models import Clinic, Weekday, WeeklyOpening

DAY_NAMES = dict(zip(Weekday, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))


def weekly_hours(clinic: Clinic) -> str:
    """One line per stretch of days with the same hours: `周一至周五 09:00–12:00、13:30–18:00`; empty without hours."""
    return _in_words(clinic.weekly_opening)


@lru_cache(maxsize=4)  # a clinic has one week, and its patients ask for it all day
def _in_words(opening: WeeklyOpening) -> str:
    lines = []
    for hours, days in groupby(opening, key=itemgetter(1)):
        if not hours:
            continue
        names = [DAY_NAMES[day] for day, _ in days]
        span = names[0] if len(names) == 1 else f"{names[0]}至{names[-1]}"
        lines.append(f"{span} " + "、".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours))
    return "\n".join(lines)
