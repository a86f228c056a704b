"""The message of a broadcast to one patient, for the preview and for sending alike. Pure."""

from datetime import datetime, timedelta

from wxbot.broadcasts.models import AudienceKind, Broadcast
from wxbot.broadcasts.wording import variables_for
from wxbot.clinic.models import Clinic
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id
from wxbot.outbox.models import Message, MessageId
from wxbot.patients.models import Contact, Patient

KIND = "broadcast"  # of its messages' precondition
GOOD_FOR = timedelta(days=3)  # after its due time
SERVICE_USED = frozenset(
    {AudienceKind.TREATMENT}
)  # chosen by what they came for; a template may go to nobody else (reference §5.4)


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
        greeting=broadcast.audience.kind is AudienceKind.BIRTHDAY,
        optional=not broadcast.calls,
        unsolicited=broadcast.audience.kind not in SERVICE_USED,
        precondition={"kind": KIND, "id": broadcast.id},
    )
