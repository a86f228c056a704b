"""Whom we know already: patients by record number, identity and telephone, and which of them a row is about. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from wxbot.history.models import PatientId
from wxbot.patients.imports.readings import Reading
from wxbot.patients.models import Patient
from wxbot.patients.search_keys import plain


class By(StrEnum):
    """By what a row was recognised, in words for staff."""

    RECORD_NUMBER = "病历号相同"
    IDENTITY = "证件号相同"
    PHONE = "手机相同"


@dataclass(frozen=True, kw_only=True)
class Match:
    """A known patient that a row is about. `same_name` also when either has none."""

    patient: Patient
    by: By
    same_name: bool


class Known:
    """Patients by what identifies them; grows as rows are decided, so that later rows meet earlier ones."""

    def __init__(self, patients: Iterable[Patient] = ()) -> None:
        self._latest: dict[PatientId, Patient] = {}
        self._record_numbers: dict[str, PatientId] = {}
        self._identities: dict[str, list[PatientId]] = {}
        self._phones: dict[str, list[PatientId]] = {}
        for patient in patients:
            self.learn(patient)

    def learn(self, patient: Patient) -> None:
        """Add a patient, or put their newer state in place."""
        self._latest[patient.id] = patient
        self.also(patient.id, patient)

    def also(self, patient_id: PatientId, numbers: Patient) -> None:
        """Find a known patient by telephone and identity: their own, or those of a duplicate that became them."""
        if numbers.record_number:
            self._record_numbers.setdefault(numbers.record_number, patient_id)
        if numbers.identity:
            _add(self._identities, numbers.identity, patient_id)
        if numbers.phone:
            _add(self._phones, numbers.phone, patient_id)

    def absorb(self, patients: Iterable[Patient]) -> None:
        """Add those that are not known yet; what a decided row has made of the others is newer."""
        for patient in patients:
            if patient.id not in self._latest:
                self.learn(patient)

    def with_record_number(self, number: str) -> Patient | None:
        """The one patient with that record number."""
        found = self._record_numbers.get(number)
        return self._latest[found] if found is not None else None

    def match(self, reading: Reading) -> list[Match]:
        """Whom the row is about: by record number, by identity, by telephone, the same person once.

        Of several patients with one telephone, the one with the same name comes first.
        """
        found: dict[PatientId, Match] = {}

        def note(patient_id: PatientId, by: By) -> None:
            patient = self._latest[patient_id]
            found.setdefault(patient_id, Match(patient=patient, by=by, same_name=same_name(patient, reading)))

        if reading.record_number and (owner := self._record_numbers.get(reading.record_number)):
            note(owner, By.RECORD_NUMBER)
        for patient_id in self._identities.get(reading.identity or "", ()):
            note(patient_id, By.IDENTITY)
        if found:
            return list(found.values())
        for patient_id in self._phones.get(reading.phone or "", ()):
            note(patient_id, By.PHONE)
        return sorted(found.values(), key=lambda match: not match.same_name)


def same_name(patient: Patient, reading: Reading) -> bool:
    """Whether the names agree, as far as both are given."""
    return not patient.name or not reading.name or plain(patient.name) == plain(reading.name)


def _add(index: dict[str, list[PatientId]], key: str, patient_id: PatientId) -> None:
    ids = index.setdefault(key, [])
    if patient_id not in ids:
        ids.append(patient_id)
