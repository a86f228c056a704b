"""The phone page in a real Chromium, against the real simulator and a small clinic that answers its pushes."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser.console_stage import DESK, PATIENCE, PHONE
from wxbot.simulator.menu import checked
from wxbot.simulator.platform import AccountConfig, Platform
from wxbot.simulator.server import create_app

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WELCOME = (
    "您好，欢迎来到诊所。\n您想做什么？\n"
    '<a href="weixin://bizmsgmenu?msgmenucontent=预约&msgmenuid=book">我要预约</a>\n'
    '<a href="https://clinic.example.cn/h5/privacy">隐私说明</a>\n'
    "<a href='javascript:window.hurt=1'>可疑链接</a>"
)
MENU = {
    "button": [
        {"type": "click", "name": "预约", "key": "BOOK"},
        {"name": "我的", "sub_button": [{"type": "click", "name": "我的预约", "key": "MINE"}]},
    ]
}
REMINDER = "Tpl_visit_reminder"
NOTICE = "Ntc_return_visit"


@dataclass
class Clinic:
    """Answers pushes in plain mode: a welcome to followers, silence to menu taps, an echo to texts."""

    app: web.Application = field(default_factory=web.Application)
    heard: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app.router.add_post("/wechat/callback", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        push = {child.tag: child.text or "" for child in ET.fromstring(await request.read())}  # noqa: S314 - our own simulator wrote it
        self.heard.append(push)
        if push.get("Event") == "subscribe":
            return _reply(push, WELCOME)
        if push.get("MsgType") == "text":
            return _reply(push, f"收到：{push['Content']}")
        return web.Response(text="success")


def _reply(push: dict[str, str], text: str) -> web.Response:
    fields = {
        "ToUserName": push["FromUserName"],
        "FromUserName": push["ToUserName"],
        "CreateTime": push["CreateTime"],
        "MsgType": "text",
        "Content": text,
    }
    root = ET.Element("xml")
    for name, value in fields.items():
        ET.SubElement(root, name).text = value
    return web.Response(text=ET.tostring(root, encoding="unicode"), content_type="application/xml")


@dataclass
class World:
    """The platform with its web server, and the clinic it pushes to."""

    platform: Platform
    clinic: Clinic
    server: TestServer

    @property
    def url(self) -> str:
        return str(self.server.make_url("/"))

    async def call(self, path: str, body: dict[str, Any], *, expected: int = 0) -> None:
        """One call of the WeChat API, as the clinic makes it; it must answer the expected errcode."""
        async with aiohttp.ClientSession() as session:
            credentials = {"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "s" * 32}
            async with session.post(self.server.make_url("/cgi-bin/stable_token"), json=credentials) as answer:
                token = (await answer.json(content_type=None))["access_token"]
            url = self.server.make_url(path).with_query(access_token=token)
            raw = json.dumps(body, ensure_ascii=False).encode()  # escapes would show literally, as on the real platform
            async with session.post(url, data=raw) as answer:
                assert (await answer.json(content_type=None))["errcode"] == expected


@dataclass
class Screen:
    """One open page and everything that went wrong on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"}:
            self.complaints.append(line.text)


@pytest_asyncio.fixture(loop_scope="module")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def world() -> AsyncIterator[World]:
    clinic = Clinic()
    callback = TestServer(clinic.app)
    await callback.start_server()
    account = AccountConfig(
        app_id="wx0123456789abcdef",
        app_secret="s" * 32,
        token="clinicToken01",
        aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE",
        callback_url=str(callback.make_url("/wechat/callback")),
        mode="plain",
    )
    platform = Platform(account)
    platform.menu = checked(MENU)
    platform.add_template(REMINDER, "就诊预约提醒", "就诊人:{{name1.DATA}}\n就诊时间:{{time5.DATA}}")
    platform.add_notice_template(NOTICE, "复诊提醒", "提醒内容:{{thing1.DATA}}")
    server = TestServer(create_app(platform))
    await server.start_server()
    yield World(platform, clinic, server)
    await server.close()
    await callback.close()


async def opened(context: BrowserContext, world: World, size: dict[str, int] = DESK) -> Screen:
    page = await context.new_page()
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})
    screen = Screen(page)
    await page.goto(world.url)
    await expect(page.locator("#live")).to_have_attribute("data-online", "true")
    return screen


