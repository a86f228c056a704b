"""会话 · 统计: the desk's numbers with their definitions, per person, shift, hour and day; each opens its talks."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from wxbot.actors import STAFF
from wxbot.conversations.escalation.promises import PromiseState
from wxbot.conversations.evaluation.figure_definitions import DEFINITIONS
from wxbot.conversations.evaluation.figures import (
    Grouped,
    Standards,
    Value,
    grouped,
    hits_by_rule,
    records_of,
    values_of,
)
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.evaluation.reporting import RATE
from wxbot.conversations.names import GONE, ContactNames
from wxbot.days import DayError, read_day
from wxbot.errors import FieldErrors
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

PATH = "/console/quality"
USUAL_DAYS = 7
MOST_RECORDS = 500  # on one page; a shorter period shows the rest
NOBODY = "没有人答复"
NONE = "-"  # in an address: talks that nobody answered

SECTIONS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("答复快慢", ("on_time", "late", "first_p50", "first_p90", "next_p50", "next_p90", "human_answer")),
    ("怎么结束", ("ending_greeting", "ending_client", "ending_agent", "ending_system", "unanswered")),
    ("目标", ("goal_invited", "goal_phone", "goal_wechat")),
    ("换班前后", ("near_change", "lost_near_change", "lost_elsewhere")),
    ("服务质量", ("first_contact", "low_effort", "one_sided", "rude")),
    (
        "满意度",
        ("survey_satisfied", "survey_fair", "survey_dissatisfied", "survey_asked", "survey_answered"),
    ),
    (
        "流失",
        ("lost_during_service", "lost_during_marketing", "lost_after_service", "lost_after_marketing"),
    ),
)
COLUMNS = ("all", "on_time", "first_p50", "first_p90", "ending_agent", "low_effort", "goal_phone", "goal_invited")
CHANGE_COLUMNS = ("near_change", "lost_near_change", "unanswered")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the page is about; empty fields do not narrow."""

    first: date
    last: date
    person: str = ""
    shift: str = ""
    hour: str = ""
    change: str = ""  # of shifts: its local day and time

    def query(self, **more: str) -> str:
        """The same as an address's query, with other values where given."""
        values = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        values |= {"person": self.person, "shift": self.shift, "hour": self.hour, "change": self.change, **more}
        return urlencode({key: value for key, value in values.items() if value})


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One line of a table: a person, shift, hour or day with its figures; `query` narrows the page to it."""

    name: str
    query: Mapping[str, str]
    values: Mapping[str, Value]


async def index(request: web.Request) -> web.StreamResponse:
    """The numbers of some days, everybody's or one person's."""
    return await index_again(request, Form())


async def index_again(request: web.Request, form: Form) -> web.StreamResponse:
    """The same with what is to be said about a form."""
    actor = actor_of(request)
    chosen = chosen_of(request, form)
    found = await _found(request, chosen, form)
    standards = services_of(request).chat.rules.standards
    values = values_of(found, standards=standards)
    names = await _names(request, {it.owner or "" for it in found} | {chosen.person})
    return await page(
        request,
        "quality/figures.html",
        chosen=chosen,
        form=form,
        values=values,
        parts=[(title, [values[key] for key in keys]) for title, keys in SECTIONS],
        columns=[DEFINITIONS[key] for key in COLUMNS],
        tables=_tables(found, names, standards),
        changes=_changes(request, found),
        change_columns=[DEFINITIONS[key] for key in CHANGE_COLUMNS],
        names=names,
        rules=hits_by_rule(found)[:20],
        promises=await _promises(request, chosen),
        charts=_charts(found, values),
        may_rate=actor.may(RATE),
        records=f"{PATH}/records",
        path_here=PATH,
    )


async def records(request: web.Request) -> web.StreamResponse:
    """The talks behind one number, newest first."""
    form = Form()
    chosen, key = chosen_of(request, form), request.query.get("figure", "all")
    found = await _found(request, chosen, form)
    counted = records_of(key, found)
    called = await _called(request, {it.contact_id for it in counted[:MOST_RECORDS] if it.contact_id})
    definition, standards = DEFINITIONS.get(key), services_of(request).chat.rules.standards
    return await page(
        request,
        "quality/records.html",
        chosen=chosen,
        definition=definition,
        value=values_of(found, (key,), standards)[key] if definition is not None else None,
        rows=counted[:MOST_RECORDS],
        more=max(0, len(counted) - MOST_RECORDS),
        called=called,
        names=await _names(request, {it.owner or "" for it in counted} | {chosen.person}),
        path_here=PATH,
    )


async def promises(request: web.Request) -> web.StreamResponse:
    """The promises behind a number, the latest first."""
    services, chosen = services_of(request), chosen_of(request, Form())
    wanted = request.query.get("state", "")
    made = await services.chat.promises.made(*_span(request, chosen), limit=MOST_RECORDS)
    shown = [each for each in made if _theirs(request, chosen, each.made_by) and wanted in {"", each.state.value}]
    called = await _called(request, {each.contact_id for each in shown})
    return await page(
        request,
        "quality/promises.html",
        chosen=chosen,
        shown=shown,
        called=called,
        names=await _names(request, {each.made_by for each in shown}),
        path_here=PATH,
    )


async def _called(request: web.Request, contact_ids: set[ContactId]) -> dict[ContactId, str]:
    """What the contacts are called, as the desk's lists call them; not the erased ones."""
    names = await ContactNames(services_of(request).patients).of(contact_ids)
    return {each: name for each, name in names.items() if name != GONE}


