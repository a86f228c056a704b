"""Loops written out: a step that is repeated becomes a step for each time, and a call to a patient who never answered.

What plans, spans and the outbox see are plain steps; that an occurrence is wanted only while nothing came back is a
condition of its own, judged when it is to leave (`preconditions`). Pure.
"""

from collections.abc import Iterator
from dataclasses import replace

from wxbot.care.models import CarePlan, Loop, Offset, Step, StepKind

LAST = "person"  # the call at the end of a loop (A4-46)
MOST_OCCURRENCES = 12


def expanded(plan: CarePlan) -> CarePlan:
    """The plan with every loop written out."""
    return replace(plan, steps=tuple(each for step in plan.steps for each in occurrences(step)))


def occurrences(step: Step) -> Iterator[Step]:
    """The step itself, its repetitions (`key.2`, `key.3` …) and, after the last, a call (`key.person`).

    A question is asked again as it is. The call has the template of the step as its goal.
    """
    loop = step.loop
    yield step
    if loop is None:
        return
    for number in range(2, loop.most + 1):
        yield replace(
            step,
            key=f"{step.key}.{number}",
            offset=_later(step.offset, loop, number - 1),
            occurrence=number,
            base=step.key,
        )
    yield replace(
        step,
        key=f"{step.key}.{LAST}",
        kind=StepKind.CALL,
        question=None,
        no_calls=False,
        offset=_later(step.offset, loop, loop.most),
        occurrence=loop.most + 1,
        base=step.key,
    )


def _later(offset: Offset, loop: Loop, times: int) -> Offset:
    """The same offset, `times` intervals later. A month's end counts from its day on: checks refuse loops by months."""
    days = loop.every_days * times
    if offset.hours is not None:
        return replace(offset, hours=offset.hours + 24 * days)
    if offset.window_days is not None:
        first, last = offset.window_days
        best = None if offset.best_day is None else offset.best_day + days
        return replace(offset, window_days=(first + days, last + days), best_day=best)
    return replace(offset, days=(offset.days or 0) + days)
