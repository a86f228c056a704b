"""A visit on the board: its panel and what is done there, each of it taken back again or asked about first."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from wxbot.booking.errors import GivenAwayError
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.stages import STAGES
from wxbot.errors import DomainError, FieldErrors, NotFoundError, StaleError
from wxbot.web.console import board_deposits
from wxbot.web.console.board import board_address
from wxbot.web.console.board_answers import CHANGED
from wxbot.web.console.board_day import BOARD, local_today
from wxbot.web.console.board_freed import freed_words, given_away_words
from wxbot.web.console.board_layout import standing_of
from wxbot.web.console.board_signs import signs_of
from wxbot.web.console.forms import Form, read_form, whole_number
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.waitlist import waiters
from wxbot.workflow import NotNowError

NEXT_STEPS = {  # what the button to a stage says
    VisitStage.ARRIVED: "到了",
    VisitStage.WAITING: "候诊",
    VisitStage.IN_TREATMENT: "开始就诊",
    VisitStage.LEFT: "离开",
}
REGISTER = "补到诊登记"
FORMS = {VisitStage.ARRIVED: "arrival", VisitStage.LEFT: "checkout"}  # what is asked first; see visit_forms
FORM_FIRST = "请先点「到了」或「离开」，把要问的登记好。"
LONGEST_REASON = 200  # characters
MEANWHILE = "这次预约刚刚被同事改动，您的操作没有生效。下面是最新的情况。"

Deed = Callable[[web.Request, Appointment, Form], Awaitable[str]]
"""Does something with a visit and says what was done."""


async def found(request: web.Request) -> Appointment:
    """The appointment that the address names. Raises NotFoundError."""
    appointment_id = AppointmentId(request.match_info["id"])
    visit = (await services_of(request).booking.by_ids([appointment_id])).get(appointment_id)
    if visit is None:
        raise NotFoundError("no such appointment")
    return visit


async def show(request: web.Request) -> web.StreamResponse:
    """The panel; a page of its own without scripts."""
    return await panel(request, await found(request))


async def panel(
    request: web.Request, visit: Appointment, *, form: Form | None = None, said: str = "", changed: bool = False
) -> web.StreamResponse:
    """The panel of a visit as it now stands. `changed`: the board behind it shall be drawn again."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    clinic, today = services.clinic, local_today(services, now)
    local = visit.start.astimezone(clinic.timezone)
    patients = await services.patients.patients([visit.patient_id])
    patient = patients.get(visit.patient_id)
    card = (await services.records.cards([patient], now))[0] if patient is not None else None
    kind, who = clinic.visit_type(visit.visit_type_id), clinic.practitioner(visit.practitioner_id)
    unsure = visit.live and visit.confirmed_at is None and visit.start > now
    listed = await services.visit_days.listed([visit], by=actor, now=now)
    record, coming = listed.records.get(visit.id), listed.estimates.get(visit.id)
    registered = record is not None and record.arrival is not None
    context: dict[str, Any] = {
        "visit": visit,
        "risk": (await services.no_show_risk.of([visit], by=actor))[visit.id] if unsure else None,
        "card": card,
        "may_edit": actor.may("booking:appointment:edit"),
        "kind": kind.name if kind else visit.visit_type_id,
        "who": who.name if who else visit.practitioner_id,
        "room": clinic.room_name(visit.room) if visit.room else "",
        "standing": standing_of(visit, now),
        "steps": steps_of(visit, registered=registered) if visit.live and local.date() == today else [],
        "signs": signs_of(visit, record),
        "expects": coming.words if coming is not None else "",
        "may_be_unwell": visit.stage is not VisitStage.EXPECTED and local.date() == today,
        "may_step_back": visit.stage is not VisitStage.EXPECTED
        and visit.state in {AppointmentState.BOOKED, AppointmentState.COMPLETED},
        "begun": visit.start <= now,
        "missed": visit.state is AppointmentState.NO_SHOW,
        "may_miss": visit.start <= now
        and visit.stage is VisitStage.EXPECTED
        and visit.state in {AppointmentState.BOOKED, AppointmentState.COMPLETED},
        "base": f"{BOARD}/visits/{visit.id}",
        "back": board_address(day=local.date().isoformat(), who=visit.practitioner_id),
        "answers": (await services.questionnaire.read([visit.id], by=actor)).get(visit.id, ()),
        "form": form or Form(),
        "said": said,
        "address": board_address,
        "waiters": await waiters(request, visit) if visit.state is AppointmentState.CANCELLED else (),
        "talk": f"/console/desk/{visit.contact_id}" if visit.contact_id and actor.may("desk:conversation:read") else "",
    }
    context |= await board_deposits.facts(request, visit)
    if is_fragment(request):
        answer = await fragment(request, "board/_visit.html", **context)
        if changed:
            answer.headers["HX-Trigger"] = CHANGED
        return answer
    return await page(request, "board/visit.html", **context)


