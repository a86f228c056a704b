"""日程 in Chromium: three actions to a visit, cards dragged by mouse and touch, a phone, keys, two people at once."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.console_stage import DESK, PHONE, SIZES, Screen, standing, window
from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import Appointment
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import PatientId

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

BOARD = "/console/board"
DAYS = ((date(2026, 11, 24) + timedelta(weeks=number)).isoformat() for number in range(10))
"""Tuesdays: 陈晓晴, 周明远 and 顾安然 receive."""
NAMES = iter("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_board", tmp_path_factory.mktemp("board")) as clinic:
        yield clinic


async def patient(clinic: Clinic, name: str = "") -> tuple[str, PatientId]:
    name = name or f"{next(NAMES)}小满"
    made = await clinic.app.services.records.create({"name": name}, by=COMMAND_LINE, now=clinic.now)
    return name, made.id


async def booked(clinic: Clinic, day: str, clock: str = "10:00", kind: str = "checkup") -> tuple[str, Appointment]:
    name, whose = await patient(clinic)
    visit = await clinic.app.services.booking.book(
        request_key=f"test:{whose}",
        contact_id=None,
        patient_id=whose,
        visit_type_id=VisitTypeId(kind),
        practitioner_id=PractitionerId("chen"),
        start=datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=clinic.app.services.clinic.timezone),
        by=COMMAND_LINE,
        now=clinic.now,
    )
    return name, visit


async def stands(clinic: Clinic, visit: Appointment) -> tuple[str, str]:
    """With whom and at which local hour it stands."""
    found = (await clinic.app.services.booking.by_ids([visit.id]))[visit.id]
    return found.practitioner_id, f"{found.start.astimezone(clinic.app.services.clinic.timezone):%H:%M}"


async def opened(screen: Screen, day: str) -> Page:
    await screen.sign_in()
    assert await screen.open(f"{BOARD}?day={day}") == 200
    await expect(screen.page.locator("[data-cell][tabindex='0'], [data-visit][tabindex='0']")).to_have_count(1)
    return screen.page


def cell(page: Page, day: str, minute: int, who: str = "chen") -> Locator:
    return page.locator(f"#cell-{who}-{day}-{minute}")


async def middle(place: Locator) -> tuple[float, float]:
    await place.scroll_into_view_if_needed()
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 10)


@pytest.mark.parametrize("size", SIZES)
async def test_three_actions_book_a_visit_without_leaving_the_page(
    chromium: Browser, clinic: Clinic, size: str
) -> None:
    name, whose = await patient(clinic)
    day = next(DAYS)
    async with window(chromium, clinic.url, SIZES[size]) as screen:
        page = await opened(screen, day)
        address = page.url
        await cell(page, day, 10 * 60).click()  # one
        await expect(page.locator("#board-sheet [name=q]")).to_be_focused()
        await page.keyboard.type(name)
        await expect(page.locator("#board-found")).to_contain_text(name)  # two: the only one found is chosen
        await page.locator("#board-sheet button[value=checkup]").click()  # three
        await expect(page.locator("#board-dialog")).not_to_be_visible()
        await expect(page.locator("#board-said")).to_contain_text("已约")
        await expect(page.locator(".board-card")).to_contain_text(name)
        assert page.url == address
        assert await screen.faults() == []
        await screen.shoot(f"board-{size}")
    visits = await clinic.app.services.booking.of_patients([whose])
    assert [(each.practitioner_id, each.visit_type_id) for each in visits] == [("chen", "checkup")]


async def test_a_card_is_dragged_by_mouse_to_another_practitioner(chromium: Browser, clinic: Clinic) -> None:
    day = next(DAYS)
    _, visit = await booked(clinic, day)
    async with window(chromium, clinic.url) as screen:
        page = await opened(screen, day)
        x, y = await middle(page.locator(f"#visit-{visit.id}"))
        to_x, to_y = await middle(cell(page, day, 11 * 60, "zhou"))
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x + 20, y + 20, steps=3)
        await page.mouse.move(to_x, to_y, steps=8)
        await page.mouse.up()
        await expect(page.locator("#board-dialog")).to_contain_text("11:00 周明远")
        assert await stands(clinic, visit) == ("chen", "10:00")  # until somebody says so
        await page.locator("#board-sheet button[name=tell]").last.click()
        await expect(page.locator("#board-said")).to_contain_text("已改到")
        await expect(page.locator(f"[data-who=zhou] #visit-{visit.id}")).to_be_visible()
        assert await screen.faults() == []
    assert await stands(clinic, visit) == ("zhou", "11:00")


async def test_a_dragged_card_put_back_stays_where_it_was(chromium: Browser, clinic: Clinic) -> None:
    day = next(DAYS)
    _, visit = await booked(clinic, day)
    async with window(chromium, clinic.url) as screen:
        page = await opened(screen, day)
        card = page.locator(f"#visit-{visit.id}")
        before = await card.bounding_box()
        x, y = await middle(card)
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x, y + 150, steps=6)
        await page.mouse.up()
        await page.locator("#board-sheet a[data-close]").click()
        await expect(page.locator("#board-dialog")).not_to_be_visible()
        assert await card.bounding_box() == before
    assert await stands(clinic, visit) == ("chen", "10:00")


async def test_a_card_is_dragged_by_touch_on_a_phone(chromium: Browser, clinic: Clinic) -> None:
    day = next(DAYS)
    _, visit = await booked(clinic, day)
    context = await chromium.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]}, has_touch=True, is_mobile=True, locale="zh-CN"
    )
    try:
        screen = Screen(await context.new_page(), clinic.url)
        page = await opened(screen, day)
        x, y = await middle(page.locator(f"#visit-{visit.id}"))
        _, to_y = await middle(cell(page, day, 11 * 60))
        x, y = await middle(page.locator(f"#visit-{visit.id}"))
        fingers = await context.new_cdp_session(page)

        async def finger(kind: str, *points: dict[str, float]) -> None:
            await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        await finger("touchStart", {"x": x, "y": y})
        await expect(page.locator(f"#visit-{visit.id}.lifted")).to_be_visible()  # it rested long enough
        for part in range(1, 9):
            await finger("touchMove", {"x": x, "y": y + (to_y - y) * part / 8})
        await finger("touchEnd")
        await expect(page.locator("#board-dialog")).to_contain_text("11:00 陈晓晴")
        await page.locator("#board-sheet button[name=tell]").last.click()
        await expect(page.locator("#board-said")).to_contain_text("已改到")
        assert await screen.faults() == []
    finally:
        await context.close()
    assert await stands(clinic, visit) == ("chen", "11:00")


async def test_a_phone_shows_one_doctor_at_a_time(chromium: Browser, clinic: Clinic) -> None:
    day = next(DAYS)
    _, visit = await booked(clinic, day)
    async with window(chromium, clinic.url, PHONE) as screen:
        page = await opened(screen, day)
        await expect(page.locator(".board-column:visible")).to_have_count(1)
        await page.locator("[data-chip=zhou]").click()
        await expect(page.locator(".board-column:visible")).to_have_attribute("data-who", "zhou")
        await booked(clinic, day, "14:00")  # the board is drawn again and stays with that doctor
        await expect(page.locator("[data-who=chen] .board-card")).to_have_count(2)
        await expect(page.locator(".board-column:visible")).to_have_attribute("data-who", "zhou")
        await page.locator("[data-chip=chen]").click()
        await page.locator(f"#visit-{visit.id}").click()
        await expect(page.locator("#board-dialog")).to_contain_text("改时间")
        assert await screen.faults() == []
        await screen.shoot("board-panel-phone")


async def test_the_keyboard_goes_everywhere(chromium: Browser, clinic: Clinic) -> None:
    day = next(DAYS)
    name, visit = await booked(clinic, day)
    async with window(chromium, clinic.url) as screen:
        page = await opened(screen, day)
        await page.locator(f"#visit-{visit.id}").focus()
        await page.keyboard.press("ArrowRight")
        await expect(cell(page, day, 10 * 60, "zhou")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await expect(cell(page, day, 10 * 60 + 15, "zhou")).to_be_focused()
        await page.keyboard.press("n")
        await expect(page.locator("#board-dialog")).to_be_visible()
        await expect(page.locator("#board-dialog h2")).to_contain_text("10:15 周明远")
        await page.keyboard.press("Escape")
        await expect(cell(page, day, 10 * 60 + 15, "zhou")).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator(f"#visit-{visit.id}")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#board-dialog")).to_be_visible()
        await expect(page.locator("#board-dialog")).to_contain_text(name)
        await page.keyboard.press("Escape")
        await expect(page.locator(f"#visit-{visit.id}")).to_be_focused()
        await page.keyboard.press("m")
        await expect(page.locator("#board-dialog")).to_contain_text("现在是")
        await page.locator("#board-sheet a.chip", has_text="11:00").first.click()
        await page.locator("#board-sheet button[name=tell]").last.click()
        await expect(page.locator("#board-said")).to_contain_text("已改到")
        assert await screen.faults() == []
    assert (await stands(clinic, visit))[1] == "11:00"


async def test_what_a_colleague_does_appears_while_a_dialog_keeps_what_is_typed(
    chromium: Browser, clinic: Clinic
) -> None:
    day = next(DAYS)
    _, visit = await booked(clinic, day)
    async with window(chromium, clinic.url, DESK) as screen:
        page = await opened(screen, day)
        await cell(page, day, 14 * 60).click()
        await page.locator("#board-sheet summary").first.click()
        await page.fill("#board-name", "正在填写的名字")
        name, _ = await booked(clinic, day, "15:00")
        await expect(page.locator("[data-who=chen] .board-card", has_text=name)).to_have_count(1)
        await expect(page.locator("#board-name")).to_have_value("正在填写的名字")
        await page.keyboard.press("Escape")
        await clinic.app.services.booking.cancel(visit.id, "患者来电", by=COMMAND_LINE, now=clinic.now)
        await expect(page.locator(f"#visit-{visit.id}")).to_have_count(0)
        await expect(page.locator(".board-cancelled summary")).to_have_text("已取消 1")
        assert await screen.faults() == []


async def test_of_two_who_drag_one_card_the_second_is_told(chromium: Browser, clinic: Clinic) -> None:
    day = next(DAYS)
    _, visit = await booked(clinic, day)
    async with window(chromium, clinic.url) as screen:
        page = await opened(screen, day)
        x, y = await middle(page.locator(f"#visit-{visit.id}"))
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x, y + 96, steps=6)
        moved = datetime.fromisoformat(f"{day}T15:00").replace(tzinfo=clinic.app.services.clinic.timezone)
        await clinic.app.services.booking.move(
            visit.id, moved.astimezone(UTC), PractitionerId("chen"), 1, "elsewhere", by=COMMAND_LINE, now=clinic.now
        )
        await page.mouse.up()
        await expect(page.locator("#board-dialog")).to_contain_text("刚刚被同事改动")
        await page.keyboard.press("Escape")
        await expect(page.locator(f"#visit-{visit.id}")).to_have_attribute("data-at", str(15 * 60))
        assert await screen.faults() == []
    assert await stands(clinic, visit) == ("chen", "15:00")
