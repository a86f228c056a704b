"""试运行: what care would do until a moment, for everybody, for one patient, or as if a draft were published now.

Trying the whole base takes a while: the page asks for the result by itself, and the answer is kept alive meanwhile.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import web

from wxbot.care.dry_run import MOST_DAYS, Draft, DryRun, Group, Outcome, check_span
from wxbot.care.plans.findings import blocking
from wxbot.care.plans.records import Running
from wxbot.days import DayError, read_moment
from wxbot.errors import DomainError, FieldErrors, InvalidInputError
from wxbot.history.models import ContactId, PatientId
from wxbot.logs import get_logger
from wxbot.outbox.forecast import Will
from wxbot.outbox.reasons import reason_words
from wxbot.patients.models import Contact, Patient
from wxbot.services import Services
from wxbot.web.console.forms import Form, filled
from wxbot.web.console.frame import actor_of, now_of, page, services_of
from wxbot.web.console.patient_page import id_of
from wxbot.web.console.submit import complain
from wxbot.web.console.task_rows import UNNAMED

log = get_logger(__name__)

HERE = "/console/care/dry-run"
MEND_FIRST = "这份草稿还有必须改的地方，改好以后才能试运行。"
FAILED = "这次没有算出来，请稍后再试一次。"
SHOWN = 20  # records below a figure; the rest of them on a page of their own
LISTED = 1000  # records of one figure on its own page
BEAT_SECONDS = 10.0  # between signs of life while it runs, so that proxies keep the answer open
BEAT = b"<!-- -->\n"
WILLS: Mapping[Will, tuple[str, str]] = {
    Will.SEND: ("会发送", "good"),
    Will.WAIT: ("先等待", "calm"),
    Will.PHONE: ("打电话", "warn"),
    Will.DROP: ("不发送", "plain"),
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: a step of a plan, what becomes of it and why, with its records."""

    id: str
    plan: str
    step: str  # the name of its wording
    will: Will
    why: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class People:
    """Who the records are about, by id."""

    patients: Mapping[PatientId, Patient]
    contacts: Mapping[ContactId, Contact]

    def name(self, outcome: Outcome) -> str:
        """How a record's patient is called."""
        patient_id = outcome.message.patient_id
        patient = self.patients.get(patient_id) if patient_id is not None else None
        contact = self.contacts.get(outcome.message.contact_id)
        return (
            (patient.name if patient is not None else "") or (contact.alias if contact is not None else "") or UNNAMED
        )

    def href(self, outcome: Outcome) -> str:
        """Where their page is."""
        if outcome.message.patient_id in self.patients:
            return f"/console/patients/{outcome.message.patient_id}"
        return f"/console/contacts/{outcome.message.contact_id}"


async def show(request: web.Request) -> web.StreamResponse:
    """The question: until when, and as if which draft were published; then the result, once it is there."""
    services, now, form = services_of(request), now_of(request), _asked(request)
    title, where = "", ""
    if form.get("plan"):
        title = (await services.plans.editor.get(form.get("plan"), by=actor_of(request))).title
    try:
        if "until" in request.query:
            span_in(request, form)
            await _draft(request, form)
            given = {
                name: request.query[name] for name in ("until", "plan", "running", "figure") if request.query.get(name)
            }
            where = f"{HERE}/result?{urlencode(given)}"
    except InvalidInputError as error:
        complain(form, error)
    return await page(
        request,
        "care/dry_run.html",
        form=form,
        title=title,
        running=Running,
        where=where,
        figure=request.query.get("figure", ""),
        most_days=MOST_DAYS,
        first=_local(request, now),
    )


async def result(request: web.Request) -> web.StreamResponse:
    """What would happen, as a part of the page. It is counted while the answer is open, however long that takes."""
    form, now = _asked(request), now_of(request)
    until, draft = span_in(request, form), await _draft(request, form)
    check_span(now, until, actor_of(request))
    run = services_of(request).care.dry_runs.run(now, until, by=actor_of(request), draft=draft)
    counted = asyncio.create_task(run)
    answer = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})
    await answer.prepare(request)
    try:
        while not (await asyncio.wait({counted}, timeout=BEAT_SECONDS))[0]:
            await answer.write(BEAT)
        await answer.write((await _html(request, form, counted)).encode())
        await answer.write_eof()
    finally:
        counted.cancel()
    return answer


