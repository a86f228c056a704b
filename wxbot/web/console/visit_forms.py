"""到诊登记 and 离开登记: what reception asks at the door, and the small marks of the day's list."""

from aiohttp import web

from wxbot.booking.deposit_rules import yuan
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.visit_stages import EDIT
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.visits.arrival import arrival_faults, suitable, triage_warning
from wxbot.visits.models import MOST_WORDS, ArrivalForm, OfferAnswer
from wxbot.visits.rules import name_of
from wxbot.web.console import next_visit
from wxbot.web.console.board import board_address
from wxbot.web.console.forms import Form, filled
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.reception_door import arrival_context, card_context, complete, needs_before
from wxbot.web.console.submit import submit
from wxbot.web.console.visit_rows import rows_of
from wxbot.workflow import NotNowError

LIST = "/console/today/visits"
BOARD = "board"  # in `back`: the form was opened there
YES, NO = "yes", "no"
TICKED = "true"
ASK_FIRST = "请问患者是不是第一次来"


async def arrival(request: web.Request) -> web.StreamResponse:
    """What is asked at arrival, with what is known already."""
    services, visit = services_of(request), await _visit(request)
    record = (await services.visit_day.records([visit.id])).get(visit.id)
    if record is not None and record.arrival is not None:
        said = record.arrival.said
        form = filled({**vars(said), "first_visit": YES if said.first_visit else NO, "seen": visit.stage.value})
    else:
        known = {"first_visit": YES if visit.new_patient else "", "seen": visit.stage.value}
        channel = await services.visit_day.preset_channel(visit)
        form = filled({**known, "channel": channel, "needs": await needs_before(request, visit)})
    form.values["back"] = request.query.get("back", "")
    return await _arrival_page(request, form)


async def arrive(request: web.Request) -> web.StreamResponse:
    """Keep it; the patient is here."""
    return await submit(request, _arrive, again=_arrival_page, refused=(NotNowError,))


async def _arrive(request: web.Request, form: Form) -> web.StreamResponse:
    actor_of(request).must(EDIT)
    services, visit = services_of(request), await _visit(request)
    said = ArrivalForm(
        first_visit=form.get("first_visit") == YES,
        channel=form.get("channel"),
        visit_class=form.get("visit_class"),
        complaint=form.get("complaint"),
        keep_practitioner=form.get("keep_practitioner"),
        needs=tuple(dict.fromkeys(form.all("needs"))),
        remarks=form.get("remarks"),
        social_status=form.get("social_status"),
        feels_now=form.get("feels_now"),
        work_wechat=form.get("work_wechat") == TICKED,
    )
    practitioner = services.clinic.practitioner(visit.practitioner_id)
    faults = dict(arrival_faults(said, services.visit_day.rules, practitioner))  # all of them at once
    if form.get("first_visit") not in {YES, NO}:
        faults["first_visit"] = ASK_FIRST
    if said.first_visit:
        try:
            await complete(request, form)
        except FieldErrors as error:
            faults |= error.fields
    if faults:
        raise FieldErrors(faults)
    await services.visit_day.arrive(visit.id, said, seen=_seen(form), by=actor_of(request), now=now_of(request))
    return await _back(request, form, "已登记到诊")


async def _arrival_page(request: web.Request, form: Form) -> web.StreamResponse:
    services, visit = services_of(request), await _visit(request)
    rules, clinic = services.visit_day.rules, services.clinic
    practitioner = clinic.practitioner(visit.practitioner_id)
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in rules.complaints:
        groups.setdefault(each.group, []).append((each.key, each.name))
    complaint = form.get("complaint")
    warning = triage_warning(complaint, rules, practitioner)
    return await page(
        request,
        "visits/arrival.html",
        status=200 if form.ok else 422,
        form=form,
        row=(await rows_of(services, [visit]))[0],
        channels=[(each.key, each.name) for each in rules.channels],
        classes=[(each.key, each.name) for each in rules.classes],
        complaints=groups,
        needs=[(each.key, each.name) for each in rules.needs],
        warning=warning,
        suitable=[each.name for each in suitable(complaint, rules, clinic)] if warning else [],
        preset=await services.visit_day.preset_channel(visit),
        most=MOST_WORDS,
        **await arrival_context(request, visit),
    )


async def checkout(request: web.Request) -> web.StreamResponse:
    """What is asked before a patient leaves."""
    form = filled({"seen": (await _visit(request)).stage.value, "back": request.query.get("back", "")})
    return await _checkout_page(request, form)


async def leave(request: web.Request) -> web.StreamResponse:
    """Keep it; the patient has left."""
    return await submit(request, _leave, again=_checkout_page, refused=(NotNowError,))


