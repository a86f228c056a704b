"""The pages inside WeChat on a phone of 390 x 844, at the usual text and at twice its size, without any script."""

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import PATIENCE, PHONE, Screen, actor, standing
from tests.ports import free_port
from tests.scenarios.conftest import Clinic

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
async def phone(chromium: Browser, clinic: Clinic) -> AsyncIterator[Screen]:
    """WeChat's browser on the phone of a new follower: the simulator knows whose it is, and no script runs."""
    openid = await clinic.person()
    context = await chromium.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]}, locale="zh-CN", has_touch=True
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
    await page.locator("input[name=name]").fill("林晓")  # asked once
    await page.locator(".hour").nth(2).tap()
    confirm = page.get_by_role("button", name="确认预约")
    await expect(confirm).to_be_in_viewport()  # it sticks to the bottom
    await phone.shoot("patient-chosen")
    await confirm.tap()
    await expect(page.get_by_role("status")).to_contain_text("约好了")
    await page.wait_for_url("**?done=booked")
    await look(phone, "booked")
    address = page.url
    await page.go_back()
    await page.go_forward()
    assert page.url == address
    await page.goto(address)
    await page.get_by_role("link", name="改时间").tap()
    await page.wait_for_url("**/move?*")
    await look(phone, "move")
    await page.reload()
    await page.locator(".hour").nth(4).tap()
    await page.get_by_role("button", name="确认改到这个时间").tap()
    await expect(page.get_by_role("status")).to_contain_text("已为您改好时间")
    await page.get_by_role("button", name="确认会来").tap()
    await expect(page.get_by_text("已确认会来")).to_be_visible()
    await page.get_by_role("link", name="取消预约").tap()
    await page.wait_for_url("**/cancel?*")
    await look(phone, "cancel")
    await page.reload()
    await page.get_by_text("时间不方便").tap()
    await page.get_by_role("button", name="取消这次预约").tap()
    await expect(page.get_by_role("heading", name="预约已取消")).to_be_visible()


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
