"""Every date field of the console with days that Python can hardly hold: a complaint, never an error of ours."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from tests.console.conftest import Browser, Clinic, Page
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import AppointmentId, VisitStage
from wxbot.broadcasts.models import Audience, AudienceKind, BroadcastDraft
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.visits.models import ArrivalForm
from wxbot.web.console import files

DATES = (
    "9999-12-31",
    "9999-12-30",
    "0001-01-01",
    "0001-01-02",
    "2100-01-01",
    "1899-12-31",
    "10000-01-01",
    "-001-01-01",
)
ORDINARY = "2026-11-20"
KINDS = {"date", "datetime-local"}
QUESTION = "/console/settings/questions/price"
PAGES = (
    "/console/settings/closures",
    "/console/settings/closures/2027-03-12.2027-03-14.zhou",
    "/console/patients/exports",
    "/console/audit",
    "/console/board",
    "/console/broadcasts/new",
    "/console/followups/records",
    "/console/care/dry-run",
)
FILLED = {"reason": "周年回访用的名单", "name": "随访", "title": "问候", "scope": "created", "columns": "name"}


@dataclass
class Found:
    """A form of a page: where it goes, what its fields hold, which of them are dates."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)  # name → type


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Found] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Found(at.get("action", ""), at.get("method", "get").lower()))
        if not self.found:
            return
        form, name, kind = self.found[-1], at.get("name", ""), at.get("type", "text")
        if tag == "input" and name:
            if kind in KINDS:
                form.dates[name] = kind
            elif kind not in {"checkbox", "radio", "file"} or "checked" in at:
                form.values.setdefault(name, at.get("value", ""))
        elif tag == "textarea" and name:
            form.values.setdefault(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in at or self._select not in form.values):
            form.values[self._select] = at.get("value", "")


def forms_of(page: Page) -> list[Found]:
    parser = Forms()
    parser.feed(page.text)
    return [form for form in parser.found if form.dates]


async def send(browser: Browser, path: str, form: Found, dates: dict[str, str]) -> Page:
    """Send the form, otherwise filled in as it may be."""
    values: dict[str, Any] = {**form.values, **{name: it for name, it in FILLED.items() if not form.values.get(name)}}
    for name, kind in form.dates.items():
        values[name] = dates.get(name, ORDINARY) + ("T00:00" if kind == "datetime-local" else "")
    values.pop("csrf", None)
    target = urljoin(path, form.action or path)
    if form.method == "get":
        return await browser.get(f"{urlsplit(target).path}?{urlencode(values)}")
    return await browser.post(target, values)


async def addresses(clinic: Clinic) -> list[str]:
    """Pages with date fields, those too that need something to be there."""
    services = clinic.app.services
    patient = await services.records.create({"name": "张三"}, by=COMMAND_LINE, now=clinic.now)
    dates, today = services.care.dates, clinic.now.date()
    noted = await dates.note([patient.id], "discharge", today, "", by=COMMAND_LINE, now=clinic.now)
    selection = Audience(kind=AudienceKind.LAST_VISIT, first_day="2026-11-01", last_day="2026-11-02")
    draft = BroadcastDraft(title="问候", purpose=Purpose.CARE, template="care.month_1", audience=selection)
    broadcast = await services.broadcasts.drafts.create(draft, by=COMMAND_LINE, now=clinic.now)
    talk = f"/console/desk/{await a_talk(clinic)}"
    return [
        *PAGES,
        f"/console/patients/{patient.id}",
        f"/console/patients/{patient.id}/dates/{noted.id}",
        f"/console/today/waitlist/new?patient_id={patient.id}",
        f"/console/broadcasts/{broadcast.id}/edit",
        QUESTION,
        f"/console/board/visits/{await a_visit(clinic)}/move",
        f"{talk}/ask/snooze",
        f"{talk}/ask/task",
        talk,
        await a_call(clinic),
        await a_checkout(clinic),
        "/console/quality/reports",
        "/console/quality/surveys",
    ]


async def a_visit(clinic: Clinic) -> str:
    """A visit of tomorrow's."""
    openid = await clinic.person("小周")
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    (row,) = await clinic.rows("appointments")
    return str(row["_id"])


async def a_call(clinic: Clinic) -> str:
    """The list of tasks, with somebody to be called."""
    await clinic.app.services.followups.open(
        key="phone:1",
        kind=FollowUpKind.PHONE,
        reason="请电话联系患者",
        contact_id=None,
        patient_id=None,
        due_at=clinic.now,
        now=clinic.now,
    )
    return "/console/followups?kind=phone"


