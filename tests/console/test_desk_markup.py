"""Markup in every text that somebody can write at the desk: shown as it was typed on every page, and never run."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import quote

import openpyxl
import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.scenarios.test_desk_erasure import rated_by_anybody, talked_about
from tests.visit_follow_ups import came
from wxbot.actors import SYSTEM
from wxbot.conversations.evaluation.report_models import Remarks
from wxbot.conversations.models import EpisodeId
from wxbot.periods import Span, period_of
from wxbot.staff.permissions import Role
from wxbot.surveys.models import Answer, Occasion, ResponseState, Subject, SurveyResponse
from wxbot.web.console.desk_dialogs import ASKED
from wxbot.web.console.routes.tables import ROUTES
from wxbot.web.console.routing import Route

__all__ = ["rated_by_anybody"]

HOSTILE = "=q7x\"'><script>q7x()</script></textarea><img src=q7x onerror=q7x()>{{7*7}}\u2028\u202eq7z"
SHORT = '"><s>q7x{{7*7}}</s>'  # where few characters are allowed, a tag for one
EVALUATED = ("q7x()>49", "q7x49")  # what the braces of the two would become
DESK, QUALITY = "/console/desk", "/console/quality"
AREAS = (DESK, QUALITY, "/console/settings/shifts", "/console/settings/canned", "/console/patients/{id}/brief")
STREAM = f"{DESK}/events"
QUERY = "&".join(
    f"{name}={quote(HOSTILE)}"
    for name in ("q", "list", "after", "before", "kind", "day", "folder", "figure", "state", "first", "last", "owner")
)
NAMES = """
text key reason note why until wakes minutes to asked promised still_open name chosen kind due patient_id slot revision
overriding again line_id edit at status device contact promise comment answer appeal decision number points root_cause
measures case account title folder shared relation consent first last owner seen after typed_in mon.0.start mon.0.end
answer.wish answer.occupation mark.curt line.curt
"""
FIELDS: Mapping[str, str] = dict.fromkeys(NAMES.split(), HOSTILE)
ENDS = ("/close", "/sign-off", "/hand-over", "/unstick")  # of the open talk: posted last


class Elements(HTMLParser):
    """What a browser would run or fetch of a page, and what it would not have been without markup in a text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.shown = ""
        self._in_script = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            source = name in {"src", "href", "action", "hx-get", "hx-post"} and (value or "").lower()
            runs = source and (source.startswith(("q7x", "javascript:", "data:text", "//")) or "\n" in source)
            if name.startswith("on") or not re.fullmatch(r"[a-zA-Z][\w:.-]*", name) or runs:
                self.wrong.append(f"{tag} {name}={value}")
            self.shown += f" {value}"
        if tag == "s" or (tag == "script" and not any(name == "src" for name, _ in attrs)):
            self.wrong.append(tag)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - as the parser calls it
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.wrong.append(f"script {data}")
        self.shown += data


def wrong_in(page: Page) -> list[str]:
    """What is wrong with an answer."""
    kind = page.headers.get("Content-Type", "")
    if page.status >= 500:
        return [f"status {page.status}"]
    if page.headers.get("X-Content-Type-Options") != "nosniff":
        return ["a browser may guess what it is"]
    if kind.startswith("application/json"):
        json.loads(page.text)
        return []
    if not kind.startswith("text/html"):
        return []
    return wrong_in_text(page.text)


def wrong_in_text(text: str) -> list[str]:
    elements = Elements(text)
    evaluated = any(each in elements.shown for each in EVALUATED)
    return [*elements.wrong, *(["evaluated"] if evaluated else [])]


def of_the_desk() -> list[Route]:
    return [route for route in ROUTES if route.path.startswith(AREAS)]


