"""Which version of a plan a step of a patient follows: derived from present facts, never stored. Pure.

A patient's course is named by its anchor and begins when that fact came to be. It follows the version that was in
force then, and goes over to a later one that takes running patients along, from the moment that one begins: a step
that falls due before is the earlier version's. So publishing never changes a step that is already due, never begins a
course that had not begun, and, as a step's key is the same in every version, never sends a step twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.care.models import Anchor, Step
from wxbot.care.offsets import latest_move
from wxbot.care.plans.records import LiveVersion, Running

LONGEST_BOOKED = timedelta(days=800)  # how far ahead of its fact an anchor may lie: visits are booked two years ahead
_MONTH = timedelta(days=31)
_DAY = timedelta(days=1)


def came_to_be(anchor: Anchor) -> datetime:
    """When the patient's course began: a fact that names no such moment is its own."""
    return anchor.began or anchor.created_at or anchor.at


def followed(versions: Sequence[LiveVersion], began: datetime, due_at: datetime) -> LiveVersion | None:
    """The version that decides about a step that falls due then, of a course that began then; None before the first.

    `versions` are in order of their moments.
    """
    return next(
        (
            each
            for each in reversed(versions)
            if each.effective_from <= due_at and (each.effective_from <= began or each.running is Running.MIGRATE)
        ),
        None,
    )


def still_followed(
    versions: Sequence[LiveVersion], steps: Sequence[Sequence[Step]], now: datetime
) -> tuple[LiveVersion, ...]:
    """Those of the versions that a step may still follow at `now` or later; `steps` are those of each.

    The others ended so long ago that whoever followed them has come to the end.
    """
    return tuple(
        version
        for position, version in enumerate(versions)
        if not any(
            later.effective_from + _longest_after(steps[position], later.running) < now
            for later in versions[position + 1 :]
        )
    )


def _longest_after(steps: Sequence[Step], running: Running) -> timedelta:
    """How long after a version's end one of its steps may still be sent."""
    lasting = max((_lasting(step) for step in steps), default=_DAY)
    return lasting if running is Running.MIGRATE else lasting + LONGEST_BOOKED + longest_course(steps)


def longest_course(steps: Sequence[Step]) -> timedelta:
    """How far behind its anchor the last of the steps falls, at most."""
    return max((_ahead(step) for step in steps), default=_DAY)


def _ahead(step: Step) -> timedelta:
    """How far behind its anchor a step falls, at most."""
    offset = step.offset
    first = timedelta(hours=offset.hours or 0) + (offset.days or 0) * _DAY + (offset.months or 0) * _MONTH
    window = (offset.window_days[1] + 1) * _DAY if offset.window_days is not None else timedelta(0)
    return max(first + latest_move(offset) + _DAY, window, timedelta(0))


def _lasting(step: Step) -> timedelta:
    """How long a step is worth sending after it fell due, at most."""
    window = step.offset.window_days
    days = window[1] - window[0] + 1 if window is not None else 0
    return timedelta(hours=step.grace_hours) + (days + 1) * _DAY
