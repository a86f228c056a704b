"""Every problem of a plan has a sentence for staff, and nothing that is refused for files passes in the console."""

from dataclasses import replace
from datetime import time

import pytest

from wxbot.care.anchors import ANCHORS
from wxbot.care.checks import ProblemCode
from wxbot.care.models import AnswerKind, CarePlan, Condition, Fact, Loop, Offset, Question, Step, StepKind, Until
from wxbot.care.plans.difference import StepChange, changes_between, differences
from wxbot.care.plans.findings import RETIRED, WORDS, Field, Ground, blocking, channels, findings
from wxbot.care.plans.keys import plan_key, step_key
from wxbot.care.plans.words import anchor_name, condition_words, when
from wxbot.messaging import Channel, Purpose
from wxbot.surveys.models import SurveyRules
from wxbot.templates.models import Binding, Card, Template

STEP = Step(
    key="day_1", template="care.day_1", purpose=Purpose.CARE, offset=Offset(days=1), grace_hours=10, at=time(10)
)
PLAN = CarePlan(key="surgery", title="术后关怀", anchor="treatment", treatment="surgery", steps=(STEP,))
CARD = Card(template_id="TPL", fields={"thing1": "好"})
TEXTS = {
    "care.day_1": Template(key="care.day_1", purpose=Purpose.CARE, text="您好", template_card=CARD, notice_card=CARD),
    "care.plain": Template(key="care.plain", purpose=Purpose.CARE, text="{clinic_name}问候您"),
    "care.ask": Template(key="care.ask", purpose=Purpose.CARE, text="今天疼不疼？{answer_with}"),
    "care.date": Template(key="care.date", purpose=Purpose.CARE, text="{date}见"),
}
GROUND = Ground(templates=TEXTS, common=frozenset({"clinic_name"}))


def said(step: Step, ground: Ground = GROUND, plan: CarePlan = PLAN) -> list[tuple[Field, bool]]:
    found = findings(replace(plan, steps=(step,)), ground)
    return [(each.field, each.blocks) for each in found]


def test_every_problem_has_a_chinese_sentence_and_a_place() -> None:
    assert set(WORDS) == set(ProblemCode)


def test_every_kind_of_anchor_has_a_name_for_staff() -> None:
    assert [key for key in ANCHORS if anchor_name(key) == key] == []


def test_a_plan_that_works_has_nothing_against_it() -> None:
    assert findings(PLAN, GROUND) == ()


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (replace(STEP, template="no.such"), Field.TEMPLATE),
        (replace(STEP, purpose=Purpose.REMINDER), Field.TEMPLATE),
        (replace(STEP, offset=Offset()), Field.OFFSET),
        (replace(STEP, offset=Offset(days=2000)), Field.OFFSET),
        (replace(STEP, offset=Offset(hours=3)), Field.HOUR),
        (replace(STEP, grace_hours=0), Field.GRACE),
        (replace(STEP, answer=True), Field.NIGHT),
        (replace(STEP, greeting=True), Field.GREETING),
        (replace(STEP, kind=StepKind.QUESTION), Field.QUESTION),
        (replace(STEP, kind=StepKind.CALL, no_calls=True), Field.CALLS),
        (replace(STEP, when=(Condition(fact=Fact.ANSWER, of="day_1"),)), Field.CONDITIONS),
        (replace(STEP, loop=Loop(every_days=1, most=1, until=Until.FEEDBACK)), Field.LOOP),
        (replace(STEP, loop=Loop(every_days=1, most=3, until=Until.ANSWERED)), Field.LOOP),
    ],
)
def test_what_cannot_work_blocks_at_its_field(step: Step, place: Field) -> None:
    assert (place, True) in said(step)


def test_a_plan_without_steps_or_name_is_not_published() -> None:
    found = blocking(findings(replace(PLAN, steps=(), title=" "), GROUND))
    assert [each.sentence for each in found] == ["请填写计划的名称", "还没有步骤，请至少加一步"]


def test_wording_that_the_anchor_does_not_fill_is_refused() -> None:
    assert said(replace(STEP, template="care.date")) == []
    birthday = replace(PLAN, anchor="birthday", treatment=None)
    (only,) = findings(replace(birthday, steps=(replace(STEP, template="care.date"),)), GROUND)
    assert "{date}" in only.sentence
    assert said(replace(STEP, template="care.plain"), plan=birthday) == []


def test_only_a_question_says_how_it_is_answered() -> None:
    told = replace(STEP, template="care.ask")
    asked = replace(told, kind=StepKind.QUESTION, question=Question(kind=AnswerKind.NUMBER, low=0, high=10))
    assert blocking(findings(replace(PLAN, steps=(asked,)), GROUND)) == ()
    assert (Field.TEMPLATE, True) in said(told)


def test_a_retired_template_is_refused() -> None:
    (only,) = findings(PLAN, replace(GROUND, retired=frozenset({"care.day_1"})))
    assert only.sentence == RETIRED


