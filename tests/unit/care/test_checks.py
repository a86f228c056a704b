from dataclasses import replace
from datetime import time
from typing import get_args

import pytest

from config.care_plan_file import CarePlanFile
from wxbot.care.anchors import ANCHORS
from wxbot.care.checks import ProblemCode, plan_problems, problems_of
from wxbot.care.models import (
    AnswerKind,
    Audience,
    CarePlan,
    Condition,
    Fact,
    Loop,
    Offset,
    Question,
    Step,
    StepKind,
    Until,
)
from wxbot.messaging import Purpose
from wxbot.surveys.models import Occasion, QuestionKind, Survey, SurveyRules
from wxbot.surveys.models import Question as SurveyQuestion
from wxbot.templates.models import Card, Template

STEP = Step(
    key="day_1", template="care.day_1", purpose=Purpose.CARE, offset=Offset(days=1), grace_hours=10, at=time(10)
)
PLAN = CarePlan(key="surgery", title="术后关怀", anchor="treatment", treatment="surgery", steps=(STEP,))
WORDINGS = {"care.day_1": Template(key="care.day_1", purpose=Purpose.CARE, text="您好，{answer_with}")}


PAIN = Question(kind=AnswerKind.NUMBER)
WELL = Question(kind=AnswerKind.CHOICE, choices=("好", "不好"))
ABOUT_A_VISIT = {"booked", "appointment", "arrived", "first_visit", "visit", "treatment", "no_show"}
LOOP = Loop(every_days=3, most=3, until=Until.FEEDBACK)


@pytest.mark.parametrize(
    ("question", "condition", "says"),
    [
        (PAIN, Condition(fact=Fact.ANSWER, of="asked", low=7, high=10), ""),
        (PAIN, Condition(fact=Fact.ANSWER, of="asked", values=("7",)), "needs low or high"),
        (PAIN, Condition(fact=Fact.ANSWER, of="asked", low=11), "outside of 0 to 10"),
        (WELL, Condition(fact=Fact.ANSWER, of="asked", values=("好",)), ""),
        (WELL, Condition(fact=Fact.ANSWER, of="asked", values=("坏",)), "no choice"),
        (Question(kind=AnswerKind.WORDS), Condition(fact=Fact.ANSWER, of="asked", low=1), "not answered by a number"),
    ],
)  # fmt: skip
def test_a_condition_must_fit_the_question_it_looks_at(question: Question, condition: Condition, says: str) -> None:
    asked = replace(STEP, key="asked", kind=StepKind.QUESTION, question=question)
    problems = problems_of([replace(PLAN, steps=(asked, replace(STEP, when=(condition,))))], WORDINGS)
    assert [says in each for each in problems] == ([True] if says else [])


@pytest.mark.parametrize("kind", ANCHORS)
def test_a_condition_on_class_or_project_needs_an_anchor_that_is_about_a_visit(kind: str) -> None:
    """Field traps 2.2, row 12: what a base date does not have would be looked for in vain, and nobody would notice."""
    facts = {Fact.VISIT_CLASS: ("C",), Fact.PROJECT: ("智齿拔除",), Fact.TAG: ("种植",), Fact.RETURNED: ()}
    for fact, values in facts.items():
        steps = (replace(STEP, when=(Condition(fact=fact, values=values),)),)
        plan = replace(PLAN, anchor=kind, treatment=None, steps=steps)
        found = [each.code for each in plan_problems(plan, WORDINGS)]
        refused = fact in {Fact.VISIT_CLASS, Fact.PROJECT} and kind not in ABOUT_A_VISIT
        assert found == ([ProblemCode.CONDITION_VISIT] if refused else []), fact


RECOMMEND = SurveyQuestion(key="recommend", name="推荐", ask="推荐吗？", kind=QuestionKind.SCORE, satisfied_from=4)
OPINION = Survey(key="opinion", title="评价", after=Occasion.PLAN, questions=(RECOMMEND,))
WORDS_ALONE = replace(OPINION, key="words", questions=(replace(RECOMMEND, kind=QuestionKind.WORDS),))
SURVEYS = SurveyRules(surveys=(OPINION, WORDS_ALONE))


