"""医生: the clinic's practitioners, and a card of each."""

from aiohttp import web

from wxbot.clinic.models import PractitionerId
from wxbot.errors import NotFoundError
from wxbot.web.patient.frame import clinic_of, page


async def listing(request: web.Request) -> web.StreamResponse:
    """GET /w/doctors: everybody who receives patients."""
    receiving = [each for each in clinic_of(request).practitioners if not each.retired]
    return page(request, "doctors.html", {"doctors": receiving})


async def card(request: web.Request) -> web.StreamResponse:
    """GET /w/doctors/{id}: photo, title, speciality, a few sentences, 约TA."""
    clinic = clinic_of(request)
    doctor = clinic.practitioner(PractitionerId(request.match_info["practitioner_id"]))
    if doctor is None or doctor.retired:
        raise NotFoundError("no such practitioner")
    kinds = [kind for kind in clinic.visit_types if kind.id in doctor.visit_types and not kind.retired]
    return page(request, "doctor.html", {"doctor": doctor, "kinds": kinds})