async def _promises(request: web.Request, chosen: Chosen) -> list[tuple[PromiseState, int]]:
    """How many promises of those days were kept, late, broken or are open (A2-34)."""
    tally = await services_of(request).chat.promises.tally(*_span(request, chosen))
    whose = [counts for account, counts in tally.items() if _theirs(request, chosen, account)]
    return [(state, sum(counts.get(state, 0) for counts in whose)) for state in PromiseState]


def _theirs(request: web.Request, chosen: Chosen, account: str) -> bool:
    """Whether the page is about that person; who may not rate others sees their own."""
    actor = actor_of(request)
    return chosen.person in {"", account} if actor.may(RATE) else account == actor.id


def _span(request: web.Request, chosen: Chosen) -> tuple[datetime, datetime]:
    zone = services_of(request).clinic.timezone
    first = datetime.combine(chosen.first, time(), zone)
    return first, datetime.combine(chosen.last + timedelta(days=1), time(), zone)


async def measure_again(request: web.Request) -> web.StreamResponse:
    """Measure the period's talks again, after words or rules were changed."""
    return await submit(request, _measure_again, again=index_again)


async def _measure_again(request: web.Request, form: Form) -> web.StreamResponse:
    chosen = chosen_of(request, form)
    number = await services_of(request).review.figures.measure_again(chosen.first, chosen.last, by=actor_of(request))
    return see_other(request, f"{PATH}?{chosen.query()}", done=f"已重新统计 {number} 个会话")


async def _found(request: web.Request, chosen: Chosen, form: Form) -> list[EpisodeFigures]:
    owner = AccountId(chosen.person) if chosen.person not in {"", NONE} else None
    try:
        found = await services_of(request).review.figures.period(
            chosen.first, chosen.last, owner=owner, by=actor_of(request)
        )
    except FieldErrors as error:
        for name, sentence in error.fields.items():
            form.fail(name, sentence)
        return []
    if chosen.person == NONE:
        found = [it for it in found if it.owner is None]
    zone = services_of(request).clinic.timezone
    return [
        it
        for it in found
        if chosen.shift in {"", it.shift}
        and chosen.hour in {"", _hour(it)}
        and chosen.change in {"", _change(it, zone)}
    ]


