"""What a reminder adds to its wording: the hour in words, the page, the entries to tap."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from wxbot.booking.models import Appointment
from wxbot.care.anchors.appointment import appointment_anchor
from wxbot.care.anchors.booked import booked_anchor
from wxbot.care.models import Anchor, Offset, Step
from wxbot.care.reminders import answers_of, reminder_variables, visit_page
from wxbot.clinic.models import Clinic
from wxbot.messaging import Purpose

LABELS = {"come": "确认会来", "move": "改时间", "cancel": "取消"}
REMINDER = Step(
    key="eve", template="care.appointment_tomorrow", purpose=Purpose.REMINDER, offset=Offset(days=-1), grace_hours=8
)


def anchor_of(appointment: Appointment) -> Anchor:
    found = appointment_anchor(appointment)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 11, 27), "今天下午2:30"),
        (date(2026, 11, 26), "明天下午2:30"),
        (date(2026, 11, 25), "后天下午2:30"),
        (date(2026, 11, 24), "11月27日 周五 下午2:30"),
        (date(2026, 11, 28), "11月27日 周五 下午2:30"),
    ],
)
def test_the_hour_is_said_as_on_the_day_of_the_message(
    appointment: Appointment, clinic: Clinic, on: date, words: str
) -> None:
    assert reminder_variables(anchor_of(appointment), clinic, on, "")["when"] == words


def test_a_reminder_carries_three_answers_that_name_the_visit_and_its_hour(appointment: Appointment) -> None:
    moved = replace(appointment, version=5, hour_version=3)
    assert [(each.id, each.label) for each in answers_of(anchor_of(moved), REMINDER, LABELS)] == [
        (f"ap:come:{moved.id}:3", "确认会来"),
        (f"ap:move:{moved.id}:3", "改时间"),
        (f"ap:cancel:{moved.id}:3", "取消"),
    ]


def test_what_is_no_reminder_of_a_visit_carries_none(appointment: Appointment) -> None:
    confirmed = booked_anchor(replace(appointment, changed_at=appointment.created_at + timedelta(hours=1)))
    assert confirmed is not None
    assert answers_of(confirmed, replace(REMINDER, purpose=Purpose.SERVICE), LABELS) == ()
    assert answers_of(replace(confirmed, source=None), REMINDER, LABELS) == ()


def test_the_page_is_that_of_the_visit_where_there_is_a_public_address(appointment: Appointment) -> None:
    anchor = anchor_of(replace(appointment, version=2))
    assert visit_page(anchor, "https://c.example") == f"https://c.example/w/appointments/{appointment.id}?v=2"
    assert visit_page(anchor, "") == ""
    assert visit_page(replace(anchor, source=None), "https://c.example") == ""
