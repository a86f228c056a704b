"""The pages inside WeChat on a phone of 390 x 844, at the usual text and at twice its size; with scripts, without."""

import base64
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import PATIENCE, PHONE, Screen, actor, standing
from tests.ports import free_port
from tests.scenarios.conftest import Clinic
from tests.surveyed import responses

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SMALLEST = 44  # px, of what is tapped
TWICE = "document.documentElement.style.fontSize = '212.5%'"  # 17 px is the usual size
SMALL_TARGETS = """(smallest) => [...document.querySelectorAll("a[href], button, label, input:not([type=hidden])")]
  .map((node) => [node, (node.closest("label") ?? node).getBoundingClientRect()])
  .filter(([node, box]) => box.width && (box.height < smallest || box.width < smallest))
  .map(([node, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${node.outerHTML.slice(0, 80)}`)"""
CUT_OFF = """() => [...document.querySelectorAll("main *")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width && !node.closest(".strip") && (box.right > innerWidth + 1 || box.left < -1
      || (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === "hidden"));
  }).map((node) => node.outerHTML.slice(0, 80))"""
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    port = free_port()
    folder = tmp_path_factory.mktemp("patient")
    public = f"http://127.0.0.1:{port}"
    async with standing(mongo_uri, "test_patient_browser", folder, http_port=port, public_url=public) as clinic:
        settings, by = clinic.app.services.clinic_settings, await actor(clinic)
        doctor = clinic.app.services.clinic.practitioners[0]
        await settings.save_photo(doctor.id, PHOTO, 1, by=by, now=clinic.now)
        yield clinic


@pytest_asyncio.fixture(loop_scope="module")
async def phone(chromium: Browser, clinic: Clinic, request: pytest.FixtureRequest) -> AsyncIterator[Screen]:
    """WeChat's browser on the phone of a new follower: the simulator knows whose it is. No scripts where so marked."""
    openid = await clinic.person()
    context = await chromium.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        locale="zh-CN",
        has_touch=True,
        java_script_enabled=getattr(request, "param", "scripts") == "scripts",
    )
    context.set_default_timeout(PATIENCE)
    await context.add_cookies([{"name": "sim_openid", "value": openid, "url": clinic.platform_url}])
    try:
        yield Screen(await context.new_page(), clinic.url)
    finally:
        await context.close()


async def look(phone: Screen, name: str) -> None:
    """The page at both sizes of text: nothing cut off, nothing too small to tap, no complaint of the browser."""
    assert await phone.faults() == []
    assert await phone.page.evaluate(SMALL_TARGETS, SMALLEST) == []
    assert await phone.page.evaluate(CUT_OFF) == []
    await phone.shoot(f"patient-{name}")
    await phone.page.evaluate(TWICE)
    assert await phone.faults() == []
    assert await phone.page.evaluate(SMALL_TARGETS, SMALLEST) == []
    assert await phone.page.evaluate(CUT_OFF) == []
    await phone.shoot(f"patient-{name}-200")


async def choose(phone: Screen, which: int = 2) -> None:
    """An hour of the page that is open; the page that confirms it follows."""
    await phone.page.locator("button.hour").nth(which).tap()
    await phone.page.wait_for_url("**/confirm?*")


