"""The telephone that a patient gives or corrects themselves."""

from dataclasses import replace
from datetime import datetime

from wxbot.history.models import By, PatientId
from wxbot.history.service import History
from wxbot.patients.changing import Changing
from wxbot.patients.lines import given_line
from wxbot.patients.models import Patient
from wxbot.patients.phones import parse
from wxbot.patients.stores.patients import PatientStore


class PatientPhones:
    """Keeps telephones that patients give."""

    def __init__(self, store: PatientStore, history: History) -> None:
        self._changing = Changing(store)
        self._history = history

    async def set(self, patient_id: PatientId, text: str, *, by: str = By.PATIENT, now: datetime) -> Patient:
        """Keep a patient's telephone. Raises PhoneError for what nobody can be called at, NotFoundError."""
        phone = parse(text)
        before, patient = await self._changing.patient(
            patient_id, lambda it: it if it.phone == phone else replace(it, phone=phone)
        )
        if before is not patient:
            await self._history.append(given_line(patient, "phone", now, by))
        return patient
