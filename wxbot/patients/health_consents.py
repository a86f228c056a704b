"""The consent to health data (PIPL art. 29): one sentence when it is needed, on the patient's page or in the chat."""

from collections.abc import Callable
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.history.models import ContactId
from wxbot.patients.lines import CONSENT_SENTENCES
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.patients.service import Patients

EDIT = "patients:consent:edit"
SENTENCE = "page.health_consent"  # the template of the one sentence that is agreed to


class HealthConsents:
    """Records the answer: who set it, when, by which way, and which version of the sentence they were shown."""

    def __init__(self, patients: Patients, *, audit: AuditTrail, version: Callable[[], int]) -> None:
        """`version` is that of the sentence as it is said now."""
        self._patients = patients
        self._audit = audit
        self._version = version

    async def record(self, contact_id: ContactId, *, granted: bool, by: Actor, now: datetime) -> Contact:
        """The patient said yes or no: on their own page, or to a member of staff in the chat, who notes it.

        Raises ForbiddenError for staff who may not note consents.
        """
        if by.is_staff:
            by.must(EDIT)
        contact = await self._patients.set_consent(
            contact_id,
            ConsentTopic.HEALTH,
            granted=granted,
            now=now,
            source=f"chat:{by.by}" if by.is_staff else "page",
            wording=f"{SENTENCE}@{self._version()}",
            by=by.by,
        )
        if by.is_staff:
            summary = f"代患者登记：{CONSENT_SENTENCES[ConsentTopic.HEALTH, granted]}"
            subject = f"contact:{contact_id}"
            await self._audit.record(AuditAction.CONSENT_CHANGED, subject, by=by, now=now, summary=summary)
        return contact
