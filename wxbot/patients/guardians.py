"""监护人: who consents for a patient under 14 (PIPL art. 31), asked once and kept with the record."""

from dataclasses import replace
from datetime import date, datetime

from wxbot.errors import DomainError
from wxbot.history.models import By, PatientId
from wxbot.history.service import History
from wxbot.patients.birthdays import age_on
from wxbot.patients.changing import Changing
from wxbot.patients.lines import given_line
from wxbot.patients.models import Birthday, Guardian, GuardianRelation, Patient, Relation
from wxbot.patients.names import clean_name
from wxbot.patients.stores.patients import PatientStore

CONSENTS_FROM = 14  # full years: younger, a guardian consents to the processing of the child's data (PIPL art. 31)


class GuardianMissingError(DomainError):
    """A patient under 14 has nobody on record who consents for them."""

    code = "guardian_missing"
    wording = "error.guardian"
    sentence = "患者未满14周岁，还没有监护人同意的记录。请先登记监护人，或写明原因后由您代为预约。"


def under_age(birthday: Birthday | None, today: date) -> bool:
    """Whether somebody born then is under 14; of an unknown birthday nothing is assumed."""
    return birthday is not None and age_on(birthday, today) < CONSENTS_FROM


def lacks_guardian(patient: Patient | None, today: date) -> bool:
    """Whether a guardian must be asked for before the patient's data is used for a booking."""
    return patient is not None and patient.guardian is None and under_age(patient.birthday, today)


def lacks_birthday(patient: Patient | None, relation: Relation) -> bool:
    """Whether it must be asked first how old somebody is: a child whose birthday nobody gave yet."""
    return relation is Relation.CHILD and (patient is None or (patient.birthday is None and patient.guardian is None))


class Guardians:
    """Keeps who consented for a child."""

    def __init__(self, store: PatientStore, history: History) -> None:
        self._changing = Changing(store)
        self._history = history

    async def set(  # noqa: PLR0913 - what a consent must record
        self,
        patient_id: PatientId,
        name: str,
        relation: GuardianRelation,
        *,
        wording: str,
        by: str = By.PATIENT,
        now: datetime,
    ) -> Patient:
        """Keep who consents for the patient, and which wording they saw. Raises InvalidInputError and NotFoundError.

        The same person again changes nothing: the first moment counts.
        """
        given = Guardian(name=clean_name(name), relation=relation, at=now, by=by, wording=wording)

        def with_guardian(it: Patient) -> Patient:
            kept = it.guardian
            same = kept is not None and (kept.name, kept.relation) == (given.name, given.relation)
            return it if same else replace(it, guardian=given)

        before, patient = await self._changing.patient(patient_id, with_guardian)
        if before is not patient:
            await self._history.append(given_line(patient, "guardian", now, by))
        return patient
