"""What becomes of the reminders of a visit when it is moved to another hour. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.booking.models import Appointment
from wxbot.care.anchors.appointment import appointment_anchor
from wxbot.care.models import Due
from wxbot.care.planner import is_too_late
from wxbot.care.ports import AnchorSteps


@dataclass(frozen=True, kw_only=True)
class VisitShift:
    """One step, at its time now and at the new one; None where it has none that is still to come."""

    template: str  # the key of its wording
    before: datetime | None
    after: datetime | None


def visit_shifts(steps: AnchorSteps, visit: Appointment, start: datetime, now: datetime) -> list[VisitShift]:
    """Each step before the visit that is still to come at either time, the earliest at the new time first."""
    moved = replace(visit, start=start, end=start + (visit.end - visit.start), changed_at=now)
    before, after = (
        {(each.plan.key, each.step.key): each for each in _to_come(steps, one, now)} for one in (visit, moved)
    )
    shifts = [
        VisitShift(
            template=(after.get(key) or before[key]).step.template,
            before=before[key].due_at if key in before else None,
            after=after[key].due_at if key in after else None,
        )
        for key in dict.fromkeys((*after, *before))
    ]
    return sorted(shifts, key=lambda each: (each.after is None, each.after or each.before))


def _to_come(steps: AnchorSteps, visit: Appointment, now: datetime) -> Iterable[Due]:
    anchor = appointment_anchor(visit)
    if anchor is None:
        return []
    return [each for each in steps.steps_on([anchor]) if each.due_at > now and not is_too_late(each)]