async def test_from_the_menu_to_booked_in_three_taps_at_phone_size(phone: Screen, clinic: Clinic) -> None:
    page = phone.page
    menu = clinic.platform.menu
    assert menu is not None
    book = next(button["url"] for button in menu["button"] if button["name"] == "预约")
    await page.goto(book)
    await look(phone, "types")
    await page.get_by_role("link", name="洁牙").first.tap()
    await page.wait_for_url("**/w/book/time?*")
    await look(phone, "times")
    await page.reload()
    await choose(phone)
    confirm = page.get_by_role("button", name="确认预约")
    await expect(confirm).to_be_in_viewport()  # it sticks to the bottom
    await expect(page.locator("[data-left-words]")).to_have_text(re.compile(r"（还剩 4:\d\d）"))  # it counts down
    await look(phone, "confirm")
    await page.reload()
    await page.locator("input[name=name]").fill("林晓")  # asked once
    await confirm.tap()
    await expect(page.get_by_role("status").first).to_contain_text("约好了")
    await page.wait_for_url("**?done=booked")
    ask = page.get_by_role("button", name="提前提醒我")
    await expect(ask).to_be_visible()  # WeChat's own component, once the page's signature holds
    await look(phone, "booked")
    await ask.tap()
    await page.get_by_role("button", name="允许").tap()
    await expect(page.get_by_text("好的，会按时提醒您。")).to_be_visible()
    await expect(ask).to_be_hidden()
    address = page.url
    await page.go_back()
    await page.go_forward()
    assert page.url == address
    await page.goto(address)
    await page.get_by_role("link", name="改时间").tap()
    await page.wait_for_url("**/move?*")
    await look(phone, "move")
    await page.reload()
    await choose(phone, 4)
    await look(phone, "move-confirm")
    await page.get_by_role("button", name="确认改到这个时间").tap()
    await expect(page.get_by_role("status").first).to_contain_text("已为您改好时间")
    await page.get_by_role("button", name="确认会来").tap()
    await expect(page.get_by_text("已确认会来")).to_be_visible()
    await page.get_by_role("link", name="取消预约").tap()
    await page.wait_for_url("**/cancel?*")
    await look(phone, "cancel")
    await page.reload()
    await page.get_by_text("时间不方便").tap()
    await page.get_by_role("button", name="取消这次预约").tap()
    await expect(page.get_by_role("heading", name="预约已取消")).to_be_visible()


async def test_an_hour_whose_time_is_over_shows_the_next_ones_by_itself(phone: Screen, clinic: Clinic) -> None:
    page = phone.page
    await page.clock.install()
    await phone.open("/w/book/time?type=checkup&for=self")
    await choose(phone)
    await expect(page.locator("[data-left-words]")).to_have_text(re.compile(r"（还剩 \d:\d\d）"))
    clinic.app.clock.move(timedelta(minutes=5))
    await page.clock.fast_forward("05:00")
    await expect(page.get_by_text("为您保留的时间到了")).to_be_visible()
    await expect(page.get_by_text("离得最近的空号", exact=True)).to_be_visible()
    await look(phone, "hold-ended")


async def test_a_second_visit_that_day_and_a_child_are_asked_about_legibly(phone: Screen) -> None:
    page = phone.page
    await phone.open("/w/people/new")
    await page.get_by_text("孩子", exact=True).tap()
    await page.locator("input[name=name]").fill("王小雨")
    await page.get_by_role("button", name="下一步").tap()
    await page.get_by_role("link", name="口腔检查").first.tap()
    await page.wait_for_url("**/w/book/time?*")
    address = page.url
    await choose(phone, 1)
    await page.locator("input[name=birthday]").fill("2018-05-12")
    await look(phone, "child")
    await page.get_by_role("button", name="确认预约").tap()
    await expect(page.get_by_text("孩子未满14周岁")).to_be_visible()
    phone.complaints.clear()  # 422, as meant
    await look(phone, "child-refused")
    await page.locator("input[name=guardian_name]").fill("王芳")
    await page.get_by_text("母亲", exact=True).tap()
    await page.get_by_text("我是孩子的监护人").tap()
    await page.get_by_role("button", name="确认预约").tap()
    await page.wait_for_url("**?done=booked")
    await page.goto(address)
    await choose(phone, await page.locator("button.hour").count() - 1)
    await expect(page.get_by_text("还要再约一个吗")).to_be_visible()
    await look(phone, "same-day")
    await page.get_by_text("两个都要").tap()
    await page.get_by_role("button", name="确认预约").tap()
    await page.wait_for_url("**?done=booked")


