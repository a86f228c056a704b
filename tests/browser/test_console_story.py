"""The main story, clicked through by three colleagues.

An Excel list becomes patients; a wording is written, approved and published; it is pushed to a tag; it stands on the
patient's phone; the timeline and the audit tell of it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from openpyxl import Workbook
from playwright.async_api import Browser, Page, expect

from tests.browser.console_stage import Screen, standing, window
from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import Post
from wxbot.staff.permissions import Role

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TAG = "春季回访"
WORDS = "{name}您好，春天换季，口腔黏膜容易不舒服。如有不适，请随时在这里告诉我们。"
ON_THE_PHONE = "林小满您好，春天换季，口腔黏膜容易不舒服。如有不适，请随时在这里告诉我们。"
LIST = (
    ("晨光口腔 2025 年老客户名单",),
    ("客户", "联系方式", "出生日期", "备注"),
    ("林小满", 13800001111.0, "1990年5月12日", "怕疼"),
    ("王大明", "138 0000 2222", "1985-01-02", ""),
    ("打错的", "123", "", ""),
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_console_browser", tmp_path_factory.mktemp("story")) as clinic:
        yield clinic


def workbook(path: Path) -> Path:
    """A list as clinics have them: a title above the header, a number for a phone, a slip."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    for row in LIST:
        sheet.append(list(row))
    book.save(path)
    return path


async def worked(clinic: Clinic, job: str) -> None:
    """The background has done what it was asked to."""
    while (await clinic.app.runner.run_now(job)).get("worked", 0):
        pass


async def confirmed(page: Page, button: str) -> None:
    """Press a button that asks first, and say yes."""
    await page.get_by_role("button", name=button).click()
    await page.locator("#confirm").get_by_role("button", name="确定").click()


async def imported(screen: Screen, clinic: Clinic, file: Path) -> None:
    """From the navigation to the written patients."""
    page = screen.page
    await page.locator(".side").get_by_role("link", name="患者").click()
    await page.locator("main").get_by_role("link", name="导入", exact=True).click()
    await page.get_by_label("Excel 文件").set_input_files(file)
    await page.get_by_role("button", name="上传并查看").click()
    await expect(page.get_by_label("联系方式 导入为")).to_have_value("phone")
    await expect(page.get_by_label("出生日期 导入为")).to_have_value("birthday")
    await page.get_by_label("给这批患者都加上标签").fill(TAG)
    await page.get_by_role("button", name="试算").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("正在试算")
    await worked(clinic, "run_imports")
    await expect(page.get_by_role("heading", level=1)).to_have_text("试算完成，还没有写入")
    await expect(page.locator("main")).to_contain_text("新增 2，补充 0，跳过 0，有误 1")
    await expect(page.locator("main")).to_contain_text("第 5 行")
    await confirmed(page, "导入 2 行")
    await expect(page.get_by_role("heading", level=1)).to_have_text("正在导入")
    await worked(clinic, "run_imports")
    await expect(page.get_by_role("heading", level=1)).to_have_text("已导入")


async def linked(screen: Screen, name: str, alias: str) -> str:
    """Find the patient by pinyin and let the follower speak for them; the address of the patient's page."""
    page = screen.page
    await page.locator(".side").get_by_role("link", name="患者").click()
    await page.get_by_label("搜索患者").press_sequentially("lxm")
    await page.locator("#found").get_by_role("link", name=name).click()
    contacts = page.locator("#contacts")
    await expect(contacts).to_contain_text("还没有关联微信联系人")
    await contacts.get_by_text("关联微信联系人", exact=True).click()
    await contacts.get_by_label("查找联系人").press_sequentially(alias)
    await expect(contacts.get_by_label(alias)).to_be_checked()
    await contacts.get_by_role("button", name="关联").click()
    await expect(page.get_by_role("status")).to_have_text("已关联联系人")
    await expect(contacts).to_contain_text(alias)
    return page.url.removeprefix(screen.url).partition("#")[0]


async def written(screen: Screen) -> str:
    """A new wording, looked at while typing, mended, and submitted; the address of its page."""
    page = screen.page
    await page.locator(".side").get_by_role("link", name="模板").click()
    await page.locator("main").get_by_role("link", name="新建模板").click()
    await page.get_by_label("名称").fill("春季口腔关怀")
    await page.get_by_label("用途").select_option(label="关怀")
    await page.get_by_role("button", name="新建并写正文").click()
    text, looks = page.get_by_label("正文"), page.locator("#preview")
    await text.fill(WORDS.replace("{name}", "{nmae}"))
    await expect(looks).to_contain_text("可以改为：{name}")
    await text.fill(WORDS)
    await expect(looks).not_to_contain_text("必须")
    await expect(looks.locator(".bubble").first).to_contain_text("阿依古丽·买买提江您好，春天换季")
    await screen.shoot("desk/story_template")
    await page.get_by_role("button", name="保存并提交审批").click()
    await expect(page.locator("main")).to_contain_text("待审批")
    return page.url.removeprefix(screen.url)


