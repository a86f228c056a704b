"""What the blocks of somebody's week come to at a moment. Pure; by the clock of the clinic's wall."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from wxbot.clinic.hours import WEEKDAYS
from wxbot.clinic.models import Block

LONGEST_BREAK = timedelta(hours=2)  # lunch: who comes back after it has not signed off; a longer gap ends the shift


def is_on_duty(blocks: Sequence[Block], now: datetime, zone: tzinfo) -> bool:
    """Whether one of the blocks runs now; always where there is no roster."""
    return not blocks or any(start <= now < end for start, end in _around(blocks, now, zone))


def shift_ends_at(blocks: Sequence[Block], now: datetime, zone: tzinfo) -> datetime | None:
    """When the present shift ends, breaks of up to two hours inside it; None outside one or without a roster."""
    end: datetime | None = None
    for start, until in _around(blocks, now, zone):
        if end is None:
            end = until if start <= now < until else None
        elif start - end <= LONGEST_BREAK:
            end = max(end, until)
    return end


def takes_new_chats(blocks: Sequence[Block], now: datetime, zone: tzinfo, before_end: timedelta) -> bool:
    """Whether they are on duty, and their shift does not end within `before_end` (A0-18); without a roster always."""
    if not blocks:
        return True
    end = shift_ends_at(blocks, now, zone)
    return end is not None and end - now > before_end


def _around(blocks: Sequence[Block], now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The blocks of the local day and the next as moments in UTC, earliest first."""
    today = now.astimezone(zone).date()
    for day in (today, today + timedelta(days=1)):
        weekday = WEEKDAYS[day.weekday()]
        for block in sorted((each for each in blocks if each.day is weekday), key=lambda each: each.start):
            start, end = (datetime.combine(day, clock, zone).astimezone(UTC) for clock in (block.start, block.end))
            if start < end:
                yield start, end


def uncovered(hours: Sequence[Block], weeks: Collection[Sequence[Block]]) -> tuple[Block, ...]:
    """The hours of the desk in which nobody of those rosters is on duty, by day, earliest first.

    None where somebody has no roster: they are on duty whenever they say that they are there.
    """
    if not all(weeks):
        return ()
    gaps: list[Block] = []
    for day in WEEKDAYS:
        duty = sorted((each.start, each.end) for week in weeks for each in week if each.day is day)
        for block in sorted((each for each in hours if each.day is day), key=lambda each: each.start):
            free_from = block.start
            for start, end in duty:
                if start >= block.end:
                    break
                if start > free_from:
                    gaps.append(Block(day=day, start=free_from, end=start))
                free_from = max(free_from, end)
            if free_from < block.end:
                gaps.append(Block(day=day, start=free_from, end=block.end))
    return tuple(gaps)