async def followed(page: Page, name: str = "小林") -> None:
    await page.fill("#create-name", name)
    await page.press("#create-name", "Enter")
    await page.locator("#profile-actions").get_by_role("button", name="关注公众号").click()
    await expect(page.locator("#chat")).to_contain_text("欢迎来到诊所")


async def typed(page: Page, text: str) -> None:
    if await page.get_by_role("button", name="切换到键盘").is_visible():
        await page.get_by_role("button", name="切换到键盘").click()
    await page.get_by_label("发消息给诊所").fill(text)
    await page.get_by_label("发消息给诊所").press("Enter")


async def test_a_stranger_creates_a_patient_follows_types_and_taps_the_menu(
    context: BrowserContext, world: World
) -> None:
    screen = await opened(context, world)
    page = screen.page
    await page.get_by_role("button", name="用“小林”试试").click()
    await page.locator("#profile-actions").get_by_role("button", name="关注公众号").click()
    await expect(page.locator(".row.theirs .bubble").first).to_contain_text("欢迎来到诊所")
    await expect(page.locator(".row.theirs .via").first).to_have_text("即时回复")
    await page.locator("#composer").get_by_role("button", name="预约", exact=True).click()
    await expect(page.locator("#traffic")).to_contain_text("点菜单")
    await page.locator("#composer").get_by_role("button", name="我的", exact=True).click()
    await page.get_by_role("button", name="我的预约").click()
    await expect(page.locator("#traffic tr", has_text="点菜单")).to_have_count(2)
    await typed(page, "您好")
    await expect(page.locator(".row.own .bubble")).to_have_text(["您好"])
    await expect(page.locator(".row.theirs .bubble").last).to_have_text("收到：您好")
    keys = [push["EventKey"] for push in world.clinic.heard if push.get("Event") == "CLICK"]
    assert keys == ["BOOK", "MINE"]
    assert screen.complaints == []


async def test_a_quick_reply_speaks_for_the_patient_and_an_unsafe_link_is_only_text(
    context: BrowserContext, world: World
) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page)
    bubble = page.locator(".row.theirs .bubble").first
    links = await bubble.locator("a").evaluate_all("all => all.map((a) => [a.textContent, a.href, a.rel])")
    assert links == [["隐私说明", "https://clinic.example.cn/h5/privacy", "noopener noreferrer"]]
    await expect(bubble).to_contain_text("可疑链接")
    await bubble.get_by_role("button", name="我要预约").click()
    await expect(page.locator(".row.own .bubble")).to_have_text(["预约"])
    assert [push.get("bizmsgmenuid") for push in world.clinic.heard if push["MsgType"] == "text"] == ["book"]
    assert screen.complaints == []


async def test_a_menu_message_a_template_card_and_a_notice_are_shown_with_their_channels(
    context: BrowserContext, world: World
) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page)
    openid = next(iter(world.platform.people))
    entries = [{"id": "1", "content": "口腔检查"}, {"id": "2", "content": "洁牙"}]
    menu = {"head_content": "请选择项目：", "list": entries, "tail_content": "回复“取消”退出。"}
    await world.call("/cgi-bin/message/custom/send", {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu})
    bubble = page.locator(".bubble.menu")
    await expect(bubble).to_contain_text("回复“取消”退出。")
    await bubble.get_by_role("button", name="洁牙").click()
    await expect(page.locator(".row.own .bubble")).to_have_text(["洁牙"])
    data = {"name1": {"value": "小林"}, "time5": {"value": "2026年11月24日 14:30"}}
    card = {"touser": openid, "template_id": REMINDER, "url": "https://clinic.example.cn/h5/appt/1", "data": data}
    await world.call("/cgi-bin/message/template/send", card)
    shown = page.locator("a.notice-card.template")
    await expect(shown).to_have_attribute("href", "https://clinic.example.cn/h5/appt/1")
    await expect(shown.locator(".card-title")).to_have_text("就诊预约提醒")
    await expect(shown.locator("dt")).to_have_text(["就诊人", "就诊时间"])
    await expect(shown.locator("dd")).to_have_text(["小林", "2026年11月24日 14:30"])
    await expect(shown.locator(".card-more")).to_contain_text("详情")
    await page.get_by_role("button", name="去订阅").click()
    await page.get_by_role("button", name="允许").click()
    await expect(page.locator("#rights")).to_contain_text("复诊提醒 ×1")
    notice = {"touser": openid, "template_id": NOTICE, "data": {"thing1": {"value": "拆线复查"}}}
    await world.call("/cgi-bin/message/subscribe/bizsend", notice)
    await expect(page.locator(".notice-card.notice")).to_contain_text("拆线复查")
    await expect(page.locator("#chat .via")).to_have_text(["即时回复", "客服消息", "即时回复", "模板消息", "订阅通知"])
    await expect(page.locator("#rights")).to_contain_text("患者还没有订阅")
    assert screen.complaints == []


