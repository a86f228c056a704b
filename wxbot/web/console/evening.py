"""夕会: what the day came to, whom somebody still has to look after, and what is done about cancellations."""

from collections.abc import Iterable
from datetime import date

from aiohttp import web

from wxbot.booking.deposit_rules import DepositTotals, yuan
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.days import DayError, read_day
from wxbot.visits.models import Noted
from wxbot.web.console.forms import WHOLE, Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.visit_rows import rows_of
from wxbot.web.console.who import names_of

PATH = "/console/today/evening"


async def show(request: web.Request) -> web.StreamResponse:
    """The sheet of today, or of `day`."""
    return await _show(request, Form())


async def decide(request: web.Request) -> web.StreamResponse:
    """What the supervisor decided about a cancellation (A4-17)."""
    return await submit(request, _decide, again=_show)


async def _decide(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).visit_day.decide(
        AppointmentId(request.match_info["id"]), form.get("words"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, f"{PATH}?day={_day(request, form)}", done="已记录处理意见")


async def _show(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    day = _day(request, form)
    sheet = await services.visit_days.sheet(day, by=actor, now=now)
    rows = {row.visit.id: row for row in await rows_of(services, _named(sheet.came, sheet.missed, sheet.cancelled))}
    rows |= {row.visit.id: row for row in await rows_of(services, sheet.not_closed)}
    people = await services.patients.patients({each.patient_id for each in sheet.came})
    without = {key for key, person in people.items() if not person.record_number}
    records = await services.visit_day.records([each.id for each in sheet.cancelled])
    decisions: dict[AppointmentId, Noted] = {
        key: record.decision for key, record in records.items() if record.decision is not None
    }
    return await page(
        request,
        "today/evening.html",
        sheet=sheet,
        deposits=_deposit_words(await services.deposits.of_day(day, by=actor)),
        day=day,
        rows=rows,
        decisions=decisions,
        names=await names_of(services, [each.by for each in decisions.values()]),
        without_number=[rows[each.id] for each in sheet.came if each.patient_id in without],
        problem=form.errors.get(WHOLE, ""),
        may_decide=actor.may("booking:cancellation:decide"),
    )


def _deposit_words(found: DepositTotals) -> str:
    """收 3 笔 600 元，退 1 笔 100 元；收退相抵：现金 200 元，微信 300 元; empty where there were none."""
    if not found.received_count and not found.refunded_count:
        return ""
    words = f"收 {found.received_count} 笔 {yuan(found.received)} 元"
    if found.refunded_count:
        words += f"，退 {found.refunded_count} 笔 {yuan(found.refunded)} 元"
    signed = [f"{label} {'-' if amount < 0 else ''}{yuan(abs(amount))} 元" for label, amount in found.by_method]
    return f"{words}；收退相抵：{'，'.join(signed)}" if signed else words


def _named(*lists: Iterable[Appointment]) -> list[Appointment]:
    return [each for visits in lists for each in visits]


def _day(request: web.Request, form: Form) -> date:
    """The day that is asked for; today where none is, or none that can be meant."""
    try:
        return read_day(request.query.get("day", "") or form.get("day"))
    except DayError:
        return now_of(request).astimezone(services_of(request).clinic.timezone).date()
