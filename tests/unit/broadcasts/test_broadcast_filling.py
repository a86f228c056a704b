"""A broadcast's template filled in by hand: what is asked, how it reads, what does not fit."""

import pytest

from wxbot.broadcasts.manual_variables import ManualVariable, example, length_problems, manual_variables
from wxbot.messaging import Channel, Purpose
from wxbot.templates.models import Binding, Card, Template, Variable


def variable(name: str, meaning: str, example: str) -> Variable:
    return Variable(name=name, meaning=meaning, example=example, shortest=example, longest=example, by_hand=True)


VARIABLES = {
    each.name: each
    for each in (variable("topic", "这次想说的事，一句话", "复查"), variable("until", "最后一天", "12月31日"))
}
SAMPLE = {"name": "张三", "topic": "复查", "until": "12月31日", "clinic_name": "晨光"}
TEMPLATE = Template(
    key="own.x",
    purpose=Purpose.CARE,
    text="{name}您好：{topic}",
    fallbacks={"name": ""},
    notice_card=Card(template_id="NTC", title="通知", fields={"thing1": "{topic}", "date2": "{until}"}),
)
BINDINGS = {"NTC": Binding(id="NTC", kind=Channel.NOTICE, template_id="T", field_map={"thing1": "phrase3"})}


def test_what_the_text_names_must_be_filled_in_and_comes_first() -> None:
    assert manual_variables(TEMPLATE, VARIABLES) == (
        ManualVariable(name="topic", meaning="这次想说的事，一句话", example="复查", required=True),
        ManualVariable(name="until", meaning="最后一天", example="12月31日", required=False),
    )


def test_what_is_not_filled_in_yet_is_named_in_the_preview() -> None:
    look = example(TEMPLATE, {"until": " "}, SAMPLE, VARIABLES, {})
    assert look.text == "张三您好：〔这次想说的事〕"
    assert example(TEMPLATE, {"topic": "洁牙"}, SAMPLE, VARIABLES, {}).text == "张三您好：洁牙"


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"topic": "字" * 21, "until": "2026年12月31日"}, "var_topic", "卡片上放不下"),
        ({"topic": "复查", "until": "年底"}, "var_until", "「年底」放不进去"),
        ({"topic": "字" * 700}, "var_topic", "微信装不下"),
    ],
)
def test_what_does_not_fit_is_told_beside_the_field(values: dict[str, str], field: str, words: str) -> None:
    found = length_problems(TEMPLATE, values, SAMPLE, {})
    assert list(found) == [field]
    assert words in found[field]


@pytest.mark.parametrize("values", [{}, {"topic": "复查"}, {"topic": "复查", "until": "2026年12月31日"}])
def test_what_fits_or_is_left_empty_is_no_problem(values: dict[str, str]) -> None:
    assert length_problems(TEMPLATE, values, SAMPLE, {}) == {}


def test_a_card_is_measured_by_the_field_it_is_bound_to() -> None:
    found = length_problems(TEMPLATE, {"topic": "六个字的话语"}, SAMPLE, BINDINGS)
    assert "phrase3" in found["var_topic"]
