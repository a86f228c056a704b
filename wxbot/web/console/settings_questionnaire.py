"""设置: which questions patients are asked between booking and visit, by visit type. They are edited in the file."""

from aiohttp import web

from wxbot.patients.health_consents import SENTENCE
from wxbot.visits.questions import asked_for
from wxbot.web.console.frame import page, services_of


async def index(request: web.Request) -> web.StreamResponse:
    """Each visit type with its questions in order, and each question as the patient reads it."""
    services = services_of(request)
    kinds = [each for each in services.clinic.visit_types if not each.retired]
    questions = services.questionnaire.questions
    return await page(
        request,
        "settings/questionnaire.html",
        kinds=[(kind, asked_for(questions, kind.id)) for kind in kinds],
        questions=[(each, [kind.name for kind in kinds if kind.id in each.visit_types]) for each in questions],
        sentence=services.templates.render(SENTENCE, {}).text,
    )
