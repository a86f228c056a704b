"""When shifts change, and which change a stretch of time lies near (A0-18). Pure; by the clock of the clinic's wall."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from wxbot.clinic.hours import WEEKDAYS
from wxbot.clinic.models import Block
from wxbot.conversations.hours.roster import LONGEST_BREAK

NEAR = timedelta(minutes=30)  # before a change and after it
LONGEST_STRETCH = timedelta(days=1)  # looked at; a question that stays open longer was lost at the first change


def change_near(
    weeks: Collection[Sequence[Block]], hours: Sequence[Block], start: datetime, end: datetime, zone: tzinfo
) -> datetime | None:
    """The change of shifts that is no further than NEAR from a stretch of time, in UTC; the earliest of several.

    Shifts begin and end as the rosters say, without any as the desk's hours do; a break of up to two hours (lunch) is
    no change.
    """
    end = min(max(start, end), start + LONGEST_STRETCH)
    rosters = [week for week in weeks if week] or [hours]
    first, last = (each.astimezone(zone).date() for each in (start - NEAR, end + NEAR))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = {change for week in rosters for day in days for change in _changes(week, day, zone)}
    return min((each for each in found if start - NEAR <= each <= end + NEAR), default=None)


def _changes(week: Sequence[Block], day: date, zone: tzinfo) -> Iterator[datetime]:
    """When the shifts of a local day begin and end. A shift that goes on at midnight does not end there."""
    blocks = sorted((each for each in week if each.day is WEEKDAYS[day.weekday()]), key=lambda each: each.start)
    spans: list[tuple[datetime, datetime]] = []
    for block in blocks:
        start, end = (datetime.combine(day, clock, zone).astimezone(UTC) for clock in (block.start, block.end))
        if spans and start - spans[-1][1] <= LONGEST_BREAK:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    for start, end in spans:
        if start.astimezone(zone).time() > time(0):
            yield start
        if end.astimezone(zone).time() < time(23, 59):
            yield end
