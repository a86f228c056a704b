"""Who is to be called on the day of a visit, by when, and when nobody has to be any more. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.clinic.desk_hours import answered_from
from wxbot.clinic.models import Clinic
from wxbot.followups.leads import CANCELLED as CANCELLED_VISIT
from wxbot.followups.leads import CANCELLED_SCRIPT, UNDECIDED
from wxbot.visits.rules import VisitDayRules

FALLBACK_HOUR = time(10)  # local: when a clinic that does not open for long is to call

ARRIVED = "患者已到，不用再打电话"
MOVED = "预约已改到别的时间"
CANCELLED = "预约已取消"
MISSED = "已标记未到诊，明天联系"
CLOSED = "这次就诊已结束"
UNDONE = "未到诊的标记已撤销"
BOOKED_AGAIN = "患者已重新预约"
CONFIRMED = "患者已确认会来"
NOT_LEFT = "离开的登记已撤销"
GONE = "这次预约已不在"


RISK = "visit-risk"  # of the keys of calls to those who may stay away


class Lateness(Enum):
    """How late somebody is who has not come."""

    NONE = "none"
    LATE = "late"  # past the hour
    CALL = "call"  # to be called (A4-16)
    RED = "red"  # should have been called by now


@dataclass(frozen=True, kw_only=True)
class VisitTask:
    """A call about a visit: `key` is the same as long as its cause is the same."""

    key: str
    due_at: datetime
    reason: str
    script: str = ""


def lateness(visit: Appointment, now: datetime, rules: VisitDayRules) -> Lateness:
    """How late the patient is; of who came, cancelled or was marked missed: not at all."""
    if not visit.live or visit.stage is not VisitStage.EXPECTED or now <= visit.start:
        return Lateness.NONE
    late = now - visit.start
    if late >= rules.late_red:
        return Lateness.RED
    return Lateness.CALL if late >= rules.late_call else Lateness.LATE


def late_task(visit: Appointment, now: datetime, rules: VisitDayRules, clinic: Clinic) -> VisitTask | None:
    """Call who has not come ten minutes after the hour; overdue after fifteen (A4-16)."""
    if lateness(visit, now, rules) not in {Lateness.CALL, Lateness.RED}:
        return None
    minutes = int(rules.late_call.total_seconds() // 60)
    return VisitTask(
        key=f"visit-late/{visit.id}/{visit.start:%Y%m%d%H%M}",
        due_at=visit.start + rules.late_red,
        reason=f"{named(visit, clinic)}：过了{minutes}分钟还没到，请打电话问到哪里了，结果写在这里",
    )


def unattended_task(visit: Appointment, rules: VisitDayRules, clinic: Clinic, *, coming: bool) -> VisitTask | None:
    """Call who did not come on the next day, and who cancelled in the chat at once (A4-43); not who booked again.

    Whom colleagues cancelled for has been spoken with. A call is due while somebody is there to make it.
    """
    if coming or visit.closed_at is None:
        return None
    if visit.state is AppointmentState.NO_SHOW:
        return VisitTask(
            key=f"visit-missed/{visit.id}/{visit.version}",
            due_at=_next_opening(clinic, visit.closed_at),
            reason=f"{named(visit, clinic)}：没有来，请关心一下原因，帮患者另约时间",
        )
    if visit.state is AppointmentState.CANCELLED and visit.changed_by == PATIENT.by:
        from_when = answered_from(clinic, visit.closed_at) or visit.closed_at
        return VisitTask(
            key=f"{CANCELLED_VISIT}{visit.id}/{visit.version}",
            due_at=from_when + rules.cancel_contact,
            reason=f"{named(visit, clinic)}：患者自己取消了，请联系问明原因，看能否另约",
            script=CANCELLED_SCRIPT,
        )
    return None


def obsolete(key: str, visit: Appointment | None, *, coming: bool) -> str:
    """Why a task about a visit needs nobody any more, for staff; empty while it does."""
    if visit is None:
        return GONE
    kind = key.split("/", maxsplit=1)[0]
    if kind in {"visit-late", RISK}:
        confirmed = kind == RISK and visit.live and visit.confirmed_at is not None
        return _late_no_more(key, visit) or (CONFIRMED if confirmed else "")
    if coming:
        return BOOKED_AGAIN
    if key.startswith(UNDECIDED):
        return "" if visit.stage is VisitStage.LEFT else NOT_LEFT
    return UNDONE if kind == "visit-missed" and visit.state is not AppointmentState.NO_SHOW else ""


def _late_no_more(key: str, visit: Appointment) -> str:
    ended: Mapping[AppointmentState, str] = {
        AppointmentState.CANCELLED: CANCELLED,
        AppointmentState.NO_SHOW: MISSED,
    }
    if visit.state in ended:
        return ended[visit.state]
    if visit.stage is not VisitStage.EXPECTED:
        return ARRIVED
    if visit.state is AppointmentState.COMPLETED:
        return CLOSED
    return "" if key.endswith(f"/{visit.start:%Y%m%d%H%M}") else MOVED


def subject_of(appointment_id: AppointmentId) -> str:
    """How a follow-up names the visit that it was derived from."""
    return f"appointment:{appointment_id}"


def visit_of(subject: str) -> AppointmentId | None:
    """The visit that a follow-up was derived from; None where it was derived from something else."""
    kind, _, named = subject.partition(":")
    return AppointmentId(named) if kind == "appointment" else None


def _next_opening(clinic: Clinic, moment: datetime) -> datetime:
    """When somebody is there on the next local day or after it."""
    day = moment.astimezone(clinic.timezone).date() + timedelta(days=1)
    midnight = datetime.combine(day, time(), clinic.timezone)
    return answered_from(clinic, midnight) or datetime.combine(day, FALLBACK_HOUR, clinic.timezone)


def named(visit: Appointment, clinic: Clinic) -> str:
    """11月24日 09:00 陈晓晴 洁牙: how a task names a visit."""
    practitioner, kind = clinic.practitioner(visit.practitioner_id), clinic.visit_type(visit.visit_type_id)
    local = visit.start.astimezone(clinic.timezone)
    words = [f"{local.month}月{local.day}日 {local:%H:%M}"]
    words += [each.name for each in (practitioner, kind) if each is not None]
    return " ".join(words)
