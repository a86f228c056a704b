"""Loops written out: how often, when, under which keys, and who takes over at the end."""

from datetime import time

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.care.test_planner import AFTERCARE, step
from wxbot.care.models import AnswerKind, Loop, Offset, Question, StepKind, Until
from wxbot.care.occurrences import expanded, occurrences

LOOP = Loop(every_days=3, most=3, until=Until.ANSWERED)
PAIN = step(
    "pain",
    Offset(days=1),
    at=time(10),
    kind=StepKind.QUESTION,
    question=Question(kind=AnswerKind.NUMBER),
    loop=LOOP,
)


def test_a_plan_without_loops_stays_as_it_is() -> None:
    assert expanded(AFTERCARE) == AFTERCARE


def test_a_question_is_asked_again_and_then_a_person_calls() -> None:
    found = list(occurrences(PAIN))
    assert [(each.key, each.offset.days, each.kind) for each in found] == [
        ("pain", 1, StepKind.QUESTION),
        ("pain.2", 4, StepKind.QUESTION),
        ("pain.3", 7, StepKind.QUESTION),
        ("pain.person", 10, StepKind.CALL),
    ]
    assert [(each.occurrence, each.base) for each in found] == [(1, ""), (2, "pain"), (3, "pain"), (4, "pain")]
    assert (found[-1].question, found[-1].template) == (None, PAIN.template)


@given(every=st.integers(1, 90), most=st.integers(2, 12), first=st.integers(-10, 30), last=st.integers(0, 10))
def test_every_occurrence_has_a_key_of_its_own_and_keeps_its_distance(
    every: int, most: int, first: int, last: int
) -> None:
    loop = Loop(every_days=every, most=most, until=Until.FEEDBACK)
    for offset in (Offset(days=first), Offset(hours=first), Offset(window_days=(first, first + last), best_day=first)):
        found = list(occurrences(step("s", offset, loop=loop)))
        assert len({each.key for each in found}) == most + 1
        if offset.days is not None:
            assert [each.offset.days for each in found] == [first + every * times for times in range(most + 1)]
        elif offset.hours is not None:
            assert [each.offset.hours for each in found] == [first + 24 * every * times for times in range(most + 1)]
        else:
            spans = [each.offset.window_days for each in found]
            assert spans == [(first + every * n, first + last + every * n) for n in range(most + 1)]
            assert all(each.offset.best_day == first + every * n for n, each in enumerate(found))
