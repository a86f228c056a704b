"""Field types and limits (reference §5.2)."""

import pytest

from wxbot.simulator.errors import ApiError
from wxbot.simulator.fields import filled, places


def code(kind, value):
    try:
        filled(f"x:{{{{{kind}1.DATA}}}}", {f"{kind}1": {"value": value}})
    except ApiError as error:
        return error.code
    return 0


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("thing", ["请提前10分钟到二楼前台", "😀" * 20], ["字" * 21]),
        ("short_thing", ["五个字以内"], ["一共六个字呢"]),
        ("character_string", ["A-2026/11#20", "x" * 32], ["编号A1", "x" * 33, "Ａ１"]),
        (
            "time",
            ["15:01", "2026年11月20日 15:01", "2026年11月20日 14:30~15:30", "14:30~2026-11-21 08:00"],
            ["下午3点", "25:01", "2026年11月20日"],
        ),
        (
            "date",
            ["2026年11月20日", "2026-11-20", "2026/11/20 15:01", "2026.11.20", "2026年11月20日 15:01~16:00"],
            ["明天", "11月"],
        ),
        ("amount", ["¥100.50", "100元", "0", "9999999999"], ["100块", "¥", "12345678901"]),
        ("phone_number", ["+86-0766-66888866", "13800000000"], ["1" * 18, "电话"]),
        ("car_number", ["粤A8Z888挂", "京AD12345"], ["京AD123456", "A中中B"]),
        ("name", ["周医生", "Anna Schmidt", "a" * 20, "字" * 10], ["a" * 21, "字" * 11, "周" + "a" * 10]),
        ("phrase", ["已取消"], ["已取消了哦呀", "done", "已OK"]),
        ("number", ["12", "12.5", "-3"], ["十二", "1" * 33, "1.2.3"]),
        ("letter", ["abc"], ["a1", "字", "a" * 33]),
        ("symbol", ["¥$%"], ["a", "¥¥¥¥¥¥"]),
        ("const", ["已确认"], ["字" * 21]),
        ("keyword", ["字" * 100], []),
    ],
)
def test_each_type_accepts_and_refuses_as_its_row_says(kind, good, bad):
    assert [code(kind, value) for value in good] == [0] * len(good)
    assert [code(kind, value) for value in bad] == [47003] * len(bad)


def test_an_empty_value_is_irregular():
    assert [code("thing", ""), code("thing", "  ")] == [40250, 40250]


@pytest.mark.parametrize("value", ["一\n二", "一\r二", "一\t二", "一\u2028二", "\x00"])
def test_line_breaks_and_control_characters_are_refused(value):
    assert code("thing", value) == 47003


def test_the_error_names_the_field():
    with pytest.raises(ApiError) as caught:
        filled("时间:{{time5.DATA}}", {"time5": {"value": "下午"}})
    assert caught.value.answer("r")["errmsg"] == "argument invalid! data.time5.value invalid rid: r"


@pytest.mark.parametrize("data", [None, [], {}, {"thing1": "text"}, {"thing1": {}}])
def test_a_missing_field_is_refused(data):
    with pytest.raises(ApiError) as caught:
        filled("x:{{thing1.DATA}}", data)
    assert caught.value.code == 47003


def test_the_retired_fields_are_neither_needed_nor_shown():
    content = "{{first.DATA}}\n就诊人:{{thing1.DATA}}\n{{remark.DATA}}"
    assert filled(content, {"thing1": {"value": "林女士"}, "first": {"value": "您好"}}) == [("就诊人", "林女士")]


def test_a_definition_is_read_in_its_order():
    found = places("就诊人:{{thing3.DATA}}\n就诊时间：{{ time5.DATA }}\n单号:{{character_string12.DATA}}")
    assert [(place.label, place.name, place.kind) for place in found] == [
        ("就诊人", "thing3", "thing"),
        ("就诊时间", "time5", "time"),
        ("单号", "character_string12", "character_string"),
    ]


def test_enumerated_values_are_enforced():
    content, data = "状态:{{const1.DATA}}", {"const1": {"value": "别的"}}
    with pytest.raises(ApiError) as caught:
        filled(content, data, {"const1": ["已确认", "已取消"]})
    assert caught.value.code == 47003