@pytest.mark.parametrize(
    ("survey", "condition", "code"),
    [
        ("opinion", Condition(fact=Fact.SURVEY, of="asked"), None),
        ("opinion", Condition(fact=Fact.SURVEY, of="asked", low=80, absent=True), None),
        ("opinion", Condition(fact=Fact.SURVEY, of="later", low=80), ProblemCode.CONDITION_SURVEY),
        ("opinion", Condition(fact=Fact.ANSWER, of="asked", low=80), ProblemCode.CONDITION_OF),
        ("opinion", Condition(fact=Fact.SURVEY, of="asked", high=101), ProblemCode.CONDITION_POINTS),
        ("opinion", Condition(fact=Fact.SURVEY, of="asked", low=80, high=60), ProblemCode.CONDITION_POINTS),
        ("opinion", Condition(fact=Fact.SURVEY, of="asked", values=("满意",)), ProblemCode.CONDITION_POINTS),
        ("words", Condition(fact=Fact.SURVEY, of="asked"), None),
        ("words", Condition(fact=Fact.SURVEY, of="asked", high=60), ProblemCode.CONDITION_UNSCORED),
        ("gone", Condition(fact=Fact.SURVEY, of="asked", high=60), None),  # said where surveys are read
    ],
)
def test_a_condition_on_a_survey_looks_at_one_before_it_that_has_a_score(
    survey: str, condition: Condition, code: ProblemCode | None
) -> None:
    asked = replace(STEP, key="asked", kind=StepKind.SURVEY, survey=survey)
    steps = (asked, replace(STEP, when=(condition,)), replace(asked, key="later"))
    found = [each.code for each in plan_problems(replace(PLAN, steps=steps), WORDINGS, surveys=SURVEYS)]
    assert found == ([] if code is None else [code])


def test_a_survey_that_is_asked_later_than_the_step_has_no_outcome_by_then() -> None:
    asked = replace(STEP, key="asked", kind=StepKind.SURVEY, survey="opinion", offset=Offset(days=9))
    steps = (asked, replace(STEP, when=(Condition(fact=Fact.SURVEY, of="asked"),)))
    found = [each.code for each in plan_problems(replace(PLAN, steps=steps), WORDINGS, surveys=SURVEYS)]
    assert found == [ProblemCode.CONDITION_LATER]


def test_the_repetitions_of_a_loop_take_no_other_steps_key() -> None:
    steps = (replace(STEP, loop=LOOP), replace(STEP, key="day_1.2"))
    assert "are taken by other steps" in problems_of([replace(PLAN, steps=steps)], WORDINGS)[0]


def test_a_reminder_is_not_moved_to_another_day() -> None:
    words = {"care.day_1": replace(WORDINGS["care.day_1"], purpose=Purpose.REMINDER)}
    step = replace(STEP, purpose=Purpose.REMINDER, offset=Offset(days=-1, working_day=True))
    assert "is not moved" in problems_of([replace(PLAN, anchor="appointment", treatment=None, steps=(step,))], words)[0]


def test_a_sound_plan_has_no_problems() -> None:
    assert problems_of([PLAN], WORDINGS) == []


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (replace(STEP, template="care.none"), "there is no template 'care.none'"),
        (replace(STEP, purpose=Purpose.REMINDER), "its purpose is 'reminder', that of its template 'care'"),
        (replace(STEP, offset=Offset()), "exactly one"),
        (replace(STEP, offset=Offset(days=1, months=1)), "exactly one"),
        (replace(STEP, offset=Offset(window_days=(7, 4))), "ends before it begins"),
        (replace(STEP, offset=Offset(hours=2)), "keeps the anchor's own hour"),
        (replace(STEP, offset=Offset(months=60)), "more than three years"),
        (replace(STEP, grace_hours=0), "never sent"),
        (replace(STEP, answer=True), "remove `answer`"),
        (replace(STEP, kind=StepKind.QUESTION), "needs its kinds of answers"),
        (replace(STEP, question=PAIN), "nothing else has them"),
        (replace(STEP, offset=Offset(months=1), loop=LOOP), "counts days"),
        (replace(STEP, loop=replace(LOOP, most=1)), "2 to 12"),
        (replace(STEP, loop=replace(LOOP, until=Until.ANSWERED)), "only a question is answered"),
        (replace(STEP, when=(Condition(fact=Fact.TAG),)), "needs values"),
        (replace(STEP, when=(Condition(fact=Fact.ANSWER, of="day_1", low=7),)), "no question before it"),
    ],
)
def test_a_faulty_step_is_named_with_its_fault(step: Step, says: str) -> None:
    problems = problems_of([replace(PLAN, steps=(step,))], WORDINGS)
    assert len(problems) == 1
    assert problems[0].startswith("Care plan 'surgery', step 'day_1': ")
    assert says in problems[0]