async def a_checkout(clinic: Clinic) -> str:
    """The checkout of somebody who is here, where the next visit is booked."""
    openid = await clinic.person("小吴")
    await clinic.book(openid, "口腔检查", "陈晓晴", "今天", "1")
    row = min(await clinic.rows("appointments"), key=lambda each: each["start"])
    here = ArrivalForm(
        first_visit=True,
        channel="outreach",
        visit_class="c",
        complaint="orthodontics",
        keep_practitioner="患者指定",
    )
    visit_day, visit = clinic.app.services.visit_day, AppointmentId(row["_id"])
    await visit_day.arrive(visit, here, seen=VisitStage.EXPECTED, by=COMMAND_LINE, now=clinic.now)
    return f"/console/today/visits/{visit}/checkout"


async def a_talk(clinic: Clinic) -> ContactId:
    """A talk of the administrator's with a patient."""
    services = clinic.app.services
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    episode = await services.chat.desk.of_contact(contact.id)
    assert episode is not None
    by = (await services.staff.by_login("admin", by=COMMAND_LINE)).actor
    await services.chat.desk.take(episode.id, reason="测试", by=by, now=clinic.now)
    return contact.id


async def test_no_date_field_takes_a_day_that_nobody_can_mean(clinic: Clinic, admin: Browser) -> None:
    met: set[str] = set()
    wrong = []
    for path in await addresses(clinic):
        page = await admin.get(path)
        assert page.status == 200, path
        for form in forms_of(page):
            for name in form.dates:
                met.add(name)
                for day in DATES:
                    answer = await send(admin, path, form, {name: day})
                    if answer.status >= 500 or (answer.status != 422 and not said_so(answer)):
                        wrong.append((path, name, day, answer.status))
            for day in DATES:  # and in all of them at once
                answer = await send(admin, path, form, dict.fromkeys(form.dates, day))
                if answer.status >= 500:
                    wrong.append((path, "all", day, answer.status))
    assert wrong == []
    assert met >= written_in_pages() - {"effective_from"}  # of templates, below
    assert (await admin.get("/console/settings/closures")).status == 200
    kept = [day for each in clinic.app.services.clinic.closures for day in (each.first, each.last)]
    assert [day for day in kept if not 2026 <= day.year <= 2027] == []


def said_so(page: Page) -> bool:
    return page.shows("日期") or page.shows("不能早于今天")


def written_in_pages() -> set[str]:
    """The names of all date fields in the console's pages."""
    text = "\n".join(path.read_text() for path in Path(files.PAGES).rglob("*.html"))
    found = set(re.findall(r'field\(form, "(\w+)"[^)]*type="(?:date|datetime-local)"', text))
    found |= set(re.findall(r'type="(?:date|datetime-local)"[^>]*?name="(\w+)"', text))
    return found


@pytest.mark.parametrize("day", DATES)
async def test_a_wording_says_nothing_from_a_day_that_nobody_can_mean(clinic: Clinic, admin: Browser, day: str) -> None:
    before = len(await clinic.rows("template_versions"))
    await admin.get("/console/templates/care.month_1")
    page = await admin.post(
        "/console/templates/care.month_1/publish", {"revision": "0", "effective_from": f"{day}T00:00"}
    )
    assert page.status < 500
    assert page.shows("请填写")
    assert len(await clinic.rows("template_versions")) == before


PLACES = ("99999999999999", "253402300799000", "-62135596800000", "253402300799", "-62135596800", "1e308", "nan", "inf")


@pytest.mark.parametrize("place", PLACES)
async def test_a_place_in_a_list_at_the_end_of_time_shows_the_list(clinic: Clinic, admin: Browser, place: str) -> None:
    patient = await clinic.app.services.records.create({"name": "张三"}, by=COMMAND_LINE, now=clinic.now)
    shown = [
        f"/console/patients?after={place}-x",
        f"/console/patients?list=recent&after={place}-x",
        f"/console/patients/{patient.id}?before={place}~x",
        f"/console/followups?after={place}&id=x",
        f"/console/followups/invited?after={place}&id=x",
        f"/console/broadcasts?before={place}&id=x",
        f"/console/audit?before={place}",
        "/console/settings/scenes?before=0001-01-01T00:00:00%2B14:00",
        "/console/settings/scenes?before=9999-12-31T23:59:59-14:00",
    ]
    assert [(each, (await admin.get(each)).status) for each in shown] == [(each, 200) for each in shown]
