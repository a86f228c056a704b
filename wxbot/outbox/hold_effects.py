"""What each kind of hold stops, and which topic a message belongs to. One table each; pure.

Asked at the moment of sending, of every message, whichever way it was enqueued.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from wxbot.labels import LabelledEnum
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message
from wxbot.patients.hold_words import hold_text
from wxbot.patients.holds import standing
from wxbot.patients.models import ConsentTopic, Hold, HoldKind, Patient


class Occasion(LabelledEnum):
    """What a message is to a patient: its purpose, seen closer."""

    REPLY = ("reply", "回复")  # the answer to what a contact has just written or tapped, a colleague's words in a talk
    SERVICE = ("service", "服务通知")  # follows from what a patient did: booked, waits, has left
    REMINDER = ("reminder", Purpose.REMINDER.label)
    CARE = ("care", Purpose.CARE.label)
    FESTIVAL = ("festival", "祝福")  # a birthday or holiday greeting
    SURVEY = ("survey", "评价邀请")
    MARKETING = ("marketing", Purpose.MARKETING.label)


_OF_OUR_OWN = frozenset({Occasion.CARE, Occasion.FESTIVAL, Occasion.SURVEY, Occasion.MARKETING})

STOPPED: Mapping[HoldKind, frozenset[Occasion]] = {
    HoldKind.DISPUTE: _OF_OUR_OWN,  # A2-65: the visit still takes place, so its reminders leave
    HoldKind.OBJECTION: frozenset({Occasion.SURVEY, Occasion.MARKETING}),  # A1-31: care goes on
    HoldKind.UNRECOVERED: frozenset({Occasion.MARKETING}),  # A1-23
    HoldKind.ADVERSE: _OF_OUR_OWN,  # a person looks after them now
    HoldKind.DECEASED: frozenset(Occasion) - {Occasion.REPLY},  # who writes from their telephone is answered
    HoldKind.OPTED_OUT: _OF_OUR_OWN,
    HoldKind.PAUSED: _OF_OUR_OWN,
}
"""Kind of hold → what does not leave. Everything else does."""

TOPIC_OF: Mapping[Occasion, ConsentTopic] = {
    Occasion.REMINDER: ConsentTopic.REMINDER,
    Occasion.CARE: ConsentTopic.CARE,
    Occasion.FESTIVAL: ConsentTopic.FESTIVAL,
    Occasion.SURVEY: ConsentTopic.SURVEY,
    Occasion.MARKETING: ConsentTopic.MARKETING,
}
"""Occasion → the topic that must not be stopped; replies and notices of service belong to none."""

HOLD_REASONS: Mapping[HoldKind, str] = {kind: kind.value for kind in HoldKind} | {HoldKind.PAUSED: "hold"}
"""Kind of hold → the reason of a message that it stopped."""

PURPOSES: Mapping[Purpose, Occasion] = {
    Purpose.SERVICE: Occasion.SERVICE,
    Purpose.REMINDER: Occasion.REMINDER,
    Purpose.CARE: Occasion.CARE,
    Purpose.MARKETING: Occasion.MARKETING,
}
"""Purpose → the occasion of a message that is nothing special."""


def occasion_of(message: Message) -> Occasion:
    """What a message to a patient is; marketing is marketing whatever else it is called."""
    if message.purpose is Purpose.MARKETING:
        return Occasion.MARKETING
    if message.survey:
        return Occasion.SURVEY
    if message.greeting:
        return Occasion.FESTIVAL
    if message.purpose is Purpose.SERVICE and (message.author or (message.answer and message.patient_id is None)):
        return Occasion.REPLY
    return PURPOSES[message.purpose]


def stops(hold: Hold, occasion: Occasion) -> bool:
    """Whether a hold that stands keeps such a message from leaving."""
    if hold.kind is HoldKind.OPTED_OUT and hold.topics:
        return TOPIC_OF.get(occasion) in hold.topics
    return occasion in STOPPED[hold.kind]


def hold_against(patients: Iterable[Patient], occasion: Occasion, now: datetime) -> tuple[Patient, Hold] | None:
    """The first hold of those patients that keeps such a message from leaving, and whose it is; None for none."""
    for patient in patients:
        for hold in standing(patient.holds, now):
            if stops(hold, occasion):
                return patient, hold
    return None


def held_words(hold: Hold) -> str:
    """The sentence of a message that a hold stopped."""
    if hold.kind is HoldKind.PAUSED:
        return f"已暂停对该患者的自动关怀：{hold.reason}"
    if hold.kind is HoldKind.DECEASED:
        return "患者已去世，不再发送任何消息"
    return f"患者有「{hold_text(hold)}」，暂停这类消息"
