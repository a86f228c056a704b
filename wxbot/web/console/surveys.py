"""会话 · 满意度: what surveys of a day, a week or a month came to, each number with its records, and the file."""

import asyncio
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web

from wxbot.actors import STAFF
from wxbot.conversations.names import ContactNames
from wxbot.errors import NotFoundError
from wxbot.periods import Period, Span, period_of
from wxbot.surveys.followed import Part
from wxbot.surveys.models import SurveyResponse
from wxbot.surveys.sheet import Figure, Group, Sheet
from wxbot.surveys.sheet_file import CASE_STATES, SheetNames, written
from wxbot.web.console.downloads import excel_file
from wxbot.web.console.forms import WHOLE, Form
from wxbot.web.console.frame import actor_of, now_of, page, services_of
from wxbot.web.console.reception_figures import SPAN_WORDS, chosen_period, query_of
from wxbot.web.console.submit import submit
from wxbot.web.console.survey_followed import day_rows
from wxbot.web.console.who import names_of

PATH = "/console/quality/surveys"
MOST_ROWS = 500  # on one page; a shorter period shows the rest
SHOWN = (Figure.ASKED, Figure.ANSWERED, Figure.SATISFIED, Figure.LOW, Figure.OPEN)
SENT = 12  # of the sheets that went out


async def index(request: web.Request) -> web.StreamResponse:
    """The sheet of one period."""
    return await _index(request, Form())


async def _index(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    period = chosen_period(request, form)
    sheet = await services.surveys.sheets.of(period, by=actor)
    names = await _names(request, sheet, ())
    query = query_of(period)
    days = await services.surveys.followed.of(period, by=actor)
    return await page(
        request,
        "quality/surveys.html",
        days=day_rows(days, now_of(request)),
        followed=services.surveys.followed.rules,
        parts=list(Part),
        people=lambda day, part: f"{PATH}/followed?{query}&{urlencode({'only': day.isoformat(), 'part': part.value})}",
        period=period,
        query=query,
        spans=[(each, SPAN_WORDS[each], query_of(period_of(each, period.first))) for each in Span],
        before=query_of(period_of(period.span, period.first - timedelta(days=1))),
        after=query_of(period_of(period.span, period.last + timedelta(days=1))),
        sheet=sheet,
        tables=[
            ("合计", Group.ALL, (sheet.whole,)),
            *((each.label, each, sheet.groups[each]) for each in sheet.groups),
        ],
        figures=SHOWN,
        rated=Figure.RATED,
        name=names.of,
        address=lambda group, key, figure: f"{PATH}/records?{_records_query(query, group, key, figure)}",
        sent=(await services.surveys.sheets.produced(by=actor))[:SENT],
        asks=services.surveys.asking.rules.ask,
        problem=form.errors.get(WHOLE, ""),
        path_here=PATH,
    )


async def records(request: web.Request) -> web.StreamResponse:
    """The responses behind one number."""
    services, actor = services_of(request), actor_of(request)
    period, get = chosen_period(request, Form()), request.query.get
    group, figure, key = get("group", Group.ALL.value), get("figure", Figure.ASKED.value), get("key", "")[:64]
    if group not in {each.value for each in Group} or figure not in {each.value for each in Figure}:
        raise NotFoundError("no such figure")
    found = await services.surveys.sheets.records(period, Group(group), key, Figure(figure), by=actor)
    shown = found[:MOST_ROWS]
    responses = [each for each, _ in shown]
    contacts = {each.contact_id for each in responses if each.contact_id is not None}
    names = await _names(request, None, responses)
    rules = services.surveys.asking.rules
    questions = {(survey.key, each.key): each.name for survey in rules.surveys for each in survey.questions}
    return await page(
        request,
        "quality/survey_records.html",
        period=period,
        query=query_of(period),
        group=Group(group),
        figure=Figure(figure),
        named=names.of(Group(group), key),
        name=names.of,
        rows=shown,
        more=len(found) - len(shown),
        called=await ContactNames(services.patients).of(contacts),
        questions=questions,
        states=CASE_STATES,
        path_here=PATH,
    )


async def export(request: web.Request) -> web.StreamResponse:
    """The file."""
    return await submit(request, _export, again=_index)


async def _export(request: web.Request, form: Form) -> web.StreamResponse:
    services, period = services_of(request), chosen_period(request, form)
    now = now_of(request)
    content = await services.surveys.sheets.taken_out(period, by=actor_of(request), now=now)
    names = await _names(request, content.sheet, [each for each, _ in content.low])
    title = f"满意度表 {period.title}"
    zone = services.clinic.timezone
    body = await asyncio.to_thread(written, content, title=title, names=names, zone=zone, now=now)
    return excel_file(body, "surveys.xlsx", _file_name(period))


def _file_name(period: Period) -> str:
    return f"满意度表_{SPAN_WORDS[period.span]}_{period.first.isoformat()}.xlsx"


def _records_query(query: str, group: Group, key: str, figure: Figure) -> str:
    more = {"group": group.value, "key": key, "figure": figure.value}
    return f"{query}&{urlencode({name: value for name, value in more.items() if value})}"


async def _names(request: web.Request, sheet: Sheet | None, responses: list[SurveyResponse] | tuple[()]) -> SheetNames:
    """What doctors, visit types, colleagues and surveys are called."""
    services = services_of(request)
    accounts = {each.subject.account_id for each in responses if each.subject.account_id}
    if sheet is not None:
        accounts |= {each.key for each in sheet.groups[Group.ACCOUNT]}
    people = await names_of(services, [f"{STAFF}{each}" for each in accounts])
    clinic = services.clinic
    return SheetNames(
        by_group={
            Group.ALL: {"": "全部"},
            Group.PRACTITIONER: {str(each.id): each.name for each in clinic.practitioners},
            Group.VISIT_TYPE: {str(each.id): each.name for each in clinic.visit_types},
            Group.ACCOUNT: {by.removeprefix(STAFF): name for by, name in people.items()},
            Group.SURVEY: {each.key: each.title for each in services.surveys.asking.rules.surveys},
        }
    )
