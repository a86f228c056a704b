"""What staff are asked before they book or move: another visit of that day, a child without guardian on record."""

from datetime import datetime

from aiohttp import web

from wxbot.booking.models import Appointment
from wxbot.booking.same_day import SameDayAnswer, SameDayQuestion
from wxbot.booking.sentences import hour_words
from wxbot.clinic.models import VisitTypeId
from wxbot.errors import FieldErrors
from wxbot.patients.guardians import GuardianMissingError, lacks_guardian
from wxbot.patients.models import Patient
from wxbot.services import Services
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, services_of

SECOND, WITHOUT_GUARDIAN = "second", "without_guardian"  # the form's fields for the two answers
LONGEST_REASON = 100  # characters


async def ask_first(  # noqa: PLR0913, PLR0917 - what is to be booked
    request: web.Request, form: Form, patient: Patient, kind: VisitTypeId, start: datetime, key: str
) -> None:
    """Nothing where the form answers what there is to ask; else FieldErrors with the questions.

    Visits that overlap are refused by the booking itself, in its own words.
    """
    services, now = services_of(request), now_of(request)
    zone, faults = services.clinic.timezone, dict[str, str]()
    reason = " ".join(form.get(WITHOUT_GUARDIAN).split())
    childs = lacks_guardian(patient, now.astimezone(zone).date())
    if childs and not reason:
        faults[WITHOUT_GUARDIAN] = GuardianMissingError.sentence
    if len(reason) > LONGEST_REASON:
        faults[WITHOUT_GUARDIAN] = f"原因最多 {LONGEST_REASON} 个字，现在有 {len(reason)} 个。"
    asked = await services.booking.same_day(patient.id, kind, start, now, request_key=key)
    if asked is not None and SameDayAnswer.KEEP in asked.answers and form.get(SECOND) != "true":
        faults[SECOND] = (
            f"患者当天{_standing(services, asked)}，还要再约一个吗？"
            "要的话请勾选「当天再约一个」；想换时间，请改原来那次。"
        )
    if faults:
        raise FieldErrors(faults)
    if childs:
        await services.records.book_without_guardian(patient.id, reason, by=actor_of(request), now=now)


async def second_question(request: web.Request, visit: Appointment, start: datetime, key: str) -> str:
    """What is asked before a visit is moved to a day on which its patient has another one; empty: nothing.

    Within its own day nothing is asked: both were wanted that day. Visits that overlap are refused by the booking.
    """
    services, now = services_of(request), now_of(request)
    zone = services.clinic.timezone
    if start.astimezone(zone).date() == visit.start.astimezone(zone).date():
        return ""
    asked = await services.booking.same_day(
        visit.patient_id, visit.visit_type_id, start, now, request_key=key, moving=visit.id
    )
    if asked is None or SameDayAnswer.KEEP not in asked.answers:
        return ""
    return f"患者那天{_standing(services, asked)}，两次都要的话请勾选「当天两次都要」。"


def _standing(services: Services, asked: SameDayQuestion) -> str:
    kind = services.clinic.visit_type(asked.existing.visit_type_id)
    clock = hour_words(asked.existing.start.astimezone(services.clinic.timezone).time())
    return f" {clock} 已约{kind.name if kind is not None else '就诊'}"