def test_the_channels_of_a_step_follow_from_cards_bindings_and_what_it_is() -> None:
    bound = Binding(id="TPL", kind=Channel.TEMPLATE, template_id="account")
    ground = replace(GROUND, bindings={"TPL": bound})
    assert channels(STEP, ground) == (Channel.CUSTOMER, Channel.NOTICE, Channel.TEMPLATE, Channel.PHONE)
    assert channels(replace(STEP, greeting=True), ground) == (Channel.CUSTOMER, Channel.NOTICE, Channel.PHONE)
    unbound = replace(GROUND, bindings={"TPL": replace(bound, template_id="")})
    assert channels(STEP, unbound) == (Channel.CUSTOMER, Channel.PHONE)
    assert channels(replace(STEP, kind=StepKind.CALL), ground) == (Channel.PHONE,)
    assert channels(replace(STEP, kind=StepKind.CALL, no_calls=True), ground) == ()


def test_a_step_that_only_reaches_who_wrote_lately_is_worth_a_remark() -> None:
    assert said(replace(STEP, template="care.plain", no_calls=True)) == [(Field.CALLS, False)]


def test_a_step_that_may_come_before_the_answer_to_its_survey_is_worth_a_remark() -> None:
    asked = replace(STEP, key="asked", kind=StepKind.SURVEY, survey="treatment", no_calls=True)
    looks = replace(STEP, key="looks", when=(Condition(fact=Fact.SURVEY, of="asked", low=80),))
    ground = replace(GROUND, surveys=SurveyRules())
    for days, remarks in ((2, 1), (3, 0)):  # answers count for 48 hours
        plan = replace(PLAN, steps=(asked, replace(looks, offset=Offset(days=days))))
        found = [each for each in findings(plan, ground) if each.step == "looks"]
        assert [(each.field, each.blocks) for each in found] == [(Field.CONDITIONS, False)] * remarks


@pytest.mark.parametrize(
    ("low", "high", "absent", "words"),
    [
        (None, None, False, "问卷「第1天」有回答"),
        (None, None, True, "问卷「第1天」没有回答"),
        (80, None, False, "问卷「第1天」的评价是 80 分或更高"),
        (80, None, True, "问卷「第1天」的评价低于 80 分，或没有回答"),
        (None, 40, False, "问卷「第1天」的评价是 40 分或更低"),
        (None, 40, True, "问卷「第1天」的评价高于 40 分，或没有回答"),
        (50, 70, False, "问卷「第1天」的评价是 50 到 70 分"),
        (50, 70, True, "问卷「第1天」的评价不是 50 到 70 分，或没有回答"),
    ],
)
def test_conditions_on_surveys_in_words(low: int | None, high: int | None, words: str, *, absent: bool) -> None:
    condition = Condition(fact=Fact.SURVEY, of="asked", low=low, high=high, absent=absent)
    assert condition_words(condition, {"asked": "第1天"}) == words


@pytest.mark.parametrize(
    ("offset", "at", "words"),
    [
        (Offset(days=0), time(9, 30), "当天 09:30"),
        (Offset(days=-3), time(10), "前3天 10:00"),
        (Offset(hours=-2), None, "2小时前"),
        (Offset(hours=2 / 60), None, "2分钟后"),
        (Offset(hours=0), None, "当时立即"),
        (Offset(months=6), time(10, 30), "满6个月 10:30"),
        (Offset(window_days=(4, 7)), time(10), "第4–7天 10:00"),
    ],
)
def test_moments_in_words(offset: Offset, at: time | None, words: str) -> None:
    assert when(replace(STEP, offset=offset, at=at)) == words


def test_the_difference_of_two_versions_in_words() -> None:
    before = replace(PLAN, steps=(STEP, replace(STEP, key="day_3", offset=Offset(days=3))))
    after = replace(
        PLAN, steps=(replace(STEP, key="day_5", offset=Offset(days=5)), replace(STEP, offset=Offset(days=2)))
    )
    found = differences(before, after, lambda key: key)
    assert [each.change for each in found] == [StepChange.ADDED, StepChange.CHANGED, StepChange.REMOVED]
    assert found[1].parts == (("时间", "第1天 10:00", "第2天 10:00"),)
    told = changes_between(before, replace(after, title="新名"), lambda key: key)
    assert told["名称"] == ("术后关怀", "新名")
    assert changes_between(before, before, lambda key: key) == {}


def test_keys_are_readable_and_given_once() -> None:
    assert plan_key("种植术后", {"zhong_zhi_shu_hou"}) == "zhong_zhi_shu_hou_2"
    assert plan_key("☆", set()) == "plan"
    assert step_key(Offset(days=-3), set()) == "day_before_3"
    assert step_key(Offset(days=3), {"day_3"}) == "day_3_2"
