"""Wordings are filled strictly, and nothing a patient typed becomes markup."""

from timeit import timeit
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.templates.rendering import Address, Wording, WordingError, clean, escaped


def test_variables_are_filled() -> None:
    assert Wording("{name}，您好，{time}见。").fill({"name": "张三", "time": "14:30"}) == "张三，您好，14:30见。"


def test_a_number_is_written_as_it_is() -> None:
    assert Wording("第{count}次").fill({"count": 3}) == "第3次"


def test_doubled_braces_are_braces() -> None:
    assert Wording("{{name}} {name}}}").fill({"name": "张三"}) == "{name} 张三}"


@pytest.mark.parametrize("empty", [None, "", "  ", "\u200b\u0007"])
def test_an_empty_value_takes_the_fallback(empty: Any) -> None:
    assert Wording("{name}，您好", {"name": "朋友"}).fill({"name": empty}) == "朋友，您好"


def test_a_missing_variable_takes_the_fallback_too() -> None:
    assert Wording("{name}，您好", {"name": "朋友"}).fill({}) == "朋友，您好"


def test_an_empty_value_without_fallback_leaves_nothing() -> None:
    assert Wording("提示：{bring}").fill({"bring": None}) == "提示："


def test_a_missing_variable_without_fallback_is_an_error() -> None:
    with pytest.raises(WordingError, match=r"nothing fills \{name\}"):
        Wording("{name}").fill({"nama": "张三"})


@pytest.mark.parametrize("value", [True, ["张三"], {"a": 1}, object()])
def test_a_value_that_is_neither_text_nor_number_is_an_error(value: Any) -> None:
    with pytest.raises(WordingError, match="not text"):
        Wording("{name}").fill({"name": value})


@pytest.mark.parametrize(
    "text", ["{", "}", "{name", "name}", "{}", "{ name }", "{Name}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{{{"]
)
def test_a_malformed_wording_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(WordingError):
        Wording(text)


def test_the_apology_is_what_a_patient_reads_when_a_wording_fails() -> None:
    assert WordingError.wording == "error.apology"


def test_a_patients_tag_becomes_harmless() -> None:
    filled = Wording("您好，{name}").fill({"name": '<a href="https://evil.example">点我</a>&lt;'})
    assert filled == '您好，＜a href="https://evil.example"＞点我＜/a＞＆lt;'


def test_the_wordings_own_link_stays() -> None:
    text = '<a href="https://clinic.example/">看这里</a>，{name}'
    assert Wording(text).fill({"name": "张三"}) == '<a href="https://clinic.example/">看这里</a>，张三'


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert Wording("{name}").fill({"name": "{secret}", "secret": "x"}) == "{secret}"


def test_signs_that_turn_or_hide_text_vanish_and_line_breaks_stay() -> None:
    assert escaped("张\u202e三\u0000\u200b\r\n第二行\t完\ud800") == "张三\n第二行\t完"


def test_an_emoji_joined_of_several_stays_whole() -> None:
    assert escaped("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"


@given(st.text())
def test_no_value_ever_brings_markup_or_control_signs(value: str) -> None:
    filled = Wording("{name}").fill({"name": value})
    assert not any(sign in filled for sign in "<>&\r\x00\x1b\u202e")
    assert filled.encode().decode() == filled
    assert clean(filled) == filled


@given(st.text(alphabet="ab{}.!: "))
def test_a_wording_either_compiles_or_is_refused_and_never_reaches_into_values(text: str) -> None:
    try:
        wording = Wording(text)
    except WordingError:
        return
    assert wording.fill(dict.fromkeys(wording.variables, "值")).count("值") >= len(wording.variables)


def test_filling_a_simple_text_takes_less_than_ten_microseconds() -> None:
    wording = Wording("{name}，您好，明天{time}见，{practitioner}在{room}等您。")
    values = {"name": "张三", "time": "14:30", "practitioner": "陈医生", "room": "2诊室"}
    best = min(timeit(lambda: wording.fill(values), number=2_000) / 2_000 for _ in range(5))
    assert best < 10e-6


def test_an_address_of_ours_keeps_what_joins_its_parts_and_a_value_of_somebody_does_not() -> None:
    link = Wording('<a href="{link}">须知</a>')
    assert (
        link.fill({"link": Address("weixin://bizmsgmenu?a=1&b=2")}) == '<a href="weixin://bizmsgmenu?a=1&b=2">须知</a>'
    )
    assert "＆" in link.fill({"link": "weixin://bizmsgmenu?a=1&b=2"})
