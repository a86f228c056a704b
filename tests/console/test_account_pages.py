"""The Official Account in the console, through HTTP: menu, scene codes, health, one's own WeChat."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.diagnostics.models import GB, MB, DatabaseFacts
from wxbot.diagnostics.store import DatabaseProbe
from wxbot.staff.permissions import Role

MENU = "/console/settings/menu"
SCENES = "/console/settings/scenes"
HEALTH = "/console/settings/account"
WECHAT = "/console/me/wechat"


def fields(text: str) -> dict[str, str]:
    """What a browser would send of the page's menu form."""
    form = text[text.index('action="/console/settings/menu"') :]
    form = form[: form.index("</form>")]
    found = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form)}
    found |= {name: html.unescape(value) for value, name in re.findall(r'value="([^"]*)"[^>]*? name="(\w+)"', form)}
    for name, options in re.findall(r'<select[^>]* name="(\w+)">(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    found.pop("up", None)
    return found


def names(clinic: Clinic) -> list[str]:
    """The buttons the platform shows."""
    assert clinic.platform.menu is not None
    return [button["name"] for button in clinic.platform.menu["button"]]


# -- the menu -----------------------------------------------------------------------------------------------------


async def test_the_menu_begins_as_the_file_says(admin: Browser) -> None:
    page = await admin.get(MENU)
    assert page.status == 200
    assert page.shows(
        "现在是配置文件里的菜单", "我的预约", "开始预约：选择项目、医生和时间", "6/16 字节", "还没有推送过"
    )


async def test_a_menu_is_edited_previewed_saved_and_pushed_and_the_phone_shows_it(
    clinic: Clinic, admin: Browser
) -> None:
    form = fields((await admin.get(MENU)).text)
    form |= {"p1_name": "约医生", "p3_5_name": "官网", "p3_5_type": "view", "p3_5_url": "https://clinic.example.cn/"}
    preview = await admin.post(f"{MENU}/preview", form, htmx=True)
    assert preview.shows("约医生", "官网", "打开网页 https://clinic.example.cn/", "9/16 字节", "检查通过")
    saved = await admin.post(MENU, form)
    assert saved.shows("草稿已保存", "管理员小周")
    assert names(clinic)[0] == "预约"  # nothing is sent before somebody says so
    live = await admin.get(f"{MENU}/live", htmx=True)
    assert live.shows("“预约”：开始预约", "“约医生”：开始预约", "“官网”：打开网页")
    pushed = await admin.post(f"{MENU}/push", {"revision": fields(saved.text)["revision"]})
    assert pushed.shows("第 1 版菜单已推送", "已推送")
    assert names(clinic)[0] == "约医生"
    actions = [row["action"] for row in await clinic.rows("audit") if row["subject"] == "menu:account"]
    assert actions == ["menu:edited", "menu:pushed"]


async def test_a_name_with_too_many_bytes_is_complained_of_beside_its_field_and_nothing_is_lost(
    clinic: Clinic, admin: Browser
) -> None:
    form = fields((await admin.get(MENU)).text) | {"p1_name": "预约看牙医生", "p2_name": "我的安排"}
    page = await admin.post(MENU, form)
    assert page.status == 422
    beside = re.search(r'id="p1_name-error">([^<]*)<', page.text)
    assert beside is not None
    assert "最多 16 字节" in beside[1]
    assert "现在是 18 字节" in beside[1]
    assert page.shows('value="我的安排"', 'value="预约看牙医生"')
    assert await clinic.rows("menus") == []


async def test_an_entry_without_its_address_is_complained_of_in_its_own_row_even_below_an_empty_one(
    admin: Browser,
) -> None:
    form = fields((await admin.get(MENU)).text)
    form |= {"p3_1_name": "", "p3_1_key": "", "p3_4_name": "官网", "p3_4_type": "view", "p3_4_url": ""}
    page = await admin.post(MENU, form)
    assert page.status == 422
    assert re.findall(r'id="(\w+)-error"', page.text) == ["p3_4_url"]
    assert page.shows("请填写网页地址")


async def test_a_row_can_be_moved_up_and_is_saved_in_its_new_place(clinic: Clinic, admin: Browser) -> None:
    form = fields((await admin.get(MENU)).text)
    moved = await admin.post(MENU, form | {"up": "p2"})
    assert fields(moved.text)["p1_name"] == "我的预约"
    assert await clinic.rows("menus") == []
    await admin.post(MENU, fields(moved.text))
    assert [button["name"] for button in (await clinic.rows("menus"))[0]["menu"]["buttons"]][:2] == ["我的预约", "预约"]


async def test_the_second_editor_keeps_the_input_and_sees_what_the_first_changed(sign_in: SignIn) -> None:
    first, second = await sign_in(Role.ADMIN), await sign_in(Role.ADMIN, "second")
    mine, theirs = fields((await first.get(MENU)).text), fields((await second.get(MENU)).text)
    await first.post(MENU, mine | {"p1_name": "约医生"})
    page = await second.post(MENU, theirs | {"p2_name": "我的安排"})
    assert page.shows("改动了这里", "“预约”：开始预约", "“约医生”：开始预约", 'value="我的安排"')
    again = await second.post(MENU, fields(page.text))
    assert again.shows("草稿已保存")


async def test_an_earlier_version_is_brought_back_as_a_draft(clinic: Clinic, admin: Browser) -> None:
    for name in ("约医生", "在线预约"):
        form = fields((await admin.get(MENU)).text) | {"p1_name": name}
        saved = await admin.post(MENU, form)
        await admin.post(f"{MENU}/push", {"revision": fields(saved.text)["revision"]})
    form = fields((await admin.get(MENU)).text)
    page = await admin.post(f"{MENU}/versions/1/restore", {"revision": form["revision"]})
    assert page.shows("已把第 1 版恢复为草稿", 'value="约医生"')
    assert names(clinic)[0] == "在线预约"


async def test_what_must_not_be_said_is_not_pushed(clinic: Clinic, admin: Browser) -> None:
    form = fields((await admin.get(MENU)).text) | {"p3_4_name": "全国第一的牙科"}
    saved = await admin.post(MENU, form)
    assert saved.shows("草稿已保存", "已保存的草稿还不能推送")
    refused = await admin.post(f"{MENU}/push", {"revision": fields(saved.text)["revision"]})
    assert refused.status == 422
    assert refused.shows("第一")
    assert await clinic.rows("menu_versions") == []


async def test_a_push_that_wechat_refuses_says_why_and_can_be_repeated(clinic: Clinic, admin: Browser) -> None:
    form = fields((await admin.get(MENU)).text)
    clinic.platform.faults.add("/cgi-bin/menu/create", code=48001)
    page = await admin.post(f"{MENU}/push", {"revision": form["revision"]})
    assert page.shows("没有推送成功", "公众号没有这个接口的权限", "不确定是否已推送")
    again = await admin.post(f"{MENU}/push", {"revision": form["revision"]})
    assert again.shows("第 1 版菜单已推送")
    assert [row["number"] for row in await clinic.rows("menu_versions")] == [1]


async def test_a_script_in_a_name_is_shown_and_not_run(admin: Browser) -> None:
    form = fields((await admin.get(MENU)).text) | {"p3_4_name": "<script>alert(1)</script>"}
    page = await admin.post(f"{MENU}/preview", form, htmx=True)
    assert "<script>" not in page.text
    assert page.shows("&lt;script&gt;alert(1)&lt;/script&gt;")


async def test_the_draft_can_be_taken_away_as_a_file(admin: Browser) -> None:
    page = await admin.get(f"{MENU}/file")
    assert "menu.toml" in page.headers["Content-Disposition"]
    assert 'key = "MY_APPOINTMENTS"' in page.body.decode()


# -- scene codes --------------------------------------------------------------------------------------------------


async def new_code(browser: Browser, label: str = "前台立牌", **more: str) -> str:
    """Make a code; the address of its page."""
    mark = re.search(r'name="request" value="(\w+)"', (await browser.get(f"{SCENES}/new")).text)
    assert mark is not None
    page = await browser.post(f"{SCENES}/new", {"label": label, "purpose": "desk", "request": mark[1], **more})
    assert page.status == 200, page.text
    return page.path


async def test_without_codes_the_list_says_what_to_do(admin: Browser) -> None:
    assert (await admin.get(SCENES)).shows("还没有二维码", "新建二维码")


async def test_a_code_is_made_printed_and_taken_away_as_picture(clinic: Clinic, admin: Browser) -> None:
    where = await new_code(admin)
    assert (await admin.get(where)).shows("前台立牌", "到店前台", "长期有效", "还没有人通过它关注")
    sheet = await admin.get(f"{where}/print?size=a4")
    assert sheet.shows("sheet-a4", "前台立牌", clinic.app.services.clinic.name, f'src="{where}/code.svg"')
    assert " style=" not in sheet.text
    png = await admin.get(f"{where}/code.png?download=1")
    assert png.body.startswith(b"\x89PNG")
    assert "attachment" in png.headers["Content-Disposition"]
    poster = await admin.get(f"{where}/code.svg?poster=1")
    assert poster.shows("<svg", "前台立牌", clinic.app.services.clinic.name)
    row = (await clinic.rows("scenes"))[0]
    assert "前台" not in row["scene"]  # what a scan reports tells a stranger nothing


async def test_a_label_with_markup_is_text_in_every_picture(admin: Browser) -> None:
    where = await new_code(admin, "<b>&\"'")
    assert "<b>" not in (await admin.get(f"{where}/print")).text
    assert (await admin.get(f"{where}/code.svg?poster=1")).shows("&lt;b&gt;&amp;")


async def test_the_same_form_sent_twice_makes_one_code(clinic: Clinic, admin: Browser) -> None:
    form = {"label": "海报", "purpose": "channel", "request": "a" * 32, "lasts_days": "7"}
    first, second = await admin.post(f"{SCENES}/new", form), await admin.post(f"{SCENES}/new", form)
    assert first.path == second.path
    assert len(await clinic.rows("scenes")) == 1


async def test_a_label_that_is_missing_or_too_long_is_complained_of(admin: Browser) -> None:
    form = {"label": "", "purpose": "desk", "request": "b" * 32}
    assert (await admin.post(f"{SCENES}/new", form)).shows('id="label-error"')
    page = await admin.post(f"{SCENES}/new", form | {"label": "很" * 21})
    assert page.shows('id="label-error"', "很" * 21)
    card = await admin.post(f"{SCENES}/new", form | {"label": "名片", "purpose": "practitioner"})
    assert card.shows("请选择是哪位医生的名片")


async def test_a_code_wechat_would_not_make_can_be_made_later(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.faults.add("/cgi-bin/qrcode/create", code=45009)
    form = {"label": "海报", "purpose": "channel", "request": "c" * 32}
    page = await admin.post(f"{SCENES}/new", form)
    assert page.shows("微信还没有生成这个二维码", "次数已用完")
    row = (await clinic.rows("scenes"))[0]
    again = await admin.post(f"{SCENES}/{row['_id']}/generate")
    assert again.shows("二维码已生成")


async def test_a_code_that_is_over_says_so_and_can_be_made_again(clinic: Clinic, admin: Browser) -> None:
    where = await new_code(admin, "义诊", lasts_days="1")
    before = (await clinic.rows("scenes"))[0]
    services = clinic.app.services
    await clinic.app.stores.account.give_code(
        before["_id"], ticket=before["ticket"], url=before["url"], expires_at=clinic.now - timedelta(minutes=1)
    )
    assert (await admin.get(where)).shows("已过期", "重新生成")
    await admin.post(f"{where}/generate")
    after = (await clinic.rows("scenes"))[0]
    assert after["expires_at"] > services.clock.now()
    assert after["url"] != before["url"]


async def test_a_code_is_renamed_and_put_away(clinic: Clinic, admin: Browser) -> None:
    where = await new_code(admin)
    assert (await admin.post(where, {"label": "一楼立牌", "revision": "0"})).shows("已保存", "一楼立牌")
    assert (await admin.post(where, {"label": "旧名", "revision": "0"})).shows("改动了这里", 'value="旧名"', "一楼立牌")
    await admin.post(where, {"place": "away", "revision": "1"})
    assert (await admin.get(SCENES)).shows("还没有二维码")
    assert (await admin.get(f"{SCENES}?archived=1")).shows("一楼立牌")
    assert [row["action"] for row in await clinic.rows("audit") if row["action"].startswith("scene:")] == [
        "scene:created",
        "scene:edited",
        "scene:edited",
    ]


async def test_scans_and_new_followers_are_shown(clinic: Clinic, admin: Browser) -> None:
    where = await new_code(admin)
    scene = (await clinic.rows("scenes"))[0]["scene"]
    newcomer = await clinic.person("小新", follow=False)
    assert (await clinic.platform.follow(newcomer, scene)).ok
    page = await admin.get(where)
    contact = await clinic.app.services.patients.contact_by_openid(newcomer)
    assert contact is not None
    assert page.shows("1 次", "1 人", contact.alias)


# -- health -------------------------------------------------------------------------------------------------------


@pytest.fixture
def database_says(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the database say other facts of itself than it does."""
    real = DatabaseProbe.facts

    def tell(**facts: Any) -> None:
        async def changed(probe: DatabaseProbe, machine_now: Callable[[], datetime]) -> DatabaseFacts:
            return replace(await real(probe, machine_now), **facts)

        monkeypatch.setattr(DatabaseProbe, "facts", changed)
        clinic.app.diagnostics.forget()

    return tell


async def test_the_page_shows_free_disk_and_version(
    clinic: Clinic, admin: Browser, database_says: Callable[..., None]
) -> None:
    database_says(version="8.0.4", free_bytes=50 * GB)
    await clinic.app.diagnostics.database()
    page = await admin.get(HEALTH)
    assert page.shows(
        "数据库 MongoDB 8.0.4，运行正常。", "磁盘空间", "数据库服务器的磁盘还有 50.0 GB 可用。", "服务器磁盘还有"
    )


async def test_a_version_out_of_support_is_said_with_what_to_do(
    admin: Browser, database_says: Callable[..., None]
) -> None:
    database_says(version="6.0.5")
    todo = todo_of(await admin.get(HEALTH))
    assert "MongoDB 6.0.5 已不再有安全更新" in todo
    assert "请管理员换成独立安装的 MongoDB 7 或 8" in todo


@pytest.mark.parametrize(
    ("free", "sentence"),
    [
        (900 * MB, "数据库服务器的磁盘只剩 900 MB：请管理员在几天内清理"),
        (20 * MB, "只剩 20 MB，马上就会写满：请管理员立即清理"),
    ],
)
async def test_little_disk_is_said_with_what_to_do(
    clinic: Clinic, admin: Browser, database_says: Callable[..., None], free: int, sentence: str
) -> None:
    database_says(free_bytes=free)
    await clinic.app.diagnostics.database()
    assert sentence in todo_of(await admin.get(HEALTH))


def todo_of(page: Page) -> str:
    """What the health page says is to be done."""
    return page.text[: page.text.index("访问凭证")]


async def test_a_healthy_account_needs_nothing(
    clinic: Clinic, admin: Browser, database_says: Callable[..., None]
) -> None:
    database_says(version="8.0.4")
    openid = await clinic.person()
    assert "没有同事绑定微信，患者写到的危险征兆只会出现在待办里" in todo_of(await admin.get(HEALTH))
    made = await clinic.app.services.staff.create(
        by=COMMAND_LINE, login="nurse", name="护士", role=Role.CLINICIAN, now=clinic.now
    )
    bound = {"$set": {"openid": openid}}
    await clinic.app.database.collection("staff").update_one({"_id": made.account.id}, bound)
    page = await admin.get(HEALTH)
    assert page.shows(
        "有 1 位同事会在微信里收到提醒",
        "访问凭证",
        "分钟到期",
        "今日调用次数",
        "客服消息",
        "微信可以访问",
        "数据库",
        "与微信相差",
        "没有需要处理的事",
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (40125, "AppSecret 不正确"),
        (40013, "AppID 不正确"),
        (48001, "公众号没有这个接口的权限"),
        (50007, "公众号已被冻结"),
        (89503, "需要公众号管理员在微信里确认"),
    ],
)
async def test_what_is_configured_wrongly_is_said_in_plain_words(
    clinic: Clinic, admin: Browser, code: int, sentence: str
) -> None:
    clinic.platform.faults.add("*", code=code, times=1000)
    page = await admin.get(HEALTH)
    todo = page.text[: page.text.index("访问凭证")]
    assert sentence in todo
    assert f"错误码 {code}" in todo


async def test_an_address_that_is_not_on_the_list_is_named(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.account.allowed_ips = ("203.0.113.7",)
    clinic.platform.revoke_token()
    assert (await admin.get(HEALTH)).shows("需要添加的 IP：127.0.0.1")


async def test_a_callback_that_cannot_be_reached_is_told(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.account.callback_url = "http://127.0.0.1:1/wechat/callback"
    assert (await admin.get(HEALTH)).shows("微信访问不到消息推送地址", "80 或 443")
    clinic.platform.account.callback_url = ""
    assert (await admin.get(HEALTH)).shows("公众平台还没有设置消息推送地址")


async def test_a_template_that_was_deleted_at_the_platform_is_told(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.templates.clear()
    assert (await admin.get(HEALTH)).shows("在公众平台上找不到")


async def test_refusals_of_the_last_two_days_are_told_by_code(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.faults.add("/cgi-bin/menu/create", code=48001, times=2)
    for _ in range(2):
        await admin.post(f"{MENU}/push", {"revision": fields((await admin.get(MENU)).text)["revision"]})
    assert (await admin.get(HEALTH)).shows("48001", "/cgi-bin/menu/create", "共 2 次")


async def test_the_page_answers_while_the_platform_is_silent(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.faults.add("*", latency=30, code=-1, times=1000)
    page = await admin.get(HEALTH)
    clinic.platform.faults.clear()
    assert page.status == 200
    assert page.shows("没有在 3 秒内回答", "数据库")


async def test_the_button_brings_only_the_report(admin: Browser) -> None:
    page = await admin.get(HEALTH, htmx=True)
    assert page.text.lstrip().startswith('<div id="health">')


# -- one's own WeChat ---------------------------------------------------------------------------------------------


async def test_a_colleague_binds_their_wechat_by_scanning(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(Role.CONSULTANT)
    assert (await browser.get(WECHAT, htmx=True)).shows("还没有绑定")
    shown = await browser.post(f"{WECHAT}/code", htmx=True)
    assert shown.shows("data:image/svg+xml", "10 分钟", 'hx-trigger="every 2s"')
    assert (await browser.get(f"{WECHAT}/state", htmx=True)).status == 204
    scene = next(scene for scene in clinic.platform.scenes.by_scene if scene.startswith("staff_"))
    person = await clinic.person("同事")
    push = await clinic.platform.scan(person, scene)
    assert push.reply is not None
    assert "咨询师小周" in push.reply["text"]
    assert person[-4:] in push.reply["text"]
    asked = await browser.get(f"{WECHAT}/state", htmx=True)
    assert asked.shows("是我，确认绑定", f">{person[-4:]}<", "访客·", "扫码时间")
    assert not asked.shows("every 2s")
    assert not (await browser.get(WECHAT)).shows("已绑定微信")
    [mark] = re.findall(r'name="mark" value="([0-9a-f]{32})"', asked.text)
    assert (await browser.post(f"{WECHAT}/confirm", {"mark": mark}, htmx=True)).shows("绑定成功")
    assert (await browser.get(WECHAT)).shows("已绑定微信", "解除绑定")
    assert (await browser.post(f"{WECHAT}/unbind")).shows("已解除微信绑定", "还没有绑定")


async def test_a_stranger_who_scanned_is_rejected(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(Role.CONSULTANT)
    await browser.post(f"{WECHAT}/code", htmx=True)
    scene = next(scene for scene in clinic.platform.scenes.by_scene if scene.startswith("staff_"))
    await clinic.platform.scan(await clinic.person("路人"), scene)
    [mark] = re.findall(r'name="mark" value="([0-9a-f]{32})"', (await browser.get(f"{WECHAT}/state", htmx=True)).text)
    assert (await browser.post(f"{WECHAT}/reject", htmx=True)).shows("没有绑定，刚才的二维码已作废")
    assert not (await browser.post(f"{WECHAT}/confirm", {"mark": mark})).shows("已绑定微信")


async def test_a_code_that_nobody_scanned_in_time_is_over(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(Role.RECEPTION)
    await browser.post(f"{WECHAT}/code", htmx=True)
    clinic.app.clock.move(timedelta(minutes=11))
    assert (await browser.get(f"{WECHAT}/state", htmx=True)).shows("二维码已过期")


async def test_a_platform_that_makes_no_code_is_told_in_words(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(Role.RECEPTION)
    clinic.platform.faults.add("/cgi-bin/qrcode/create", code=48001)
    assert (await browser.post(f"{WECHAT}/code", htmx=True)).shows("公众号没有这个接口的权限")
