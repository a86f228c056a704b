"""A course of visits: proposed whole, then booked; and what comes later moved along with one visit."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from wxbot.booking.models import Appointment, AppointmentId, SeriesId
from wxbot.booking.sentences import practitioner_words
from wxbot.booking.series_models import Proposal, SeriesRequest, SeriesTakenError
from wxbot.booking.series_placement import MOST_VISITS, Interval
from wxbot.clinic.changes import course_words
from wxbot.clinic.models import Clinic, PractitionerId, VisitTypeId
from wxbot.days import DayError, read_day
from wxbot.errors import FieldErrors, InvalidInputError, NotBookableError, NotFoundError
from wxbot.history.models import PatientId
from wxbot.ids import new_id
from wxbot.patients.models import Patient
from wxbot.web.console.board_answers import moment_at
from wxbot.web.console.forms import WHOLE, Form, filled, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.visit_rows import rows_of

EDIT = "booking:appointment:edit"
FIELDS = ("kind", "who", "day", "at", "every", "within", "count")
START = "%Y-%m-%dT%H:%MZ"
REFUSED = (SeriesTakenError, NotBookableError)


def address(patient_id: str) -> str:
    """The page on which a course is booked for a patient."""
    return f"/console/patients/{patient_id}/series"


async def plan(request: web.Request) -> web.StreamResponse:
    """GET: the form, and with everything chosen the whole list of dates. Books nothing."""
    actor_of(request).must(EDIT)
    form = filled({name: request.query.get(name, "")[:40] for name in FIELDS})
    return await _plan(request, form)


async def book(request: web.Request) -> web.StreamResponse:
    """POST: all visits of the list, or none."""
    return await submit(request, _book, again=_plan, refused=REFUSED)


async def _book(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    patient = await _patient(request)
    wanted = await _wanted(request, form, patient)
    booked = await services.series.book(
        wanted,
        _starts(form),
        request_key=f"series:{form.get('key')[:64] or new_id(now)}",
        partial=form.get("partial") == "yes",
        by=actor,
        now=now,
    )
    first = booked[0].series
    where = f"/console/series/{first.id}" if first is not None else address(patient.id)
    return see_other(request, where, done=f"已约好 {len(booked)} 次")


async def _plan(request: web.Request, form: Form) -> web.StreamResponse:
    services, now = services_of(request), now_of(request)
    clinic, patient = services.clinic, await _patient(request)
    kind = clinic.visit_type(VisitTypeId(form.get("kind")))
    proposal: Proposal | None = None
    if kind is not None and form.get("day") and form.get("at"):
        try:
            wanted = await _wanted(request, form, patient)
            proposal = await services.series.propose(wanted, by=actor_of(request), now=now)
        except FieldErrors as error:
            form.errors.update({key: words for key, words in error.fields.items() if key not in form.errors})
        except (InvalidInputError, NotBookableError) as error:
            form.errors.setdefault(WHOLE, error.sentence)
    offered = [each for each in clinic.visit_types if clinic.who_offers(each.id)]
    return await page(
        request,
        "patients/series.html",
        status=200 if form.ok else 422,
        form=form,
        patient=patient,
        name=patient.name or "患者",
        base=address(patient.id),
        kinds=[(each.id, each.name) for each in offered],
        people=[(each.id, each.name) for each in (clinic.who_offers(kind.id) if kind else clinic.practitioners)],
        courses=[(each, course_words(each.course)) for each in offered if each.course is not None],
        proposal=proposal,
        rows=_rows(proposal, clinic) if proposal is not None else [],
        key=form.get("key") or new_id(now),
        most=MOST_VISITS,
    )


async def show(request: web.Request) -> web.StreamResponse:
    """GET: every visit of a series, with what became of it."""
    services = services_of(request)
    actor_of(request).must("booking:appointment:read")
    visits = await services.series.of_series(SeriesId(request.match_info["id"]))
    if not visits:
        raise NotFoundError("no such series")
    first = visits[0]
    return await page(
        request,
        "patients/course.html",
        rows=await rows_of(services, visits),
        patient_id=first.patient_id,
        series=first.series,
        now=now_of(request),
        may_edit=actor_of(request).may(EDIT),
    )


async def ask_rest(request: web.Request) -> web.StreamResponse:
    """GET: new hours for the visits after this one. Moves nothing."""
    actor_of(request).must(EDIT)
    return await _rest(request, Form())


async def move_rest(request: web.Request) -> web.StreamResponse:
    """POST: move them, all or none."""
    return await submit(request, _move_rest, again=_rest, refused=REFUSED)


async def _move_rest(request: web.Request, form: Form) -> web.StreamResponse:
    services, now = services_of(request), now_of(request)
    visit = await _visit(request)
    starts = _starts(form)
    moved = await services.series.move_rest(
        visit, starts, request_key=f"rest:{form.get('key')[:64] or new_id(now)}", by=actor_of(request), now=now
    )
    where = f"/console/series/{visit.series.id}" if visit.series is not None else "/console/board"
    return see_other(request, where, done=f"已顺延 {len(moved)} 次")


async def _rest(request: web.Request, form: Form) -> web.StreamResponse:
    services, now = services_of(request), now_of(request)
    visit = await _visit(request)
    proposal = await services.series.propose_rest(visit, by=actor_of(request), now=now)
    standing = await services.series.of_series(visit.series.id) if visit.series is not None else []
    before = {each.series.number: each.start for each in standing if each.series is not None}
    return await page(
        request,
        "patients/course_rest.html",
        status=200 if form.ok else 422,
        form=form,
        visit=visit,
        before=before,
        rows=_rows(proposal, services.clinic),
        key=form.get("key") or new_id(now),
    )


def _rows(proposal: Proposal, clinic: Clinic) -> list[dict[str, Any]]:
    """The list as the page shows it; `value` is what the form sends for a visit that can be had."""
    who = clinic.practitioner(proposal.request.practitioner_id or PractitionerId(""))
    return [
        {
            "number": each.number,
            "start": each.start,
            "value": "" if each.start is None else each.start.astimezone(UTC).strftime(START),
            "first": each.first,
            "last": each.last,
            "why": each.why,
            "who": practitioner_words(who) if who is not None else "",
        }
        for each in proposal.visits
    ]


def _starts(form: Form) -> Mapping[int, datetime]:
    """Number → start, of what the list showed. Raises FieldErrors for what no page of ours says."""
    found: dict[int, datetime] = {}
    for number in range(1, MOST_VISITS + 1):
        value = form.get(f"start{number}")
        if not value:
            continue
        try:
            start = datetime.strptime(value, START).replace(tzinfo=UTC)
            read_day(start.date().isoformat())
        except (ValueError, DayError):
            raise FieldErrors({WHOLE: "请重新排一遍，再提交。"}) from None
        found[number] = start
    return found


async def _wanted(request: web.Request, form: Form, patient: Patient) -> SeriesRequest:
    """What was chosen. Raises FieldErrors and InvalidInputError."""
    clinic = services_of(request).clinic
    kind = clinic.visit_type(VisitTypeId(form.get("kind")))
    if kind is None:
        raise FieldErrors({"kind": "请选择项目。"})
    course = kind.course
    every = whole_number(form.get("every"), 0 if course is None else course.every_days)
    within = whole_number(form.get("within"), 0 if course is None else course.within_days)
    count = whole_number(form.get("count"), 0 if course is None else course.times)
    wanted = SeriesRequest(
        patient_id=patient.id,
        contact_id=patient.contact_id,
        visit_type_id=kind.id,
        practitioner_id=PractitionerId(form.get("who")) if form.get("who") else None,
        start=moment_at(clinic, form.get("day"), form.get("at")),
        interval=Interval(every_days=every, within_days=within),
        count=count,
    )
    wanted.check()
    return wanted


async def _patient(request: web.Request) -> Patient:
    patient_id = PatientId(request.match_info["id"])
    found = (await services_of(request).patients.patients([patient_id])).get(patient_id)
    if found is None:
        raise NotFoundError("no such patient")
    return found


async def _visit(request: web.Request) -> Appointment:
    appointment_id = AppointmentId(request.match_info["id"])
    visit = (await services_of(request).booking.by_ids([appointment_id])).get(appointment_id)
    if visit is None:
        raise NotFoundError("no such appointment")
    return visit
