"""What is wrong with care plans before anybody receives a message from them. Pure.

Operators read a problem's English sentence; the console has words of its own for each code (`plans/findings`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind
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
from wxbot.care.occurrences import MOST_OCCURRENCES, occurrences
from wxbot.care.questions import HINT
from wxbot.messaging import Purpose
from wxbot.surveys.models import WHOLE, SurveyRules
from wxbot.templates.compiling import variables_of
from wxbot.templates.models import Template

_DAY_MINUTES = 24 * 60
VISIT_CLASSES = frozenset({"M", "C", "CA", "CB", "CC", "CD", "CE"})  # as noted (A4-10); C is any of CA to CE
MOST_OFFSET_DAYS = 3 * 366  # a step further away than three years is a slip of the pen


class ProblemCode(StrEnum):
    """What kind of problem it is."""

    PLAN_TWICE = "plan_twice"
    STEP_TWICE = "step_twice"
    ANCHOR = "anchor"
    TREATMENT = "treatment"
    OFFSET_COUNT = "offset_count"
    WINDOW = "window"
    HOUR = "hour"
    GRACE = "grace"
    FAR = "far"
    AUDIENCE = "audience"
    MOVED_REMINDER = "moved_reminder"
    AFTER_STOP = "after_stop"
    NIGHT = "night"
    QUESTION = "question"
    SURVEY = "survey"
    CONDITION_VALUES = "condition_values"
    CONDITION_CLASS = "condition_class"
    CONDITION_VISIT = "condition_visit"
    CONDITION_OF = "condition_of"
    CONDITION_LATER = "condition_later"
    CONDITION_BOUNDS = "condition_bounds"
    CONDITION_RANGE = "condition_range"
    CONDITION_NO_NUMBER = "condition_no_number"
    CONDITION_CHOICE = "condition_choice"
    CONDITION_SURVEY = "condition_survey"
    CONDITION_POINTS = "condition_points"
    CONDITION_UNSCORED = "condition_unscored"
    LOOP_MONTHS = "loop_months"
    LOOP_COUNT = "loop_count"
    LOOP_UNTIL = "loop_until"
    LOOP_KEYS = "loop_keys"
    TEMPLATE = "template"
    ANSWER_HINT = "answer_hint"
    PURPOSE = "purpose"
    MARKETING = "marketing"
    GREETING = "greeting"
    CHANNEL = "channel"


@dataclass(frozen=True)
class Problem:
    """One problem of a plan. `step` is the key of the step, empty for the plan as a whole; `words` are English."""

    plan: str
    step: str
    code: ProblemCode
    words: str

    def __str__(self) -> str:
        """The sentence that operators read."""
        if self.code is ProblemCode.PLAN_TWICE:
            return self.words
        return f"Care plan {self.plan!r}{f', step {self.step!r}' if self.step else ''}: {self.words}"


Fault = tuple[ProblemCode, str]
_OF_VISITS = frozenset({Fact.VISIT_CLASS, Fact.PROJECT})
_P = ProblemCode


def problems_of(
    plans: Sequence[CarePlan],
    templates: Mapping[str, Template],
    anchors: Mapping[str, AnchorKind] = ANCHORS,
    surveys: SurveyRules | None = None,
) -> list[str]:
    """Every problem of every plan; empty when all is well. `templates` and `anchors` by key.

    Without `surveys` it is not known what their answers come to, and nothing is said about that.
    """
    keys = [plan.key for plan in plans]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    repeated = [Problem(key, "", _P.PLAN_TWICE, f"Two care plans have the key {key!r}.") for key in twice]
    found = [problem for plan in plans for problem in plan_problems(plan, templates, anchors, surveys)]
    return [str(each) for each in (*repeated, *found)]


def plan_problems(
    plan: CarePlan,
    templates: Mapping[str, Template],
    anchors: Mapping[str, AnchorKind] = ANCHORS,
    surveys: SurveyRules | None = None,
) -> Iterator[Problem]:
    """The problems of one plan, each with its code and its step; as `problems_of`."""
    keys = [step.key for step in plan.steps]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield Problem(plan.key, "", _P.STEP_TWICE, f"two steps have the key {key!r}.")
    kind = anchors.get(plan.anchor)
    if kind is None:
        words = f"there is no anchor {plan.anchor!r}; known: {', '.join(anchors)}."
        yield Problem(plan.key, "", _P.ANCHOR, words)
        return
    if plan.treatment is not None and not kind.has_treatment:
        having = " or ".join(repr(each.key) for each in anchors.values() if each.has_treatment)
        yield Problem(plan.key, "", _P.TREATMENT, f"only plans with the anchor {having} have a treatment.")
    for number, step in enumerate(plan.steps):
        earlier = {each.key: each for each in plan.steps[:number]}
        conditions = [fault for each in step.when for fault in _of_condition(kind, each, step, earlier, surveys)]
        for code, words in (
            *_of_step(kind, step),
            *_of_course(step, keys),
            *conditions,
            *_of_wording(step, templates),
        ):
            yield Problem(plan.key, step.key, code, words)


def _of_step(kind: AnchorKind, step: Step) -> Iterator[Fault]:
    offset = step.offset
    if sum(each is not None for each in (offset.hours, offset.days, offset.months, offset.window_days)) != 1:
        yield _P.OFFSET_COUNT, "the offset needs exactly one of hours, days, months, window_days."
    if offset.window_days is not None and offset.window_days[0] > offset.window_days[1]:
        yield _P.WINDOW, "the window ends before it begins."
    if offset.hours is not None and step.at is not None:
        yield _P.HOUR, "an offset in hours keeps the anchor's own hour; remove `at`, or write the offset in days."
    if step.grace_hours <= 0:
        yield _P.GRACE, "grace_hours must be more than 0, or it is never sent."
    days = [abs(offset.hours or 0) / 24, abs(offset.days or 0), 31 * abs(offset.months or 0)]
    if max(*days, *(abs(day) for day in offset.window_days or (0,))) > MOST_OFFSET_DAYS:
        yield _P.FAR, "the offset is more than three years away."
    if step.audience is not Audience.EVERYONE and not kind.has_audience:
        yield _P.AUDIENCE, f'a {kind.key} knows no new or returning patients; write audience = "everyone".'
    moved = offset.working_day or offset.weekday is not None or offset.jitter_minutes
    if step.purpose is Purpose.REMINDER and moved:
        yield _P.MOVED_REMINDER, "a reminder says 今天 or 明天 and is not moved to another day or hour."
    if step.purpose is Purpose.REMINDER and kind.key == "appointment" and _falls_behind(step.offset):
        yield _P.AFTER_STOP, "a reminder falls after the visit that it reminds of, when it is not sent any more."
    if step.answer and not kind.follows_action:
        yield _P.NIGHT, "only what follows the patient's own action may leave in quiet hours; remove `answer`."


def _of_course(step: Step, keys: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with its loop and its question."""
    if (step.kind is StepKind.QUESTION) is (step.question is None):
        yield _P.QUESTION, "a question needs its kinds of answers, and nothing else has them."
    if (step.kind is StepKind.SURVEY) is (not step.survey) or (step.survey and step.loop is not None):
        yield _P.SURVEY, "a survey needs its key, nothing else has one, and it is asked once."
    if step.loop is not None:
        yield from _of_loop(step, step.loop, keys)


