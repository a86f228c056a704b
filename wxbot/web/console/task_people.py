"""Whom a follow-up is about, as lists show them. One read of patients and one of contacts for a whole list."""

from collections.abc import Sequence

from wxbot.followups.models import FollowUp, FollowUpId
from wxbot.patients import masking
from wxbot.services import Services


async def people_of(services: Services, tasks: Sequence[FollowUp]) -> dict[FollowUpId, tuple[str, str]]:
    """The name (or alias) and the masked telephone for each follow-up."""
    patients = await services.patients.patients({each.patient_id for each in tasks if each.patient_id is not None})
    contacts = await services.patients.contacts({each.contact_id for each in tasks if each.contact_id is not None})
    people: dict[FollowUpId, tuple[str, str]] = {}
    for each in tasks:
        patient = patients.get(each.patient_id) if each.patient_id is not None else None
        contact = contacts.get(each.contact_id) if each.contact_id is not None else None
        name = (patient.name if patient else None) or (contact.alias if contact else "") or "未登记姓名"
        people[each.id] = (name, masking.phone(patient.phone) if patient is not None and patient.phone else "")
    return people