def chosen_of(request: web.Request, form: Form) -> Chosen:
    """The days of the address, the last week without any; a day that cannot be is told."""
    today = now_of(request).astimezone(services_of(request).clinic.timezone).date()
    days = {"first": today - timedelta(days=USUAL_DAYS - 1), "last": today}
    for name in days:
        typed = request.query.get(name, "") or form.get(name)
        if typed:
            try:
                days[name] = read_day(typed)
            except DayError as error:
                form.fail(name, error.sentence)
    get = request.query.get
    return Chosen(
        **days,
        person=get("person", "")[:64],
        shift=get("shift", "")[:20],
        hour=get("hour", "")[:2],
        change=get("change", "")[:16],
    )


async def _names(request: web.Request, accounts: Sequence[str] | set[str]) -> Mapping[str, str]:
    known = await names_of(services_of(request), [f"{STAFF}{each}" for each in accounts if each not in {"", NONE}])
    return {"": NOBODY, NONE: NOBODY} | {by.removeprefix(STAFF): name for by, name in known.items()}


def _hour(it: EpisodeFigures) -> str:
    return f"{it.hour:02}"


def _change(it: EpisodeFigures, zone: tzinfo) -> str:
    """The local day and time of the change of shifts that it lies near, as an address has it."""
    return "" if it.shift_change is None else f"{it.shift_change.astimezone(zone):%Y-%m-%dT%H:%M}"


def _changes(request: web.Request, found: Sequence[EpisodeFigures]) -> list[TableRow]:
    """The talks near each change of shifts, by day and time (A0-18)."""
    zone = services_of(request).clinic.timezone
    near = [it for it in found if it.shift_change is not None]
    groups = grouped(near, lambda it: _change(it, zone), CHANGE_COLUMNS)
    return [TableRow(name=it.key.replace("T", " "), query={"change": it.key}, values=it.values) for it in groups]


def _tables(
    found: Sequence[EpisodeFigures], names: Mapping[str, str], standards: Standards
) -> list[tuple[str, list[TableRow]]]:
    """The same figures per person, shift, hour and day."""
    people = grouped(found, lambda it: it.owner or "", COLUMNS, standards)
    shifts = grouped(found, lambda it: it.shift, COLUMNS, standards)
    hours = grouped(found, _hour, COLUMNS, standards)
    days = grouped(found, lambda it: it.day, COLUMNS, standards)
    return [
        ("每个人", [TableRow(name=names[it.key], query={"person": it.key or NONE}, values=it.values) for it in people]),
        ("每个班次", [TableRow(name=it.key, query={"shift": it.key}, values=it.values) for it in shifts]),
        ("各时段", [TableRow(name=f"{it.key} 点", query={"hour": it.key}, values=it.values) for it in hours]),
        ("每天", [TableRow(name=it.key, query={"first": it.key, "last": it.key}, values=it.values) for it in days]),
    ]


def _charts(found: Sequence[EpisodeFigures], values: Mapping[str, Value]) -> str:
    """What charts.js draws, as JSON: by day, by hour, how talks ended."""
    days = grouped(found, lambda it: it.day, ("all", "on_time"))
    hours = grouped(found, _hour, ("all", "on_time"))
    endings = [values[key] for key in ("ending_greeting", "ending_client", "ending_agent", "ending_system")]
    return json.dumps(
        {
            "days": _series(days, lambda key: key[5:]),
            "hours": _series(hours, lambda key: f"{key}点"),
            "endings": [{"name": each.name, "value": each.count} for each in endings],
        },
        ensure_ascii=False,
    )


def _series(groups: Sequence[Grouped], label: Callable[[str], str]) -> dict[str, Any]:
    return {
        "labels": [label(each.key) for each in groups],
        "count": [each.values["all"].count for each in groups],
        "on_time": [
            None if each.values["on_time"].share is None else round(each.values["on_time"].share, 1) for each in groups
        ],
    }
