"""The search keys that follow from a record's fields. Pure; applied at every write."""

from dataclasses import replace

from wxbot.patients.birthdays import keys_for
from wxbot.patients.models import Patient
from wxbot.patients.search_keys import keys_of


def indexed(patient: Patient) -> Patient:
    """The record with the keys that its name, numbers, birthday and holds give it; a duplicate has none."""
    if patient.merged_into is not None:
        return replace(patient, search_keys=(), birthday_keys=(), held_kinds=(), held_at=None)
    held = [hold for hold in patient.holds if hold.lifted_at is None]
    return replace(
        patient,
        held_kinds=tuple(dict.fromkeys(hold.kind.value for hold in held)),
        held_at=max((hold.since for hold in held), default=None),
        search_keys=keys_of(name=patient.name, phone=patient.phone, record_number=patient.record_number),
        birthday_keys=keys_for(patient.birthday) if patient.birthday else (),
    )
