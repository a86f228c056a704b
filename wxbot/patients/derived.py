"""The search keys that follow from a record's fields. Pure; applied at every write."""

from dataclasses import replace

from wxbot.patients.birthdays import keys_for
from wxbot.patients.models import Patient
from wxbot.patients.search_keys import keys_of


def search_keys(patient: Patient) -> tuple[str, ...]:
    """What the search box finds the record by."""
    return keys_of(
        name=patient.name,
        phone=patient.phone,
        second_phone=patient.second_phone,
        record_number=patient.record_number,
    )


def indexed(patient: Patient) -> Patient:
    """The record with the keys that name, telephone, record number and birthday give it; a duplicate has none."""
    if patient.merged_into is not None:
        return replace(patient, search_keys=(), birthday_keys=())
    return replace(
        patient,
        search_keys=search_keys(patient),
        birthday_keys=keys_for(patient.birthday) if patient.birthday else (),
    )
