"""What staff are asked before they book: another visit of that day, and a child whose guardian is not on record."""

from datetime import datetime

from aiohttp import web

from wxbot.booking.same_day import SameDayAnswer
from wxbot.booking.sentences import hour_words
from wxbot.clinic.models import VisitTypeId
from wxbot.errors import FieldErrors
from wxbot.patients.guardians import GuardianMissingError, lacks_guardian
from wxbot.patients.models import Patient
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
        standing = services.clinic.visit_type(asked.existing.visit_type_id)
        clock = hour_words(asked.existing.start.astimezone(zone).time())
        what = standing.name if standing is not None else "就诊"
        faults[SECOND] = (
            f"患者当天 {clock} 已约{what}，还要再约一个吗？要的话请勾选「当天再约一个」；想换时间，请改原来那次。"
        )
    if faults:
        raise FieldErrors(faults)
    if childs:
        await services.records.book_without_guardian(patient.id, reason, by=actor_of(request), now=now)