class Walk:
    """A browser that opens and posts everything."""

    def __init__(self, browser: Browser, ids: Mapping[str, str]) -> None:
        self.browser = browser
        self.ids = ids
        self.wrong: list[tuple[str, str, list[str]]] = []
        self.shows: set[str] = set()  # paths whose answers had the words in them
        self.walked: set[tuple[str, str]] = set()

    def addresses(self, route: Route) -> list[str]:
        """The route's path with what is there in every place; every dialog."""
        path = route.path.replace("/practice/{id}", f"/practice/{self.ids['practice']}")
        path = path.replace("/canned/{id}", f"/canned/{self.ids['canned']}")
        path = path.replace("/shifts/{id}", f"/shifts/{self.ids['account']}")
        path = path.replace("/patients/{id}", f"/patients/{self.ids['patient']}")
        path = path.replace("/{span}/{day}", f"/{self.ids['report']}")
        for name in ("contact", "contact_id", "episode"):
            path = path.replace(f"{{{name}}}", self.ids[name])
        return [path.replace("{dialog}", each) for each in ASKED] if "{dialog}" in path else [path]

    async def note(self, route: Route, page: Page) -> None:
        self.walked.add((route.method, route.path))
        if "q7x" in page.text:
            self.shows.add(route.path)
        if wrong := wrong_in(page):
            self.wrong.append((route.method, route.path, wrong))

    async def get(self, route: Route) -> None:
        for address in self.addresses(route):
            for htmx in (False, True):
                for query in ("", f"?{QUERY}"):
                    await self.note(route, await self.browser.get(address + query, htmx=htmx))

    async def post(self, route: Route, fields: Mapping[str, str]) -> None:
        for address in self.addresses(route):
            for htmx in (True, False):
                await self.note(route, await self.browser.post(address, fields, htmx=htmx, follow=False))


@pytest.fixture
async def walk(clinic: Clinic, sign_in: SignIn, rated_by_anybody: None) -> Walk:
    """The words in everything at the desk that takes words, and in names; an administrator looks."""
    del rated_by_anybody
    _, contact_id = await talked_about(clinic, HOSTILE)
    services, database = clinic.app.services, clinic.app.database
    patient = await services.records.record_for(contact_id, by=SYSTEM, now=clinic.now)
    await database.collection("patients").update_one({"_id": patient.id}, {"$set": {"name": HOSTILE}})
    await database.collection("contacts").update_one({"_id": contact_id}, {"$set": {"alias": HOSTILE}})
    await database.collection("incidents").update_many({}, {"$set": {"what": HOSTILE}})
    await services.patient_marks.add_tag(patient.id, SHORT, by=SYSTEM, now=clinic.now)
    browser = await sign_in(Role.ADMIN, "boss")
    await browser.get("/console/settings/canned/new")
    fields = {"title": "停车", "text": "请停", "folder": "常用", "shared": "true"}
    await browser.post("/console/settings/canned/new", fields)
    rows = database.collection("canned_replies")
    value = {"value.title": HOSTILE, "value.text": HOSTILE, "value.folder": HOSTILE}
    canned = await rows.find_one_and_update({"value.text": "请停"}, {"$set": value})
    await services.canned.live.store.changed()
    boss = (await services.staff.by_login("boss", by=SYSTEM)).actor
    practices = services.review.practices
    practice = await practices.begin(practices.rules.cases[0].id, by=boss, now=clinic.now)
    await practices.reply(practice.id, HOSTILE, by=boss, now=clinic.now)
    note = f"@{boss.name} {HOSTILE}"
    await services.chat.notes.write(contact_id, note, key="n8", by=boss, now=clinic.now)
    await clinic.app.runner.run_now("index_messages")
    await database.collection("staff").update_many({"login": {"$ne": "boss"}}, {"$set": {"name": HOSTILE}})
    (figures,) = await clinic.rows("episode_figures")
    await services.review.calibrations.begin(EpisodeId(figures["_id"]), by=boss, now=clinic.now)
    block = {"since": clinic.now, "until": None, "by": boss.by, "reason": HOSTILE}
    blocked = {"openid": await clinic.person()}
    await database.collection("contacts").update_one(blocked, {"$set": {"block": block, "alias": HOSTILE}})
    report = period_of(Span.DAY, clinic.now.date())
    remarks = Remarks(solved=HOSTILE, learned=HOSTILE, lacking=HOSTILE, plan=HOSTILE)
    await services.review.reports.keep(report, remarks, revision=0, by=boss, now=clinic.now)
    account = (await services.staff.by_login("reception", by=SYSTEM)).id
    answer = Answer(question="overall", value=HOSTILE, words=HOSTILE, score=1, at=clinic.now, line_id="m:1")
    await services.surveys.asking._store.insert(
        SurveyResponse(
            id="chat:markup",
            survey="chat",
            occasion=Occasion.CHAT,
            key="survey/markup",
            contact_id=contact_id,
            asked_at=clinic.now,
            state=ResponseState.DONE,
            subject=Subject(account_id=account),
            answers=(answer,),
            points=0,
            satisfied=False,
        )
    )
    await came(database, "markup", clinic.now - timedelta(hours=2), patient_id=patient.id)
    ids = {
        "practice": practice.id,
        "canned": canned["_id"],
        "account": account,
        "patient": patient.id,
        "contact": contact_id,
        "contact_id": contact_id,
        "episode": figures["_id"],
        "report": f"day/{report.first.isoformat()}",
    }
    return Walk(browser, ids)


