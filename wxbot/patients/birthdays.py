"""On which day a birthday is celebrated, in either calendar.

The rules: 29 February falls on the 28th in a common year (or on 1 March, by setting); a
lunar day 30 falls on the 29th of a short month; a birthday in a leap month is celebrated in that leap month where the
year has it, else in the plain month of the same number. So each birthday comes exactly once in each year of its
own calendar.

Every birthday has a key (`S05-12` solar, `L08-15` lunar, `L-06-15` in a leap month). A day has the set of keys
celebrated on it, so "whose birthday is it" is one look-up in an index, whatever the calendar.
"""

from datetime import date
from typing import Literal

from wxbot.patients.lunar import lunar_day, month_of, solar_day
from wxbot.patients.models import Birthday, Calendar

FebruaryRule = Literal["02-28", "03-01"]
"""Where a 29 February birthday falls in a common year."""

ADULT_ENOUGH_YEARS = 14  # reference §12: no birthday messages to or about anybody younger
_LAST_LUNAR_DAY = 30
_SHORT_MONTH_DAYS = 29


def keys_for(birthday: Birthday) -> tuple[str, ...]:
    """The keys a birthday is looked up by."""
    if birthday.calendar is Calendar.SOLAR:
        return (_solar_key(birthday.month, birthday.day),)
    return (_lunar_key(birthday.month, birthday.day, leap=birthday.leap_month),)


def keys_celebrated_on(day: date, feb29: FebruaryRule = "02-28") -> frozenset[str]:
    """The keys of every birthday celebrated on a solar day."""
    keys = {_solar_key(day.month, day.day)}
    if not _is_leap(day.year) and f"{day:%m-%d}" == feb29:
        keys.add(_solar_key(2, 29))
    month, number = lunar_day(day)
    numbers = {number}
    if number == _SHORT_MONTH_DAYS == month.days:
        numbers.add(_LAST_LUNAR_DAY)
    keys |= {_lunar_key(month.month, each, leap=month.leap) for each in numbers}
    if not month.leap and month_of(month.year, month.month, leap=True) is None:
        keys |= {_lunar_key(month.month, each, leap=True) for each in numbers}
    return frozenset(keys)


def celebrated_on(birthday: Birthday, year: int, feb29: FebruaryRule = "02-28") -> date:
    """The solar day on which a birthday is celebrated in `year`, a year of the birthday's own calendar."""
    if birthday.calendar is Calendar.SOLAR:
        if (birthday.month, birthday.day) == (2, 29) and not _is_leap(year):
            return date(year, 2, 28) if feb29 == "02-28" else date(year, 3, 1)
        return date(year, birthday.month, birthday.day)
    month = month_of(year, birthday.month, leap=True) if birthday.leap_month else None
    month = month or month_of(year, birthday.month, leap=False)
    if month is None:
        raise ValueError(birthday.month)  # a birthday is checked when it is entered; every year has months 1 to 12
    return solar_day(month, min(birthday.day, month.days))


def born_on(birthday: Birthday) -> date:
    """The solar day of birth."""
    return celebrated_on(birthday, birthday.year)


def age_on(birthday: Birthday, day: date) -> int:
    """Full years of age (周岁) on a day, counted in the solar calendar as the law does; before birth, below 0.

    A person born on 29 February completes a year on 1 March of a common year.
    """
    born = born_on(birthday)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def may_be_greeted(birthday: Birthday, day: date) -> bool:
    """Whether a birthday greeting may be sent on that day: not to or about anybody under 14 (reference §12)."""
    return age_on(birthday, day) >= ADULT_ENOUGH_YEARS


def _is_leap(year: int) -> bool:
    return (date(year, 3, 1) - date(year, 2, 28)).days > 1


def _solar_key(month: int, day: int) -> str:
    return f"S{month:02d}-{day:02d}"


def _lunar_key(month: int, day: int, *, leap: bool) -> str:
    return f"L{'-' if leap else ''}{month:02d}-{day:02d}"
