"""The forms of a patient's page that set and lift a hold."""

from aiohttp import web

from wxbot.days import DayError, read_day
from wxbot.errors import FieldErrors
from wxbot.patients.models import TOPIC_NAMES, ConsentTopic, HoldKind
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, services_of
from wxbot.web.console.patient_notes import note_form
from wxbot.web.console.patient_page import id_of


async def _set(request: web.Request, form: Form) -> str:
    kind, until = form.get("kind"), form.get("until")
    if kind not in {each.value for each in HoldKind}:
        raise FieldErrors({"kind": "请选择是哪一种情况"})
    topics = form.all("topics")
    if any(each not in {topic.value for topic in TOPIC_NAMES} for each in topics):
        raise FieldErrors({"topics": "没有这种消息"})
    try:
        ends = read_day(until) if until else None
    except DayError as error:
        raise FieldErrors({"until": error.sentence}) from None
    await services_of(request).patient_holds.set(
        id_of(request),
        HoldKind(kind),
        form.get("reason"),
        until=ends,
        topics=[ConsentTopic(each) for each in topics],
        by=actor_of(request),
        now=now_of(request),
    )
    return f"已登记「{HoldKind(kind).label}」"


async def _lift(request: web.Request, form: Form) -> str:
    await services_of(request).patient_holds.lift(
        id_of(request), form.get("hold"), form.get("reason"), by=actor_of(request), now=now_of(request)
    )
    return "已解除"


set_hold = note_form("#holds", _set)
lift_hold = note_form("#holds", _lift)