async def test_markup_in_every_text_of_the_desk_is_shown_and_never_run(walk: Walk) -> None:
    routes = [each for each in of_the_desk() if each.path != STREAM]
    for route in routes:
        if route.method == "GET":
            await walk.get(route)
    contact = f"{DESK}/{walk.ids['contact']}"
    await walk.browser.post(f"{contact}/take-over", {"reason": HOSTILE})
    await walk.browser.post(f"{contact}/draft", {"text": HOSTILE, "edit": "0"})
    await walk.browser.post(f"{contact}/reply", {"text": HOSTILE, "key": HOSTILE}, htmx=True)
    for route in routes:  # what shows more to who answers
        if route.method == "GET" and route.path in {f"{DESK}/{{contact}}", f"{DESK}/sign-off"}:
            await walk.get(route)
    for route in sorted(routes, key=lambda each: each.path.endswith(ENDS)):
        if route.method == "POST":
            await walk.post(route, FIELDS)
            await walk.post(route, {**FIELDS, "revision": "1", "status": "available", "minutes": "30", "until": ""})

    assert walk.wrong == []
    assert walk.walked == {(each.method, each.path) for each in routes}
    silent = {each.path for each in routes if each.method == "GET"} - walk.shows
    assert silent <= SILENT, "a page of which this walk proves nothing: seed something that it shows"


SILENT = {  # they show no text that anybody wrote
    f"{QUALITY}/calibrations",
    "/console/settings/shifts/row",
    f"{QUALITY}/practice/{{id}}",
}


@pytest.mark.parametrize(
    "page", [f"<p>{HOSTILE}</p>", f'<input value="{HOSTILE}">', f"<textarea>{HOSTILE}</textarea>", f"<i>{SHORT}</i>"]
)
def test_what_is_not_escaped_is_seen(page: str) -> None:
    assert Elements(page).wrong != []


@pytest.mark.parametrize("words", [HOSTILE, SHORT])
def test_what_a_template_worked_out_is_seen(words: str) -> None:
    assert wrong_in_text(escape(words.replace("{{7*7}}", "49"))) == ["evaluated"]
    assert wrong_in_text(escape(words)) == []


async def test_the_stream_says_ids_and_never_words(clinic: Clinic, walk: Walk) -> None:
    services = clinic.app.services
    async with services.chat.feed.listen("") as queue:
        await services.chat.notes.write(
            walk.ids["contact"],  # type: ignore[arg-type]
            HOSTILE,
            key="n9",
            by=(await services.staff.by_login("boss", by=SYSTEM)).actor,
            now=clinic.now,
        )
        event = await queue.get()
        while event is not None and event.contact_id != walk.ids["contact"]:
            event = await queue.get()
    assert event is not None
    assert "q7x" not in repr(event)


async def test_no_cell_of_the_register_can_run(clinic: Clinic, walk: Walk) -> None:
    day = clinic.now.date()
    fields = {"first": f"{day:%Y-%m-%d}", "last": f"{day:%Y-%m-%d}", "reason": "月底核对登记"}
    await walk.browser.get(QUALITY)
    page = await walk.browser.post(f"{QUALITY}/register", fields)
    assert page.headers["Content-Type"].startswith("application/vnd.openxmlformats"), page.text[:2000]
    sheet = openpyxl.load_workbook(BytesIO(page.body)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert any(str(cell.value).find("q7x") >= 0 for cell in cells), "names stand in it"
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert "Content-Disposition" in page.headers
