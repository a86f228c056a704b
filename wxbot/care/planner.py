"""What is due now: plans × anchors × now. Pure; nothing is stored ahead, so nothing needs clearing up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from wxbot.care.calendar import Calendar
from wxbot.care.models import Anchor, Audience, CarePlan, Due, Step
from wxbot.care.offsets import midnight, window_of
from wxbot.care.quiet_hours import evening_before
from wxbot.care.spans import Reach
from wxbot.messaging import Purpose


def due(plans: Sequence[CarePlan], anchors: Iterable[Anchor], now: datetime, calendar: Calendar) -> list[Due]:
    """Every step that is due at `now` and still worth sending, earliest first.

    A step whose hour had passed before its anchor came to be is not sent late: who books at noon for tomorrow
    gets no "day before" of this morning.
    """
    return fell_due(plans, anchors, now, now, calendar)


def fell_due(  # noqa: PLR0913, PLR0917 - what a look asks
    plans: Sequence[CarePlan],
    anchors: Iterable[Anchor],
    since: datetime,
    now: datetime,
    calendar: Calendar,
    reach: Reach | None = None,
) -> list[Due]:
    """Every step that is due at `now`, and those of (since, now] not worth sending any more, earliest first.

    `reach` is of the same plans and moments; it saves deriving steps that cannot be due.
    """
    by_kind = defaultdict(list)
    for plan in plans:
        by_kind[plan.anchor].append(plan)
    found = [
        each
        for anchor in anchors
        for plan in by_kind[anchor.kind]
        for each in _steps(plan, anchor, calendar, reach)
        if each.due_at <= now and (each.expires_at > now or each.due_at > since) and not is_too_late(each)
    ]
    return sorted(found, key=lambda each: (each.due_at, each.key))


def is_too_late(step: Due) -> bool:
    """Whether its hour had passed before its anchor came to be, or there is no moment at which it is worth sending."""
    began = step.anchor.created_at
    return step.due_at >= step.expires_at or (began is not None and step.due_at < began)


def schedule(plan: CarePlan, anchor: Anchor, calendar: Calendar) -> list[Due]:
    """The whole timeline of a plan for one anchor, earliest first, whatever the time is now."""
    return sorted(_steps(plan, anchor, calendar), key=lambda each: each.due_at)


def _steps(plan: CarePlan, anchor: Anchor, calendar: Calendar, reach: Reach | None = None) -> Iterator[Due]:
    if plan.anchor != anchor.kind or (plan.treatment is not None and plan.treatment != anchor.treatment):
        return
    for step in plan.steps:
        if not _is_for(step, anchor) or (reach is not None and not reach.holds(step, anchor.at)):
            continue
        due_at, expires_at = window_of(step, anchor.at, calendar, anchor.ref)
        if anchor.ends_reminders and due_at < anchor.at:
            expires_at = min(expires_at, anchor.at)
        if anchor.latest is not None:
            expires_at = min(expires_at, anchor.latest)
        if anchor.ends_reminders and step.purpose is Purpose.REMINDER and due_at < anchor.at:
            due_at, expires_at = _said_on_its_day(due_at, expires_at, calendar)
        yield Due(
            key=f"{plan.key}/{step.key}/{anchor.ref}",
            plan=plan,
            step=step,
            anchor=anchor,
            due_at=due_at,
            expires_at=expires_at,
        )


def _said_on_its_day(due_at: datetime, expires_at: datetime, calendar: Calendar) -> tuple[datetime, datetime]:
    """A reminder says 今天 or 明天, so it leaves on its own local day, or on the evening before a quiet morning."""
    tz = calendar.tz
    tomorrow = midnight(due_at.astimezone(tz).date() + timedelta(days=1), tz)
    expires_at = min(expires_at, tomorrow)
    return evening_before(due_at, expires_at, tz, calendar.quiet) or (due_at, expires_at)


def _is_for(step: Step, anchor: Anchor) -> bool:
    if step.audience is Audience.EVERYONE:
        return True
    return anchor.new_patient is (step.audience is Audience.NEW)