async def test_a_script_in_a_name_or_a_message_is_shown_and_never_run(context: BrowserContext, world: World) -> None:
    screen = await opened(context, world)
    page = screen.page
    name = "<img src=x onerror=hurt=1>"[:20]
    await followed(page, name)
    await expect(page.locator(".person strong")).to_have_text(name)
    attack = "<img src=x onerror='window.hurt=1'><script>window.hurt=1</script>"
    await typed(page, attack)
    await expect(page.locator(".row.own .bubble").last).to_have_text(attack)
    await expect(page.locator(".row.theirs .bubble").last).to_have_text(f"收到：{attack}")
    assert await page.evaluate("typeof window.hurt") == "undefined"
    assert await page.locator("#chat script, #chat .bubble img, .person-words img").count() == 0
    assert screen.complaints == []


async def test_the_phone_fills_a_small_screen_and_the_columns_become_drawers(
    context: BrowserContext, world: World
) -> None:
    screen = await opened(context, world, PHONE)
    page = screen.page
    await page.get_by_role("button", name="用“小林”试试").click()
    await page.locator("#profile-actions").get_by_role("button", name="关注公众号").click()
    await expect(page.locator("#chat")).to_contain_text("欢迎来到诊所")
    box = await page.locator("#screen").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.locator("#open-people").click()
    await expect(page.locator("#people")).to_contain_text("已关注")
    await page.keyboard.press("Escape")
    await page.locator("#open-panel").click()
    before = world.platform.now()
    await page.get_by_role("button", name="+1 天").click()
    await expect(page.locator("#clock-shift")).to_have_text("比真实时间快 1 天")
    assert 86_000 < (world.platform.now() - before).total_seconds() < 87_000
    await expect(page.locator("#traffic")).to_contain_text("关注")
    await page.locator("#panel").get_by_role("button", name="关闭").click()
    await typed(page, "小屏幕也能说话")
    await expect(page.locator(".row.theirs .bubble").last).to_have_text("收到：小屏幕也能说话")
    assert screen.complaints == []


async def test_the_guide_ticks_itself_off_and_stays_away_once_dismissed(context: BrowserContext, world: World) -> None:
    screen = await opened(context, world)
    page = screen.page
    await expect(page.locator("#guide [aria-current=step]")).to_contain_text("关注公众号")
    await followed(page)
    await expect(page.locator("#guide [aria-current=step]")).to_contain_text("点“预约”")
    await typed(page, "预约")
    await expect(page.locator("#guide [aria-current=step]")).to_contain_text("推动时间")
    await page.get_by_role("button", name="收起引导").click()
    await expect(page.locator("#guide")).to_be_hidden()
    await page.reload()
    await expect(page.locator(".row.own .bubble")).to_have_text(["预约"])
    await expect(page.locator("#guide")).to_be_hidden()
    assert screen.complaints == []


async def test_a_patient_refuses_messages_and_leaves_from_the_settings(context: BrowserContext, world: World) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page)
    person = next(iter(world.platform.people.values()))
    await page.get_by_role("button", name="公众号设置").click()
    await page.get_by_label("接收消息").click()
    await expect(page.locator("#rights")).to_contain_text("患者已拒收")
    assert person.refusing is True
    await page.get_by_role("button", name="不再关注").click()
    await page.get_by_role("dialog").get_by_role("button", name="不再关注").click()
    await expect(page.locator("#view-profile")).to_be_visible()
    assert person.following is False
    assert [push["Event"] for push in world.clinic.heard if "Event" in push] == ["subscribe", "unsubscribe"]
    assert screen.complaints == []


async def test_a_clinic_that_fails_shows_the_grey_line_and_the_platform_says_so(
    context: BrowserContext, world: World
) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page)
    world.platform.account.callback_url = str(world.server.make_url("/nothing/here"))
    await typed(page, "在吗")
    await expect(page.locator("#chat .unavailable")).to_be_visible()
    await expect(page.locator("#traffic tr.bad").first).to_contain_text("文字消息")
    await page.get_by_role("button", name="出错").click()
    await expect(page.locator("#traffic tr")).to_have_count(1)
    assert screen.complaints == []


