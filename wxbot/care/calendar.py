"""What the clinic's calendar says to a plan: its zone, its quiet hours, the days on which it is open. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from wxbot.care.quiet_hours import NONE, QuietHours
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic

LONGEST_CLOSED = 16
"""Days within which an open one is looked for: longer than any holiday; a clinic closed for longer moves nothing."""


def always(_: date) -> bool:
    """Open on every day."""
    return True


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Where days begin, when nobody is to be disturbed, and on which local days somebody receives."""

    tz: tzinfo
    quiet: QuietHours = NONE
    is_open: Callable[[date], bool] = always

    def next_open(self, day: date) -> date:
        """That day or the first open one after it; the day itself where none is near."""
        near = (day + timedelta(days=ahead) for ahead in range(LONGEST_CLOSED + 1))
        return next((each for each in near if self.is_open(each)), day)

    def nearest_open(self, wanted: date, first: date, last: date) -> date:
        """The open day of a window that is nearest to the wanted one, the later of two; the wanted one if none is."""
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        found = [day for day in days if self.is_open(day)]
        return min(found, key=lambda day: (abs(day - wanted), wanted - day)) if found else wanted


def calendar_of(clinic: Clinic) -> Calendar:
    """The calendar of the clinic as it stands: open is a day on which any practitioner receives."""
    known: dict[date, bool] = {}

    def is_open(day: date) -> bool:
        if day not in known:
            known[day] = any(openings(clinic, each, day) for each in clinic.practitioners)
        return known[day]

    return Calendar(tz=clinic.timezone, quiet=clinic.sending.quiet_hours, is_open=is_open)