def _of_condition(
    kind: AnchorKind, condition: Condition, step: Step, earlier: Mapping[str, Step], surveys: SurveyRules | None
) -> Iterator[Fault]:
    if condition.fact not in {Fact.ANSWER, Fact.SURVEY}:
        yield from _of_fact(kind, condition)
        return
    asked = earlier.get(condition.of)
    if condition.fact is Fact.SURVEY and (asked is None or not asked.survey):
        yield _P.CONDITION_SURVEY, f"its condition looks at {condition.of!r}, which asks no survey before it."
        return
    if condition.fact is Fact.ANSWER and (asked is None or asked.question is None):
        yield _P.CONDITION_OF, f"its condition looks at {condition.of!r}, which is no question before it."
        return
    if asked is not None and _asked_after(asked, step):
        yield _P.CONDITION_LATER, f"its condition looks at {condition.of!r}, which is asked after it."
    if asked is not None and asked.question is not None:
        yield from _of_answer(condition, asked.question)
    elif asked is not None:
        yield from _of_points(condition, asked.survey, surveys)


def _of_fact(kind: AnchorKind, condition: Condition) -> Iterator[Fault]:
    """What is wrong with a condition that looks at no answer."""
    fact = condition.fact
    if bool(condition.values) is (fact is Fact.RETURNED) or condition.of:
        yield _P.CONDITION_VALUES, f"a condition on {fact.value} needs values, and no `of`."
    if fact is Fact.VISIT_CLASS and set(condition.values) - VISIT_CLASSES:
        yield _P.CONDITION_CLASS, "a condition on class names what is neither M nor C, nor one of CA to CE."
    if fact in _OF_VISITS and "visit_type" not in kind.variables:
        yield _P.CONDITION_VISIT, f"a condition on {fact.value} needs a visit, and a {kind.key} is about none."


