"""How moments and days are written on pages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.web.console.wording import ago, day, hour, local

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CONTEXT = {"zone": ZoneInfo("Asia/Shanghai"), "now": NOW}


def test_a_moment_is_written_in_clinic_time() -> None:
    assert local(CONTEXT, datetime(2026, 11, 23, 17, 5, tzinfo=UTC)) == "11月24日 01:05"


def test_another_year_is_named() -> None:
    assert local(CONTEXT, datetime(2027, 1, 1, 0, 0, tzinfo=UTC)) == "2027年1月1日 08:00"


def test_a_day_has_its_weekday() -> None:
    assert [day(CONTEXT, each) for each in (date(2026, 11, 24), "2026-11-24", NOW)] == [
        "11月24日 周二",
        "11月24日 周二",
        "11月23日 周一",
    ]


def test_nothing_is_written_as_nothing() -> None:
    assert [local(CONTEXT, None), hour(CONTEXT, None), day(CONTEXT, None), ago(CONTEXT, None)] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("apart", "words"),
    [
        (timedelta(seconds=-5), "刚刚"),
        (timedelta(minutes=-5), "5分钟前"),
        (timedelta(hours=-3), "3小时前"),
        (timedelta(days=-2), "2天前"),
        (timedelta(days=2), "2天后"),
        (timedelta(seconds=20), "马上"),
    ],
)
def test_how_long_ago(apart: timedelta, words: str) -> None:
    assert ago(CONTEXT, NOW + apart) == words
