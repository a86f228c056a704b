"""What is known of a contact for the variables of canned replies: who they are, and their next visit."""

from collections.abc import Mapping

from aiohttp import web

from wxbot.booking.sentences import day_words, hour_words
from wxbot.clinic.models import Practitioner
from wxbot.history.models import ContactId
from wxbot.patients.models import Gender, Patient, Relation
from wxbot.understanding.family_names import family_name
from wxbot.web.console.frame import actor_of, now_of, services_of
from wxbot.web.console.keys import CONSOLE

TITLES: Mapping[Gender, str] = {Gender.FEMALE: "女士", Gender.MALE: "先生"}


async def values_of(request: web.Request, contact_id: ContactId | None) -> dict[str, str]:
    """Variable → what stands for it; a variable that nothing is known of is left out, or empty."""
    services, now = services_of(request), now_of(request)
    clinic = services.clinic
    values = {
        "agent_name": actor_of(request).name,
        "clinic_name": clinic.name,
        "clinic_phone": clinic.phone,
        "clinic_address": clinic.address,
    }
    if contact_id is None:
        return values
    patients = (await services.patients.of_contacts([contact_id])).get(contact_id, [])
    patient = next((each for each in patients if each.relation is Relation.SELF), patients[0] if patients else None)
    if patient is not None:
        values |= {"patient_name": patient.name or "", "salutation": salutation(patient)}
    upcoming = await services.booking.upcoming(contact_id, now)
    if upcoming:
        visit = upcoming[0]
        start = visit.start.astimezone(clinic.timezone)
        kind = clinic.visit_type(visit.visit_type_id)
        doctor = clinic.practitioner(visit.practitioner_id)
        values |= {
            "visit_day": day_words(start.date()),
            "visit_time": hour_words(start.time()),
            "visit_type": kind.name if kind is not None else "",
            "doctor": f"{doctor.name}{doctor.title}" if doctor is not None else "",
            "doctor_card": _card(doctor, request.app[CONSOLE].public_url) if doctor is not None else "",
        }
    return values


def _card(doctor: Practitioner, public_url: str) -> str:
    """A doctor as a patient reads it (A2-91): who they are, and where their card is on the patient's phone."""
    lines = [
        f"{doctor.name} {doctor.title}".strip(),
        f"擅长：{doctor.speciality}" if doctor.speciality else "",
        doctor.bio,
    ]
    lines += [f"{public_url}/w/doctors/{doctor.id}"] if public_url else []
    return "\n".join(each for each in lines if each)


def salutation(patient: Patient) -> str:
    """张女士 where name and gender are known, else the name (A2-37)."""
    name = patient.name or ""
    title = TITLES.get(patient.gender, "")
    return f"{family_name(name) or name[:1]}{title}" if name and title else name