async def approved_and_published(screen: Screen) -> None:
    """From the first page's number to a wording that patients get."""
    page = screen.page
    await screen.open("/console/")
    tile = page.locator(".tile", has_text="等待审批")
    await expect(tile.locator(".tile-number")).to_have_text("1")
    await tile.click()
    await page.get_by_role("link", name="春季口腔关怀").click()
    await page.get_by_role("button", name="批准").click()
    await expect(page.get_by_role("heading", name="已批准，待发布")).to_be_visible()
    await confirmed(page, "发布")
    await expect(page.locator("main")).to_contain_text("已发布 v1")


async def pushed(screen: Screen) -> str:
    """A push to the tag, with its list looked at and submitted; the address of its page."""
    page = screen.page
    await page.locator(".side").get_by_role("link", name="关怀推送").click()
    await page.locator("main .head-actions").get_by_role("link", name="新建推送").click()
    await page.get_by_label("标题").fill("春季口腔关怀推送")
    await page.get_by_label("标签").fill(TAG)
    await page.get_by_label("用哪个模板").select_option(label="春季口腔关怀")
    await expect(page.locator("#broadcast-fields .said-bubble")).to_contain_text("春天换季")
    await expect(page.get_by_label("标签")).to_have_value(TAG)  # choosing a template keeps what was typed
    await page.get_by_role("button", name="核对名单").click()
    rows = page.locator("tbody tr")
    await expect(rows.filter(has_text="林小满")).to_contain_text("会发送")
    other = rows.filter(has_text="王大明")
    await expect(other).to_contain_text("改打电话")
    await expect(other).to_contain_text("没有关注公众号")
    await screen.shoot("desk/story_push")
    await page.get_by_role("button", name="提交审批").click()
    await expect(page.locator("main")).to_contain_text("待审批")
    return page.url.removeprefix(screen.url)


async def run(clinic: Clinic) -> None:
    """The jobs have done their work and the phone has got it."""
    for _ in range(2):
        await clinic.app.runner.run_now("run_broadcasts")
        await Post(clinic).deliver()
    await clinic.app.runner.run_now("run_broadcasts")


async def test_from_an_excel_list_to_the_patients_phone_and_into_the_audit(
    chromium: Browser, clinic: Clinic, tmp_path: Path
) -> None:
    openid = await clinic.person("小林")
    await clinic.say(openid, "你好")
    contact = await Post(clinic).contact(openid)
    async with AsyncExitStack() as parts:
        screens: dict[Role, Screen] = {}
        for role in (Role.MANAGER, Role.ADMIN, Role.CONSULTANT):
            screens[role] = await parts.enter_async_context(window(chromium, clinic.url))
            await screens[role].sign_in(role.value)
        manager, admin, consultant = screens.values()

        await imported(manager, clinic, workbook(tmp_path / "老客户.xlsx"))
        patient = await linked(manager, "林小满", contact.alias)
        await written(admin)
        await approved_and_published(manager)
        push = await pushed(consultant)

        await manager.open(push)
        await confirmed(manager.page, "批准")
        await expect(manager.page.locator("main")).to_contain_text("已批准")
        await run(clinic)
        assert clinic.sent_to(openid)[-1].text == ON_THE_PHONE
        await consultant.open(push)
        await expect(consultant.page.locator("tbody tr").filter(has_text="林小满")).to_contain_text("已发出")
        await consultant.page.get_by_role("link", name="改打电话", exact=True).click()
        await expect(consultant.page.locator("main")).to_contain_text("王大明")

        await consultant.open(patient)
        await expect(consultant.page.locator("#timeline")).to_contain_text(ON_THE_PHONE)

        await admin.open("/console/audit")
        entries = admin.page.locator("tbody")
        for words in ("导入", "春季口腔关怀", "关联", "春季口腔关怀推送"):
            await expect(entries).to_contain_text(words)
        await admin.page.get_by_role("button", name="是否完整").click()
        await expect(admin.page.get_by_role("status")).to_contain_text("首尾相接")
        assert {role.value: screen.complaints for role, screen in screens.items()} == {
            "manager": [],
            "admin": [],
            "consultant": [],
        }
