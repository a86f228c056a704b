"""Is a message still wanted? The last look at the facts before it leaves. Pure.

Whether the patient may be written to at all (holds, consent, quiet hours, reachability) is the outbox's policy, not
asked here.
"""

from collections.abc import Iterable, Mapping

from wxbot.booking.models import AppointmentId
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import MET, AnchorKind, Facts, unwanted
from wxbot.care.conditions import judge_course
from wxbot.care.course import read_course
from wxbot.outbox.models import Message
from wxbot.outbox.ports import Verdict


def appointments_named(messages: Iterable[Message], anchors: Mapping[str, AnchorKind] = ANCHORS) -> set[AppointmentId]:
    """The appointments that the messages' preconditions depend on."""
    judged = ((_kind(message, anchors), message.precondition) for message in messages)
    named = (kind.appointment_of(precondition) for kind, precondition in judged if kind is not None)
    return {each for each in named if each is not None}


def verdict(message: Message, facts: Facts, anchors: Mapping[str, AnchorKind] = ANCHORS) -> Verdict:
    """Whether the message is still wanted, and if not, why."""
    if not message.precondition:
        return MET
    kind, course = _kind(message, anchors), read_course(message.precondition)
    named = "kind" in message.precondition or course is None  # an anchor may have no condition, its plan has
    if kind is None and named:
        return unwanted("unknown_condition", "不认识这条消息的发送条件，为稳妥起见没有发送")
    wanted = MET if kind is None else kind.judge(message.precondition, facts)
    if not wanted.met or course is None:
        return wanted
    visit_id = kind.appointment_of(message.precondition) if kind is not None else None
    visit = facts.appointments.get(visit_id) if visit_id is not None else None
    patient = facts.patients.get(message.patient_id) if message.patient_id is not None else None
    return judge_course(course, message, facts.course, patient, visit)


def _kind(message: Message, anchors: Mapping[str, AnchorKind]) -> AnchorKind | None:
    return anchors.get(str(message.precondition.get("kind")))
