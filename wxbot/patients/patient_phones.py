"""The telephone that a patient gives or corrects themselves."""

from dataclasses import replace
from datetime import datetime

from wxbot.history.models import By, ContactId, PatientId
from wxbot.history.service import History
from wxbot.patients.changing import Changing
from wxbot.patients.lines import given_line
from wxbot.patients.models import Contact, Patient
from wxbot.patients.phones import parse
from wxbot.patients.stores.patients import PatientStore


class PatientPhones:
    """Keeps telephones that patients give, and that they were asked for one."""

    def __init__(self, store: PatientStore, history: History) -> None:
        self._changing = Changing(store)
        self._history = history

    async def may_ask(self, contact_id: ContactId, update_key: str) -> bool:
        """Whether a contact may be asked for name and telephone: once; and again for the same update."""

        def asked(it: Contact) -> Contact:
            return it if it.details_asked or it.erased_at is not None else replace(it, details_asked=update_key)

        _, after = await self._changing.contact(contact_id, asked)
        return after.details_asked == update_key

    async def set(self, patient_id: PatientId, text: str, *, by: str = By.PATIENT, now: datetime) -> Patient:
        """Keep a patient's telephone. Raises PhoneError for what nobody can be called at, NotFoundError."""
        phone = parse(text)
        before, patient = await self._changing.patient(
            patient_id, lambda it: it if it.phone == phone else replace(it, phone=phone)
        )
        if before is not patient:
            await self._history.append(given_line(patient, "phone", now, by))
        return patient
