"""What contacts are called at the desk: the name of who they are, else the alias."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.history.models import ContactId
from wxbot.patients.models import Contact, Patient, Relation
from wxbot.patients.service import Patients
from wxbot.patients.views import UNNAMED

GONE = "已删除的联系人"


@dataclass(frozen=True, kw_only=True)
class Called:
    """What a list says of a contact."""

    name: str
    blocked: bool


class ContactNames:
    """Names of many contacts at once."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    async def called(self, contact_ids: Collection[ContactId], now: datetime) -> dict[ContactId, Called]:
        """Each of them by name, and whether they are blocked; two round trips, however many they are."""
        if not contact_ids:
            return {}
        contacts = await self._patients.contacts(contact_ids)
        known = await self._patients.of_contacts(list(contacts))
        return {
            each: Called(
                name=name_of(contacts.get(each), known.get(each, ())),
                blocked=each in contacts and contacts[each].blocked(now),
            )
            for each in contact_ids
        }

    async def of(self, contact_ids: Collection[ContactId]) -> dict[ContactId, str]:
        """A name for each of them; two reads side by side, however many they are."""
        if not contact_ids:
            return {}
        contacts, known = await asyncio.gather(
            self._patients.contacts(contact_ids), self._patients.of_contacts(list(contact_ids))
        )
        return {each: name_of(contacts.get(each), known.get(each, ())) for each in contact_ids}


def name_of(contact: Contact | None, patients: Sequence[Patient]) -> str:
    """The name of the contact's own record; of another's whom alone they speak for, with 家属; else the alias."""
    if contact is None or contact.erased_at is not None:
        return GONE
    own = next((each.name for each in patients if each.relation is Relation.SELF and each.name), None)
    if own:
        return own
    others = [each.name for each in patients if each.name]
    return f"{others[0]}的家属" if others else contact.alias or UNNAMED
