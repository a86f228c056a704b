"""What the console does under people's hands: keys, double taps, slips, two windows, a lost connection."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.browser.console_stage import PASSWORD, PHONE, SIZES, Screen, actor, standing, window
from tests.scenarios.conftest import Clinic
from wxbot.patients.models import Patient
from wxbot.staff.permissions import Role

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_console_browser", tmp_path_factory.mktemp("behaviour")) as clinic:
        yield clinic


@pytest_asyncio.fixture(loop_scope="module")
async def screen(chromium: Browser, clinic: Clinic) -> AsyncIterator[Screen]:
    """An admin at a desk, signed in."""
    async with window(chromium, clinic.url) as screen:
        await screen.sign_in()
        yield screen


async def made(clinic: Clinic, name: str, phone: str = "") -> Patient:
    """A patient of that name."""
    typed = {"name": name, "phone": phone}
    by = await actor(clinic)
    return await clinic.app.services.records.create(typed, by=by, now=clinic.now, despite_duplicates=True)


async def away_from_the_fields(page: Page) -> None:
    """So that keys are shortcuts and not text."""
    await page.locator("h1").click()


# -- keyboard -------------------------------------------------------------------------------------------------------


async def test_the_keyboard_leads_to_the_search_to_the_sections_and_to_its_own_help(screen: Screen) -> None:
    page = screen.page
    await page.keyboard.press("/")
    await expect(page.locator("[data-find]")).to_be_focused()
    await page.keyboard.press("g")  # text now, not a shortcut
    await expect(page.locator("[data-find]")).to_have_value("g")
    await away_from_the_fields(page)
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.wait_for_url("**/console/patients")
    await away_from_the_fields(page)
    await page.keyboard.press("/")
    await expect(page.get_by_label("搜索患者")).to_be_focused()
    await away_from_the_fields(page)
    await page.keyboard.press("?")
    help_ = page.locator("#shortcuts")
    await expect(help_).to_contain_text("找患者")
    await page.keyboard.press("g")  # nothing moves behind an open dialog
    await page.keyboard.press("t")
    await page.keyboard.press("Escape")
    await expect(help_).to_be_hidden()
    assert page.url.endswith("/console/patients")
    assert screen.complaints == []


async def test_ctrl_and_enter_submit_the_form_that_is_being_filled_in(clinic: Clinic, screen: Screen) -> None:
    patient, page = await made(clinic, "键盘"), screen.page
    await screen.open(f"/console/patients/{patient.id}/edit")
    await page.get_by_label("备注").fill("第一行")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(f"**/console/patients/{patient.id}")
    await expect(page.get_by_role("status")).to_have_text("已保存")
    await expect(page.locator("main")).to_contain_text("第一行")
    assert screen.complaints == []


async def test_the_message_of_a_push_follows_what_is_filled_in_by_hand(screen: Screen) -> None:
    page = screen.page
    await screen.open("/console/broadcasts/new")
    await page.get_by_label("用哪个模板").select_option("broadcasts.word_of_care")
    said = page.locator("#example")
    await expect(said).to_contain_text("〔这次想说的事〕")
    topic = page.get_by_label("这次想说的事")
    await topic.press_sequentially("种植体一年一次的复查")
    await expect(said).to_contain_text("想和您说一声：种植体一年一次的复查")
    await expect(topic).to_be_focused()
    await screen.shoot("push-filled-in")
    await topic.press_sequentially("，还有洗牙和拍片，请您方便时来一趟")
    await expect(said).to_contain_text("卡片上放不下")
    assert screen.complaints == []


# -- searching and confirming ---------------------------------------------------------------------------------------


async def test_patients_are_found_while_somebody_types(clinic: Clinic, screen: Screen) -> None:
    patient, page = await made(clinic, "欧阳晓晴", "13611112222"), screen.page
    await screen.open("/console/patients")
    await page.get_by_label("搜索患者").press_sequentially("oyxq")
    await page.locator("#found").get_by_role("link", name="欧阳晓晴").click()
    await page.wait_for_url(f"**/console/patients/{patient.id}")
    await page.locator("[data-find]").fill("2222")
    await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_contain_text("136****2222")
    assert screen.complaints == []


async def test_what_cannot_be_taken_back_is_asked_about_and_a_no_changes_nothing(
    clinic: Clinic, screen: Screen
) -> None:
    patient, page = await made(clinic, "问一问"), screen.page
    path = f"/console/patients/{patient.id}"
    await screen.open(path)
    question = page.locator("#confirm")
    button = page.get_by_role("button", name="记录「不需要推荐」")
    await button.click()
    await expect(question).to_contain_text("90天内不再向这位患者推荐")
    await expect(question.get_by_role("button", name="取消")).to_be_focused()  # a stray Enter is a no
    await question.get_by_role("button", name="取消").click()
    await expect(question).to_be_hidden()
    await button.click()
    await page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    assert (await clinic.rows("patients", {"_id": patient.id}))[0].get("offers_declined_at") is None
    await button.click()
    await question.get_by_role("button", name="确定").click()
    await expect(page.get_by_role("status")).to_contain_text("已记录，90天内不再推荐")
    assert (await clinic.rows("patients", {"_id": patient.id}))[0]["offers_declined_at"] is not None
    assert screen.complaints == []


async def test_a_double_tap_submits_once(clinic: Clinic, screen: Screen) -> None:
    page, sent = screen.page, []
    first, tapped_again = asyncio.Event(), asyncio.Event()

    async def hold(route: Route, request: Request) -> None:
        """The server is slow: the second tap comes before the first answer."""
        if request.method == "POST":
            sent.append(request.url)
            first.set()
            await tapped_again.wait()
        await route.continue_()

    await screen.open("/console/patients/new")
    await page.route("**/console/patients/new", hold)
    await page.get_by_label("姓名").fill("双击")
    place = await page.get_by_role("button", name="建档").bounding_box()
    assert place is not None
    tap = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    await page.mouse.click(*tap)
    await first.wait()
    await page.mouse.click(*tap)
    tapped_again.set()
    await expect(page.get_by_role("heading", level=1)).to_have_text("双击")
    assert len(sent) == 1
    assert len(await clinic.rows("patients", {"name": "双击"})) == 1
    assert screen.complaints == []


async def test_a_download_can_be_asked_for_twice(screen: Screen) -> None:
    page = screen.page
    await screen.open("/console/settings/export")
    for _ in range(2):
        async with page.expect_download() as coming:
            await page.get_by_role("button", name="下载 .zip").click()
        assert (await coming.value).suggested_filename.endswith(".zip")
    assert screen.complaints == []


# -- nothing typed is lost ------------------------------------------------------------------------------------------


async def test_leaving_a_form_that_was_changed_is_asked_about_and_one_that_was_not_is_not(screen: Screen) -> None:
    page = screen.page
    for path in ("/console/settings/clinic", "/console/settings/menu", "/console/templates/care.month_1"):
        await screen.open(path)
        await away_from_the_fields(page)
        await screen.open("/console/")
    assert screen.complaints == []
    await screen.open("/console/settings/clinic")
    await page.get_by_label("地址").fill("新的地址")
    screen.leaves = False
    await page.locator(".side").get_by_role("link", name="今日").click()
    await expect(page.get_by_label("地址")).to_have_value("新的地址")
    assert page.url.endswith("/console/settings/clinic")
    screen.leaves = True
    await page.locator(".side").get_by_role("link", name="今日").click()
    await page.wait_for_url("**/console/")
    assert [line.split(":")[0] for line in screen.complaints] == ["dialog beforeunload"] * 2


async def test_the_second_of_two_windows_sees_the_first_ones_change_and_keeps_what_was_typed(
    chromium: Browser, clinic: Clinic, screen: Screen
) -> None:
    patient = await made(clinic, "两扇窗", "13622223333")
    path = f"/console/patients/{patient.id}/edit"
    async with window(chromium, clinic.url) as other:
        await other.sign_in(Role.MANAGER.value)
        await screen.open(path)
        await other.open(path)
        await other.page.get_by_label("病历号").fill("B-77")
        await other.page.get_by_role("button", name="保存").click()
        await other.page.wait_for_url(f"**/console/patients/{patient.id}")
        page = screen.page
        await page.get_by_label("备注").fill("我写的备注")
        await page.get_by_role("button", name="保存").click()
        alert = page.get_by_role("alert").filter(has_text="您编辑期间")
        await expect(alert).to_contain_text("主管小周")
        await expect(alert).to_contain_text("病历号")
        await expect(alert).to_contain_text("B-77")
        await expect(alert).to_be_focused()
        await expect(page.get_by_label("备注")).to_have_value("我写的备注")
        assert other.complaints == []
    assert {line.split(" ")[0] for line in screen.complaints} <= {"409", "Failed"}  # the browser's note of a 409


async def test_an_expired_session_leads_to_the_sign_in_page_and_back(clinic: Clinic, screen: Screen) -> None:
    page, staff = screen.page, clinic.app.services.staff
    await screen.open("/console/patients?list=hold")
    by = await actor(clinic)
    account = await staff.by_login("admin", by=by)
    assert await staff.recovery.sign_out(account.id, by=by, now=clinic.now) > 0
    await page.get_by_label("搜索患者").press_sequentially("oy")
    await page.wait_for_url("**/console/sign-in?next=**")
    await page.fill("[name=login]", "admin")
    await page.fill("[name=password]", PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_url("**/console/patients?list=hold")
    assert {line.split(" ")[0] for line in screen.complaints} <= {"401", "Failed"}


# -- live, hidden, forbidden, broken --------------------------------------------------------------------------------


async def test_the_first_page_counts_a_waiting_patient_without_being_reloaded(clinic: Clinic, screen: Screen) -> None:
    page = screen.page
    openid = await clinic.person("等人工的人")
    await screen.open("/console/")
    tile = page.locator(".tile", has_text="等待人工回复").locator(".tile-number")
    before = int(await tile.inner_text())
    await page.evaluate("window.stays = true")
    await clinic.say(openid, "人工")
    await expect(tile).to_have_text(str(before + 1))
    assert await page.evaluate("window.stays") is True
    await page.locator(".tile", has_text="等待人工回复").click()
    await expect(page.locator("main")).to_contain_text("人工")
    assert screen.complaints == []


async def test_a_phone_is_shown_only_when_asked_for_and_the_asking_is_noted(clinic: Clinic, screen: Screen) -> None:
    patient, page = await made(clinic, "看电话", "13633334444"), screen.page
    await screen.open(f"/console/patients/{patient.id}")
    phone = page.locator("#phone")
    await expect(phone).to_contain_text("136****4444")
    assert "13633334444" not in (await page.content()).replace(" ", "")
    await phone.get_by_role("button").click()
    await expect(phone).to_contain_text("136 3333 4444")
    entries = await clinic.rows("audit", {"subject": f"patient:{patient.id}"})
    actions = [row["action"] for row in sorted(entries, key=lambda row: row["seq"])]
    assert actions == ["patient:created", "phone:revealed"]
    assert screen.complaints == []


async def test_who_may_not_open_a_page_is_told_whom_to_ask(chromium: Browser, clinic: Clinic) -> None:
    async with window(chromium, clinic.url) as screen:
        await screen.sign_in(Role.RECEPTION.value)
        await expect(screen.page.locator(".side")).not_to_contain_text("审计")
        assert await screen.open("/console/audit") == 403
        await expect(screen.page.get_by_role("heading", level=1)).to_have_text("您没有这项权限")
        await expect(screen.page.locator("main")).to_contain_text("管理员")
        await screen.page.get_by_role("link", name="回到今日").click()
        await screen.page.wait_for_url("**/console/")
        assert {line.split(" ")[0] for line in screen.complaints} <= {"403", "Failed"}


async def test_the_navigation_opens_on_a_phone(chromium: Browser, clinic: Clinic) -> None:
    async with window(chromium, clinic.url, PHONE) as screen:
        await screen.sign_in()
        page = screen.page
        await expect(page.locator(".side")).to_be_hidden()
        await page.get_by_label("打开导航").click()
        menu = page.locator(".menu-list")
        await expect(menu.get_by_role("link", name="患者")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(menu).to_be_hidden()
        await page.get_by_label("打开导航").click()
        assert await screen.faults() == []
        await menu.get_by_role("link", name="患者").click()
        await page.wait_for_url("**/console/patients")
        await page.locator(".me summary").click()
        await page.get_by_role("button", name="退出登录").click()
        await page.wait_for_url("**/console/sign-in")
        assert screen.complaints == []


async def test_what_a_part_of_a_page_could_not_do_is_said(clinic: Clinic, screen: Screen) -> None:
    patient, page = await made(clinic, "将被删除", "13644445555"), screen.page
    await screen.open(f"/console/patients/{patient.id}")
    await clinic.app.database.collection("patients").delete_one({"_id": patient.id})
    await page.locator("#phone").get_by_role("button").click()
    notices = page.locator("#notices")
    await expect(notices).to_contain_text("没有找到这一页")
    await expect(page.locator("#phone")).to_contain_text("136****5555")  # the page below stays
    await screen.open("/console/patients")
    await page.route("**/console/patients/found**", lambda route: route.abort())
    await page.get_by_label("搜索患者").press_sequentially("李")
    await expect(notices).to_contain_text("网络断开了")
    await page.unroute("**/console/patients/found**")
    await page.route("**/console/patients/found**", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    await page.get_by_label("搜索患者").press_sequentially("晓")
    await expect(notices).to_contain_text("操作没有完成")


@pytest.mark.parametrize("size", SIZES)
async def test_a_code_from_the_phone_is_asked_for_once_it_is_switched_on(
    chromium: Browser, clinic: Clinic, size: str
) -> None:
    login = {"desk": Role.CONSULTANT, "phone": Role.CLINICIAN}[size].value
    async with window(chromium, clinic.url, SIZES[size]) as screen:
        await screen.sign_in(login)
        page = screen.page
        await screen.open("/console/me/codes")
        codes = pyotp.TOTP(await page.locator("code").inner_text())
        await page.fill("[name=password]", PASSWORD)
        await page.get_by_label("6 位数字").fill(codes.at(clinic.app.clock.machine_now()))
        await page.get_by_role("button", name="开启").click()
        await expect(page.get_by_role("status")).to_contain_text("动态码已开启")
        await page.locator(".me summary").click()
        await page.get_by_role("button", name="退出登录").click()
        await page.wait_for_url("**/console/sign-in")
        await page.fill("[name=login]", login)
        await page.fill("[name=password]", PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("请输入动态码")
        await screen.shoot(f"{size}/sign-in-code")
        assert await screen.faults() == []
        await page.get_by_label("6 位数字").fill(codes.at(clinic.app.clock.machine_now() + timedelta(seconds=30)))
        await page.get_by_role("button", name="继续").click()
        await page.wait_for_url("**/console/")
        assert screen.complaints == []


async def test_a_password_may_be_looked_at_while_it_is_typed(screen: Screen) -> None:
    page = screen.page
    await page.goto(f"{screen.url}/console/me/password")
    field = page.get_by_label("新密码", exact=True)
    await field.fill("three quiet lakes")
    await expect(field).to_have_attribute("type", "password")
    await page.get_by_role("button", name="显示密码：新密码").click()
    await expect(field).to_have_attribute("type", "text")
    await expect(field).to_have_value("three quiet lakes")
    await page.get_by_role("button", name="隐藏密码：新密码").click()
    await expect(field).to_have_attribute("type", "password")
