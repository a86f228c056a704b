"""Telling colleagues at once, on their own WeChat, until the chat desk and its alarms exist (A2-92)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUp
from wxbot.messaging import Purpose
from wxbot.outbox.service import Outbox
from wxbot.patients.models import Contact, Patient
from wxbot.patients.service import Patients
from wxbot.staff.service import Staff
from wxbot.understanding.danger import Urgency

TEMPLATE = "staff.danger_alert"
WORTH_SENDING = timedelta(hours=12)  # whoever did not get it by then finds the follow-up in the console
MOST_QUOTED = 120  # characters of the patient's words in an alert
UNKNOWN_PATIENT = "未登记的患者"


class StaffAlerts:
    """Messages to staff who bound their WeChat and hold `followups:alert:receive`."""

    def __init__(
        self, *, staff: Staff, patients: Patients, outbox: Outbox, clinics: LiveClinic, console_url: str
    ) -> None:
        """`console_url`: where the follow-ups are listed, absolute; empty where the service has no public address."""
        self._staff = staff
        self._patients = patients
        self._outbox = outbox
        self._clinics = clinics
        self._console_url = console_url

    async def send(  # noqa: PLR0913, PLR0917 - what an alert tells
        self,
        followup: FollowUp,
        contact: Contact,
        patients: Sequence[Patient],
        words: str,
        urgency: Urgency,
        now: datetime,
    ) -> int:
        """Enqueue one message per colleague who can be reached; the number of new ones.

        Each follow-up is told once to each, and once more when an urgent one becomes an emergency. A customer-service
        message where they wrote to the account within 48 hours, else a card that names no patient (reference §4.1).
        """
        messages = []
        for account_id, colleague in (await self.reached()).items():
            if colleague.id == contact.id:
                continue  # a colleague who is the patient has the advice
            message = self._outbox.message(
                key=f"alert/{followup.id}/{urgency.value}/{account_id}",
                contact_id=colleague.id,
                purpose=Purpose.SERVICE,
                template=TEMPLATE,
                variables={
                    "patient": _who(contact, patients),
                    "quoted": words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED]}…",
                    "treatment": followup.about,
                    "console_link": self._console_url,
                    "time_field": _card_time(now.astimezone(self._clinics.current.timezone)),
                },
                now=now,
                expires_at=now + WORTH_SENDING,
                answer=True,
                to_staff=True,
                url=self._console_url,
            )
            messages.append(message)
        return await self._outbox.enqueue(messages) if messages else 0

    async def count(self) -> int:
        """How many colleagues would be told now."""
        return len(await self.reached())

    async def reached(self) -> dict[str, Contact]:
        """By account: the contacts of those who are told, as far as they follow the account."""
        openids = await self._staff.alerted()
        contacts = await self._patients.contacts_by_openid(tuple(openids.values()))
        return {
            account_id: contacts[openid]
            for account_id, openid in openids.items()
            if openid in contacts and contacts[openid].following and not contacts[openid].refuses_messages
        }


def _who(contact: Contact, patients: Sequence[Patient]) -> str:
    names = [patient.name for patient in patients if patient.name]
    return "、".join(names) or contact.alias or UNKNOWN_PATIENT


def _card_time(local: datetime) -> str:
    """The `time` field of a card (reference §5.2)."""
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
