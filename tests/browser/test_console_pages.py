"""Every page of the console in a real Chromium, at a desk and on a phone, with much in the clinic and with nothing."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import NamedTuple
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_seed import furnished
from tests.browser.console_stage import SIZES, Screen, standing, window
from tests.scenarios.conftest import Clinic
from wxbot.web.console.routes.tables import ROUTES

pytestmark = pytest.mark.browser
IN_THE_MODULES_LOOP = pytest.mark.asyncio(loop_scope="module")

C = "/console"
P = f"{C}/patients"
S = f"{C}/settings"
TUESDAY = "2026-11-24"

# Every page: its route, and the addresses under which it is looked at. `{name}` is an id of what was put there.
PAGES: Mapping[str, tuple[str, ...]] = {
    f"{C}/": (f"{C}/",),
    f"{C}/today/visits": (f"{C}/today/visits", f"{C}/today/visits?day=tomorrow"),
    f"{C}/board": (f"{C}/board", f"{C}/board?day={TUESDAY}", f"{C}/board?day=2027-01-01"),
    f"{C}/board/week": (f"{C}/board/week", f"{C}/board/week?day={TUESDAY}&who=chen"),
    f"{C}/board/print": (f"{C}/board/print?day={TUESDAY}",),
    f"{C}/board/new": tuple(f"{C}/board/new?day={TUESDAY}&at={at}&who=chen" for at in ("11:30", "12:30", "09:00")),
    f"{C}/board/visits/{{id}}": (f"{C}/board/visits/{{visit}}",),
    f"{C}/board/visits/{{id}}/move": (
        f"{C}/board/visits/{{visit}}/move",
        f"{C}/board/visits/{{visit}}/move?day={TUESDAY}&at=17:00&who=chen",
    ),
    f"{C}/today/visits/{{id}}/arrival": tuple(
        f"{C}/today/visits/{each}/arrival" for each in ("{visit}", "{visit_here}")
    ),
    f"{C}/today/visits/{{id}}/checkout": (f"{C}/today/visits/{{visit_here}}/checkout",),
    f"{C}/today/visits/{{id}}/card": (
        f"{C}/today/visits/{{visit}}/card",
        f"{C}/today/visits/{{visit_here}}/card",
    ),
    f"{C}/today/evening": (f"{C}/today/evening",),
    f"{C}/today/figures": (f"{C}/today/figures", f"{C}/today/figures?span=month&day={TUESDAY}"),
    f"{C}/today/inbound": (f"{C}/today/inbound", f"{C}/today/inbound?day={TUESDAY}"),
    f"{C}/today/inbound/{{group}}": (f"{C}/today/inbound/others", f"{C}/today/inbound/cared?whom=contacted"),
    f"{C}/today/figures/{{figure}}": tuple(
        f"{C}/today/figures/{each}?span=month&day={TUESDAY}" for each in ("channel", "entry-phone", "overdue")
    ),
    f"{C}/today/labels": (f"{C}/today/labels",),
    f"{C}/today/checklist": (f"{C}/today/checklist", f"{C}/today/checklist?day={TUESDAY}"),
    f"{C}/today/checklist/month": (f"{C}/today/checklist/month",),
    f"{C}/today/doctors": (f"{C}/today/doctors",),
    f"{C}/today/waitlist": (f"{C}/today/waitlist",),
    f"{C}/today/waitlist/new": (
        f"{C}/today/waitlist/new",
        f"{C}/today/waitlist/new?q=林",
        f"{C}/today/waitlist/new?patient_id={{patient}}",
    ),
    f"{C}/today/waitlist/{{id}}": (f"{C}/today/waitlist/{{waiting}}",),
    f"{C}/today/approvals": (f"{C}/today/approvals",),
    f"{C}/messages": (f"{C}/messages",),
    P: (P, f"{P}?q=林", f"{P}?q=没有这个人", f"{P}?list=hold", f"{P}?list=birthday&month=5", f"{P}?tag=种植"),
    f"{P}/newcomers": (f"{P}/newcomers",),
    f"{P}/new": (f"{P}/new",),
    f"{P}/{{id}}": (
        f"{P}/{{patient}}",
        f"{P}/{{script}}",
        f"{P}/{{long}}",
        f"{P}/{{uighur}}",
        f"{P}/{{nameless}}",
    ),
    f"{P}/{{id}}/edit": (f"{P}/{{patient}}/edit", f"{P}/{{long}}/edit"),
    f"{P}/{{id}}/dates/{{date}}": (
        f"{P}/{{patient}}/dates/{{noted}}",
        f"{P}/{{patient}}/dates/{{noted}}?day=2027-01-05",
    ),
    f"{P}/{{id}}/series": (f"{P}/{{patient}}/series",),
    f"{C}/series/{{id}}": (f"{C}/series/{{series}}",),
    f"{C}/board/visits/{{id}}/series": (f"{C}/board/visits/{{visit_of_series}}/series",),
    f"{P}/{{id}}/first-contact": (f"{P}/{{patient}}/first-contact", f"{P}/{{long}}/first-contact"),
    f"{P}/{{id}}/merge": (f"{P}/{{patient}}/merge", f"{P}/{{patient}}/merge?with={{twin}}"),
    f"{C}/contacts/{{id}}": (f"{C}/contacts/{{contact}}",),
    f"{C}/desk": (f"{C}/desk", f"{C}/desk?list=all"),
    f"{C}/desk/{{contact}}": (f"{C}/desk/{{contact}}", f"{C}/desk/{{desk_contact}}"),
    f"{C}/desk/{{contact}}/print": (f"{C}/desk/{{contact}}/print",),
    f"{C}/desk/{{contact}}/ask/{{dialog}}": tuple(
        f"{C}/desk/{{desk_contact}}/ask/{each}" for each in ("hand-over", "snooze", "close", "tag", "task", "phone")
    ),
    f"{P}/imports": (f"{P}/imports",),
    f"{P}/imports/{{id}}": (
        f"{P}/imports/{{import}}",
        f"{P}/imports/{{import_undone}}",
        f"{P}/imports/{{import_checked}}",
        f"{P}/imports/{{import_uploaded}}",
        f"{P}/imports/{{import_working}}",
    ),
    f"{P}/exports": (f"{P}/exports",),
    f"{P}/exports/{{id}}": (f"{P}/exports/{{export}}", f"{P}/exports/{{export_waiting}}"),
    f"{C}/me": (f"{C}/me",),
    f"{C}/me/password": (f"{C}/me/password",),
    f"{C}/me/codes": (f"{C}/me/codes",),
    f"{C}/me/codes/off": (f"{C}/me/codes/off",),
    f"{C}/me/wechat": (f"{C}/me/wechat",),
    S: (S,),
    f"{S}/clinic": (f"{S}/clinic",),
    f"{S}/booking": (f"{S}/booking",),
    f"{S}/sending": (f"{S}/sending",),
    f"{S}/practitioners": (f"{S}/practitioners",),
    f"{S}/practitioners/new": (f"{S}/practitioners/new",),
    f"{S}/practitioners/{{id}}": (f"{S}/practitioners/{{practitioner}}",),
    f"{S}/practitioners/{{id}}/calendar": (f"{S}/practitioners/{{practitioner}}/calendar",),
    f"{S}/hours": (f"{S}/hours",),
    f"{S}/hours/{{id}}": (f"{S}/hours/{{practitioner}}",),
    f"{S}/hours/{{id}}/dates": (f"{S}/hours/{{practitioner}}/dates",),
    f"{S}/hours/{{id}}/dates/{{day}}": (f"{S}/hours/{{practitioner}}/dates/2026-12-05",),
    f"{S}/shifts": (f"{S}/shifts",),
    f"{S}/shifts/{{id}}": (f"{S}/shifts/{{staff}}", f"{S}/shifts/{{staff_self}}"),
    f"{C}/desk/sign-off": (f"{C}/desk/sign-off",),
    f"{S}/rooms": (f"{S}/rooms",),
    f"{S}/rooms/new": (f"{S}/rooms/new",),
    f"{S}/rooms/{{id}}": (f"{S}/rooms/{{room}}",),
    f"{S}/devices": (f"{S}/devices",),
    f"{S}/devices/new": (f"{S}/devices/new",),
    f"{S}/devices/{{id}}": (f"{S}/devices/{{device}}",),
    f"{S}/visit-types": (f"{S}/visit-types",),
    f"{S}/visit-types/new": (f"{S}/visit-types/new",),
    f"{S}/visit-types/{{id}}": (f"{S}/visit-types/{{visit_type}}",),
    f"{S}/closures": (f"{S}/closures",),
    f"{S}/closures/{{id}}": (f"{S}/closures/{{closure}}",),
    f"{C}/conflicts": (f"{C}/conflicts",),
    f"{C}/conflicts/{{id}}": (f"{C}/conflicts/{{conflict}}",),
    f"{S}/holidays": (f"{S}/holidays", f"{S}/holidays?year=2027"),
    f"{S}/words": (f"{S}/words",),
    f"{S}/words/{{key}}": (f"{S}/words/entrance.my_appointments", f"{S}/words/stop"),
    f"{S}/questions": (f"{S}/questions", f"{S}/questions?q=没有这样的问题"),
    f"{S}/questions/new": (f"{S}/questions/new",),
    f"{S}/questions/unknown": (f"{S}/questions/unknown",),
    f"{S}/questions/{{id}}": (f"{S}/questions/price",),
    f"{S}/canned": (f"{S}/canned", f"{S}/canned?q=没有这句"),
    f"{S}/canned/new": (f"{S}/canned/new",),
    f"{S}/canned/{{id}}": (f"{S}/canned/{{canned}}",),
    f"{S}/questionnaire": (f"{S}/questionnaire",),
    f"{S}/risk": (f"{S}/risk",),
    f"{S}/export": (f"{S}/export",),
    f"{S}/menu": (f"{S}/menu",),
    f"{S}/scenes": (f"{S}/scenes", f"{S}/scenes?archived=1"),
    f"{S}/scenes/new": (f"{S}/scenes/new",),
    f"{S}/scenes/{{id}}": (f"{S}/scenes/{{scene}}", f"{S}/scenes/{{scene_long}}"),
    f"{S}/scenes/{{id}}/print": (f"{S}/scenes/{{scene}}/print", f"{S}/scenes/{{scene_long}}/print?size=a4"),
    f"{S}/account": (f"{S}/account",),
    f"{C}/staff": (f"{C}/staff",),
    f"{C}/staff/new": (f"{C}/staff/new",),
    f"{C}/staff/{{id}}": (f"{C}/staff/{{staff}}", f"{C}/staff/{{staff_self}}"),
    f"{C}/broadcasts": (f"{C}/broadcasts",),
    f"{C}/broadcasts/new": (f"{C}/broadcasts/new", f"{C}/broadcasts/new?patient={{patient}}"),
    f"{C}/broadcasts/{{id}}": (
        f"{C}/broadcasts/{{broadcast}}",
        f"{C}/broadcasts/{{broadcast_waiting}}",
        f"{C}/broadcasts/{{broadcast_paused}}",
        f"{C}/broadcasts/{{broadcast_cancelled}}",
        f"{C}/broadcasts/{{broadcast_done}}",
    ),
    f"{C}/broadcasts/{{id}}/edit": (f"{C}/broadcasts/{{broadcast}}/edit",),
    f"{C}/followups": (f"{C}/followups", f"{C}/followups?kind=handoff", f"{C}/followups?broadcast={{broadcast_done}}"),
    f"{C}/care": (f"{C}/care",),
    f"{C}/care/plans/new": (f"{C}/care/plans/new", f"{C}/care/plans/new?copy=aftercare_laser"),
    f"{C}/care/plans/{{key}}": (
        f"{C}/care/plans/aftercare_extraction",
        f"{C}/care/plans/{{plan_empty}}",
        f"{C}/care/plans/{{plan_waiting}}",
        f"{C}/care/plans/{{plan_approved}}",
    ),
    f"{C}/care/plans/{{key}}/steps/{{step}}": (
        f"{C}/care/plans/aftercare_extraction/steps/day_1",
        f"{C}/care/plans/{{plan_empty}}/steps/new",
        f"{C}/care/plans/booked/steps/confirmed",
    ),
    f"{C}/care/plans/{{key}}/versions": (
        f"{C}/care/plans/aftercare_extraction/versions",
        f"{C}/care/plans/{{plan_empty}}/versions",
    ),
    rf"{C}/care/plans/{{key}}/versions/{{number:\d+}}": (
        f"{C}/care/plans/aftercare_extraction/versions/1",
        f"{C}/care/plans/{{plan_approved}}/versions/0",
    ),
    f"{C}/care/gaps/{{gap}}": (f"{C}/care/gaps/{{gap}}",),
    f"{C}/care/gaps/{{gap}}/{{plan}}/{{day}}": (f"{C}/care/gaps/{{gap_question}}",),
    f"{C}/care/dry-run": (
        f"{C}/care/dry-run",
        f"{C}/care/dry-run?plan={{plan_approved}}",
        f"{C}/care/dry-run?until={TUESDAY}T00:00",
    ),
    f"{P}/{{id}}/dry-run": (f"{P}/{{patient}}/dry-run",),
    f"{C}/audit": (f"{C}/audit", f"{C}/audit?subject=patient:{{patient}}"),
    f"{C}/audit/verify": (f"{C}/audit/verify",),
    f"{C}/templates": (f"{C}/templates", f"{C}/templates?q=没有这样的模板"),
    f"{C}/templates/new": (f"{C}/templates/new", f"{C}/templates/new?copy={{template}}"),
    f"{C}/templates/bindings": (f"{C}/templates/bindings",),
    f"{C}/templates/bindings/{{name}}": (f"{C}/templates/bindings/{{binding}}",),
    f"{C}/templates/{{key}}": (
        f"{C}/templates/care.appointment_tomorrow",
        f"{C}/templates/{{template}}",
        f"{C}/templates/{{waiting_template}}",
        f"{C}/templates/{{script_template}}",
    ),
    f"{C}/templates/{{key}}/versions": (f"{C}/templates/{{template}}/versions",),
    rf"{C}/templates/{{key}}/versions/{{number:\d+}}": (f"{C}/templates/{{template}}/versions/1",),
}

# Looked at where there are talks to look at: test_quality_pages.py.
ELSEWHERE: frozenset[str] = frozenset(
    f"{C}/quality{rest}"
    for rest in (
        "",
        "/records",
        "/promises",
        "/talks",
        "/talks/{episode}",
        "/incidents",
        "/practice",
        "/practice/{id}",
        "/surveys",
        "/surveys/records",
        "/surveys/followed",
        "/reports",
        "/reports/{span}/{day}",
        "/calibrations",
        "/calibrations/{episode}",
        "/blocked",
    )
) | {  # where there are calls to make: test_followup_pages.py
    f"{C}/followups/new",
    f"{C}/followups/records",
    f"{C}/followups/report",
    f"{C}/followups/undecided",
    f"{C}/followups/invited",
    f"{C}/followups/{{id}}",
    f"{P}/{{id}}/owner",
    f"{P}/{{id}}/undecided",
}

# What is answered to GET and is no page: parts of pages, pictures, files, streams, and addresses that lead elsewhere.
NO_PAGES: frozenset[str] = frozenset(
    {
        "/console",  # leads to /console/
        f"{C}/sign-in",  # redirects to /console/ once signed in; seen signed out, below
        f"{C}/sign-in/code",  # leads to the sign-in page unless a password was given; see test_console_behaviour
        f"{C}/static/{{name:.+}}",
        f"{C}/live",
        f"{C}/board/grid",
        f"{C}/board/events",
        f"{C}/board/found",
        f"{P}/found",
        f"{P}/suggest",
        f"{P}/{{id}}/timeline",
        f"{P}/{{id}}/deeds",
        f"{P}/{{id}}/contacts",
        f"{C}/contacts/{{id}}/timeline",
        f"{C}/desk/list",
        f"{C}/desk/events",
        f"{C}/desk/canned",
        f"{C}/desk/colleagues",
        f"{C}/desk/{{contact_id}}/intake",
        f"{C}/desk/{{contact_id}}/goals",
        f"{P}/{{id}}/brief",
        f"{C}/desk/found",
        f"{C}/desk/mentions",
        f"{C}/desk/{{contact}}/lines",
        f"{C}/desk/{{contact}}/side",
        f"{C}/contacts/{{id}}/patients",
        f"{C}/followups/changed",
        f"{C}/care/dry-run/result",
        f"{C}/media/{{id}}",
        f"{P}/imports/{{id}}/progress",
        f"{P}/imports/{{id}}/problems.xlsx",
        f"{P}/exports/{{id}}/progress",
        f"{P}/exports/{{id}}/file",
        f"{C}/me/codes.svg",
        f"{C}/me/wechat/state",
        f"{S}/photos/{{id}}",
        f"{S}/hours/row",
        f"{S}/shifts/row",
        f"{S}/menu/live",
        f"{S}/menu/file",
        f"{S}/scenes/{{id}}/code.svg",
        f"{S}/scenes/{{id}}/code.png",
        f"{C}/care/plans/{{key}}/file",
        f"{C}/care/plans/{{key}}/affected",
        f"{C}/broadcasts/found",
        f"{C}/broadcasts/pick/{{id}}",
        f"{C}/broadcasts/{{id}}/list",
        f"{C}/broadcasts/{{id}}/progress",
    }
)

# Lists, and what they say while there is nothing to list.
EMPTY: Mapping[str, str] = {
    f"{C}/": "没有待办",
    f"{C}/today/visits": "这一天没有预约",
    f"{C}/today/figures": "这段时间没有预约",
    f"{C}/today/labels": "没有要您复评的",
    f"{C}/today/approvals": "没有等待审批的内容",
    f"{C}/messages": "最近七天的消息都有着落",
    P: "还没有患者",
    f"{P}?list=hold": "",
    f"{P}?list=objection": "",
    f"{P}?list=birthday&month=5": "",
    f"{P}?list=no-next": "",
    f"{P}?tag=种植": "",
    f"{P}?q=没有这个人": "没有找到",
    f"{P}/newcomers": "每位微信联系人都有档案了",
    f"{P}/imports": "",
    f"{P}/exports": "",
    f"{S}/scenes": "还没有二维码",
    f"{C}/broadcasts": "还没有推送过",
    f"{C}/followups": "没有待办",
    f"{C}/audit?subject=patient:nobody": "",
    f"{C}/templates?q=没有这样的模板": "没有符合的模板",
}


class Furnished(NamedTuple):
    """A clinic with something behind every page, and the ids of that."""

    clinic: Clinic
    ids: Mapping[str, str]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def full(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Furnished]:
    folder = tmp_path_factory.mktemp("console")
    async with standing(mongo_uri, "test_console_browser", folder) as clinic:
        yield Furnished(clinic, await furnished(clinic, folder))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bare(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_console_bare", tmp_path_factory.mktemp("bare")) as clinic:
        yield clinic


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def screens(chromium: Browser, full: Furnished) -> AsyncIterator[Mapping[str, Screen]]:
    """A window of each size in which an admin is signed in."""
    async with AsyncExitStack() as parts:
        found = {}
        for size, shape in SIZES.items():
            found[size] = await parts.enter_async_context(window(chromium, full.clinic.url, shape))
            await found[size].sign_in()
        yield found


def area_of(path: str) -> str:
    """The part of the console that a page belongs to."""
    return path.removeprefix(C).split("/")[1] or "today"


def shot(path: str) -> str:
    """A file name for the picture of that page."""
    return path.removeprefix(C).strip("/").translate(str.maketrans("/?&=<>:", "__-----")) or "today"


async def looked_at(screen: Screen, path: str, name: str) -> list[str]:
    """Everything wrong with one page."""
    status = await screen.open(quote(path, safe="/?&=:%"))
    await expect(screen.page.locator(".htmx-request")).to_have_count(0)  # parts loaded after the page
    await screen.shoot(name)
    faults = await screen.faults()
    return [*([] if status == 200 else [f"status {status}"]), *faults]


def test_every_address_of_the_console_is_a_page_that_is_looked_at_or_is_known_to_be_none() -> None:
    gets = {route.path for route in ROUTES if route.method == "GET"}
    assert gets - PAGES.keys() - NO_PAGES - ELSEWHERE == set()
    assert (PAGES.keys() | NO_PAGES | ELSEWHERE) - gets == set()
    assert PAGES.keys() & NO_PAGES == set()


@IN_THE_MODULES_LOOP
@pytest.mark.parametrize("area", sorted({area_of(route) for route in PAGES}))
@pytest.mark.parametrize("size", SIZES)
async def test_every_page_fits_is_labelled_and_says_nothing_in_the_console(
    full: Furnished, screens: Mapping[str, Screen], size: str, area: str
) -> None:
    wrong: dict[str, list[str]] = {}
    for path in (each for route, paths in PAGES.items() if area_of(route) == area for each in paths):
        faults = await looked_at(screens[size], path.format(**full.ids), f"{size}/{shot(path)}")
        if faults:
            wrong[path] = faults
    assert wrong == {}


@IN_THE_MODULES_LOOP
@pytest.mark.parametrize("size", SIZES)
async def test_the_page_of_nobody_fits_too(chromium: Browser, full: Furnished, size: str) -> None:
    async with window(chromium, full.clinic.url, SIZES[size]) as screen:
        assert await looked_at(screen, f"{C}/sign-in", f"{size}/sign-in") == []


@IN_THE_MODULES_LOOP
@pytest.mark.parametrize("size", SIZES)
async def test_every_list_of_a_new_clinic_says_what_to_do_next(chromium: Browser, bare: Clinic, size: str) -> None:
    wrong: dict[str, list[str]] = {}
    async with window(chromium, bare.url, SIZES[size]) as screen:
        await screen.sign_in()
        for path, words in EMPTY.items():
            faults = await looked_at(screen, path, f"{size}/empty_{shot(path)}")
            nothing = screen.page.locator("main .nothing")
            if await nothing.count() == 0:
                faults.append("no empty state")
            else:
                await expect(nothing.first).to_be_visible()
                if words and words not in " ".join(await nothing.all_inner_texts()):
                    faults.append(f"does not say {words}")
            if faults:
                wrong[path] = faults
    assert wrong == {}
