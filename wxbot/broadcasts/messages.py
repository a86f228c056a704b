"""The message of a broadcast to one patient, for the preview and for sending alike. Pure."""

from datetime import datetime, timedelta

from wxbot.broadcasts.models import AudienceKind, Broadcast
from wxbot.broadcasts.wording import variables_for
from wxbot.clinic.models import Clinic
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id
from wxbot.outbox.hold_effects import HOLD_REASONS, PURPOSES, Occasion, held_words, hold_against
from wxbot.outbox.models import Message, MessageId
from wxbot.patients.models import Contact, Patient

KIND = "broadcast"  # of its messages' precondition
GOOD_FOR = timedelta(days=3)  # after its due time
SERVICE_USED = frozenset(
    {AudienceKind.TREATMENT}
)  # chosen by what they came for; a template may go to nobody else (reference §5.4)


def held_from(broadcast: Broadcast, patient: Patient, now: datetime) -> tuple[str, str] | None:
    """Why nobody gets in touch with a patient for that broadcast, by WeChat or by telephone: a code, and words."""
    occasion = Occasion.FESTIVAL if _greets(broadcast) else PURPOSES[broadcast.purpose]
    found = hold_against([patient], occasion, now)
    return (HOLD_REASONS[found[1].kind], held_words(found[1])) if found is not None else None


def message_for(  # noqa: PLR0913 - one fact each
    broadcast: Broadcast,
    *,
    patient_id: PatientId,
    contact_id: ContactId,
    patient: Patient | None,
    contact: Contact | None,
    clinic: Clinic,
    due_at: datetime,
    now: datetime,
) -> Message:
    """Due at `due_at`; its precondition is the broadcast's state."""
    return Message(
        id=MessageId(new_id(now)),
        key=f"{broadcast.prefix}{patient_id}",
        contact_id=contact_id,
        patient_id=patient_id,
        purpose=broadcast.purpose,
        template=broadcast.template,
        variables=variables_for(broadcast.variables, clinic, patient, contact),
        created_at=now,
        due_at=due_at,
        expires_at=due_at + GOOD_FOR,
        greeting=_greets(broadcast),
        optional=not broadcast.calls,
        unsolicited=broadcast.audience.kind not in SERVICE_USED,
        precondition={"kind": KIND, "id": broadcast.id},
    )


def _greets(broadcast: Broadcast) -> bool:
    return broadcast.audience.kind is AudienceKind.BIRTHDAY