async def of_patient(request: web.Request) -> web.StreamResponse:
    """What one patient would receive until a moment, and why, or why not."""
    services, by, now, form = services_of(request), actor_of(request), now_of(request), _asked(request)
    detail = await services.records.detail(id_of(request), by=by, now=now)
    run = None
    try:
        run = await services.care.dry_runs.of_patient(detail.ids, now, span_in(request, form), by=by)
    except InvalidInputError as error:
        complain(form, error)
    return await page(
        request,
        "care/dry_run_patient.html",
        card=detail.card,
        form=form,
        run=run,
        wills=WILLS,
        most_days=MOST_DAYS,
        template_name=services.templates.name_of,
        status=HTTPStatus.OK,
    )


def span_in(request: web.Request, form: Form) -> datetime:
    """Until when. Raises FieldErrors for what is no moment, or not one that may be tried."""
    try:
        until = read_moment(form.get("until"), services_of(request).clinic.timezone)
    except DayError as error:
        raise FieldErrors({"until": error.sentence}) from None
    try:
        check_span(now_of(request), until, actor_of(request))
    except InvalidInputError as error:
        raise FieldErrors({"until": error.sentence}) from None
    return until


# -- parts ------------------------------------------------------------------------------------------------------


def _asked(request: web.Request) -> Form:
    """What the address asks for; without a moment until the end of tomorrow."""
    given = {name: request.query.get(name, "")[:64] for name in ("plan", "running", "figure")}
    zone = services_of(request).clinic.timezone
    tomorrow = now_of(request).astimezone(zone).date() + timedelta(days=1)
    end = f"{datetime.combine(tomorrow, time(23, 59)):%Y-%m-%dT%H:%M}"
    return filled(
        {**given, "until": request.query.get("until", end)[:32], "running": given["running"] or Running.STAY.value}
    )


async def _draft(request: web.Request, form: Form) -> Draft | None:
    if not form.get("plan"):
        return None
    editor, by = services_of(request).plans.editor, actor_of(request)
    kept = await editor.get(form.get("plan"), by=by)
    running = form.get("running")
    chosen = Running(running) if running in {each.value for each in Running} else Running.STAY
    plan = await editor.content(kept, by=by)
    if blocking(editor.check(plan)):
        raise InvalidInputError("the draft cannot work", sentence=MEND_FIRST)
    return Draft(plan=plan, running=chosen)


async def _html(request: web.Request, form: Form, counted: asyncio.Task[DryRun]) -> str:
    """The result, or why there is none: the head of the answer has left, it cannot become another page any more."""
    refused, found = "", {}
    try:
        found = await _result(request, form, await counted)
    except DomainError as error:
        refused = error.sentence
    except Exception:
        log.exception("dry_run_failed")
        refused = FAILED
    context = {"refused": refused, "zone": services_of(request).clinic.timezone, "now": now_of(request), **found}
    return aiohttp_jinja2.render_string("care/_dry_run.html", request, context)


async def _result(request: web.Request, form: Form, run: DryRun) -> dict[str, object]:
    services = services_of(request)
    figures = [_figure(services, group, found) for group, found in run.groups.items()]
    only = form.get("figure")
    figures = [each for each in figures if only in {"", each.id}]
    most = LISTED if only else SHOWN
    shown = [each for figure in figures for each in figure.outcomes[:most]]
    given = {name: form.get(name) for name in ("until", "plan", "running") if form.get(name)}
    return {
        "run": run,
        "figures": figures,
        "totals": Counter(each.will for each in run.outcomes),
        "people": await _people(services, shown),
        "wills": WILLS,
        "only": only,
        "most": most,
        "whole": f"{HERE}?{urlencode(given)}",
        "patients": len({each.message.patient_id or each.message.contact_id for each in run.outcomes}),
    }


def _figure(services: Services, group: Group, found: tuple[Outcome, ...]) -> Figure:
    plan, step, will, reason = group
    return Figure(
        id=sha256(f"{plan}\n{step}\n{will}\n{reason}".encode()).hexdigest()[:12],
        plan=plan,
        step=services.templates.name_of(found[0].message.template),
        will=will,
        why=reason_words(reason) if reason else "",
        outcomes=found,
    )


async def _people(services: Services, outcomes: Sequence[Outcome]) -> People:
    patients = await services.patients.patients(
        {each.message.patient_id for each in outcomes if each.message.patient_id}
    )
    contacts = await services.patients.contacts({each.message.contact_id for each in outcomes})
    return People(patients=patients, contacts=contacts)


def _local(request: web.Request, moment: datetime) -> str:
    return f"{moment.astimezone(services_of(request).clinic.timezone):%Y-%m-%dT%H:%M}"