def _of_loop(step: Step, loop: Loop, keys: Sequence[str]) -> Iterator[Fault]:
    if step.offset.months is not None:
        yield _P.LOOP_MONTHS, "a loop counts days, its first offset not months."
    if not 2 <= loop.most <= MOST_OCCURRENCES or loop.every_days < 1:  # noqa: PLR2004 - once is no loop
        yield _P.LOOP_COUNT, f"a loop has 2 to {MOST_OCCURRENCES} occurrences, at least a day apart."
    if loop.until is Until.ANSWERED and step.kind is not StepKind.QUESTION:
        yield _P.LOOP_UNTIL, "only a question is answered; a loop of messages ends by feedback or a booking."
    taken = {each.key for each in occurrences(step)} & (set(keys) - {step.key})
    if taken:
        yield _P.LOOP_KEYS, f"the keys {sorted(taken)} of its repetitions are taken by other steps."


def _of_answer(condition: Condition, question: Question) -> Iterator[Fault]:
    bounds = [each for each in (condition.low, condition.high) if each is not None]
    if question.kind is AnswerKind.NUMBER:
        if not bounds:
            yield _P.CONDITION_BOUNDS, f"its condition on {condition.of!r} needs low or high."
        if any(not question.low <= each <= question.high for each in bounds):
            yield (
                _P.CONDITION_RANGE,
                f"its condition on {condition.of!r} lies outside of {question.low} to {question.high}.",
            )
    elif bounds:
        yield _P.CONDITION_NO_NUMBER, f"{condition.of!r} is not answered by a number."
    elif question.kind is AnswerKind.CHOICE and not (
        condition.values and set(condition.values) <= set(question.choices)
    ):
        yield _P.CONDITION_CHOICE, f"its condition on {condition.of!r} names what is no choice there."


def _of_points(condition: Condition, key: str, surveys: SurveyRules | None) -> Iterator[Fault]:
    """What is wrong with a condition on the survey of that key."""
    bounds = [each for each in (condition.low, condition.high) if each is not None]
    if condition.values or bounds != sorted(bounds) or any(not 0 <= each <= WHOLE for each in bounds):
        yield (
            _P.CONDITION_POINTS,
            f"its condition on {condition.of!r} needs points from 0 to {WHOLE}, low not above high, and no values.",
        )
    survey = surveys.survey(key) if surveys is not None else None
    if bounds and survey is not None and not survey.scored:
        yield _P.CONDITION_UNSCORED, f"no question of the survey {key!r} gives a score; remove low and high."


def _of_wording(step: Step, templates: Mapping[str, Template]) -> Iterator[Fault]:
    if step.kind is StepKind.CALL and step.no_calls:
        yield _P.CHANNEL, "a call without calls: no channel could ever carry it; remove `no_calls`."
    template = templates.get(step.template)
    if template is None:
        yield _P.TEMPLATE, f"there is no template {step.template!r}."
        return
    if step.question is not None and step.question.kind is not AnswerKind.CHOICE and HINT not in variables_of(template):
        yield _P.ANSWER_HINT, f"{step.template!r} does not say how to answer; write {{{HINT}}} in it."
    if template.purpose is not step.purpose:
        yield _P.PURPOSE, f"its purpose is {step.purpose.value!r}, that of its template {template.purpose.value!r}."
    if step.purpose is Purpose.MARKETING:
        yield _P.MARKETING, "care plans carry no marketing."
    if step.greeting and template.template_card is not None:
        yield _P.GREETING, f"greetings never go by template message; remove template_card from {step.template!r}."


def course_minutes(step: Step) -> int:
    """Roughly when a step falls, in minutes after its anchor, which is taken to be at noon; to put steps in order."""
    offset = step.offset
    if offset.hours is not None:
        return round(offset.hours * 60)
    if offset.window_days is not None:
        days = offset.best_day if offset.best_day is not None else offset.window_days[0]
    else:
        days = offset.days or (offset.months or 0) * 365 // 12
    return days * _DAY_MINUTES + (step.at.hour * 60 + step.at.minute - _DAY_MINUTES // 2 if step.at is not None else 0)


def _asked_after(asked: Step, step: Step) -> bool:
    """Whether a question falls later than a step for every anchor, whatever its hour."""
    unsure = 0 if (asked.at is None) is (step.at is None) else _DAY_MINUTES // 2  # hours of day beside the anchor's own
    return course_minutes(asked) - course_minutes(step) > unsure


def _falls_behind(offset: Offset) -> bool:
    """Whether it lies after the anchor wherever in its day the anchor lies."""
    first = offset.window_days[0] if offset.window_days is not None else 0
    return max(offset.hours or 0, offset.days or 0, offset.months or 0, first) > 0
