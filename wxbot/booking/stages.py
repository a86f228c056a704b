"""Where a patient is on the day of the visit: which stage follows which, and what changes with it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from wxbot.booking.freeing import freed, taken_again
from wxbot.booking.models import Appointment, AppointmentState, VisitStage
from wxbot.workflow import NotNowError

STAGES = tuple(VisitStage)
MOMENTS: Mapping[VisitStage, str] = {  # the field that holds when a stage was reached
    VisitStage.ARRIVED: "arrived_at",
    VisitStage.WAITING: "waiting_at",
    VisitStage.IN_TREATMENT: "treated_at",
    VisitStage.LEFT: "departed_at",
}

NOT_TODAY = "这次预约不在今天，不能登记到诊。"
NOT_EXPECTED = "这次预约已取消、未到诊或已结束，不能登记到诊进度。"
NOT_LATER = "患者已经到了这一步或更后面。登记错了请用「撤销」。"
NOTHING_TO_UNDO = "患者还没有登记到诊，没有可以撤销的步骤。"


def has_come(visit: Appointment) -> bool:
    """Noted as arrived; also who was assumed to have come."""
    if visit.state is AppointmentState.COMPLETED:
        return True
    return visit.live and visit.stage is not VisitStage.EXPECTED


def left_at(visit: Appointment) -> datetime:
    """When the patient left; where nobody noted that, when the visit was to end."""
    return visit.departed_at or visit.end


def advanced(appointment: Appointment, to: VisitStage, *, by: str, now: datetime, zone: tzinfo) -> Appointment:
    """The appointment after the patient reached a later stage; steps in between may be left out.

    LEFT completes the visit; what is left of its time is free again. Raises NotNowError: not booked, another local
    day, or not a later stage.
    """
    if not appointment.live:
        raise NotNowError(NOT_EXPECTED)
    if appointment.start.astimezone(zone).date() != now.astimezone(zone).date():
        raise NotNowError(NOT_TODAY)
    if STAGES.index(to) <= STAGES.index(appointment.stage):
        raise NotNowError(NOT_LATER)
    changed = _changed(appointment, to, by=by, now=now)
    if to is VisitStage.LEFT:
        changed = freed(replace(changed, state=AppointmentState.COMPLETED, closed_at=now), now, cleaning=True)
    return _at(changed, to, now)


def stepped_back(appointment: Appointment, *, by: str, now: datetime) -> Appointment:
    """The appointment with its last stage taken back: to the one noted before it, or to EXPECTED.

    Of one that had left, what is still to come of its time is taken again.

    Raises NotNowError where nothing was noted, or the visit was cancelled or missed.
    """
    if appointment.state in {AppointmentState.CANCELLED, AppointmentState.NO_SHOW}:
        raise NotNowError(NOT_EXPECTED)
    if appointment.stage is VisitStage.EXPECTED:
        raise NotNowError(NOTHING_TO_UNDO)
    earlier = STAGES[: STAGES.index(appointment.stage)]
    noted = [stage for stage in earlier if stage in MOMENTS and getattr(appointment, MOMENTS[stage]) is not None]
    changed = _changed(appointment, noted[-1] if noted else VisitStage.EXPECTED, by=by, now=now)
    if not appointment.live:
        changed = taken_again(replace(changed, state=AppointmentState.BOOKED, closed_at=None), now)
    return _at(changed, appointment.stage, None)


def _changed(appointment: Appointment, stage: VisitStage, *, by: str, now: datetime) -> Appointment:
    """The hour stays as it is: messages about it keep their name."""
    return replace(
        appointment,
        stage=stage,
        stage_by=by,
        changed_by=by,
        changed_at=now,
        version=appointment.version + 1,
        hour_version=appointment.standing_since,
    )


def _at(appointment: Appointment, stage: VisitStage, moment: datetime | None) -> Appointment:
    """The appointment with the moment of that stage."""
    facts: dict[str, Any] = {MOMENTS[stage]: moment}
    return replace(appointment, **facts)
