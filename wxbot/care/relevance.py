"""Is a message still wanted? The last look at the facts before it leaves. Pure.

Conditions are what `anchors` wrote into `wanted`. Whether the patient may be written to at all (consent, quiet
hours, reachability) is the outbox's policy, not asked here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.history.models import PatientId
from wxbot.outbox.models import Message
from wxbot.outbox.ports import Verdict
from wxbot.patients.models import Birthday, Patient
from wxbot.templates.models import Purpose


def _no(reason: str, explanation: str) -> Verdict:
    return Verdict(wanted=False, reason=reason, explanation=explanation)


WANTED = Verdict(wanted=True)
RESTS_ON_HOLD = frozenset({Purpose.CARE, Purpose.MARKETING})  # answers and reminders go on: the visit still stands
_NOT_BOOKED = {
    AppointmentState.CANCELLED: _no("appointment_cancelled", "预约已取消，不再发送"),
    AppointmentState.COMPLETED: _no("appointment_over", "患者已就诊，不再发送"),
    AppointmentState.NO_SHOW: _no("appointment_missed", "患者未到诊，不再发送"),
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What stands now, for all messages asked about; `celebrated` tells if a birthday may be greeted on a day."""

    appointments: Mapping[AppointmentId, Appointment]
    patients: Mapping[PatientId, Patient]
    celebrated: Callable[[Birthday, date], bool]


def verdict(message: Message, facts: Facts) -> Verdict:
    """Whether the message is still wanted, and if not, why."""
    patient = facts.patients.get(message.patient_id) if message.patient_id is not None else None
    if patient is not None and patient.hold is not None and message.purpose in RESTS_ON_HOLD:
        return _no("hold", f"已暂停对该患者的自动关怀：{patient.hold}")
    if not message.precondition:
        return WANTED
    kind = message.precondition.get("kind")
    if kind == "appointment":
        return _appointment(message.precondition, facts)
    if kind == "treatment":
        return _treatment(message.precondition, facts)
    if kind == "birthday":
        return _birthday(message.precondition, facts)
    return _no("unknown_condition", "不认识这条消息的发送条件，为稳妥起见没有发送")


def _appointment(wanted: Mapping[str, object], facts: Facts) -> Verdict:
    appointment = facts.appointments.get(AppointmentId(str(wanted.get("id"))))
    if appointment is None:
        return _no("appointment_gone", "预约已不存在，不再发送")
    if appointment.state is not AppointmentState.BOOKED:
        return _NOT_BOOKED[appointment.state]
    if appointment.version != wanted.get("version"):
        return _no("appointment_moved", "预约已改期，按新的时间另行提醒")
    return WANTED


def _treatment(wanted: Mapping[str, object], facts: Facts) -> Verdict:
    appointment = facts.appointments.get(AppointmentId(str(wanted.get("id"))))
    if appointment is None or appointment.state is not AppointmentState.COMPLETED:
        return _no("not_treated", "这次就诊没有完成，不需要诊后关怀")
    return WANTED


def _birthday(wanted: Mapping[str, object], facts: Facts) -> Verdict:
    patient = facts.patients.get(PatientId(str(wanted.get("id"))))
    day = date.fromisoformat(str(wanted.get("day")))
    if patient is None or patient.birthday is None or not facts.celebrated(patient.birthday, day):
        return _no("no_birthday", "生日信息已更改，或不满14周岁，不发送祝福")
    return WANTED