def test_keys_are_given_once() -> None:
    assert "Two care plans have the key 'surgery'." in problems_of([PLAN, PLAN], WORDINGS)
    twice = replace(PLAN, steps=(STEP, STEP))
    assert problems_of([twice], WORDINGS) == ["Care plan 'surgery': two steps have the key 'day_1'."]


def test_a_treatment_needs_the_treatment_anchor() -> None:
    plan = replace(PLAN, anchor="appointment")
    assert problems_of([plan], WORDINGS) == [
        "Care plan 'surgery': only plans with the anchor 'treatment' or 'date' or 'festival' have a treatment."
    ]


def test_a_wish_has_no_template_card() -> None:
    card = Card(template_id="TPL", fields={"thing1": "生日快乐"})
    wordings = {"care.day_1": replace(WORDINGS["care.day_1"], template_card=card)}
    plan = CarePlan(key="b", title="", anchor="birthday", steps=(replace(STEP, greeting=True),))
    assert "greetings never go by template message" in problems_of([plan], wordings)[0]
    assert problems_of([plan], WORDINGS) == []


def test_birthdays_have_one_audience() -> None:
    plan = CarePlan(key="b", title="", anchor="birthday", steps=(replace(STEP, audience=Audience.NEW),))
    assert "a birthday knows no new or returning patients" in problems_of([plan], WORDINGS)[0]


def test_the_words_that_plans_may_use_are_the_kinds_of_anchors() -> None:
    words = CarePlanFile.model_fields["anchor"].annotation
    assert set(get_args(words)) == set(ANCHORS) == {kind.key for kind in ANCHORS.values()}


def test_a_question_says_how_it_is_answered_unless_its_choices_stand_there() -> None:
    silent = {"care.day_1": replace(WORDINGS["care.day_1"], text="今天疼不疼？")}
    number = replace(STEP, kind=StepKind.QUESTION, question=Question(kind=AnswerKind.NUMBER))
    choice = replace(number, question=Question(kind=AnswerKind.CHOICE, choices=("疼", "不疼")))
    assert problems_of([replace(PLAN, steps=(number,))], silent) == [
        "Care plan 'surgery', step 'day_1': 'care.day_1' does not say how to answer; write {answer_with} in it."
    ]
    assert problems_of([replace(PLAN, steps=(number,))], WORDINGS) == []
    assert problems_of([replace(PLAN, steps=(choice,))], silent) == []


@pytest.mark.parametrize(
    ("asked", "step", "refused"),
    [
        (Offset(days=3), Offset(days=1), True),
        (Offset(days=1), Offset(days=3), False),
        (Offset(days=3), Offset(days=3), False),
        (Offset(hours=48), Offset(days=1), True),
        (Offset(hours=24), Offset(days=1), False),
        (Offset(window_days=(4, 7), best_day=6), Offset(days=5), True),
        (Offset(months=1), Offset(window_days=(4, 7)), True),
    ],
)
def test_a_condition_looks_at_no_question_that_is_asked_later(asked: Offset, step: Offset, refused: bool) -> None:
    question = replace(STEP, key="asked", kind=StepKind.QUESTION, question=PAIN, offset=asked)
    at = None if step.hours is not None else time(10)
    question = replace(question, at=None if asked.hours is not None else time(10))
    condition = Condition(fact=Fact.ANSWER, of="asked", low=7)
    problems = problems_of(
        [replace(PLAN, steps=(question, replace(STEP, offset=step, at=at, when=(condition,))))], WORDINGS
    )
    assert ["asked after it" in each for each in problems] == ([True] if refused else [])


@pytest.mark.parametrize("offset", [Offset(hours=1), Offset(days=1), Offset(months=1), Offset(window_days=(1, 3))])
def test_a_reminder_does_not_fall_after_its_visit(offset: Offset) -> None:
    step = replace(STEP, purpose=Purpose.REMINDER, offset=offset, at=None)
    plan = replace(PLAN, anchor="appointment", treatment=None, steps=(step,))
    words = {"care.day_1": replace(WORDINGS["care.day_1"], purpose=Purpose.REMINDER)}
    assert [problem.code for problem in plan_problems(plan, words)] == [ProblemCode.AFTER_STOP]
    before = replace(plan, steps=(replace(step, offset=Offset(days=-1)),))
    assert [problem.code for problem in plan_problems(before, words)] == []


def test_a_call_that_allows_no_calls_has_no_channel() -> None:
    step = replace(STEP, kind=StepKind.CALL, no_calls=True)
    assert [problem.code for problem in plan_problems(replace(PLAN, steps=(step,)), WORDINGS)] == [ProblemCode.CHANNEL]
