"""Booked appointments that no longer fit the clinic's days: a leave, a holiday or other hours came later. Pure."""

from datetime import datetime

from wxbot.actors import Actor
from wxbot.booking.models import Appointment, ClinicChange, ClinicDecision
from wxbot.clinic.hours import Absence, day_off, openings
from wxbot.clinic.models import Clinic

KINDS = {Absence.CLOSURE: "休诊", Absence.HOLIDAY: "法定节假日", Absence.DATED: "这一天不出诊"}
OTHER_HOURS = "不在出诊时间里"


def conflict_reason(appointment: Appointment, clinic: Clinic) -> str:
    """Why the appointment cannot take place as it stands, e.g. 休诊：外出学习; empty where it can.

    What was put beside another visit on purpose may lie outside the hours, but not on a day off. A practitioner who
    left the clinic's list is not judged: there is no plan to hold the appointment against.
    """
    person = clinic.practitioner(appointment.practitioner_id)
    if person is None or not appointment.live:
        return ""
    day = appointment.start.astimezone(clinic.timezone).date()
    off = day_off(clinic, person, day)
    if off is not None:
        return f"{KINDS[off.why]}：{off.reason}" if off.reason else KINDS[off.why]
    if appointment.overbooked:
        return ""
    within = any(
        each.start <= appointment.start and appointment.end <= each.end for each in openings(clinic, person, day)
    )
    return "" if within else OTHER_HOURS


def is_open(appointment: Appointment, reason: str) -> bool:
    """Whether somebody still has to decide: kept for one reason, it comes up again for another."""
    done = appointment.clinic_change
    return bool(reason) and not (done is not None and done.decision is ClinicDecision.KEPT and done.reason == reason)


def clinic_change(decision: ClinicDecision, reason: str, *, by: Actor, now: datetime) -> ClinicChange | None:
    """What is noted on the appointment; nothing without a reason of the clinic's."""
    return ClinicChange(decision=decision, reason=reason, at=now, by=by.by, by_name=by.name) if reason else None
