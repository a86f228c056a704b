"""How a contact stands to what a colleague wants to write: reachable, with which rights, and what is on its way."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.clock import Clock
from wxbot.conversations.replies.meter import Meter, read
from wxbot.history.models import ContactId
from wxbot.outbox.models import Message, Rights, State
from wxbot.outbox.service import Outbox
from wxbot.patients.models import Contact
from wxbot.patients.service import Patients
from wxbot.templates.service import Templates

INVITATION = "desk.invitation"  # asks a patient to write, on a card where no message may be sent
PENDING = (State.WAITING, State.CLAIMED)
SHOWN_FOR = timedelta(days=2)  # what was not sent is shown so long: as long as a talk's window (reference §4.1)


@dataclass(frozen=True, kw_only=True)
class Reachability:
    """One contact as they stand now."""

    contact: Contact | None
    rights: Rights
    unsent: tuple[Message, ...]  # what colleagues wrote that the platform did not take, oldest first
    meter: Meter

    @property
    def pending(self) -> tuple[Message, ...]:
        """What of it has not ended."""
        return tuple(each for each in self.unsent if each.state in PENDING)


class ReachabilityReader:
    """Reads them."""

    def __init__(self, *, outbox: Outbox, patients: Patients, templates: Templates, clock: Clock) -> None:
        self._outbox = outbox
        self._patients = patients
        self._templates = templates
        self._clock = clock

    async def of(self, contact_id: ContactId, now: datetime) -> Reachability:
        """One contact's."""
        contacts, rights, unsent, pending = await asyncio.gather(
            self._patients.contacts([contact_id]),
            self._outbox.rights.of(contact_id),
            self.unsent(contact_id),
            self._outbox.of_contacts([contact_id], PENDING),  # the bot's answers and due care spend rights, too
        )
        contact = contacts.get(contact_id)
        invitation = self._templates.render(INVITATION, {})
        meter = read(contact, rights, pending, invitation, now)
        return Reachability(contact=contact, rights=rights, unsent=tuple(unsent), meter=meter)

    async def unsent(self, contact_id: ContactId) -> list[Message]:
        """What colleagues wrote and the platform did not take: pending, or ended unsent lately; oldest first."""
        return await self._outbox.authored.unsent(contact_id, self._clock.now() - SHOWN_FOR)
