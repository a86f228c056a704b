"""Card fields stay inside the platform's limits (reference §5.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.templates.fields import TYPES, FieldError, check, fit


@pytest.mark.parametrize(
    ("key", "value", "fitted"),
    [
        ("thing1", "就诊提醒", "就诊提醒"),
        ("thing1", "一" * 20, "一" * 20),
        ("thing12", "一" * 21, "一" * 19 + "…"),
        ("thing1", "第一行\n第二行\r\n 完", "第一行 第二行 完"),
        ("thing1", "生日快乐🎂❤️", "生日快乐"),
        ("thing1", "示例市海棠区晨光路88号2层东侧电梯口", "示例市海棠区晨光路88号2层东侧电梯口"),
        ("short_thing1", "预约已确认", "预约已确认"),
        ("short_thing1", "预约已经确认", "预约已经…"),
        ("name1", "张三", "张三"),
        ("name1", "阿卜杜热合曼·买买提依明", "阿卜杜热合曼·买买…"),
        ("name1", "Alexandria Longname", "Alexandria Longname"),
        ("name1", "Alexandria Longnamesby", "Alexandria Longname…"),
        ("phrase1", "已确认", "已确认"),
        ("const1", "已预约", "已预约"),
        ("character_string1", "ＡＢ１２３", "AB123"),
        ("letter1", "abc", "abc"),
        ("symbol1", "＃!", "#!"),
        ("number1", "３.5", "3.5"),
        ("amount1", "￥120.50", "¥120.50"),
        ("amount1", "120元", "120元"),
        ("phone_number1", "0555-000-0188", "0555-000-0188"),
        ("car_number1", "皖A0000挂", "皖A0000挂"),
        ("time1", "15:01", "15:01"),
        ("time1", "2026年11月20日 15:01", "2026年11月20日 15:01"),
        ("time1", "2026-11-20 15:01～16:30", "2026-11-20 15:01~16:30"),
        ("time1", "１５：０１", "15:01"),
        ("date1", "2026年11月20日", "2026年11月20日"),
        ("date1", "2026/11/20 9:30", "2026/11/20 9:30"),
        ("date1", "2026年11月20日~2026年11月22日", "2026年11月20日~2026年11月22日"),
        ("keyword1", "一" * 30, "一" * 19 + "…"),
    ],
)
def test_a_value_is_fitted_to_its_field(key: str, value: str, fitted: str) -> None:
    assert fit(key, value) == fitted


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("thing1", "", "nothing to say"),
        ("thing1", " \n🎂", "nothing to say"),
        ("phrase1", "ok", "Chinese characters only"),
        ("phrase1", "预约已经确认", "has 6 characters, WeChat takes 5"),
        ("const1", "一" * 21, "WeChat takes 20"),
        ("character_string1", "单号1", "nothing Chinese"),
        ("character_string1", "a" * 33, "WeChat takes 32"),
        ("number1", "三", "a number"),
        ("amount1", "12345678901元", "a sum"),
        ("phone_number1", "1" * 18, "WeChat takes 17"),
        ("car_number1", "皖A00000000", "WeChat takes 8"),
        ("time1", "下午2:30", "an hour such as"),
        ("time1", "25:00", "an hour such as"),
        ("time1", "11月20日 周五 15:01", "an hour such as"),
        ("date1", "2026年13月20日", "a day such as"),
        ("date1", "2026-11/20", "a day such as"),
        ("first", "您好", "does not show first any more"),
        ("remark", "谢谢", "does not show remark any more"),
        ("thing", "少了数字", "not a field key"),
        ("things1", "多了字母", "not a field key"),
        ("__class__1", "x", "not a field key"),
    ],
)
def test_a_value_that_cannot_fit_is_refused_and_said_why(key: str, value: str, problem: str) -> None:
    with pytest.raises(FieldError) as refused:
        fit(key, value)
    assert problem in str(refused.value)
    assert [words for words in check(key, value) if problem in words] != []


def test_a_value_that_fits_has_no_problems() -> None:
    assert check("thing1", "就诊提醒") == []


def test_what_would_be_shortened_is_told() -> None:
    assert check("thing1", "一" * 21) == [f"longer than 20 characters, would be shortened to {'一' * 19 + '…'!r}"]


def test_what_would_be_changed_is_told() -> None:
    assert check("thing1", "一\n二") == ["would be sent as '一 二'"]


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=60))
def test_whatever_is_fitted_is_inside_its_limits_and_stays_as_it_is(kind: str, value: str) -> None:
    key = f"{kind}1"
    try:
        fitted = fit(key, value)
    except FieldError:
        return
    assert 1 <= len(fitted) <= TYPES[kind].limit
    assert not any(sign in fitted for sign in "\n\r\t\x00")
    assert fit(key, fitted) == fitted
    assert check(key, fitted) == []


def test_a_shortened_latin_name_is_not_shortened_again() -> None:
    assert fit("name1", fit("name1", "Alexandria Longnamesby")) == "Alexandria Longname…"
