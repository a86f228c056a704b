"""What is due now: plans × anchors × now. Pure; nothing is stored ahead, so nothing needs clearing up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from wxbot.care.models import Anchor, Audience, CarePlan, Due, Step
from wxbot.care.offsets import window_of


def due(plans: Sequence[CarePlan], anchors: Iterable[Anchor], now: datetime, tz: tzinfo) -> list[Due]:
    """Every step that is due at `now` and still worth sending, earliest first.

    A step whose hour had passed before its anchor came to be is not sent late: who books at noon for tomorrow
    gets no "day before" of this morning.
    """
    by_kind = defaultdict(list)
    for plan in plans:
        by_kind[plan.anchor].append(plan)
    found = [
        each
        for anchor in anchors
        for plan in by_kind[anchor.kind]
        for each in _steps(plan, anchor, tz)
        if each.due_at <= now < each.expires_at and (anchor.created_at is None or each.due_at >= anchor.created_at)
    ]
    return sorted(found, key=lambda each: (each.due_at, each.key))


def schedule(plan: CarePlan, anchor: Anchor, tz: tzinfo) -> list[Due]:
    """The whole timeline of a plan for one anchor, earliest first, whatever the time is now."""
    return sorted(_steps(plan, anchor, tz), key=lambda each: each.due_at)


def _steps(plan: CarePlan, anchor: Anchor, tz: tzinfo) -> Iterator[Due]:
    if plan.anchor != anchor.kind or (plan.treatment is not None and plan.treatment != anchor.treatment):
        return
    for step in plan.steps:
        if not _is_for(step, anchor):
            continue
        due_at, expires_at = window_of(step, anchor.at, tz)
        if anchor.ends_reminders and due_at < anchor.at:
            expires_at = min(expires_at, anchor.at)
        if anchor.latest is not None:
            expires_at = min(expires_at, anchor.latest)
        yield Due(
            key=f"{plan.key}/{step.key}/{anchor.ref}",
            plan=plan,
            step=step,
            anchor=anchor,
            due_at=due_at,
            expires_at=expires_at,
        )


def _is_for(step: Step, anchor: Anchor) -> bool:
    if step.audience is Audience.EVERYONE:
        return True
    return anchor.new_patient is (step.audience is Audience.NEW)
