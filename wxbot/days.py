"""Which days people may mean: a clinic's past and future, far from the first and last day that Python knows.

The first and the last representable day cannot be moved to another time zone, nor be followed by another day.
"""

from datetime import UTC, date, datetime, tzinfo

from wxbot.errors import InvalidInputError

FIRST_DAY = date(1900, 1, 1)  # before it nobody who lives was born
LAST_DAY = date(2099, 12, 31)  # lunar years and statutory holidays are known about as far

OUTSIDE = f"请填写 {FIRST_DAY.year} 年到 {LAST_DAY.year} 年之间的日期"
NO_DAY = "请填写日期，例如 2026-11-24"
NO_MOMENT = "请填写日期和时间，例如 2026-11-24 10:00"


class DayError(InvalidInputError):
    """No day, or one that nobody can mean."""

    code = "no_such_day"
    sentence = NO_DAY

    def __init__(self, sentence: str) -> None:
        super().__init__("no day that can be meant", sentence=sentence)


def sensible_day(day: date) -> date:
    """The same day. Raises DayError when it is too far away to be meant."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DayError(OUTSIDE)
    return day


def read_day(text: str) -> date:
    """A day as a browser sends it, ISO. Raises DayError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DayError(NO_DAY) from None
    return sensible_day(day)


def read_moment(text: str, zone: tzinfo | None = None) -> datetime:
    """A moment as a browser sends it, in UTC; in `zone` when it names none. Raises DayError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DayError(NO_MOMENT) from None
    if moment.tzinfo is None:
        if zone is None:
            raise DayError(NO_MOMENT)
        moment = moment.replace(tzinfo=zone)
    sensible_day(moment.date())
    return moment.astimezone(UTC)


def moment_of(seconds: float) -> datetime:
    """The moment that a place in a list is called by, in seconds since 1970, in UTC. Raises DayError."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise DayError(OUTSIDE) from error
    sensible_day(moment.date())
    return moment
