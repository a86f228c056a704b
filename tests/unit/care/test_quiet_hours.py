"""Reminders and the quiet hours (issue: the two-hours reminder of a morning visit), on the shipped plan and rules."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.care.test_shipped_plans import plan, shipped
from wxbot.booking.models import Appointment
from wxbot.care.anchors.appointment import appointment_anchor
from wxbot.care.calendar import Calendar
from wxbot.care.models import Anchor, CarePlan, Offset, Step
from wxbot.care.planner import due, schedule
from wxbot.care.quiet_hours import NONE, QuietHours, evening_before, quiet_hours_ahead
from wxbot.care.spans import spans
from wxbot.messaging import Purpose
from wxbot.outbox.policy import QUIET_HOURS, Send, Wait, decide
from wxbot.outbox.service import Outbox
from wxbot.patients.models import Contact

ZONE = ZoneInfo("Asia/Shanghai")
NOON = (time(12), time(14))  # a clinic that keeps a midday rest


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE)


def anchor_at(appointment: Appointment, hour: str) -> Anchor:
    start = local(f"11-27 {hour}")
    found = appointment_anchor(
        replace(appointment, start=start, end=start + timedelta(minutes=30), created_at=local("11-20 09:00"))
    )
    assert found is not None
    return found


def soon(anchor: Anchor, quiet: QuietHours = QUIET_HOURS) -> tuple[str, str]:
    """When the reminder of two hours before is due, and until when it is worth sending."""
    step = next(
        each
        for each in schedule(plan("appointment"), anchor, Calendar(tz=ZONE, quiet=quiet))
        if each.step.key[:3] == "two"
    )
    return f"{step.due_at.astimezone(ZONE):%d %H:%M}", f"{step.expires_at.astimezone(ZONE):%d %H:%M}"


@pytest.mark.parametrize(
    ("hour", "due_at", "until"),
    [
        ("08:00", "26 20:00", "26 21:00"),
        ("08:30", "26 20:00", "26 21:00"),
        ("09:00", "26 20:00", "26 21:00"),
        ("09:30", "27 07:30", "27 09:00"),  # waits for 8:30
        ("10:00", "27 08:00", "27 09:30"),
        ("10:30", "27 08:30", "27 10:00"),
        ("22:30", "27 20:30", "27 22:00"),
        ("23:30", "27 20:00", "27 21:00"),  # two hours before is quiet too, and it would be over by the morning
    ],
)
def test_a_reminder_that_the_quiet_hours_would_swallow_leaves_the_evening_before(
    appointment: Appointment, hour: str, due_at: str, until: str
) -> None:
    assert soon(anchor_at(appointment, hour)) == (due_at, until)


@pytest.mark.parametrize("hour", ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "23:30"])
def test_no_reminder_of_any_visit_is_dropped_for_the_quiet_hours(
    appointment: Appointment, contact: Contact, hour: str
) -> None:
    """Each leaves outside of the quiet hours, before the visit, by the rule that the outbox decides by."""
    anchor = anchor_at(appointment, hour)
    now, left = local("11-23 00:00"), set()
    while now < anchor.at + timedelta(hours=3):
        for each in due(shipped().plans, [anchor], now, Calendar(tz=ZONE, quiet=QUIET_HOURS)):
            message = Outbox.message(
                key=each.key,
                contact_id=anchor.contact_id,
                purpose=each.step.purpose,
                template=each.step.template,
                variables={},
                now=now,
                expires_at=each.expires_at,
            )
            verdict = decide(message, contact, (), now, ZONE)
            assert isinstance(verdict, Send | Wait), (each.step.key, now, verdict)
            if isinstance(verdict, Send):
                left.add(each.step.key)
                assert now < anchor.at
        now += timedelta(minutes=15)
    assert left == {"three_days_before", "day_before", "two_hours_before"}


def test_a_day_that_begins_late_is_reminded_of_in_its_own_morning(appointment: Appointment) -> None:
    late_quiet = (time(21), time(10))
    assert soon(anchor_at(appointment, "11:30"), late_quiet) == ("27 09:30", "27 11:00")
    assert soon(anchor_at(appointment, "10:30"), late_quiet) == ("26 20:00", "26 21:00")
    assert soon(anchor_at(appointment, "09:00"), NONE) == ("27 07:00", "27 08:30")


def test_quiet_hours_within_a_day_are_left_before_they_begin(appointment: Appointment) -> None:
    assert soon(anchor_at(appointment, "14:30"), NOON) == ("27 11:00", "27 12:00")
    assert soon(anchor_at(appointment, "15:45"), NOON) == ("27 13:45", "27 15:15")


def test_a_reminder_leaves_on_the_day_whose_words_it_says(appointment: Appointment) -> None:
    """明天 would be wrong on the morning of the visit, however long a plan calls it worth sending."""
    step = Step(key="eve", template="t", purpose=Purpose.REMINDER, offset=Offset(days=-1), at=time(20), grace_hours=14)
    (found,) = schedule(
        CarePlan(key="p", title="p", anchor="appointment", steps=(step,)),
        anchor_at(appointment, "15:00"),
        Calendar(tz=ZONE),
    )
    assert found.expires_at == local("11-27 00:00")


@pytest.mark.parametrize("quiet", [QUIET_HOURS, NOON, NONE, (time(0, 30), time(8)), (time(21), time(10))])
def test_the_appointments_that_are_read_hold_every_reminder_that_is_due(
    appointment: Appointment, quiet: QuietHours
) -> None:
    """Reading only some days must miss none of those that leave earlier than their step says."""
    steps = plan("appointment").steps
    for hour in range(0, 24, 2):
        for minute in (0, 30):
            anchor = anchor_at(appointment, f"{hour:02d}:{minute:02d}")
            now = local("11-26 00:00")
            while now < anchor.at:
                if due(shipped().plans, [anchor], now, Calendar(tz=ZONE, quiet=quiet)):
                    assert any(
                        each.start <= anchor.at < each.end for each in spans(steps, now, Calendar(tz=ZONE, quiet=quiet))
                    ), now
                now += timedelta(minutes=15)


def test_who_booked_after_the_evening_is_not_reminded_late(appointment: Appointment) -> None:
    anchor = replace(anchor_at(appointment, "09:00"), created_at=local("11-26 20:30"))
    assert not [
        each
        for each in due(shipped().plans, [anchor], local("11-26 20:45"), Calendar(tz=ZONE, quiet=QUIET_HOURS))
        if each.step.key == "two_hours_before"
    ]


def test_equal_bounds_mean_no_quiet_hours() -> None:
    moment = local("11-27 07:00")
    assert evening_before(moment, moment + timedelta(hours=1), ZONE, NONE) is None
    assert quiet_hours_ahead(moment, ZONE, NONE) is None
    assert quiet_hours_ahead(local("11-26 20:00"), ZONE, QUIET_HOURS) == (
        local("11-26 21:00"),
        local("11-27 08:30"),
    )
    assert quiet_hours_ahead(local("11-26 19:59"), ZONE, QUIET_HOURS) is None
    assert quiet_hours_ahead(local("11-26 21:00"), ZONE, QUIET_HOURS) is None
