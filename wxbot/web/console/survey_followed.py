"""随访 on the satisfaction sheet: each day's share against the goal, and the patients behind each number (A4-23)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from wxbot.days import DayError, read_day
from wxbot.errors import NotFoundError
from wxbot.followups.service import CLOSE
from wxbot.patients.hold_words import hold_text
from wxbot.patients.holds import standing
from wxbot.surveys.followed import CareWay, FollowedDay, FollowedPatient, GoalState, Part
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, services_of
from wxbot.web.console.hold_rows import GRAVE
from wxbot.web.console.reception_figures import chosen_period, query_of
from wxbot.web.console.visit_rows import VisitRow, rows_of
from wxbot.web.console.who import names_of

MOST_ROWS = 500  # on one page; a shorter period shows the rest
TONES = {GoalState.REACHED: "good", GoalState.UNDER_WAY: "plain", GoalState.MISSED: "bad"}


@dataclass(frozen=True)
class DayRow:
    """A day as the sheet shows it."""

    day: FollowedDay
    state: GoalState
    tone: str


@dataclass(frozen=True)
class PersonRow:
    """A patient behind a number. `grave`: who calls must know more than this list says."""

    row: VisitRow
    patient: FollowedPatient
    holds: Sequence[str]
    grave: bool


def day_rows(days: Sequence[FollowedDay], now: datetime) -> list[DayRow]:
    """The days in the order given."""
    return [DayRow(each, found, TONES[found]) for each in days for found in (each.state(now),)]


async def records(request: web.Request) -> web.StreamResponse:
    """The patients behind one number of a day, or of the whole period."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    period, named = chosen_period(request, Form()), request.query.get("part", Part.LEFT_OUT.value)
    if named not in {each.value for each in Part}:
        raise NotFoundError("no such figure")
    part, only = Part(named), _only(request)
    days = await services.surveys.followed.of(period, by=actor)
    found = [each for day in days if only in {None, day.day} for each in day.patients if each.counts_as(part)]
    shown = found[:MOST_ROWS]
    people = await services.patients.patients({each.visit.patient_id for each in shown})
    holds = {key: standing(person.holds, now) for key, person in people.items()}
    visits = await rows_of(services, [each.visit for each in shown])
    return await page(
        request,
        "quality/followed.html",
        period=period,
        query=query_of(period),
        only=only,
        part=part,
        rows=[
            PersonRow(row, each, [hold_text(it) for it in found], any(it.kind in GRAVE for it in found))
            for row, each in zip(visits, shown, strict=True)
            for found in (holds.get(row.visit.patient_id, []),)
        ],
        more=len(found) - len(shown),
        names=await names_of(services, _callers(shown)),
        call=CareWay.CALL,
        may_call=actor.may(CLOSE),
    )


def _callers(shown: Sequence[FollowedPatient]) -> list[str]:
    return [contact.by for each in shown for contact in each.contacts if contact.by]


def _only(request: web.Request) -> date | None:
    """The one day that is asked for; None: all of the period."""
    try:
        return read_day(request.query.get("only", ""))
    except DayError:
        return None
