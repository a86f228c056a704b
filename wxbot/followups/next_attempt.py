"""When to try again after nobody answered: in call windows (A2-09), no weekday and hour twice (A2-10). Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from wxbot.clinic.desk_hours import answered_from
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic
from wxbot.followups.rules import FollowUpRules

LOOKED_AT = 42  # days: five tries fit in one week even with one window
SOON = timedelta(hours=1)  # what cannot wait is tried again this much later
WEEK = timedelta(days=7)
EARLIEST, LATEST = 8, 21  # local hours in which a patient may be called when they asked for it


@dataclass(frozen=True)
class Slot:
    """A weekday (Monday is 0) and an hour of the clinic's zone."""

    weekday: int
    hour: int


def slot_of(moment: datetime, clinic: Clinic) -> Slot:
    """The slot that a moment lies in."""
    local = moment.astimezone(clinic.timezone)
    return Slot(local.weekday(), local.hour)


def next_attempt(  # noqa: PLR0913 - one fact each, all keyword-only behind the first
    tried: Collection[Slot],
    *,
    now: datetime,
    clinic: Clinic,
    rules: FollowUpRules,
    rates: Mapping[int, float] | None = None,
    not_before: datetime | None = None,
    urgent: bool = False,
) -> datetime | None:
    """When to call next, aware UTC; None where the windows leave no slot that was not tried.

    From the next day on: of the first day on which somebody receives, the hour that was not tried on any day, then the
    one with the best rate of calls that were answered (`rates`: hour → 0 to 1), then the earliest. What is urgent is
    tried again an hour later, while the clinic is open. Nothing is before `not_before`.
    """
    if urgent:
        return _soon(tried, now, clinic)
    earliest = max(now, not_before) if not_before is not None else now
    first = max(now.astimezone(clinic.timezone).date() + timedelta(days=1), earliest.astimezone(clinic.timezone).date())
    known, hours = rates or {}, {each.hour for each in tried}
    for ahead in range(LOOKED_AT):
        day = first + timedelta(days=ahead)
        if not _receives(clinic, day):
            continue
        free = [
            moment
            for moment in _starts(day, clinic, rules)
            if moment >= earliest and slot_of(moment, clinic) not in tried
        ]
        if free:
            return min(free, key=lambda each: _rank(each.astimezone(clinic.timezone).hour, hours, known, each))
    return None


def in_windows(moment: datetime, clinic: Clinic, rules: FollowUpRules) -> bool:
    """Whether patients are called then unasked: in a window of a day on which somebody receives."""
    local = moment.astimezone(clinic.timezone)
    return _receives(clinic, local.date()) and any(start <= local.time() < end for start, end in rules.windows)


def agreeable(moment: datetime, clinic: Clinic) -> bool:
    """Whether a patient may be called then who asked for it."""
    return EARLIEST <= moment.astimezone(clinic.timezone).hour < LATEST


def calls_again_from(called: Collection[datetime], now: datetime, most: int) -> datetime | None:
    """When a patient who was called `most` times in seven days may be called again (A1-15); None: now."""
    recent = sorted(each for each in called if now - WEEK < each <= now)
    return recent[-most] + WEEK if len(recent) >= most else None


def _rank(
    hour: int, hours: Collection[int], rates: Mapping[int, float], moment: datetime
) -> tuple[bool, float, datetime]:
    usual = sum(rates.values()) / len(rates) if rates else 0.0
    return hour in hours, -rates.get(hour, usual), moment


def _starts(day: date, clinic: Clinic, rules: FollowUpRules) -> Iterator[datetime]:
    """The first moment of each hour of the windows of a local day."""
    for start, end in rules.windows:
        for hour in range(start.hour, end.hour + 1):
            at = max(start, time(hour))
            if at < end:
                yield datetime.combine(day, at, clinic.timezone).astimezone(UTC)


def _receives(clinic: Clinic, day: date) -> bool:
    return any(openings(clinic, each, day) for each in clinic.practitioners if not each.retired)


def _soon(tried: Collection[Slot], now: datetime, clinic: Clinic) -> datetime | None:
    moment = now + SOON
    for _ in range(LOOKED_AT):
        opens = answered_from(clinic, moment)
        if opens is None or slot_of(opens, clinic) not in tried:
            return opens
        moment = opens + SOON
    return None
