"""Greeting and farewell by the day: weekend, festival, make-up workday, the days before them (A2-30)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.unit.conversations.talks import shipped
from wxbot.clinic.models import Clinic, SpecialDay, YearTable
from wxbot.conversations.closing.farewells import Occasion, occasion_of

CLINIC = Clinic(
    name="仁和口腔",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(),
    practitioners=(),
)
PLAIN = (Occasion.PLAIN, "")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 24), PLAIN),  # a Tuesday
        (date(2026, 11, 27), (Occasion.WEEKEND, "")),  # a Friday: wished for the weekend
        (date(2026, 11, 28), (Occasion.WEEKEND, "")),
        (date(2026, 11, 29), (Occasion.WEEKEND, "")),
        (date(2026, 2, 17), (Occasion.HOLIDAY, "春节")),
        (date(2026, 2, 14), (Occasion.HOLIDAY, "春节")),  # a Saturday that is worked, the day before the holiday
        (date(2026, 2, 28), PLAIN),  # a Saturday that is worked (调休)
        (date(2026, 2, 27), PLAIN),  # … and the Friday before it
        (date(2026, 4, 5), (Occasion.SOLEMN, "清明节")),
        (date(2026, 9, 30), (Occasion.HOLIDAY, "国庆节")),  # the last workday before it
        (date(2026, 10, 5), (Occasion.HOLIDAY, "国庆节")),
    ],
)
def test_what_a_day_is(day: date, expected: tuple[Occasion, str]) -> None:
    assert occasion_of(day, CLINIC, ("清明节",)) == expected


def test_a_year_that_the_clinic_entered_counts() -> None:
    entered = YearTable(year=2026, days=(SpecialDay(day=date(2026, 11, 24), off=True, name="店庆"),))
    assert occasion_of(date(2026, 11, 24), replace(CLINIC, holidays=(entered,))) == (Occasion.HOLIDAY, "店庆")


@pytest.mark.parametrize(
    ("at", "farewell"),
    [
        (datetime(2026, 11, 24, 2, tzinfo=UTC), "感谢您的咨询，仁和口腔祝您健康，再见！"),
        (datetime(2026, 11, 28, 2, tzinfo=UTC), "感谢您的咨询，仁和口腔祝您周末愉快，再见！"),
        (datetime(2026, 2, 17, 2, tzinfo=UTC), "感谢您的咨询，仁和口腔祝您春节快乐，再见！"),
        (datetime(2026, 4, 5, 2, tzinfo=UTC), "感谢您的咨询，仁和口腔祝您和家人安康，再见！"),
        (datetime(2026, 11, 26, 16, 30, tzinfo=UTC), "感谢您的咨询，仁和口腔祝您周末愉快，再见！"),  # Friday in China
    ],
)
def test_the_sentence_of_the_day(at: datetime, farewell: str) -> None:
    assert shipped().sentences.farewell(at, CLINIC) == farewell
    assert shipped().words.says("farewell", farewell)


def test_every_greeting_is_of_its_day() -> None:
    greetings = {
        shipped().sentences.greeting(datetime(2026, month, day, 2, tzinfo=UTC), CLINIC)
        for month, day in ((11, 24), (11, 28), (2, 17), (4, 5))
    }
    assert greetings == {
        "您好，仁和口腔为您服务，请问有什么可以帮您？",
        "您好，周末好，仁和口腔为您服务，请问有什么可以帮您？",
        "您好，春节快乐，仁和口腔为您服务，请问有什么可以帮您？",
    }
