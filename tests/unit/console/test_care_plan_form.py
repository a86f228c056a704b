"""The form of a step holds whatever a step may say: what is shown and kept again is the same step."""

from dataclasses import replace
from datetime import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wxbot.care.models import (
    AnswerKind,
    Audience,
    CatchUp,
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
from wxbot.templates.models import Template
from wxbot.web.console.care_plan_form import form_of, step_from

PROJECTS = {"wisdom": "智齿拔除", "scaling": "洁牙，抛光"}
WORDS = st.text("好坏，、;多了 ", min_size=1, max_size=6).map(str.strip).filter(bool)
BEST = st.integers(4, 7) | st.none()
MOVES: dict[str, Any] = {
    "weekday": st.integers(0, 6) | st.none(),
    "working_day": st.booleans(),
    "jitter_minutes": st.integers(0, 240),
}
OFFSETS = (
    st.builds(Offset, hours=st.integers(-1440, 1440).map(float), jitter_minutes=MOVES["jitter_minutes"])
    | st.builds(Offset, hours=st.integers(-1440, 1440).map(lambda minutes: minutes / 60))
    | st.builds(Offset, days=st.integers(-1098, 1098), **MOVES)
    | st.builds(Offset, months=st.integers(-36, 36), **MOVES)
    | st.builds(Offset, window_days=st.just((4, 7)), best_day=BEST, **MOVES)
)
CHOICES = st.lists(WORDS, min_size=2, max_size=8, unique=True)
QUESTIONS = (
    st.builds(Question, kind=st.just(AnswerKind.NUMBER), danger_from=st.integers(0, 10) | st.none())
    | CHOICES.map(
        lambda each: Question(kind=AnswerKind.CHOICE, choices=tuple(each), danger=(each[0],), concern=(each[1],))
    )
    | st.builds(Question, kind=st.sampled_from((AnswerKind.PHOTO, AnswerKind.WORDS)))
)
CONDITIONS = (
    st.builds(
        Condition,
        fact=st.sampled_from((Fact.ANSWER, Fact.SURVEY)),
        of=st.just("day_1"),
        low=st.integers(0, 100) | st.none(),
        high=st.integers(0, 100) | st.none(),
        absent=st.booleans(),
    )
    | st.builds(
        Condition,
        fact=st.just(Fact.TAG),
        values=st.lists(WORDS, min_size=1, max_size=20, unique=True).map(tuple),
        absent=st.booleans(),
    )
    | st.builds(Condition, fact=st.just(Fact.VISIT_CLASS), values=st.sampled_from((("M",), ("C",), ("M", "C"))))
    | st.builds(Condition, fact=st.just(Fact.RETURNED), absent=st.booleans())
    | st.builds(Condition, fact=st.just(Fact.PROJECT), values=st.sampled_from((("wisdom",), ("wisdom", "scaling"))))
)
STEPS = st.builds(
    Step,
    key=st.just("day_2"),
    template=st.just("care.day"),
    purpose=st.just(Purpose.CARE),
    offset=OFFSETS,
    grace_hours=st.integers(1, 1440 * 4).map(lambda quarters: quarters / 4),
    at=st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    audience=st.sampled_from(Audience),
    answer=st.booleans(),
    greeting=st.booleans(),
    kind=st.sampled_from((StepKind.MESSAGE, StepKind.CALL)),
    when=st.lists(CONDITIONS, max_size=5).map(tuple),
    loop=st.none()
    | st.builds(Loop, every_days=st.integers(1, 90), most=st.integers(2, 12), until=st.sampled_from(Until)),
    catch_up=st.sampled_from(CatchUp),
    no_calls=st.booleans(),
)
TEMPLATES = {"care.day": Template(key="care.day", purpose=Purpose.CARE, text="您好")}


def kept(step: Step, templates: dict[str, Template]) -> Step:
    """The step after its form was opened and kept unchanged."""
    form = form_of(step, PROJECTS)
    return step_from(form, step.key, templates, PROJECTS)


@given(STEPS, st.none() | QUESTIONS)
def test_a_form_that_is_kept_unchanged_changes_nothing(step: Step, question: Question | None) -> None:
    if question is not None:
        step = replace(step, kind=StepKind.QUESTION, question=question)
    elif step.kind is StepKind.CALL:
        step = replace(step, script="aftercare")
    assert kept(step, TEMPLATES) == step
