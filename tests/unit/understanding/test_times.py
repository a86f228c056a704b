"""Times of day in a patient's words."""

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.every import every
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Relationship
from wxbot.understanding.times import TimeFound, find_times

SIGNS = "上下中午早晚夜里三两一二十点半刻钟:0123456789到至-以后之前左右多来约大概最晚分小时下班凌晨整有疼儿都"


def times_of(words: str) -> tuple[TimeFound, ...]:
    return find_times(normalise(words).text)


def short(found: TimeFound) -> str:
    """15:00, 03:00|15:00 where both may be meant, 14:00-16:00; the part of the day where no hour was said."""
    said = found.time
    text = "|".join(f"{each:%H:%M}" for each in said.times) or said.part or "-"
    if said.until:
        pairs = zip(said.times, said.until, strict=True)
        text = "|".join(f"{begin:%H:%M}-{end:%H:%M}" for begin, end in pairs)
    if said.relationship not in {Relationship.AT, Relationship.BETWEEN}:
        text += f" {said.relationship}"
    return text if found.doubt is None else f"{text} {found.doubt}"


HOURS = {
    "下午三点": "15:00", "下午3点": "15:00", "3点": "03:00|15:00", "三点": "03:00|15:00",
    "3点半": "03:30|15:30", "三点一刻": "03:15|15:15",
    "三点三刻": "03:45|15:45", "下午三点十分": "15:10", "下午三点五十": "15:50", "两点零五": "02:05|14:05",
    "二点三十分": "02:30|14:30",
    "15:30": "15:30", "15：30": "15:30", "09:30": "09:30", "9:30": "09:30|21:30", "15点30": "15:30",
    "15时": "15:00", "早上9点": "09:00",
    "上午十点半": "10:30", "中午12点半": "12:30", "中午一点": "13:00", "中午十一点半": "11:30",
    "十二点": "12:00", "晚上7点": "19:00",
    "晚上12点": "00:00", "凌晨两点": "02:00", "夜里十点": "22:00", "傍晚六点": "18:00", "零点": "00:00",
    "下午的三点": "15:00", "3点钟": "03:00|15:00",
    "三点整": "03:00|15:00", "下午3.30": "15:30", "3pm": "15:00", "3:15pm": "15:15", "10am": "10:00",
    "3点（下午）": "15:00", "下午，三点": "15:00",
    "改到一点": "01:00|13:00", "下午一点": "13:00", "约3点": "03:00|15:00", "明天一点": "01:00|13:00",
    "周六一点半": "01:30|13:30",
    "早8点": "08:00", "晚六点半": "18:30", "下晝三點": "15:00", "九点一个人": "09:00|21:00",
}  # fmt: skip
BOUNDS = {
    "3点以后": "03:00|15:00 from", "三点之后": "03:00|15:00 from", "三点过后": "03:00|15:00 from",
    "下午三点后": "15:00 from", "三点起": "03:00|15:00 from",
    "最早三点": "03:00|15:00 from", "过了三点": "03:00|15:00 from", "三点前": "03:00|15:00 until",
    "三点之前": "03:00|15:00 until",
    "最晚下午五点": "17:00 until", "早上8点半以前": "08:30 until", "三点左右": "03:00|15:00 around",
    "差一刻五点": "05:00|17:00 around", "五点不到": "05:00|17:00 around", "五点差十分": "05:00|17:00 around",
    "九点来钟": "09:00|21:00 around",
    "九点多": "09:00|21:00 around", "大概下午三点": "15:00 around", "下午大概三点": "15:00 around",
    "三点前后": "03:00|15:00 around",
    "上午十点左右以后": "10:00 from", "两点到四点": "02:00-04:00|14:00-16:00",
    "2-4点": "02:00-04:00|14:00-16:00", "下午3点到5点": "15:00-17:00",
    "上午11点到1点": "11:00-13:00", "上午十点到下午三点": "10:00-15:00", "14:00-16:00": "14:00-16:00",
    "9点到12点": "09:00-12:00",
    "两三点": "02:00-03:00|14:00-15:00", "下午五六点": "17:00-18:00", "十一二点": "11:00-12:00",
    "半小时后": "- from comparison",
    "两个小时以后": "- from comparison", "上午15点": "上午 unread_words",
}  # fmt: skip
PARTS = {
    "上午": "上午", "早上": "上午", "一大早": "上午", "中午": "中午", "下午": "下午", "傍晚": "下午",
    "晚上": "晚上", "夜里": "晚上", "凌晨": "凌晨",
         "下班后": "晚上", "放学后": "晚上", "今晚": "晚上", "明早": "上午", "周五晚": "晚上",
}  # fmt: skip