async def _leave(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).visit_day.leave(
        _id(request),
        reason=form.get("reason"),
        words=form.get("words"),
        seen=_seen(form),
        by=actor_of(request),
        now=now_of(request),
    )
    return await _back(request, form, "已登记离开")


async def book_next(request: web.Request) -> web.StreamResponse:
    """Book the next visit on the page of the checkout."""
    return await submit(request, _book_next, again=_checkout_page)


async def _book_next(request: web.Request, form: Form) -> web.StreamResponse:
    visit = await _visit(request)
    await next_visit.book_next(request, form, visit)
    back = f"?back={BOARD}" if form.get("back") == BOARD else ""
    return see_other(request, f"{LIST}/{visit.id}/checkout{back}", done="下一次已约好")


async def _checkout_page(request: web.Request, form: Form) -> web.StreamResponse:
    services, visit, now = services_of(request), await _visit(request), now_of(request)
    form.values.setdefault("seen", visit.stage.value)
    following = await services.visit_day.next_visit(visit, now)
    rules = services.visit_day.rules
    record = (await services.visit_day.records([visit.id])).get(visit.id)
    held = visit.held_deposit
    return await page(
        request,
        "visits/checkout.html",
        status=200 if form.ok else 422,
        form=form,
        row=(await rows_of(services, [visit]))[0],
        following=(await rows_of(services, [following]))[0] if following is not None else None,
        reasons=[(each.key, each.name) for each in rules.no_next],
        offers=rules.offers,
        offer_choices=[(each.key, each.name) for each in rules.offers],
        made=record.offer if record is not None else None,
        made_name=name_of(rules.offers, record.offer.offer) if record is not None and record.offer is not None else "",
        forbidden=await services.visit_room.offers.forbidden(visit, now) if rules.offers else "",
        answers=[(each.value, each.label) for each in OfferAnswer],
        held_deposit=yuan(held.amount) if held is not None else "",
        most=MOST_WORDS,
        scripts=services.reception.rules.scripts.checkout,
        **({} if following is not None else await next_visit.next_hours(request, visit, form)),
    )


async def card(request: web.Request) -> web.StreamResponse:
    """The arrival card for the clinicians (A4-18)."""
    services, visit, actor = services_of(request), await _visit(request), actor_of(request)
    found = await services.visit_day.card(visit.id, by=actor)
    row = (await rows_of(services, [visit]))[0]
    return await page(request, "visits/card.html", card=found, row=row, **await card_context(request, visit))


async def recheck(request: web.Request) -> web.StreamResponse:
    """Asked again this morning (A4-15)."""
    await services_of(request).visit_day.recheck(_id(request), by=actor_of(request), now=now_of(request))
    return see_other(request, LIST, done="已记录：当天再次确认")


async def comfort(request: web.Request) -> web.StreamResponse:
    """Somebody spoke with a patient who waits (A4-31)."""
    await services_of(request).visit_day.comfort(_id(request), by=actor_of(request), now=now_of(request))
    return see_other(request, LIST, done="已记录：安慰了等候的患者")


async def unwell(request: web.Request) -> web.StreamResponse:
    """A patient who is here feels unwell (A2-92)."""
    await services_of(request).visit_room.unwell.report(_id(request), by=actor_of(request), now=now_of(request))
    return see_other(request, LIST, done="已通知医护，请先陪在患者身边")


async def offer(request: web.Request) -> web.StreamResponse:
    """The one offer of the visit and what the patient said (A4-20)."""
    return await submit(request, _offer, again=_checkout_page, refused=(NotNowError,))


async def _offer(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).visit_room.offers.make(
        _id(request), form.get("offer"), form.get("answer"), by=actor_of(request), now=now_of(request)
    )
    back = f"?back={BOARD}" if form.get("back") == BOARD else ""
    return see_other(request, f"{LIST}/{_id(request)}/checkout{back}", done="已记录患者的意思")


async def _back(request: web.Request, form: Form, done: str) -> web.StreamResponse:
    """To where the form was opened: the day board at the visit's day, or the day's list."""
    if form.get("back") != BOARD:
        return see_other(request, LIST, done=done)
    visit = await _visit(request)
    day = visit.start.astimezone(services_of(request).clinic.timezone).date()
    return see_other(request, board_address(day=day.isoformat(), who=visit.practitioner_id), done=done)


def _id(request: web.Request) -> AppointmentId:
    return AppointmentId(request.match_info["id"])


def _seen(form: Form) -> VisitStage:
    """The stage that the page showed; of a forged form the first one, which the use case then refuses."""
    told = form.get("seen")
    return VisitStage(told) if told in {each.value for each in VisitStage} else VisitStage.EXPECTED


async def _visit(request: web.Request) -> Appointment:
    found = await services_of(request).booking.by_ids([_id(request)])
    if _id(request) not in found:
        raise NotFoundError(f"appointment {_id(request)}")
    return found[_id(request)]
