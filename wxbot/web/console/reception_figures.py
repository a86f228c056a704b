"""前台数据: the numbers of a day, a week or a month, each with its records, and the blind check of classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.days import DayError, read_day
from wxbot.errors import NotFoundError
from wxbot.followups.models import FollowUpKind
from wxbot.periods import Period, Span, period_of
from wxbot.reception.figure_models import MEANINGS, FigureKey
from wxbot.reception.front_desk_figures import FrontDeskFigures
from wxbot.reception.models import EntryKind
from wxbot.visits.rules import name_of
from wxbot.web.console.forms import WHOLE, Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.visit_rows import rows_of
from wxbot.web.console.who import names_of
from wxbot.workflow import NotNowError

COMPLAINTS = "/console/followups?kind=complaint"
PATH, LABELS = "/console/today/figures", "/console/today/labels"
ENTRY = "entry-"  # before an EntryKind, in an address: the first contacts of that kind
OVERDUE = "overdue"  # in an address: first visits whose questionnaire is overdue
SPAN_WORDS = {Span.DAY: "日", Span.WEEK: "周", Span.MONTH: "月"}
MOST_ROWS = 500  # on one page; a shorter period shows the rest
MOST_COMPLAINTS = 999


@dataclass(frozen=True)
class Tile:
    """What a supervisor looks at first (A4-25): numbers, each with the address of its list."""

    name: str
    parts: Sequence[tuple[str, int, str]]


async def index(request: web.Request) -> web.StreamResponse:
    """The numbers."""
    return await _index(request, Form())


async def _index(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    period = chosen_period(request, form)
    found = await services.reception.figures.of(period.first, period.last, by=actor, now=now)
    complaints = await services.followups.count_open(FollowUpKind.COMPLAINT, MOST_COMPLAINTS)
    kept = found.figures

    def listed(key: FigureKey) -> tuple[str, int, str]:
        return SHORT[key], kept[key].short, f"{PATH}/{key.value}?{query_of(period)}"

    tiles = (
        Tile("取消、迟到", (listed(FigureKey.KEPT), listed(FigureKey.ON_TIME))),
        Tile(
            "等候过长、投诉",
            (listed(FigureKey.WAITS), ("未了结的投诉", complaints, "/console/followups?kind=complaint")),
        ),
        Tile("未关注公众号", (listed(FigureKey.FOLLOWING),)),
    )
    return await page(
        request,
        "reception/figures.html",
        period=period,
        spans=[(each, SPAN_WORDS[each], query_of(period_of(each, period.first))) for each in Span],
        before=query_of(period_of(period.span, period.first - timedelta(days=1))),
        after=query_of(period_of(period.span, period.last + timedelta(days=1))),
        query=query_of(period),
        figures=list(kept.values()),
        any_visit=bool(kept[FigureKey.KEPT].among),
        meanings=MEANINGS,
        tiles=tiles,
        entries=[(each, len(found.contacts[each])) for each in EntryKind],
        overdue=len(found.overdue),
        to_label=len(await services.reception.classes.to_label(by=actor)),
        sample=services.reception.rules.sample,
        problem=form.errors.get(WHOLE, ""),
    )


async def records(request: web.Request) -> web.StreamResponse:
    """The records behind one number."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    period, wanted = chosen_period(request, Form()), request.match_info["figure"]
    found = await services.reception.figures.of(period.first, period.last, by=actor, now=now)
    if wanted.startswith(ENTRY):
        return await _entries(request, period, wanted.removeprefix(ENTRY), found)
    if wanted == OVERDUE:
        title, meaning = "问诊表过期未录入", "日子已经过去、问诊表还没有录入的初诊。"
        pairs: list[tuple[Appointment, tuple[bool, str]]] = [(each, (False, "没有录入")) for each in found.overdue]
    else:
        figure = next((each for key, each in found.figures.items() if key.value == wanted), None)
        if figure is None:
            raise NotFoundError("no such figure")
        title, meaning = figure.key.label, MEANINGS[figure.key]
        pairs = [(each.visit, (each.good, each.why)) for each in figure.rows]
    shown = pairs[:MOST_ROWS]
    return await page(
        request,
        "reception/records.html",
        title=title,
        meaning=meaning,
        period=period,
        query=query_of(period),
        rows=list(zip(await rows_of(services, [each for each, _ in shown]), [why for _, why in shown], strict=True)),
        more=len(pairs) - len(shown),
        short=sum(not good for _, (good, _) in pairs),
    )


