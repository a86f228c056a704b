"""联系记录: what was done to reach patients, day by day; and a contact noted that no task asked for (A4-47)."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web

from wxbot.days import DayError, moment_of, read_day
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.followups.attempt_models import Effort, Group, Mood, Outcome, Reason
from wxbot.followups.stores.attempts import AttemptFilter
from wxbot.history.models import PatientId
from wxbot.web.console.followup_card import attempt_in, choices
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

MOST_TYPED = 40  # characters of a search
LISTED = 50
HOURS = 24
LONGEST = 92  # days of one list; the best hours are learnt from so many


async def index(request: web.Request) -> web.StreamResponse:
    """The records of some days, newest first; narrowed to what a figure counts."""
    services, actor = services_of(request), actor_of(request)
    form = Form()
    wanted, first, last = wanted_of(request, form)
    found = await services.recalls.attempts.page(wanted, by=actor, before=_before(request), limit=LISTED)
    people = await services.patients.patients({each.patient_id for each in found if each.patient_id is not None})
    older = ""
    if len(found) == LISTED:
        where = {name: value for name, value in request.query.items() if name not in {"before", "id"}}
        older = f"?{urlencode({**where, 'before': f'{found[-1].at.timestamp():.3f}', 'id': found[-1].id})}"
    return await page(
        request,
        "followups/records.html",
        records=found,
        people=people,
        names=await names_of(services, {each.by for each in found} | ({wanted.by} if wanted.by else set())),
        form=form,
        wanted=wanted,
        first=first,
        last=last,
        outcomes=[(each.value, each.label) for each in Outcome],
        older=older,
    )


async def new(request: web.Request) -> web.StreamResponse:
    """First whom, then what."""
    return await _noting(request, Form())


async def note(request: web.Request) -> web.StreamResponse:
    """Keep it."""
    return await submit(request, _note, again=_noting)


async def _note(request: web.Request, form: Form) -> web.StreamResponse:
    patient_id = PatientId(form.get("patient_id"))
    if not patient_id:
        raise FieldErrors({"": "请先找到患者"})
    await services_of(request).recalls.attempts.note(
        patient_id, attempt_in(request, form), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, f"/console/patients/{patient_id}", done="已记下这次联系")


async def _noting(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    wanted = PatientId(form.get("patient_id") or request.query.get("patient", ""))
    query = request.query.get("q", "").strip()[:MOST_TYPED]
    card, found = None, None
    if wanted:
        patient = (await services.patients.patients([wanted])).get(wanted)
        if patient is None:
            raise NotFoundError("no such patient")
        card = (await services.records.cards([patient], now))[0]
    elif query:
        found = await services.records.search(query, by=actor, now=now)
    return await page(
        request, "followups/note.html", card=card, found=found, query=query, form=form, **choices(services, now)
    )


def wanted_of(request: web.Request, form: Form) -> tuple[AttemptFilter, date, date]:
    """What the address asks for: today unless it names days; the days it spans. `form` is told what cannot be."""
    query, zone = request.query, services_of(request).clinic.timezone
    today = now_of(request).astimezone(zone).date()
    first, last = span_of(request, form, today, today)
    last = min(max(first, last), first + timedelta(days=LONGEST))
    chosen = {
        "outcome": {each.value for each in Outcome},
        "group": {each.value for each in Group},
        "effort": {each.value for each in Effort},
        "reason": {each.value for each in Reason},
        "mood": {each.value for each in Mood},
    }
    return (
        AttemptFilter(
            since=datetime.combine(first, time(), zone),
            until=datetime.combine(last + timedelta(days=1), time(), zone),
            by=query.get("by", "")[:64],
            competitor=query.get("competitor", "")[:100],
            hour=hour if 0 <= (hour := whole_number(query.get("hour"), -1)) < HOURS else None,
            **{name: query.get(name, "") if query.get(name, "") in known else "" for name, known in chosen.items()},
        ),
        first,
        last,
    )


def span_of(request: web.Request, form: Form, first: date, last: date) -> tuple[date, date]:
    """The days that the address names, else those given; `form` is told of one that cannot be."""
    return _day(request, form, "from", first), _day(request, form, "to", last)


def _day(request: web.Request, form: Form, name: str, otherwise: date) -> date:
    text = request.query.get(name, "")
    try:
        return read_day(text) if text else otherwise
    except DayError as error:
        form.fail("", error.sentence)
        return otherwise


def _before(request: web.Request) -> tuple[datetime, str] | None:
    try:
        before = request.query.get("before", "")
        return (moment_of(float(before)), request.query.get("id", "")) if before else None
    except (ValueError, DayError):
        return None
