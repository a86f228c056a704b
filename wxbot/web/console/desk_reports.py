"""会话 · 报告: a day, a week or a month, filled in from the figures, with a supervisor's remarks."""

import asyncio
from datetime import timedelta

from aiohttp import web

from wxbot.actors import STAFF
from wxbot.conversations.evaluation.report_models import REMARKS, Remarks, people_heads
from wxbot.conversations.evaluation.reports import LONGEST, NOBODY, written
from wxbot.days import DayError, read_day
from wxbot.errors import NotFoundError
from wxbot.periods import Period, Span, period_of
from wxbot.web.console.downloads import excel_file
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

PATH = "/console/quality/reports"
QUICKER = "同事刚刚保存过这份报告；再次保存会以您写的为准。"


async def index(request: web.Request) -> web.StreamResponse:
    """Those that are kept, and the way to those of yesterday, last week and last month."""
    services = services_of(request)
    today = now_of(request).astimezone(services.clinic.timezone).date()
    latest = [
        period_of(Span.DAY, today - timedelta(days=1)),
        period_of(Span.WEEK, today - timedelta(days=7)),
        period_of(Span.MONTH, today.replace(day=1) - timedelta(days=1)),
    ]
    day = request.query.get("day", "")
    form = Form()
    if day:
        form.values["day"] = day[:20]
        try:
            span = request.query.get("span", "")
            return see_other(request, _address(period_of(_span(span), read_day(day))))
        except (DayError, OverflowError, ValueError) as error:
            form.fail("day", error.sentence if isinstance(error, DayError) else "请填写一个日期")
    return await page(
        request,
        "quality/reports.html",
        kept=await services.review.reports.kept(by=actor_of(request)),
        latest=[(each.title, _address(each)) for each in latest],
        spans=list(Span),
        form=form,
        path_here=PATH,
    )


async def show(request: web.Request) -> web.StreamResponse:
    """One report."""
    return await _show(request, Form())


async def _show(request: web.Request, form: Form) -> web.StreamResponse:
    services, period = services_of(request), _period(request)
    report, kept = await services.review.reports.of(period, by=actor_of(request), now=now_of(request))
    today = now_of(request).astimezone(services.clinic.timezone).date()
    return await page(
        request,
        "quality/report.html",
        report=report,
        kept=kept,
        title=period.title,
        going_on=period.last >= today,
        names={"": NOBODY} | await _names(request, [each.account for each in report.filled.people]),
        heads=people_heads(),
        remarks=REMARKS,
        longest=LONGEST,
        form=form,
        here=_address(period),
    )


async def keep(request: web.Request) -> web.StreamResponse:
    """Keep it with remarks."""
    return await submit(request, _keep, again=_show, overtaken=_overtaken)


async def _keep(request: web.Request, form: Form) -> web.StreamResponse:
    period = _period(request)
    remarks = Remarks(**{name: form.get(name) for name in REMARKS})
    revision = whole_number(form.get("revision"), 0)
    await services_of(request).review.reports.keep(
        period, remarks, revision=revision, by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _address(period), done="报告已保存")


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """What was typed stays; saved again, it counts."""
    form.fail("", QUICKER)
    return await _show(request, form)


async def export(request: web.Request) -> web.StreamResponse:
    """The file."""
    return await submit(request, _export, again=_show)


async def _export(request: web.Request, form: Form) -> web.StreamResponse:
    del form
    services, period = services_of(request), _period(request)
    report = await services.review.reports.taken_out(period, by=actor_of(request), now=now_of(request))
    names = await _names(request, [each.account for each in report.filled.people])
    body = await asyncio.to_thread(written, report, period.title, names)
    return excel_file(body, "report.xlsx", f"{period.span.label}_{period.first.isoformat()}.xlsx")


async def _names(request: web.Request, accounts: list[str]) -> dict[str, str]:
    found = await names_of(services_of(request), [f"{STAFF}{each}" for each in accounts if each])
    return {by.removeprefix(STAFF): name for by, name in found.items()}


def _address(period: Period) -> str:
    return f"{PATH}/{period.span.value}/{period.first.isoformat()}"


def _span(text: str) -> Span:
    return Span(text) if text in {each.value for each in Span} else Span.DAY


def _period(request: web.Request) -> Period:
    """Of the address. Raises NotFoundError for what is no period."""
    span, day = request.match_info["span"], request.match_info["day"]
    if span not in {each.value for each in Span}:
        raise NotFoundError("no such span")
    try:
        return period_of(Span(span), read_day(day))
    except (DayError, OverflowError, ValueError) as error:
        raise NotFoundError("no such day") from error
