"""就诊前的几个问题: after booking, one question to a page, kept answer by answer; first the consent to health data."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment
from wxbot.errors import InvalidInputError
from wxbot.patients.models import ConsentTopic
from wxbot.visits.questions import MOST_WRITTEN, VisitQuestion
from wxbot.web.patient.appointments import may_change, own
from wxbot.web.patient.frame import contact_of, now_of, page, see_other, services_of, typed


async def show(request: web.Request) -> web.StreamResponse:
    """GET /w/appointments/{id}/questions: the consent, then the first open question, or the one of `step`."""
    appointment = await own(request)
    if not may_change(request, appointment):
        return see_other(f"/w/appointments/{appointment.id}")
    questions = services_of(request).questionnaire.asked_for(appointment)
    if not questions:
        return see_other(f"/w/appointments/{appointment.id}")
    if not contact_of(request).allows(ConsentTopic.HEALTH):
        return page(request, "health_consent.html", {"appointment": appointment, "count": len(questions)})
    step = request.query.get("step", "")
    if step.isdecimal() and 1 <= int(step[:3]) <= len(questions):
        return await _asking(request, appointment, questions, int(step[:3]) - 1)
    position = await services_of(request).questionnaire.open_position(appointment)
    if position is None:
        return see_other(f"/w/appointments/{appointment.id}?done=answered")
    return await _asking(request, appointment, questions, position)


async def consent(request: web.Request) -> web.StreamResponse:
    """POST /w/appointments/{id}/questions/consent: agreed, with the wording that was shown."""
    appointment = await own(request)
    await agree(request, granted=True)
    return see_other(f"/w/appointments/{appointment.id}/questions")


async def answer(request: web.Request) -> web.StreamResponse:
    """POST /w/appointments/{id}/questions: one answer is kept; then the next question."""
    appointment = await own(request)
    values = await typed(request, "key", "choice", "words", "skip")
    if not may_change(request, appointment):
        return see_other(f"/w/appointments/{appointment.id}")
    contact, questions = contact_of(request), services_of(request).questionnaire.asked_for(appointment)
    if not contact.allows(ConsentTopic.HEALTH):
        return see_other(f"/w/appointments/{appointment.id}/questions")
    position = next((at for at, each in enumerate(questions) if each.key == values["key"]), None)
    if position is None:
        raise InvalidInputError("no such question")
    problem = "" if values["skip"] else _problem(questions[position], values)
    if problem:
        return await _asking(request, appointment, questions, position, problem=problem, values=values, status=422)
    given = {"choice": "", "words": ""} if values["skip"] else values
    await services_of(request).questionnaire.answer(
        appointment, contact, values["key"], given["choice"], given["words"], now=now_of(request)
    )
    following = f"?step={position + 2}" if position + 1 < len(questions) else ""
    return see_other(f"/w/appointments/{appointment.id}/questions{following}")


async def agree(request: web.Request, *, granted: bool) -> None:
    """Record the answer to the one sentence; who withdraws it has what they answered deleted, here and in the chat."""
    services, contact, now = services_of(request), contact_of(request), now_of(request)
    await services.health_consents.record(contact.id, granted=granted, by=PATIENT, now=now)
    if not granted:
        await services.questionnaire.erase(contact.id)
        await services.review.intakes.forget_answers(contact.id, now=now)


def _problem(question: VisitQuestion, values: Mapping[str, str]) -> str:
    if question.choices and not values["choice"]:
        return "choose"
    return "long" if len(values["words"]) > MOST_WRITTEN else ""


async def _asking(  # noqa: PLR0913 - the parts of one page
    request: web.Request,
    appointment: Appointment,
    questions: tuple[VisitQuestion, ...],
    position: int,
    *,
    problem: str = "",
    values: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.StreamResponse:
    kept = await services_of(request).questionnaire.answered(appointment)
    before = kept.of(questions[position].key) if kept is not None else None
    shown: Mapping[str, Any] = values or {
        "choice": before.choice if before is not None else "",
        "words": before.words if before is not None else "",
    }
    return page(
        request,
        "questions.html",
        {
            "appointment": appointment,
            "question": questions[position],
            "number": position + 1,
            "count": len(questions),
            "values": shown,
            "problem": problem,
            "longest": MOST_WRITTEN,
        },
        status=status,
    )
