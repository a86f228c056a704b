"""Days in a patient's words, read on Friday, 20 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.every import every
from wxbot.understanding import days as room
from wxbot.understanding.days import DayFound, find_days
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Doubt, Relationship

TODAY = date(2026, 11, 20)
SIGNS = "今明后昨天周星期礼拜一二三四五六日末下上这本个月号12/.-年初底到以前后之左右腊农历元旦春节过天大外半每牙点"


def days_of(words: str, today: date = TODAY) -> tuple[DayFound, ...]:
    return find_days(normalise(words).text, today, 30)


def short(found: DayFound) -> str:
    """11-21, or 11-23..11-29 of a span, or 11-25|12-02 where it may be either; with bound and doubt."""
    days = found.day.days
    shown = [f"{day:%m-%d}" for day in days]
    text = f"{shown[0]}..{shown[-1]}" if found.day.span and days else "|".join(shown) or "-"
    if found.day.relationship is not Relationship.AT:
        text += f" {found.day.relationship}"
    return text if found.doubt is None else f"{text} {found.doubt}"


NEAR = {
    "今天": "11-20", "今儿": "11-20", "今日": "11-20", "今晚": "11-20", "今儿个下午": "11-20", "明天": "11-21",
    "明儿": "11-21", "明早": "11-21",
    "明儿个": "11-21", "明晚七点": "11-21", "明天上午": "11-21", "后天": "11-22", "后儿": "11-22",
    "大后天": "11-23", "大大后天": "11-24",
    "聽日": "11-21", "明后天": "11-21..11-22", "今明两天": "11-20..11-21", "三天后": "11-23",
    "3天以后": "11-23", "过三天": "11-23",
    "一周后": "11-27", "两个星期后": "12-04", "半个月后": "12-05 around", "一个月后": "12-20 around",
    "一周内": "11-20..11-27", "过两天": "11-22..11-24 around",
    "这几天": "11-20..11-26", "最近": "11-20..11-26", "外后天": "11-24|11-23 disagreement",
}  # fmt: skip
WEEKS = {
    "周五": "11-20|11-27", "周三": "11-25|12-02", "礼拜天": "11-22|11-29", "星期日": "11-22|11-29",
    "周3": "11-25|12-02", "禮拜六": "11-21|11-28",
    "这周六": "11-21", "本周日": "11-22", "下周三": "11-25", "下个周三": "11-25", "下周周三": "11-25",
    "下周的周三": "11-25", "下个星期三": "11-25",
    "下礼拜一": "11-23", "下下周一": "11-30", "下下个礼拜五": "12-04", "周末": "11-21..11-22",
    "这周末": "11-21..11-22", "下周末": "11-28..11-29",
    "下周": "11-23..11-29", "这周": "11-20..11-22", "下下周": "11-30..12-06", "周一到周三": "11-23..11-25",
    "下周一到周三": "11-23..11-25",
    "周三至周五": "11-25..11-27", "周六到周日": "11-21..11-22", "周三以后": "11-25|12-02 from",
    "周三起": "11-25|12-02 from",
    "下周三之前": "11-25 until", "周五前": "11-20|11-27 until", "周五左右": "11-20|11-27 around",
}  # fmt: skip
DATES = {
    "12月5号": "12-05", "12月5日": "12-05", "十二月五号": "12-05", "十一月二十七": "11-27", "12/5": "12-05",
    "12-5": "12-05",
    "12.5": "12-05", "12.5号上午": "12-05",
    "2026-12-05": "12-05", "2026年12月5日": "12-05", "二〇二六年十二月五日": "12-05", "26年12月5号": "12-05",
    "20261205": "12-05",
    "明年1月5号": "01-05", "5号": "12-05", "二十三号": "11-23", "23日": "11-23", "20号": "11-20",
    "31号": "12-31", "下个月3号": "12-03",
    "这个月30号": "11-30", "5号到8号": "12-05..12-08", "5-8号": "12-05..12-08", "12月5到8号": "12-05..12-08",
    "12月1日到3日": "12-01..12-03",
    "12月初": "12-01..12-05", "月底": "11-26..11-30", "月初": "12-01..12-05", "月中": "12-13..12-17",
    "下个月": "12-01..12-20",
    "下个月中旬": "12-11..12-20", "12月5号(周六)": "12-05", "12月5日星期六": "12-05", "周二8号": "12-08",
    "8号周二": "12-08", "明天周六": "11-21",
    "12月5号之前": "12-05 until", "5号以后": "12-05 from",
}  # fmt: skip
FESTIVALS = {
    "元旦": "01-01", "圣诞节": "12-25", "国庆": "10-01..10-07", "春节": "02-06..02-12", "除夕": "02-05",
    "中秋": "09-15", "端午节": "06-09",
    "清明": "04-05", "冬至": "12-22", "腊月初八": "01-15", "农历腊月二十三": "01-30", "正月初五": "02-10",
    "元旦以后": "01-01 from",
    "大年初三": "02-08", "年底": "12-21..12-31", "年前": "02-06 until", "过完年": "02-06 from",
}  # fmt: skip
PAST = {
    "昨天": "11-19 past", "前天": "11-18 past", "大前天": "11-17 past", "上周三": "11-11 past",
    "这周三": "11-18 past", "三天前": "11-17 past",
    "2024年3月5号": "03-05 past", "上周": "11-09..11-15 past",
}  # fmt: skip
NOT_DAYS = {
    "13月5号": "- unread_day", "2月30号": "- unread_day", "周三8号": "- unread_day", "明天周五": "- unread_day",
    "32号": "- unread_day",
            "下周三十二号": "- unread_day", "11月31日": "- unread_day",
}  # fmt: skip


@every(("words", "expected"), [*(NEAR | WEEKS | DATES | FESTIVALS | PAST | NOT_DAYS).items()])
def test_a_day_is_read(words: str, expected: str) -> None:
    assert [short(each) for each in days_of(words)] == [expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("周一三五", ["11-23|11-30", "11-25|12-02", "11-20|11-27"]),
        ("下周一、三、五", ["11-23", "11-25", "11-27"]),
        ("下周我周三有空", ["11-23..11-29", "11-25"]),
        ("下周三或周五", ["11-25", "11-27"]),
        ("周五或者周六", ["11-20|11-27", "11-21|11-28"]),
        ("不是周三，是周四", ["11-25|12-02", "11-26|12-03"]),
        ("周三，8号", ["11-25|12-02", "12-08"]),
        ("周六周日", ["11-21|11-28", "11-22|11-29"]),
        ("周六日都行", ["11-21|11-28", "11-22|11-29"]),
        ("上周三拔的牙，想约下周三", ["11-11 past", "11-25"]),
    ],
)
def test_several_days_are_read_each(words: str, expected: list[str]) -> None:
    assert [short(each) for each in days_of(words)] == expected


@every(
    "words",
    [
        "4/5G手机", "3M的", "第3颗", "8号牙", "2号楼", "人民路8号", "1号诊室", "地铁2号线", "5分钟", "10块",
        "12.5元", "38度5", "体温38.5", "3个月前", "血压120/80",
        "24/7", "牙周一直出血", "一周一次", "一周三次", "以后天天刷牙", "后天天气", "下周一定来", "周医生",
        "周明远", "周到", "拔牙三天后还疼", "两年前", "3.5万", "花了1.2万",
        "1/2颗", "0.5毫米", "3-5天", "2-3次", "5-10分钟", "13800138000", "8月龄", "这周天气", "星期几", "周几",
        "几号", "尾号12", "第5号", "A2-74", "5号技师",
        "1日本", "生日", "节日", "今年", "平日", "提前三天",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_day_is_none(words: str) -> None:
    assert days_of(words) == ()


def test_where_it_stands_and_by_which_rule() -> None:
    (found,) = days_of("我想约下周三以后洗牙")
    assert (found.start, found.end, found.rule, found.day.words) == (3, 8, "day.weekday", "下周三以后")


@pytest.mark.parametrize("weekday", range(7))
def test_wednesday_of_next_week_is_never_this_weeks(weekday: int) -> None:
    today = date(2026, 11, 16) + timedelta(days=weekday)
    for words in ("下周三", "下周周三", "下个礼拜三"):
        (found,) = days_of(words, today)
        assert found.day.days == (date(2026, 11, 25),)


@settings(max_examples=300, deadline=None)
@given(words=st.text(alphabet=SIGNS, max_size=16), today=st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_reading_is_deterministic_and_nothing_lies_before_today_but_the_past(words: str, today: date) -> None:
    text = normalise(words).text
    found = find_days(text, today, 30)
    assert find_days(text, today, 30) == found
    end = 0
    for each in found:
        assert end <= each.start < each.end <= len(text)
        assert each.day.words == text[each.start : each.end]
        assert each.doubt is Doubt.PAST or all(day >= today for day in each.day.days)
        assert each.doubt is not Doubt.UNREAD_DAY or each.day.days == ()
        end = each.end


def test_our_own_printed_form_is_read_as_that_day() -> None:
    forms = (
        "{0:%Y-%m-%d}",
        "{0.year}年{0.month}月{0.day}日",
        "{0.month}月{0.day}日",
        "{0.month}月{0.day}日（周{1}）",
        "{0.month}月{0.day}号",
    )
    for ahead in range(731):
        today = TODAY + timedelta(days=ahead)
        day = today + timedelta(days=ahead % 30)
        for form in forms:
            (found,) = days_of(form.format(day, "一二三四五六日"[day.weekday()]), today)
            assert (found.day.days, found.doubt) == ((day,), None)


def test_a_weekday_names_the_next_one_today_included() -> None:
    for ahead in range(14):
        today = TODAY + timedelta(days=ahead)
        for place, sign in enumerate("一二三四五六日"):
            (found,) = days_of(f"周{sign}", today)
            first, second = found.day.days
            assert first.weekday() == place
            assert (first - today).days in range(7)
            assert (second - first).days == 7


def test_a_weekday_beyond_the_horizon_is_not_offered() -> None:
    (found,) = find_days("周三", TODAY, 7)
    assert found.day.days == (date(2026, 11, 25),)


def test_another_opinion_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "disagrees", lambda *_, **__: True)
    (found,) = days_of("12月5号")
    assert (found.day.days, found.doubt) == ((date(2026, 12, 5),), Doubt.DISAGREEMENT)


def test_of_very_many_days_the_first_hundred_are_read() -> None:
    found = days_of("1月1日" * 20_000)
    assert [each.day.days for each in found] == [(date(2027, 1, 1),)] * 100
