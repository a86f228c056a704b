"""What keeps a template from being sent, and what is only worth a look; told in Chinese, with its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from wxbot.messaging import Channel, Purpose
from wxbot.templates.checks import CheckContext, Finding, Severity, findings, nearest
from wxbot.templates.models import Binding, Card, Template, TemplateUsage, Variable


def variable(
    name: str, meaning: str, *, shortest: str = "短", longest: str = "长", may_be_empty: bool = False
) -> Variable:
    return Variable(
        name=name, meaning=meaning, example="例", shortest=shortest, longest=longest, may_be_empty=may_be_empty
    )


VARIABLES = {
    each.name: each
    for each in (
        variable("name", "就诊人姓名", longest="阿依古丽·买买提江", may_be_empty=True),
        variable("patient", "就诊人姓名或代称"),
        variable("time_field", "就诊时间", shortest="09:00", longest="2026年11月20日 14:30"),
        variable("visit_type", "项目名称", longest="光子嫩肤与激光祛斑联合护理"),
        variable("clinic_address", "诊所地址", longest="很" * 30),
        variable("hours", "接诊时间"),
    )
}
FILLED = frozenset({"name", "patient", "time_field", "visit_type", "clinic_address"})
CONTEXT = CheckContext(variables=VARIABLES, usage=TemplateUsage(event="提醒", variables=FILLED))
BOUND = Binding(id="TPL", kind=Channel.TEMPLATE, template_id="t", fields=(("thing1", "事项"), ("time2", "时间")))


def template(text: str = "您好", purpose: Purpose = Purpose.REMINDER, **more: object) -> Template:
    return replace(Template(key="care.x", purpose=purpose, text=text), **more)  # type: ignore[arg-type]


def card(**fields: str) -> Card:
    return Card(template_id="TPL", fields=fields)


def told(found: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(each.severity.value, each.where, each.words) for each in found]


def test_a_template_without_fault_has_no_findings() -> None:
    good = template("{name}您好，{time_field}", fallbacks={"name": "您"})
    assert findings(good, CONTEXT) == ()


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("", ("block", "text", ""), "还没有写"),
        ("   ", ("block", "text", ""), "还没有写"),
        ("{nmae}", ("block", "text", "{nmae}"), "没有 {nmae} 这个变量"),
        ("{姓名}", ("block", "text", "{姓名}"), "没有 {姓名} 这个变量"),
        ("您好{", ("block", "text", "{"), "多了一个 {"),
        ("}您好", ("block", "text", "}"), "多了一个 }"),
        ("{hours}", ("block", "text", "{hours}"), "没有内容可填"),
        ("{name}您好", ("warn", "text", "{name}"), "可能是空的"),
        ("字" * 467, ("block", "text", ""), "太长"),
    ],
)
def test_a_fault_of_the_text_is_told_with_its_place(text: str, expected: tuple[str, str, str], words: str) -> None:
    found = findings(template(text), CONTEXT)
    assert told(found) == [expected]
    assert words in found[0].reason
    if expected[2]:
        assert text[found[0].start : found[0].end] == expected[2]


def test_doubled_braces_are_braces() -> None:
    assert findings(template("{{name}}"), CONTEXT) == ()


def test_a_fallback_makes_up_for_what_the_occasion_does_not_fill() -> None:
    found = findings(template("{hours}", fallbacks={"hours": "工作时间"}), CONTEXT)
    assert told(found) == [("warn", "text", "{hours}")]


@pytest.mark.parametrize(
    ("typed", "meant"), [("nmae", "name"), ("时间", "time_field"), ("地址", "clinic_address"), ("zzz", ""), ("", "")]
)
def test_the_variable_somebody_meant_is_proposed(typed: str, meant: str) -> None:
    assert nearest(typed, VARIABLES, FILLED) == meant


@pytest.mark.parametrize(
    ("fields", "severity", "words"),
    [
        ({"thing1": "就诊提醒", "time2": "{time_field}"}, None, ""),
        ({"thing1": "", "time2": "{time_field}"}, "block", "字段是空的"),
        ({"thing1": "{name}", "time2": "{time_field}"}, "block", "可能是空的"),
        ({"thing1": "就诊提醒", "time2": "明天下午"}, "block", "time2 字段：时间"),
        ({"thing1": "{clinic_address}", "time2": "{time_field}"}, "warn", "最长的例子放不下"),
        ({"thing1": "{visit_type}", "time2": "{time_field}"}, "warn", "锁屏"),
        ({"thing1": "就诊提醒"}, "block", "还要「时间」（time2）"),
        ({"thing1": "就诊提醒", "time2": "{time_field}", "thing9": "多"}, "block", "没有 thing9 这个字段"),
        ({"first": "您好", "thing1": "就诊提醒", "time2": "{time_field}"}, "block", "不再显示 first"),
    ],
)
def test_a_card_is_held_against_the_platforms_fields(fields: dict[str, str], severity: str | None, words: str) -> None:
    found = findings(template(template_card=card(**fields)), replace(CONTEXT, bindings={"TPL": BOUND}))
    if severity is None:
        assert found == ()
    else:
        assert severity in {each.severity.value for each in found}
        assert any(words in each.reason for each in found), [each.reason for each in found]


def test_an_unbound_card_is_a_warning() -> None:
    found = findings(template(template_card=card(thing1="就诊提醒")), CONTEXT)
    assert [(each.severity, "还没有绑定" in each.reason) for each in found] == [(Severity.WARN, True)]


def test_marketing_names_the_way_out_and_takes_no_template_card() -> None:
    pushy = template("新春优惠", Purpose.MARKETING, template_card=card(thing1="优惠"))
    reasons = [each.reason for each in findings(pushy, CONTEXT) if each.severity is Severity.BLOCK]
    assert [("营销内容不得使用模板消息" in each, "退订" in each) for each in reasons] == [(False, True), (True, False)]
    polite = template("新春护理，回复「退订」不再打扰", Purpose.MARKETING)
    assert findings(polite, CONTEXT) == ()


def test_a_wish_takes_no_template_card() -> None:
    context = replace(CONTEXT, usage=replace(CONTEXT.usage, greeting=True), bindings={"TPL": BOUND})
    wish = template("生日快乐", template_card=card(thing1="生日祝福", time2="{time_field}"))
    found = findings(wish, context)
    assert [(each.severity, each.where) for each in found] == [(Severity.BLOCK, "template_card")]


@pytest.mark.parametrize(("text", "severity"), [("字" * 21, "warn"), ("一行\n两行", "block")])
def test_an_entry_to_tap_is_short_and_one_line(text: str, severity: str) -> None:
    found = findings(replace(template(text), key="booking.back_label"), CONTEXT)
    assert [each.severity.value for each in found] == [severity]


@dataclass(frozen=True)
class Remark:
    """What a lexicon says."""

    severity: str
    start: int
    end: int
    words: str
    reason: str = "绝对化用语"
    instead: str = "很好"
    source: str = "广告法第九条"


class Lexicon:
    """Dislikes one word, and on lock screens another."""

    def findings(self, text: str, *, purpose: object, lock_screen: bool = False) -> list[Remark]:
        word = "乙肝" if lock_screen else "最佳"
        assert purpose == "reminder"
        at = text.find(word)
        return [Remark("block", at, at + len(word), word)] if at >= 0 else []


def test_forbidden_words_are_found_in_the_text_and_on_the_lock_screen() -> None:
    context = replace(CONTEXT, lexicon=Lexicon(), bindings={"TPL": BOUND})
    found = findings(template("最佳乙肝", template_card=card(thing1="乙肝复查", time2="{time_field}")), context)
    assert told(found) == [("block", "text", "最佳"), ("block", "template_card.thing1", "乙肝")]
    assert (found[0].start, found[0].end, found[0].instead, found[0].source) == (0, 2, "很好", "广告法第九条")


def test_the_clinics_own_words_count_instead_of_examples() -> None:
    context = replace(CONTEXT, bindings={"TPL": BOUND}, common={"clinic_address": "晨光路1号"})
    here = template(template_card=card(thing1="{clinic_address}", time2="{time_field}"))
    assert findings(here, context) == ()
