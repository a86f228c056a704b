"""A reminder that the quiet hours would swallow leaves the evening before. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

from wxbot.outbox.policy import quiet_until

QuietHours = tuple[time, time]
"""From (inside) and to (outside), local hours; equal bounds mean none."""

NONE: QuietHours = (time(0), time(0))
EVENING = timedelta(hours=1)  # before the quiet hours begin


def evening_before(
    due_at: datetime, expires_at: datetime, tz: tzinfo, quiet: QuietHours
) -> tuple[datetime, datetime] | None:
    """When such a reminder leaves instead, and until when; None where it need not: it leaves when the quiet hours end.

    A reminder that is still worth sending in the morning waits for it; any other would never be read.
    """
    until = quiet_until(due_at, tz, quiet)
    if until is None or until < expires_at:
        return None
    begins = _began(due_at, tz, quiet)
    return begins - EVENING, begins


def quiet_hours_between(
    since: datetime, now: datetime, tz: tzinfo, quiet: QuietHours
) -> Iterator[tuple[datetime, datetime]]:
    """From when to when those quiet hours last whose last hour before falls into [since, now]."""
    starts, ends = quiet
    if starts == ends:
        return
    day, until = since.astimezone(tz).date(), now.astimezone(tz).date() + timedelta(days=1)
    while day <= until:
        begins = datetime.combine(day, starts, tzinfo=tz).astimezone(UTC)
        if begins - EVENING <= now and since < begins:
            last = day if starts <= ends else day + timedelta(days=1)
            yield begins, datetime.combine(last, ends, tzinfo=tz).astimezone(UTC)
        day += timedelta(days=1)


def _began(moment: datetime, tz: tzinfo, quiet: QuietHours) -> datetime:
    """When the quiet hours began that the moment falls into."""
    starts, ends = quiet
    local = moment.astimezone(tz)
    yesterday = starts > ends and local.time() < ends
    day = local.date() - timedelta(days=1) if yesterday else local.date()
    return datetime.combine(day, starts, tzinfo=tz).astimezone(UTC)
