"""jionlp as the second reader of dates: its faults are no doubts, its real differences are."""

import subprocess
import sys
from datetime import date, timedelta

import pytest

from wxbot.understanding import second_opinion
from wxbot.understanding.days import find_days
from wxbot.understanding.models import Doubt
from wxbot.understanding.second_opinion import disagrees, warm_up

SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("周五", date(2026, 11, 27)),
        ("周一", date(2026, 11, 23)),
        ("礼拜天", date(2026, 11, 22)),
        ("12月5日", date(2026, 12, 5)),
        ("元旦", date(2027, 1, 1)),
        ("腊月初八", date(2027, 1, 15)),
        ("大后天", date(2026, 11, 24)),
        ("下个月3号", date(2026, 12, 3)),
    ],
)
def test_known_faults_of_one_mode_are_no_disagreement(words: str, day: date) -> None:
    assert not disagrees(words, (day,), SATURDAY, yearly=True)


@pytest.mark.parametrize(
    ("words", "wrong"), [("明天", date(2026, 11, 23)), ("12月5日", date(2026, 12, 6)), ("下周三", date(2026, 12, 3))]
)
def test_another_day_is_a_disagreement(words: str, wrong: date) -> None:
    assert disagrees(words, (wrong,), SATURDAY)


@pytest.mark.parametrize("words", ["", "x" * 99, "明儿", "今", "胡说八道", "一" * 20, "99月99日", "(" * 20])
def test_without_an_opinion_there_is_no_doubt(words: str) -> None:
    assert not disagrees(words, (SATURDAY,), SATURDAY)


def test_what_the_library_raises_stays_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    second_opinion.disagrees.cache_clear()
    monkeypatch.setattr(second_opinion, "_parser", lambda: broken)
    assert not disagrees("明天", (SATURDAY,), SATURDAY)
    monkeypatch.setattr(second_opinion, "_parser", lambda: None)
    assert not disagrees("后天", (SATURDAY,), SATURDAY)
    second_opinion.disagrees.cache_clear()


def test_right_readings_of_a_year_are_not_doubted() -> None:
    words = (
        "今天",
        "明天",
        "后天",
        "大后天",
        "周一",
        "周三",
        "周日",
        "礼拜天",
        "这周日",
        "下周三",
        "下下周二",
        "三天后",
        "一周后",
        "5号",
        "12月5号",
        "元旦",
        "国庆",
        "中秋",
        "下周",
    )
    doubted = [
        (str(today), each)
        for today in (date(2026, 11, 20) + timedelta(days=ahead) for ahead in range(0, 366, 11))
        for each in words
        for found in find_days(each, today, 30)
        if found.doubt is Doubt.DISAGREEMENT
    ]
    assert doubted == []


def test_a_date_that_may_be_lunar_is_asked() -> None:
    (found,) = find_days("八月十五", date(2026, 11, 20), 30)
    assert found.doubt is Doubt.DISAGREEMENT


def test_it_is_loaded_once_and_prints_nothing() -> None:
    program = (
        "from wxbot.understanding.second_opinion import warm_up, _parser; warm_up(); warm_up();"
        "assert _parser.cache_info().misses == 1"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert (done.stdout, done.stderr) == ("", "")


def test_the_second_time_it_is_warm() -> None:
    first, second = warm_up(), warm_up()
    assert second <= first
