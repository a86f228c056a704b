"""The message of a push to one person: the same whether it is looked at beforehand or sent. Pure."""

from datetime import datetime, timedelta

from wxbot.clinic.models import Clinic
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id
from wxbot.outbox.models import Message, MessageId
from wxbot.patients.models import Contact, Patient
from wxbot.pushes.models import Push, Way
from wxbot.pushes.wording import variables_for

KIND = "push"  # of the condition under which its messages are still wanted
GOOD_FOR = timedelta(days=3)  # after its due time a pushed message only disturbs
SERVICE_USED = frozenset({Way.TREATMENT})  # chosen by what they came for; a template may go to nobody else (§5.4)


def message_for(  # noqa: PLR0913 - one fact each
    push: Push,
    *,
    patient_id: PatientId,
    contact_id: ContactId,
    patient: Patient | None,
    contact: Contact | None,
    clinic: Clinic,
    due_at: datetime,
    now: datetime,
) -> Message:
    """Due at `due_at`, and wanted as long as the push goes on."""
    return Message(
        id=MessageId(new_id(now)),
        key=f"{push.prefix}{patient_id}",
        contact_id=contact_id,
        patient_id=patient_id,
        purpose=push.purpose,
        template=push.template,
        variables=variables_for(push.variables, clinic, patient, contact),
        created_at=now,
        due_at=due_at,
        expires_at=due_at + GOOD_FOR,
        wish=push.selection.way is Way.BIRTHDAY,
        untied=push.selection.way not in SERVICE_USED,
        wanted={"kind": KIND, "id": push.id},
    )
