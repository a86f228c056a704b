"""Moving a visit on the board, by dragging its card or by 改时间: one step, and the patient is told or not."""

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from wxbot.booking.errors import AlreadyBookedError, TooLateError
from wxbot.booking.models import Appointment, Booker
from wxbot.booking.obstacles import BUSY, Obstacle
from wxbot.booking.overbooking import LONGEST_REASON
from wxbot.booking.sentences import clock_words
from wxbot.clinic.models import PractitionerId
from wxbot.days import LAST_DAY, DayError, read_day
from wxbot.errors import DomainError, FieldErrors, InvalidInputError, NotBookableError, SlotTakenError
from wxbot.ids import new_id
from wxbot.services import Services
from wxbot.web.console.before_booking import SECOND, second_question
from wxbot.web.console.board import board_address
from wxbot.web.console.board_answers import finished, moment_at, place_of, place_words
from wxbot.web.console.board_day import BOARD, local_today
from wxbot.web.console.board_visit import MEANWHILE, found, panel
from wxbot.web.console.forms import WHOLE, Form, filled, whole_number
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, services_of
from wxbot.web.console.submit import submit

EDIT = "booking:appointment:edit"


async def ask(request: web.Request) -> web.StreamResponse:
    """To which hour; or, when the address names one, whether so, and whether the patient is told."""
    actor_of(request).must(EDIT)
    visit = await found(request)
    names = ("day", "at", "who", "version")
    form = filled({name: request.query.get(name, "") for name in names} | {"key": new_id(now_of(request))})
    if form.get("version") and form.get("version") != str(visit.version):
        return await _overtaken(request, form)
    return await _asking(request, form)


async def move(request: web.Request) -> web.StreamResponse:
    """Move it in one step. A colleague who was faster wins, and the second is told; nothing moves."""
    return await submit(request, _move, again=_asking, overtaken=_overtaken, refused=(AlreadyBookedError, TooLateError))