async def _entries(request: web.Request, period: Period, entry: str, found: FrontDeskFigures) -> web.StreamResponse:
    if entry not in {each.value for each in EntryKind}:
        raise NotFoundError("no such entry")
    services, kind = services_of(request), EntryKind(entry)
    contacts = list(found.contacts[kind])[:MOST_ROWS]
    people = await services.patients.patients({each.id for each in contacts})
    classes = services.reception.rules.lead_classes
    return await page(
        request,
        "reception/entries.html",
        kind=kind,
        period=period,
        query=query_of(period),
        rows=[
            (each, people[each.id].name if each.id in people else "", name_of(classes, each.lead_class))
            for each in contacts
        ],
        names=await names_of(services, [each.by for each in contacts]),
        more=len(found.contacts[kind]) - len(contacts),
    )


async def draw(request: web.Request) -> web.StreamResponse:
    """Draw some arrivals for the blind check (A4-10)."""
    return await submit(request, _draw, again=_index)


async def _draw(request: web.Request, form: Form) -> web.StreamResponse:
    period = chosen_period(request, form)
    number = await services_of(request).reception.classes.draw(
        period.first, period.last, by=actor_of(request), now=now_of(request)
    )
    return see_other(request, f"{PATH}?{query_of(period)}", done=f"已抽取 {number} 位，请另一位同事在「分类复评」里评")


async def labels(request: web.Request) -> web.StreamResponse:
    """分类复评: drawn arrivals without the class that they have."""
    return await _labels(request, Form())


async def _labels(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    found = await services.reception.classes.to_label(by=actor_of(request))
    rules = services.visit_day.rules
    return await page(
        request,
        "reception/labels.html",
        rows=[
            (row, arrival.said, name_of(rules.complaints, arrival.said.complaint))
            for row, (_, arrival) in zip(await rows_of(services, [each for each, _ in found]), found, strict=True)
        ],
        classes=[(each.key, each.name) for each in rules.classes],
        problem="；".join(form.errors.values()),
    )


async def label(request: web.Request) -> web.StreamResponse:
    """Keep the second class of one."""
    return await submit(request, _label, again=_labels, refused=(NotNowError,))


async def _label(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).reception.classes.label(
        AppointmentId(request.match_info["id"]), form.get("visit_class"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, LABELS, done="已记录复评")


SHORT = {
    FigureKey.KEPT: "取消和失约",
    FigureKey.ON_TIME: "迟到",
    FigureKey.WAITS: "等候超过目标",
    FigureKey.FOLLOWING: "到诊没有关注",
}


def query_of(period: Period) -> str:
    """The period as an address's query."""
    return urlencode({"span": period.span.value, "day": period.first.isoformat()})


def chosen_period(request: web.Request, form: Form) -> Period:
    """The period that is asked for; of what cannot be meant the one of today."""
    span = request.query.get("span", "") or form.get("span")
    kind = Span(span) if span in {each.value for each in Span} else Span.DAY
    today = now_of(request).astimezone(services_of(request).clinic.timezone).date()
    try:
        return _sensible(kind, read_day(request.query.get("day", "") or form.get("day")))
    except (DayError, OverflowError, ValueError):
        return period_of(kind, today)


def _sensible(span: Span, day: date) -> Period:
    """Raises OverflowError and ValueError where the period or its neighbours leave the calendar."""
    period = period_of(span, day)
    period_of(span, period.first - timedelta(days=1))
    period_of(span, period.last + timedelta(days=1))
    return period