@pytest.mark.parametrize("phone", ["none"], indirect=True)
async def test_without_scripts_everything_goes_just_the_same(phone: Screen) -> None:
    page = phone.page
    await phone.open("/w/book")
    await page.get_by_role("link", name="口腔检查").first.tap()
    await page.wait_for_url("**/w/book/time?*")
    await choose(phone, 3)
    await expect(page.get_by_text(re.compile(r"为您保留到 .\d?\d?午?\d?\d:\d\d"))).to_be_visible()  # no count, a time
    await page.locator("input[name=name]").fill("林晓")
    await page.get_by_role("button", name="确认预约").tap()
    await page.wait_for_url("**?done=booked")
    await expect(page.get_by_text("预约确认会发到您和")).to_be_visible()
    await expect(page.get_by_role("button", name="提前提醒我")).to_be_hidden()
    await phone.shoot("patient-booked-no-script")
    await page.get_by_role("link", name="填写就诊前的几个问题").tap()
    await page.get_by_role("button", name="同意，开始填写").tap()
    await expect(page.get_by_text("第 1 题")).to_be_visible()
    await page.get_by_text("有", exact=True).tap()
    await page.locator("input[name=words]").fill("青霉素")
    await page.get_by_role("button", name="下一题").tap()
    await expect(page.get_by_text("第 2 题")).to_be_visible()


async def test_the_questions_before_the_visit_are_legible(phone: Screen) -> None:
    page = phone.page
    await phone.open("/w/book/time?type=checkup&for=self")
    await choose(phone, 5)
    await page.locator("input[name=name]").fill("林晓")
    await page.get_by_role("button", name="确认预约").tap()
    await page.wait_for_url("**?done=booked")
    await page.get_by_role("link", name="填写就诊前的几个问题").tap()
    await page.wait_for_url("**/questions")
    await look(phone, "health-consent")
    await page.get_by_role("button", name="同意，开始填写").tap()
    await expect(page.get_by_text("第 1 题")).to_be_visible()
    await look(phone, "question")
    await page.get_by_text("有", exact=True).tap()
    await page.get_by_role("button", name="下一题").tap()
    for number in (2, 3):
        await expect(page.get_by_text(f"第 {number} 题")).to_be_visible()
        await page.get_by_role("button", name="跳过这一题").tap()
    await expect(page.get_by_text("第 4 题")).to_be_visible()
    await page.locator("input[name=words]").fill("想洗干净")
    await page.get_by_role("button", name="完成").tap()
    await expect(page.get_by_text("都填好了")).to_be_visible()
    await phone.open("/w/me")
    await look(phone, "me-health")


@pytest.mark.parametrize("phone", ["none"], indirect=True)
async def test_a_survey_is_answered_by_keyboard_without_scripts(phone: Screen, clinic: Clinic) -> None:
    openid = next(reversed(clinic.platform.people))
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    response = replace((await responses(clinic))[2], id="visit:page", survey="visit", contact_id=contact.id)
    assert await clinic.app.stores.survey_responses.insert(response)
    await phone.open("/w/surveys/visit:page")
    await look(phone, "survey")
    page = phone.page
    for name in ("overall", "doctor", "waiting"):
        await page.locator(f"input[name={name}]").first.focus()
        await page.keyboard.press("Space")
    await page.locator("textarea").focus()
    await page.keyboard.type("很细心")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_be_visible()
    await expect(page.get_by_text("很细心")).to_be_visible()
    await look(phone, "survey-done")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/w/", "home"),
        ("/w/people/new", "person"),
        ("/w/appointments", "appointments"),
        ("/w/waitlist", "waitlist"),
        ("/w/waitlist/join?type=checkup", "waitlist_join"),
        ("/w/doctors", "doctors"),
        ("/w/doctors/chen", "doctor"),
        ("/w/me", "me"),
        ("/w/me/edit", "edit"),
        ("/w/me/deletion", "deletion"),
        ("/w/notice", "notice"),
    ],
)
async def test_each_page_is_legible_and_can_be_tapped(phone: Screen, path: str, name: str) -> None:
    assert await phone.open(path) == 200
    await look(phone, name)


async def test_a_snapshot_page_says_what_to_tap(phone: Screen, clinic: Clinic) -> None:
    openid = next(reversed(clinic.platform.people))
    await clinic.platform.preview_pages(openid)
    assert await phone.open("/w/book") == 403
    await expect(phone.page.get_by_role("heading")).to_have_text("请点「使用完整服务」")
    await phone.shoot("patient-snapshot")
    phone.complaints.clear()