async def _move(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    actor.must(EDIT)
    visit = await found(request)
    start = moment_at(services.clinic, form.get("day"), form.get("at"))
    who = PractitionerId(form.get("who"))
    tell, key = form.get("tell") == "yes", f"board:{form.get('key')[:64] or new_id(now)}"
    if form.get(SECOND) != "true" and (question := await second_question(request, visit, start, key)):
        raise FieldErrors({SECOND: question})
    try:
        moved = await services.booking.move(
            visit.id,
            start,
            who,
            whole_number(form.get("version"), -1),
            key,
            by=actor,
            now=now,
            overbooked=form.get("reason") if form.get("overbook") else None,
            tell=tell,
        )
    except (SlotTakenError, NotBookableError) as error:
        form.fail(WHOLE, error.sentence)
        return await _asking(request, form)
    words = f"已改到 {place_words(services.clinic, moved.start, moved.practitioner_id, now)}"
    if moved.contact_id is not None:
        words += "，改约消息会发给患者" if tell else "，没有发改约消息"
    return finished(request, moved, words)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """The card as it now stands, and that nothing was moved."""
    refused = Form(values=dict(form.values))
    refused.fail(WHOLE, MEANWHILE)
    return await panel(request, await found(request), form=refused, changed=True)


async def _asking(request: web.Request, form: Form) -> web.StreamResponse:
    services, now = services_of(request), now_of(request)
    visit = await found(request)
    clinic = services.clinic
    kind = clinic.visit_type(visit.visit_type_id)
    patient = (await services.patients.patients([visit.patient_id])).get(visit.patient_id)
    context: dict[str, Any] = {
        "form": form,
        "visit": visit,
        "version": whole_number(form.get("version"), visit.version),
        "name": (patient.name if patient else None) or "患者",
        "kind": kind.name if kind else visit.visit_type_id,
        "before": place_words(clinic, visit.start, visit.practitioner_id, now),
        "base": f"{BOARD}/visits/{visit.id}",
        "longest": LONGEST_REASON,
        "back": board_address(
            day=visit.start.astimezone(clinic.timezone).date().isoformat(), who=visit.practitioner_id
        ),
        "people": clinic.who_treats(visit.visit_type_id),
        "address": board_address,
        **await _aim(services, visit, form, now),
    }
    start = context["start"]
    context["second"] = await second_question(request, visit, start, "") if start and not context["obstacles"] else ""
    context["shifts"] = _shifts(services, visit, start, now) if start else []
    if is_fragment(request):
        return await fragment(request, "board/_move.html", **context)
    return await page(request, "board/move.html", status=200 if form.ok else 422, **context)


def _shifts(services: Services, visit: Appointment, start: datetime, now: datetime) -> list[dict[str, str]]:
    """How the reminders go along, each with its time before and after; what has left stays."""
    clinic, wordings = services.clinic, services.templates

    def words(moment: datetime | None) -> str:
        return "" if moment is None else clock_words(moment, clinic.timezone, now)

    return [
        {"name": wordings.get(each.template).name, "before": words(each.before), "after": words(each.after)}
        for each in services.care.visit_shifts(visit, start, now)
    ]


async def _aim(services: Services, visit: Appointment, form: Form, now: datetime) -> dict[str, Any]:
    """What the dialog offers: the hour that was named, if it can be had, else hours that can."""
    clinic = services.clinic
    aim: dict[str, Any] = {
        "to": "", "slots": [], "obstacles": (), "crowded": False, "refusal": "", "hour": "", "start": None
    }  # fmt: skip
    who = PractitionerId(form.get("who")) or None
    try:
        if form.get("at"):
            start = moment_at(clinic, form.get("day"), form.get("at"))
            obstacles = await _obstacles(services, visit, start, who, now)
            aim["start"] = start
            aim["to"] = place_words(clinic, start, who or visit.practitioner_id, now)
            aim["hour"] = clock_words(start, clinic.timezone, now)
            aim["obstacles"] = obstacles
            aim["crowded"] = bool(obstacles) and all(each.kind in BUSY for each in obstacles)
            if obstacles:
                aim["slots"] = await _nearest(services, visit, who, max(start, now), now)
        else:
            local = visit.start.astimezone(clinic.timezone).date()
            today = local_today(services, now)
            day = read_day(form.get("day")) if form.get("day") else max(local, today)
            form.values["day"] = day.isoformat()
            slots = await services.booking.slots(
                visit.visit_type_id, who, min(day, LAST_DAY - timedelta(days=7)), now, moving=visit.id,
                booker=Booker.STAFF,
            )  # fmt: skip
            aim["slots"] = [place_of(clinic, each, now) for each in slots if each.start != visit.start]
            if not aim["slots"]:
                midnight = moment_at(clinic, day.isoformat(), "00:00")
                aim["slots"] = await _nearest(services, visit, who, max(midnight, now), now)
                aim["refusal"] = "这一天没有空档，最近的空档是："
    except DayError as error:
        form.fail("day", error.sentence)
        form.values["day"] = ""
    except (InvalidInputError, FieldErrors) as error:
        form.fail(WHOLE, error.sentence)
    except DomainError as error:
        aim["refusal"] = error.sentence
    return aim


async def _obstacles(
    services: Services, visit: Appointment, start: datetime, who: PractitionerId | None, now: datetime
) -> tuple[Obstacle, ...]:
    return await services.booking.why_not(
        visit.visit_type_id, who, start, now=now, moving=visit.id, patient_id=visit.patient_id
    )


async def _nearest(
    services: Services, visit: Appointment, who: PractitionerId | None, after: datetime, now: datetime
) -> list[dict[str, str]]:
    """The nearest free hours of that practitioner, else of anybody."""
    for whose in dict.fromkeys((who, None)):
        try:
            slots = await services.booking.next_free(
                visit.visit_type_id, whose, after, now, moving=visit.id, booker=Booker.STAFF
            )
        except NotBookableError:
            continue
        if slots:
            return [place_of(services.clinic, each, now) for each in slots]
    return []
