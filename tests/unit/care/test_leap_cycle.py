"""Every day of a leap cycle as the day of an anchor, for every offset of the shipped plans, in two zones."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from wxbot.care.calendar import LONGEST_CLOSED, Calendar, calendar_of
from wxbot.care.models import Anchor, Audience, CarePlan, Offset, Step
from wxbot.care.offsets import add_months, window_of
from wxbot.care.planner import fell_due, schedule
from wxbot.care.spans import spans
from wxbot.demo.settings import DemoSettings
from wxbot.history.models import ContactId
from wxbot.installation import read_installation
from wxbot.messaging import Purpose

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
FIRST, DAYS = date(2027, 1, 1), 1461  # 2028 is the leap year
HOURS = (time(0, 0), time(16, 30), time(23, 59))  # of the anchor, in turn
DAY = timedelta(days=1)
GAP_DAY, FOLD_DAY = date(2027, 3, 28), date(2027, 10, 31)  # in Berlin the clocks go from 2 to 3, and from 3 to 2


@cache
def steps() -> tuple[Step, ...]:
    """One step of each offset, hour and worth that any shipped plan has, and the reminders apart."""
    kinds = {
        (each.offset, each.at, each.grace_hours, each.purpose is Purpose.REMINDER): replace(
            each, key=f"{plan.key}_{each.key}", audience=Audience.EVERYONE
        )
        for plan in read_installation(DemoSettings()).plans
        for each in plan.steps
    }
    return tuple(kinds.values())


@cache
def calendar(zone: ZoneInfo) -> Calendar:
    """The shipped clinic's, in that zone."""
    return calendar_of(replace(read_installation(DemoSettings()).clinic, timezone=zone))


def anchors(zone: ZoneInfo) -> Iterator[tuple[date, Anchor]]:
    """One for each local day of the cycle."""
    for number in range(DAYS):
        day = FIRST + number * DAY
        at = datetime.combine(day, HOURS[number % len(HOURS)], tzinfo=zone).astimezone(UTC)
        yield day, Anchor(kind="visit", ref=f"visit:{number}", at=at, contact_id=ContactId("c"), patient_id=None)


def days_meant(offset: Offset, day: date) -> range:
    """On which local dates, as ordinals, a step of days, months or a window may fall."""
    if offset.window_days is not None:
        return range(day.toordinal() + offset.window_days[0], day.toordinal() + offset.window_days[1] + 1)
    first = add_months(day, offset.months) if offset.months is not None else day + (offset.days or 0) * DAY
    moved = (6 if offset.weekday is not None else 0) + (LONGEST_CLOSED if offset.working_day else 0)
    return range(first.toordinal(), first.toordinal() + moved + 1)


@pytest.mark.parametrize("zone", [SHANGHAI, BERLIN], ids=str)
def test_every_step_of_every_day_falls_once_at_an_hour_that_exists_and_is_found(zone: ZoneInfo) -> None:
    """Field traps 2.2, row 7: whatever the zone and the day, one moment, and a look at it finds the step."""
    plan = CarePlan(key="plan", title="计划", anchor="visit", steps=steps())
    wrong: list[str] = []
    for day, anchor in anchors(zone):
        found = schedule(plan, anchor, calendar(zone))
        if sorted(each.step.key for each in found) != sorted(each.key for each in steps()):
            wrong.append(f"{day}: not every step once")
        for each in found:
            local = each.due_at.astimezone(zone)
            offset, hour = each.step.offset, each.step.at
            if each.due_at >= each.expires_at:
                wrong.append(f"{each.key}: never worth sending")
            jitter = timedelta(minutes=offset.jitter_minutes)
            if offset.hours is not None:
                later = each.due_at - anchor.at - timedelta(hours=offset.hours)
                if not timedelta(0) <= later <= jitter:
                    wrong.append(f"{each.key}: {later} late")
                continue
            if not {local.date().toordinal(), (local - jitter).date().toordinal()} & set(days_meant(offset, day)):
                wrong.append(f"{each.key}: falls on {local}")
            wanted = hour or anchor.at.astimezone(zone).time()
            if not jitter and local.time() != wanted:
                wrong.append(f"{each.key}: at {local.time()}, not {wanted}")
    assert wrong == []


@pytest.mark.parametrize("zone", [SHANGHAI, BERLIN], ids=str)
def test_a_look_at_any_moment_reads_the_anchors_of_what_is_due(zone: ZoneInfo) -> None:
    """Looked at when it begins to be due and when it ends: the anchor lies within what is read, or nothing is due."""
    wrong: list[str] = []
    ends = {add_months(FIRST, month) + turn * DAY for month in range(48) for turn in (-2, -1, 0)}  # months' ends
    changes = {GAP_DAY + turn * DAY for turn in (-1, 0, 1)} | {FOLD_DAY + turn * DAY for turn in (-1, 0, 1)}
    for day, anchor in anchors(zone):
        if day not in ends | changes:
            continue
        for step in steps():
            due_at, expires_at = window_of(step, anchor.at, calendar(zone), anchor.ref)
            for moment in (due_at, expires_at - timedelta(seconds=1)):
                read = spans([step], moment, calendar(zone))
                if not any(each.start <= anchor.at < each.end for each in read):
                    wrong.append(f"{step.key} of {day} at {moment}")
                before = moment - timedelta(minutes=1)
                lately = spans([step], moment, calendar(zone), after=before)
                if moment == due_at and not any(each.start <= anchor.at < each.end for each in lately):
                    wrong.append(f"{step.key} of {day} lately, at {moment}")
    assert wrong == []


@pytest.mark.parametrize("hour", [time(2), time(2, 30), time(2, 59), time(3)], ids=str)
@pytest.mark.parametrize("day", [GAP_DAY, FOLD_DAY], ids=str)
def test_an_hour_that_does_not_exist_or_comes_twice_gives_one_message_at_one_that_does(day: date, hour: time) -> None:
    step = Step(key="a", template="t", purpose=Purpose.CARE, offset=Offset(days=1), grace_hours=5.0, at=hour)
    plan, only = CarePlan(key="plan", title="计划", anchor="visit", steps=(step,)), Calendar(tz=BERLIN)
    at = datetime.combine(day - DAY, time(16), tzinfo=BERLIN).astimezone(UTC)
    anchor = Anchor(kind="visit", ref="visit:1", at=at, contact_id=ContactId("c"), patient_id=None)
    begins = datetime.combine(day, time(0), tzinfo=BERLIN).astimezone(UTC)
    looks = [begins + timedelta(minutes=15 * number) for number in range(26 * 4)]
    found = {
        each.key: each.due_at.astimezone(BERLIN)
        for since, now in pairwise(looks)
        for each in fell_due([plan], [anchor], since, now, only)
        if since < each.due_at
    }
    (local,) = found.values()
    assert local.date() == day
    exists = local.astimezone(UTC).astimezone(BERLIN)
    assert (exists.hour, exists.minute) == (local.hour, local.minute)
    if day == FOLD_DAY or hour >= time(3):
        assert local.time() == hour
    else:
        assert (local.hour, local.minute) == (3, hour.minute)
