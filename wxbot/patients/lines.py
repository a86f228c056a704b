"""What the transcript says of contacts and patients."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from wxbot.history.models import By, ContactId, Interaction, Kind
from wxbot.patients.models import TOPIC_NAMES, Consent, ConsentTopic, Contact, Patient

CONSENT_SENTENCES: Mapping[tuple[ConsentTopic, bool], str] = {  # what staff read in the timeline
    (ConsentTopic.CARE, True): f"同意接收{TOPIC_NAMES[ConsentTopic.CARE]}",
    (ConsentTopic.CARE, False): f"停止接收{TOPIC_NAMES[ConsentTopic.CARE]}",
    (ConsentTopic.MARKETING, True): f"同意接收{TOPIC_NAMES[ConsentTopic.MARKETING]}",
    (ConsentTopic.MARKETING, False): f"不接收{TOPIC_NAMES[ConsentTopic.MARKETING]}",
    (ConsentTopic.REMINDER, True): f"同意接收{TOPIC_NAMES[ConsentTopic.REMINDER]}",
    (ConsentTopic.REMINDER, False): f"不接收{TOPIC_NAMES[ConsentTopic.REMINDER]}",
    (ConsentTopic.FESTIVAL, True): f"同意接收{TOPIC_NAMES[ConsentTopic.FESTIVAL]}",
    (ConsentTopic.FESTIVAL, False): f"不接收{TOPIC_NAMES[ConsentTopic.FESTIVAL]}",
    (ConsentTopic.SURVEY, True): f"同意接收{TOPIC_NAMES[ConsentTopic.SURVEY]}",
    (ConsentTopic.SURVEY, False): f"不接收{TOPIC_NAMES[ConsentTopic.SURVEY]}",
    (ConsentTopic.HEALTH, True): "同意为就诊处理健康信息",
    (ConsentTopic.HEALTH, False): "撤回对处理健康信息的同意",
}

_FIELD_NAMES: Mapping[str, str] = {
    "name": "姓名",
    "birthday": "生日",
    "phone": "电话",
    "guardian": "监护人",
}  # as staff call them


def contact_line(
    contact: Contact, kind: Kind, at: datetime, payload: Mapping[str, object] | None = None
) -> Interaction:
    """A contact came or went. The same event written twice stays one line."""
    return Interaction(
        id=f"{kind}:{contact.id}:{at.isoformat()}",
        at=at,
        kind=kind,
        contact_id=contact.id,
        by=By.PATIENT,
        payload=payload or {},
    )


def erased_line(contact_id: ContactId, at: datetime) -> Interaction:
    """That an erasure happened, without a word of what was erased (reference §12)."""
    return Interaction(id=f"contact:{contact_id}:erased", at=at, kind=Kind.CONTACT_ERASED, ref=contact_id)


def consent_lines(contact: Contact, new: Sequence[Consent], by: str) -> list[Interaction]:
    """One line per topic: what was answered, when, by which way, and which wording was shown."""
    return [
        Interaction(
            id=f"consent:{contact.id}:{consent.topic}:{consent.at.isoformat()}:{contact.revision}",
            at=consent.at,
            kind=Kind.CONSENT_CHANGED,
            contact_id=contact.id,
            by=by,
            text=CONSENT_SENTENCES[consent.topic, consent.granted],
            payload={
                "topic": consent.topic.value,
                "granted": consent.granted,
                "source": consent.source,
                "wording": consent.wording,
            },
        )
        for consent in new
    ]


def given_line(patient: Patient, field: str, now: datetime, by: str) -> Interaction:
    """The patient gave or corrected name, birthday, telephone or guardian: which of them, not the value."""
    return Interaction(
        id=f"patient:{patient.id}:{field}:{now.isoformat()}",
        at=now,
        kind=Kind.PATIENT_UPDATED,
        contact_id=patient.contact_id,
        patient_id=patient.id,
        by=by,
        payload={"field": field, "fields": [_FIELD_NAMES[field]]},
    )


def updated_line(patient: Patient, what: Sequence[str], now: datetime, by: str) -> Interaction:
    """Staff changed something of a patient: which things (`what`, in words), not their values."""
    return Interaction(
        id=f"patient:{patient.id}:{patient.revision}:{now.isoformat()}",
        at=now,
        kind=Kind.PATIENT_UPDATED,
        contact_id=patient.contact_id,
        patient_id=patient.id,
        by=by,
        payload={"fields": list(what)},
    )
