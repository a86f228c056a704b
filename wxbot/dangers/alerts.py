"""Telling colleagues on their own WeChat: of danger signs at once, of patients who wait as the ladder says (A2-92)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUp
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.outbox.service import Outbox
from wxbot.patients.models import Contact, Patient
from wxbot.patients.service import Patients
from wxbot.staff.models import AccountId
from wxbot.staff.service import Staff
from wxbot.understanding.danger import Urgency

TEMPLATE = "staff.danger_alert"
WAITING_TEMPLATE = "staff.waiting_alert"
INCIDENT_TEMPLATE = "staff.incident_alert"
OVERDUE_TEMPLATE = "staff.overdue_alert"
LEADS = "desk:quality:rate"  # who is told of an incident
INCIDENT_WORTH_SENDING = timedelta(hours=24)  # until it must be settled
AT_THE_DESK = "desk:conversation:reply"  # who may be told of a waiting patient
WAITING_WORTH_SENDING = timedelta(minutes=30)  # a patient who still waits then has been told of again
WORTH_SENDING = timedelta(hours=12)  # whoever did not get it by then finds the follow-up in the console
MOST_QUOTED = 120  # characters of the patient's words in an alert
UNKNOWN_PATIENT = "未登记的患者"


class WaitingTalk(Protocol):
    """What an alert needs of a talk at the desk. A `wxbot.conversations.models.Episode` is one."""

    @property
    def id(self) -> str:
        """Which talk it is."""
        ...

    @property
    def contact_id(self) -> ContactId:
        """Who waits."""
        ...

    @property
    def waiting_since(self) -> datetime | None:
        """What tells this wait from an earlier one."""
        ...

    @property
    def hold_since(self) -> datetime | None:
        """The same where the patient was asked to wait."""
        ...

    @property
    def rungs(self) -> tuple[str, ...]:
        """The last one is what is told of."""
        ...


class StaffAlerts:
    """Messages to staff who bound their WeChat and hold `followups:alert:receive`, or belong to the desk."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        staff: Staff,
        patients: Patients,
        outbox: Outbox,
        clinics: LiveClinic,
        console_url: str,
        desk_url: str = "",
        incidents_url: str = "",
    ) -> None:
        """`console_url`: where the follow-ups are listed, absolute; empty where the service has no public address.

        `desk_url`, `incidents_url`: the same of the chat desk and of incidents there.
        """
        self._staff = staff
        self._patients = patients
        self._outbox = outbox
        self._clinics = clinics
        self._console_url = console_url
        self._desk_url = desk_url
        self._incidents_url = incidents_url

    async def send(  # noqa: PLR0913, PLR0917 - what an alert tells
        self,
        followup: FollowUp,
        contact: Contact | None,
        patients: Sequence[Patient],
        words: str,
        urgency: Urgency,
        now: datetime,
        *,
        template: str = TEMPLATE,
        cause: str = "",
    ) -> int:
        """Enqueue one message per colleague who can be reached; the number of new ones.

        `contact` is None where the patient has no WeChat with us. Each follow-up is told once to each, and once more
        when an urgent one becomes an emergency, or when a new `cause` joins it that must be told by itself. A
        customer-service message where they wrote to the account within 48 hours, else a card that names no patient
        (reference §4.1).
        """
        messages = []
        for account_id, colleague in (await self.reached()).items():
            if contact is not None and colleague.id == contact.id:
                continue  # a colleague who is the patient has the advice
            message = self._outbox.message(
                key=f"alert/{followup.id}/{urgency.value}{cause}/{account_id}",
                contact_id=colleague.id,
                purpose=Purpose.SERVICE,
                template=template,
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
                about=contact.id if contact is not None else f"followup:{followup.id}",
                url=self._console_url,
            )
            messages.append(message)
        return await self._outbox.enqueue(messages) if messages else 0

    async def tell_of_waiting(
        self, episode: WaitingTalk, accounts: Collection[AccountId], words: str, now: datetime
    ) -> int:
        """One message per colleague of those accounts who bound their WeChat; the number of new ones.

        Once per talk, wait and rung, which is the last of `episode.rungs`. Nobody is told of their own message as a
        patient. By customer-service message, else by a card that names no patient (reference §4.1).
        """
        openids = await self._staff.reached_on_wechat(AT_THE_DESK)
        wanted = {account_id: openids[account_id] for account_id in accounts if account_id in openids}
        reached = await self._contacts_of(wanted)
        if not reached or not episode.rungs:
            return 0
        waits = await self._patients.contacts([episode.contact_id])
        contact = waits.get(episode.contact_id)
        since = episode.waiting_since or episode.hold_since
        wait = f"{episode.id}/{int(since.timestamp() * 1000) if since is not None else 0}"
        url = f"{self._desk_url}/{episode.contact_id}" if self._desk_url else ""
        messages = [
            self._outbox.message(
                key=f"waiting/{wait}/{episode.rungs[-1]}/{account_id}",
                contact_id=colleague.id,
                purpose=Purpose.SERVICE,
                template=WAITING_TEMPLATE,
                variables={
                    "patient": (contact.alias if contact is not None else "") or UNKNOWN_PATIENT,
                    "quoted": words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED]}…",
                    "console_link": url,
                    "time_field": _card_time(now.astimezone(self._clinics.current.timezone)),
                },
                now=now,
                expires_at=now + WAITING_WORTH_SENDING,
                answer=True,
                to_staff=True,
                about=episode.contact_id,
                url=url,
            )
            for account_id, colleague in reached.items()
            if colleague.id != episode.contact_id
        ]
        return await self._outbox.enqueue(messages) if messages else 0

    async def tell_of_incident(
        self, incident_id: str, contact_id: ContactId, agent: AccountId | None, words: str, now: datetime
    ) -> int:
        """One message per colleague who rates talks, but not the one it is about; the number of new ones (A0-33).

        Once per incident. By customer-service message, else by a card that names no patient (reference §4.1).
        """
        openids = await self._staff.reached_on_wechat(LEADS)
        reached = await self._contacts_of({each: openids[each] for each in openids if each != agent})
        if not reached:
            return 0
        contact = (await self._patients.contacts([contact_id])).get(contact_id)
        messages = [
            self._outbox.message(
                key=f"incident/{incident_id}/{account_id}",
                contact_id=colleague.id,
                purpose=Purpose.SERVICE,
                template=INCIDENT_TEMPLATE,
                variables={
                    "patient": (contact.alias if contact is not None else "") or UNKNOWN_PATIENT,
                    "quoted": words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED]}…",
                    "console_link": self._incidents_url,
                    "time_field": _card_time(now.astimezone(self._clinics.current.timezone)),
                },
                now=now,
                expires_at=now + INCIDENT_WORTH_SENDING,
                answer=True,
                to_staff=True,
                about=contact_id,
                url=self._incidents_url,
            )
            for account_id, colleague in reached.items()
            if colleague.id != contact_id
        ]
        return await self._outbox.enqueue(messages) if messages else 0

    async def tell_of_overdue(self, task: FollowUp, what: str, now: datetime) -> int:
        """One message per head whom WeChat reaches: the time of a follow-up is over (A4-41, A4-44, A4-45).

        Once per follow-up. By customer-service message, else by a card that names no patient (reference §4.1).
        """
        reached = await self._contacts_of(await self._staff.reached_on_wechat(LEADS))
        contact = None
        if task.contact_id is not None:
            contact = (await self._patients.contacts([task.contact_id])).get(task.contact_id)
        messages = [
            self._outbox.message(
                key=f"overdue/{task.id}/{account_id}",
                contact_id=colleague.id,
                purpose=Purpose.SERVICE,
                template=OVERDUE_TEMPLATE,
                variables={
                    "patient": (contact.alias if contact is not None else "") or UNKNOWN_PATIENT,
                    "quoted": what,
                    "console_link": self._console_url,
                    "time_field": _card_time(now.astimezone(self._clinics.current.timezone)),
                },
                now=now,
                expires_at=now + INCIDENT_WORTH_SENDING,
                answer=True,
                to_staff=True,
                about=task.contact_id or colleague.id,
                url=self._console_url,
            )
            for account_id, colleague in reached.items()
            if colleague.id != task.contact_id
        ]
        return await self._outbox.enqueue(messages) if messages else 0

    async def count(self) -> int:
        """How many colleagues would be told now."""
        return len(await self.reached())

    async def reached(self) -> dict[AccountId, Contact]:
        """By account: the contacts of those who are told, as far as they follow the account."""
        return await self._contacts_of(await self._staff.alerted())

    async def _contacts_of(self, openids: dict[AccountId, str]) -> dict[AccountId, Contact]:
        contacts = await self._patients.contacts_by_openid(tuple(openids.values()))
        return {
            account_id: contacts[openid]
            for account_id, openid in openids.items()
            if openid in contacts and contacts[openid].following and not contacts[openid].refuses_messages
        }


def _who(contact: Contact | None, patients: Sequence[Patient]) -> str:
    names = [patient.name for patient in patients if patient.name]
    return "、".join(names) or (contact.alias if contact is not None else "") or UNKNOWN_PATIENT


def _card_time(local: datetime) -> str:
    """The `time` field of a card (reference §5.2)."""
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
