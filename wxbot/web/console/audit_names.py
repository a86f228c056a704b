"""Whom an entry of the audit is about, by name: the patient of a record, a visit, a wait or a contact."""

from collections.abc import Collection, Iterable, Mapping

from wxbot.booking.models import AppointmentId
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Patient
from wxbot.services import Services
from wxbot.web.console.audit_words import KINDS, subject_words

MOST_SHOWN = 60  # subjects looked up for one page


async def names_of(services: Services, subjects: Iterable[str]) -> dict[str, str]:
    """Subject → its kind and whom it is about; those of nobody we know by now are left out. Four reads at most."""
    wanted = list(dict.fromkeys(subjects))[:MOST_SHOWN]
    ids = {kind: _ids(wanted, kind) for kind in ("patient", "contact", "appointment")}
    visits = await services.booking.by_ids([AppointmentId(each) for each in ids["appointment"]])
    contacts = await services.patients.contacts({ContactId(each) for each in ids["contact"]})
    patient_ids = {PatientId(each) for each in ids["patient"]} | {each.patient_id for each in visits.values()}
    people = await services.patients.patients(patient_ids)
    owners: Mapping[str, Patient | None] = {
        **{f"patient:{key}": people.get(PatientId(key)) for key in ids["patient"]},
        **{f"appointment:{key}": people.get(visit.patient_id) for key, visit in visits.items()},
    }
    named = {subject: f"{_kind(subject)} {_who(patient)}" for subject, patient in owners.items() if patient is not None}
    aliases = {f"contact:{key}": f"{KINDS['contact'][0]} {each.alias}" for key, each in contacts.items() if each.alias}
    return named | aliases


def _ids(subjects: Collection[str], kind: str) -> list[str]:
    return [each.partition(":")[2] for each in subjects if each.startswith(f"{kind}:")]


def _kind(subject: str) -> str:
    return subject_words(subject).partition(" ")[0]


def _who(patient: Patient) -> str:
    """The name and the record number, as far as they are known; else the end of the id."""
    number = f"（病历号 {patient.record_number}）" if patient.record_number else ""
    return f"{patient.name or '未登记姓名'}{number}" if patient.name or number else f"未登记姓名 {patient.id[-8:]}"