@every(("words", "expected"), [*(HOURS | BOUNDS | PARTS).items()])
def test_a_time_is_read(words: str, expected: str) -> None:
    assert [short(each) for each in times_of(words)] == [expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("上午或下午", ["上午", "下午"]),
        ("上下午都行", ["上午", "下午"]),
        ("三点或者四点", ["03:00|15:00", "04:00|16:00"]),
        ("周三三点", ["03:00|15:00"]),
        ("下周三十点", ["10:00|22:00"]),
        ("周三下午或周四上午", ["下午", "上午"]),
        ("8号9点", ["09:00|21:00"]),
        ("12.5 10:30", ["10:30|22:30"]),
    ],
)
def test_several_times_are_read_each(words: str, expected: list[str]) -> None:
    assert [short(each) for each in times_of(words)] == expected


@every(
    "words",
    [
        "4/5G手机", "3M", "第3颗", "8号牙", "2号楼", "5分钟", "10块", "38度5", "3个月前", "1530", "早一点",
        "晚一点", "有一点疼", "一点都不疼", "一点儿",
        "好一点了", "便宜一点", "一点出血", "我有两点疑问", "三点建议", "三点五毫米", "三点五倍", "第三点",
        "晚上好", "下午好", "早上好，在吗", "今天晚点来", "晚点到", "早点来",
        "24小时", "同时", "有时", "小时候", "几点", "1:1沟通", "25点", "3:5", "体温三十八点五度", "早就好了",
        "晚到20分钟", "一点点", "差一点",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_time_is_none(words: str) -> None:
    assert times_of(words) == ()


def test_where_it_stands_and_by_which_rule() -> None:
    (found,) = times_of("我想约下午三点以后洗牙")
    assert (found.start, found.end, found.rule, found.time.words) == (3, 9, "time.clock", "下午三点以后")


def test_after_three_is_never_exactly_three() -> None:
    for words in ("3点以后", "下午3点之后", "三点过后", "三点以后都行", "3点后有空"):
        (found,) = times_of(words)
        assert found.time.relationship is Relationship.FROM


@settings(max_examples=300, deadline=None)
@given(words=st.text(alphabet=SIGNS, max_size=16))
def test_reading_is_deterministic_in_order_and_without_overlap(words: str) -> None:
    text = normalise(words).text
    found = find_times(text)
    assert find_times(text) == found
    end = 0
    for each in found:
        assert end <= each.start < each.end <= len(text)
        assert each.time.words == text[each.start : each.end]
        assert each.time.times or each.time.part or each.doubt is not None
        assert len(each.time.until) in {0, len(each.time.times)}
        assert all(begin < ends for begin, ends in zip(each.time.times, each.time.until, strict=False))
        end = each.end


def test_our_own_printed_form_is_read_as_that_time() -> None:
    for minute in range(0, 24 * 60, 5):
        at = time(minute // 60, minute % 60)
        part = "上午" if at.hour < 12 else "下午"
        (found,) = times_of(f"{at:%H:%M}")
        assert at in found.time.times
        (spoken,) = times_of(f"{part}{at.hour if at.hour < 13 else at.hour - 12}:{at:%M}")
        assert spoken.time.times == (at,)
