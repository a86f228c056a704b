"""The search box in the console's head: who fits, with what tells people of one name apart, while somebody types."""

from collections.abc import Mapping

from aiohttp import web

from wxbot.booking.models import AppointmentState
from wxbot.booking.sentences import practitioner_words
from wxbot.history.models import PatientId
from wxbot.services import Services
from wxbot.web.console.frame import actor_of, fragment, now_of, services_of
from wxbot.web.console.patients import MOST_TYPED

OFFERED = 8  # people in the list
VISITS_EACH = 25  # looked through for the latest one that has begun
COUNTED = frozenset({AppointmentState.BOOKED, AppointmentState.COMPLETED})


async def suggest(request: web.Request) -> web.StreamResponse:
    """The first who fit; an empty query is an empty list."""
    query = request.query.get("q", "").strip()[:MOST_TYPED]
    if not query:
        return await fragment(request, "patients/_suggestions.html", query="", found=None, cards=(), last={})
    services = services_of(request)
    found = await services.records.search(query, by=actor_of(request), now=now_of(request))
    cards = found.cards[:OFFERED]
    last = await last_visits(services, [card.id for card in cards])
    return await fragment(request, "patients/_suggestions.html", query=query, found=found, cards=cards, last=last)


async def last_visits(services: Services, patient_ids: list[PatientId]) -> Mapping[PatientId, str]:
    """Day and doctor of each one's latest visit that has begun; left out for who was never here."""
    now, clinic, last = services.clock.now(), services.clinic, dict[PatientId, str]()
    for visit in await services.booking.of_patients(patient_ids, limit=VISITS_EACH * OFFERED):
        if visit.start <= now and visit.state in COUNTED and visit.patient_id not in last:
            doctor = clinic.practitioner(visit.practitioner_id)
            day = visit.start.astimezone(clinic.timezone).date()
            here = "" if day.year == now.astimezone(clinic.timezone).year else f"{day.year}年"
            who = practitioner_words(doctor) if doctor is not None else ""
            last[visit.patient_id] = f"上次 {here}{day.month}月{day.day}日 {who}".strip()
    return last
