"""What is wrong with care plans before anybody receives a message from them, in plain sentences. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.models import AnswerKind, Audience, CarePlan, Condition, Fact, Loop, Question, Step, StepKind, Until
from wxbot.care.occurrences import MOST_OCCURRENCES, occurrences
from wxbot.care.questions import HINT
from wxbot.messaging import Purpose
from wxbot.templates.compiling import variables_of
from wxbot.templates.models import Template

MOST_OFFSET_DAYS = 3 * 366  # a step further away than three years is a slip of the pen


def problems_of(
    plans: Sequence[CarePlan], templates: Mapping[str, Template], anchors: Mapping[str, AnchorKind] = ANCHORS
) -> list[str]:
    """Every problem of every plan; empty when all is well. `templates` and `anchors` by key."""
    keys = [plan.key for plan in plans]
    repeated = [f"Two care plans have the key {key!r}." for key in sorted({key for key in keys if keys.count(key) > 1})]
    return repeated + [problem for plan in plans for problem in _of_plan(plan, templates, anchors)]


def _of_plan(plan: CarePlan, templates: Mapping[str, Template], anchors: Mapping[str, AnchorKind]) -> Iterator[str]:
    keys = [step.key for step in plan.steps]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"Care plan {plan.key!r}: two steps have the key {key!r}."
    kind = anchors.get(plan.anchor)
    if kind is None:
        yield f"Care plan {plan.key!r}: there is no anchor {plan.anchor!r}; known: {', '.join(anchors)}."
        return
    if plan.treatment is not None and not kind.has_treatment:
        having = " or ".join(repr(each.key) for each in anchors.values() if each.has_treatment)
        yield f"Care plan {plan.key!r}: only plans with the anchor {having} have a treatment."
    for number, step in enumerate(plan.steps):
        earlier = {each.key: each for each in plan.steps[:number]}
        for problem in (*_of_step(kind, step), *_of_course(step, earlier, keys), *_of_wording(step, templates)):
            yield f"Care plan {plan.key!r}, step {step.key!r}: {problem}"


def _of_step(kind: AnchorKind, step: Step) -> Iterator[str]:
    offset = step.offset
    if sum(each is not None for each in (offset.hours, offset.days, offset.months, offset.window_days)) != 1:
        yield "the offset needs exactly one of hours, days, months, window_days."
    if offset.window_days is not None and offset.window_days[0] > offset.window_days[1]:
        yield "the window ends before it begins."
    if offset.hours is not None and step.at is not None:
        yield "an offset in hours keeps the anchor's own hour; remove `at`, or write the offset in days."
    if step.grace_hours <= 0:
        yield "grace_hours must be more than 0, or it is never sent."
    days = [abs(offset.hours or 0) / 24, abs(offset.days or 0), 31 * abs(offset.months or 0)]
    if max(*days, *(abs(day) for day in offset.window_days or (0,))) > MOST_OFFSET_DAYS:
        yield "the offset is more than three years away."
    if step.audience is not Audience.EVERYONE and not kind.has_audience:
        yield f'a {kind.key} knows no new or returning patients; write audience = "everyone".'
    moved = offset.working_day or offset.weekday is not None or offset.jitter_minutes
    if step.purpose is Purpose.REMINDER and moved:
        yield "a reminder says 今天 or 明天 and is not moved to another day or hour."
    if step.answer and not kind.follows_action:
        yield "only what follows the patient's own action may leave in quiet hours; remove `answer`."


def _of_course(step: Step, earlier: Mapping[str, Step], keys: Sequence[str]) -> Iterator[str]:
    """What is wrong with its conditions, its loop and its question."""
    if (step.kind is StepKind.QUESTION) is (step.question is None):
        yield "a question needs its kinds of answers, and nothing else has them."
    if step.loop is not None:
        yield from _of_loop(step, step.loop, keys)
    for condition in step.when:
        if condition.fact is not Fact.ANSWER:
            if not condition.values or condition.of:
                yield f"a condition on {condition.fact.value} needs values, and no `of`."
            continue
        asked = earlier.get(condition.of)
        if asked is None or asked.question is None:
            yield f"its condition looks at {condition.of!r}, which is no question before it."
            continue
        yield from _of_answer(condition, asked.question)


def _of_loop(step: Step, loop: Loop, keys: Sequence[str]) -> Iterator[str]:
    if step.offset.months is not None:
        yield "a loop counts days, its first offset not months."
    if not 2 <= loop.most <= MOST_OCCURRENCES or loop.every_days < 1:  # noqa: PLR2004 - once is no loop
        yield f"a loop has 2 to {MOST_OCCURRENCES} occurrences, at least a day apart."
    if loop.until is Until.ANSWERED and step.kind is not StepKind.QUESTION:
        yield "only a question is answered; a loop of messages ends by feedback or a booking."
    taken = {each.key for each in occurrences(step)} & (set(keys) - {step.key})
    if taken:
        yield f"the keys {sorted(taken)} of its repetitions are taken by other steps."


def _of_answer(condition: Condition, question: Question) -> Iterator[str]:
    bounds = [each for each in (condition.low, condition.high) if each is not None]
    if question.kind is AnswerKind.NUMBER:
        if not bounds:
            yield f"its condition on {condition.of!r} needs low or high."
        if any(not question.low <= each <= question.high for each in bounds):
            yield f"its condition on {condition.of!r} lies outside of {question.low} to {question.high}."
    elif bounds:
        yield f"{condition.of!r} is not answered by a number."
    elif question.kind is AnswerKind.CHOICE and not (
        condition.values and set(condition.values) <= set(question.choices)
    ):
        yield f"its condition on {condition.of!r} names what is no choice there."


def _of_wording(step: Step, templates: Mapping[str, Template]) -> Iterator[str]:
    template = templates.get(step.template)
    if template is None:
        yield f"there is no template {step.template!r}."
        return
    if step.question is not None and step.question.kind is not AnswerKind.CHOICE and HINT not in variables_of(template):
        yield f"{step.template!r} does not say how to answer; write {{{HINT}}} in it."
    if template.purpose is not step.purpose:
        yield f"its purpose is {step.purpose.value!r}, that of its template {template.purpose.value!r}."
    if step.purpose is Purpose.MARKETING:
        yield "care plans carry no marketing."
    if step.greeting and template.template_card is not None:
        yield f"greetings never go by template message; remove template_card from {step.template!r}."