def steps_of(visit: Appointment, *, registered: bool) -> list[tuple[VisitStage, str, str]]:
    """The stages that may follow, the next one first: stage, words, and the form to fill in first, if there is one.

    Who has not arrived, or came by the code at reception, is asked the questions of the door first, and nobody leaves
    past the ones of the checkout.
    """
    later = STAGES[STAGES.index(visit.stage) + 1 :]
    if visit.stage is VisitStage.EXPECTED or not registered:
        later = (VisitStage.ARRIVED,)
    asked = f"/console/today/visits/{visit.id}"
    words = NEXT_STEPS if visit.stage is VisitStage.EXPECTED else {**NEXT_STEPS, VisitStage.ARRIVED: REGISTER}
    return [(each, words[each], f"{asked}/{FORMS[each]}?back=board" if each in FORMS else "") for each in later]


def deed(do: Deed) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that does something with the visit and shows the panel again, with what was done or refused."""

    async def handle(request: web.Request) -> web.StreamResponse:
        form, visit = await read_form(request), await found(request)
        try:
            said = await do(request, visit, form)
        except FieldErrors as error:
            form.errors.update(error.fields)
            return await panel(request, await found(request), form=form)
        except (NotFoundError, web.HTTPException):
            raise
        except DomainError as error:
            if not is_fragment(request) or error.code == "forbidden":
                raise
            form.fail("", MEANWHILE if type(error) is StaleError and not form.get("seen") else error.sentence)
            return await panel(request, await found(request), form=form, changed=True)
        after = await found(request)
        if is_fragment(request):
            return await panel(request, after, said=said, changed=True)
        day = after.start.astimezone(services_of(request).clinic.timezone).date()
        return see_other(request, board_address(day=day.isoformat(), who=after.practitioner_id), done=said)

    return handle


async def _stage(request: web.Request, visit: Appointment, form: Form) -> str:
    to, seen = _stage_of(form.get("to")), _stage_of(form.get("seen"))
    if to in FORMS or seen is VisitStage.EXPECTED:
        raise NotNowError(FORM_FIRST)
    await services_of(request).visit_day.advance(visit.id, to, seen=seen, by=actor_of(request), now=now_of(request))
    return f"已登记：{to.label}"


async def _unwell(request: web.Request, visit: Appointment, _: Form) -> str:
    await services_of(request).visit_room.unwell.report(visit.id, by=actor_of(request), now=now_of(request))
    return "已通知医护，请先陪在患者身边"


async def _back(request: web.Request, visit: Appointment, form: Form) -> str:
    try:
        after = await services_of(request).visit_stages.step_back(
            visit.id, seen=_stage_of(form.get("seen")), by=actor_of(request), now=now_of(request)
        )
    except GivenAwayError as error:
        raise NotNowError(await given_away_words(request, visit, error)) from error
    return f"已撤销，现在是「{after.stage.label}」"


async def _confirm(request: web.Request, visit: Appointment, _: Form) -> str:
    await services_of(request).booking.confirm(visit.id, by=actor_of(request), now=now_of(request))
    return "已记为确认会来"


async def _unconfirm(request: web.Request, visit: Appointment, _: Form) -> str:
    await services_of(request).visit_stages.unconfirm(visit.id, by=actor_of(request), now=now_of(request))
    return "已撤销确认"


async def _missed(request: web.Request, visit: Appointment, _: Form) -> str:
    missed = await services_of(request).booking.mark_no_show(visit.id, by=actor_of(request), now=now_of(request))
    return f"已标记未到诊{freed_words(request, missed)}"


async def _expected(request: web.Request, visit: Appointment, _: Form) -> str:
    try:
        await services_of(request).visit_stages.undo_no_show(visit.id, by=actor_of(request), now=now_of(request))
    except GivenAwayError as error:
        raise NotNowError(await given_away_words(request, visit, error)) from error
    return "已撤销未到诊"


async def _cancel(request: web.Request, visit: Appointment, form: Form) -> str:
    actor_of(request).must("booking:appointment:edit")
    reason = " ".join(form.get("reason").split())
    if not reason:
        raise FieldErrors({"reason": "请写明取消的原因，例如：患者来电，临时有事。"})
    if len(reason) > LONGEST_REASON:
        raise FieldErrors({"reason": f"原因最多 {LONGEST_REASON} 个字，现在有 {len(reason)} 个。"})
    board_deposits.check_before_cancelling(request, visit, form, reason)
    services, by, now = services_of(request), actor_of(request), now_of(request)
    version, more = whole_number(form.get("version"), -1), ""
    if visit.series is not None and form.get("rest") == "yes":
        seen = replace(visit, version=version)
        every = await services.series.cancel_from(seen, reason, by=by, now=now)
        more = f"（疗程一共取消了 {len(every)} 次）"
        cancelled = await found(request)
    else:
        cancelled = await services.booking.cancel(visit.id, reason, by=by, now=now, version=version)
    settled = await board_deposits.settle_cancelled(request, cancelled, form, reason)
    return f"已取消这次预约，时间已空出{more}{settled}"


def _stage_of(text: str) -> VisitStage:
    """Raises FieldErrors for what no page of ours says."""
    stage = next((each for each in VisitStage if each.value == text), None)
    if stage is None:
        raise FieldErrors({"": "没有这个到诊步骤，请刷新页面再试。"})
    return stage


stage = deed(_stage)
unwell = deed(_unwell)
back = deed(_back)
confirm = deed(_confirm)
unconfirm = deed(_unconfirm)
missed = deed(_missed)
expected = deed(_expected)
cancel = deed(_cancel)
receive_deposit = deed(board_deposits.receive)
settle_deposit = deed(board_deposits.settle)