async def test_a_message_to_another_patient_raises_a_badge(context: BrowserContext, world: World) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page, "小林")
    first = next(iter(world.platform.people))
    await followed(page, "小周")
    text = {"touser": first, "msgtype": "text", "text": {"content": "您的报告好了"}}
    await world.call("/cgi-bin/message/custom/send", text)
    badge = page.locator(".person", has_text="小林").locator(".badge")
    await expect(badge).to_have_text("1")
    await page.locator(".person", has_text="小林").locator(".person-pick").click()
    await expect(page.locator(".row.theirs .bubble").last).to_have_text("您的报告好了")
    await expect(badge).to_have_count(0)
    assert world.platform.people[first].unread == 0
    assert screen.complaints == []


async def test_the_keyboard_alone_opens_a_sub_menu_and_closes_it_again(context: BrowserContext, world: World) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page)
    top = page.locator("#composer").get_by_role("button", name="我的", exact=True)
    await top.press("Enter")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("button", name="我的预约")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="我的预约")).to_have_count(0)
    await expect(top).to_be_focused()
    assert screen.complaints == []


async def test_trouble_on_request_is_read_in_the_log(context: BrowserContext, world: World) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page)
    openid = next(iter(world.platform.people))
    await page.get_by_text("制造故障").click()
    await page.get_by_role("button", name="窗口已关 45015").click()
    await expect(page.locator("#toasts")).to_contain_text("已安排：窗口已关 45015")
    message = {"touser": openid, "msgtype": "text", "text": {"content": "您好"}}
    await world.call("/cgi-bin/message/custom/send", message, expected=45015)
    await expect(page.locator("#traffic tr.bad")).to_contain_text("超过可发送的时间")
    assert screen.complaints == []


async def test_links_of_a_message_are_split_into_safe_pieces(context: BrowserContext, world: World) -> None:
    screen = await opened(context, world)
    message = (
        "a&lt;b\n<a href='https://x.cn/?p=1&amp;q=2'>页</a><a href=\"JavaScript:alert(1)\">坏</a>"
        "<a href=data:text/html,x>坏2</a><a>空</a><a href='weixin://bizmsgmenu?msgmenucontent=好&msgmenuid=7'>嗯</a>"
        "见 https://y.cn/z。<b>粗</b>"
    )
    pieces = await screen.page.evaluate(
        "async (text) => (await import('/static/rich_text.js')).parse(text).map((p) => Object.values(p).join('|'))",
        message,
    )
    assert pieces == [
        "text|a<b\n",
        "link|页|https://x.cn/?p=1&q=2",
        "text|坏",
        "text|坏2",
        "text|空",
        "reply|好|7|嗯",
        "text|见 ",
        "link|https://y.cn/z|https://y.cn/z",
        "text|。<b>粗</b>",
    ]


async def test_a_lost_server_is_said_kindly_and_the_page_comes_back_by_itself(
    context: BrowserContext, world: World
) -> None:
    screen = await opened(context, world)
    page = screen.page
    await followed(page)
    await context.set_offline(offline=True)
    await typed(page, "听得到吗")
    await expect(page.locator("#banner")).to_be_visible()
    resend = page.get_by_role("button", name="没有发出去，点一下重发")
    await expect(resend).to_be_visible()
    await context.set_offline(offline=False)
    await expect(page.locator("#banner")).to_be_hidden(timeout=30_000)
    await resend.click()
    await expect(page.locator(".row.theirs .bubble").last).to_have_text("收到：听得到吗")
    await expect(page.locator(".row.own .bubble")).to_have_text(["听得到吗"])


async def test_the_page_holds_a_strict_content_policy(context: BrowserContext, world: World) -> None:
    async with aiohttp.ClientSession() as session, session.get(world.url) as answer:
        html = await answer.text()
    assert "<style" not in html
    assert " style=" not in html
    assert "onclick" not in html
    assert html.count("<script") == html.count('<script type="module" src="/static/')
    screen = Screen(await context.new_page())

    async def strict(route: Any) -> None:
        response = await route.fetch()
        policy = {"content-security-policy": "default-src 'self'"}
        await route.fulfill(response=response, headers={**response.headers, **policy})

    await screen.page.route(world.url, strict)
    await screen.page.goto(world.url)
    await followed(screen.page)
    assert screen.complaints == []
