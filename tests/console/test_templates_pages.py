"""Templates through the console: written, checked while typing, approved by somebody else, published, brought back."""

import html
import re
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role

KEY = "care.appointment_tomorrow"
ADDRESS = f"/console/templates/{KEY}"


def fields_of(page: Page) -> list[tuple[str, str]]:
    """What the editor's form would send as it stands."""
    form = re.search(r'<form id="editor".*?</form>', page.text, re.DOTALL)
    assert form is not None
    found: list[tuple[str, str]] = []
    pattern = (
        r'<input[^>]*?name="([^"]+)"[^>]*>'
        r'|<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>'
        r'|<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>'
    )
    for tag in re.finditer(pattern, form[0], re.DOTALL):
        if tag[1]:
            if tag[1] == "csrf" or ('type="checkbox"' in tag[0] and "checked" not in tag[0].split("name=")[1]):
                continue
            value = re.search(r'value="([^"]*)"', tag[0], re.DOTALL)
            found.append((tag[1], html.unescape(value[1]) if value else ""))
        elif tag[2]:
            found.append((tag[2], html.unescape(tag[3])))
        else:
            chosen = re.search(r'<option value="([^"]*)" selected', tag[5])
            found.append((tag[4], html.unescape(chosen[1]) if chosen else ""))
    return found


def with_(fields: list[tuple[str, str]], **changes: str) -> list[tuple[str, str]]:
    return [(name, changes.get(name, value)) for name, value in fields]


def revision_of(page: Page) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page.text)
    assert found is not None
    return found[1]


async def written(browser: Browser, text: str, then: str = "submit") -> Page:
    """Open the editor, write, and save or submit."""
    fields = fields_of(await browser.get(ADDRESS))
    return await browser.post(ADDRESS, [*with_(fields, text=text), ("then", then)])


async def test_the_list_shows_every_template_by_its_name_and_finds_one(admin: Browser) -> None:
    page = await admin.get("/console/templates")
    assert page.status == 200
    assert page.shows("提醒 · 关怀计划：就诊提醒", "明日就诊提醒", "已发布 v1")
    found = await admin.get("/console/templates?q=拆线", htmx=True)
    assert found.shows("拆线提醒")
    assert not found.shows("明日就诊提醒")
    nothing = await admin.get("/console/templates?q=没有这样的模板", htmx=True)
    assert nothing.shows("没有符合的模板", "看全部模板")


async def test_a_template_goes_from_the_editor_to_the_patient(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    page = await written(admin, "{name}您好，明天见：{date} {time}。新的说法。")
    assert page.shows("待审批", "已提交，请另一位同事审批")
    own = await admin.post(f"{ADDRESS}/approve", {"revision": revision_of(page)})
    assert own.shows("自己写的模板要请另一位同事审批")
    manager = await sign_in(Role.MANAGER)
    page = await manager.get(ADDRESS)
    page = await manager.post(f"{ADDRESS}/approve", {"revision": revision_of(page)})
    assert page.shows("已批准，待发布")
    page = await manager.post(f"{ADDRESS}/publish", {"revision": revision_of(page)})
    assert page.shows("已发布 v2")
    said = clinic.app.services.templates.render(KEY, {"name": "张三", "date": "明天", "time": "上午"})
    assert (said.version, said.text) == (2, "张三您好，明天见：明天 上午。新的说法。")
    versions = await manager.get(f"{ADDRESS}/versions")
    assert versions.shows("第 2 版", "使用中", "第 1 版", "已被替换", "管理员小周写", "主管小周批准")
    compared = await manager.get(f"{ADDRESS}/versions/2")
    assert compared.shows("<ins>", "<del>", "新的说法")
    back = await manager.post(f"{ADDRESS}/versions/1/restore", {"revision": revision_of(versions)})
    assert back.shows("第 3 版", "内容同第 1 版")
    assert clinic.app.services.templates.get(KEY).version == 3
    entries = [row["action"] for row in await clinic.rows("audit") if row["subject"] == f"template:{KEY}"]
    assert entries == [
        "template:drafted",
        "template:submitted",
        "template:approved",
        "template:published",
        "template:version_restored",
    ]


async def test_a_publication_can_wait_for_its_hour(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    await written(admin, "{name}您好，明天见。")
    manager = await sign_in(Role.MANAGER)
    page = await manager.post(f"{ADDRESS}/approve", {"revision": revision_of(await manager.get(ADDRESS))})
    past = await manager.post(
        f"{ADDRESS}/publish", {"revision": revision_of(page), "effective_from": "2026-11-01T08:00"}
    )
    assert past.shows("这个时间已经过去", "2026-11-01T08:00")
    page = await manager.post(
        f"{ADDRESS}/publish", {"revision": revision_of(page), "effective_from": "2026-11-24T08:00"}
    )
    assert page.shows("已发布 v1", "定时 v2 11月24日 08:00")
    assert clinic.app.services.templates.get(KEY).version == 1
    clinic.app.clock.move(timedelta(days=2))
    await clinic.app.runner.run_now("refresh_settings")
    assert clinic.app.services.templates.get(KEY).version == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{nmae}您好", "可以改为：{name}"),
        ("{name", "多了一个 {"),
        ("您好，{hours}", "在这个场合没有内容可填"),
        ("字" * 500, "正文太长，微信装不下"),
    ],
)
async def test_what_cannot_be_sent_is_told_while_typing_and_cannot_be_submitted(
    clinic: Clinic, admin: Browser, text: str, complaint: str
) -> None:
    fields = with_(fields_of(await admin.get(ADDRESS)), text=text)
    seen = await admin.post(f"{ADDRESS}/preview", fields, htmx=True)
    assert seen.shows("必须改", complaint)
    page = await admin.post(ADDRESS, [*fields, ("then", "submit")])
    assert page.shows("草稿已保存，还不能提交", text[:20])
    assert (await clinic.rows("templates", {"_id": KEY}))[0]["stage"] == "draft"


async def test_two_phones_show_the_longest_and_the_shortest_patient(admin: Browser) -> None:
    fields = fields_of(await admin.get(ADDRESS))
    seen = await admin.post(f"{ADDRESS}/preview", with_(fields, text="{name}您好，{practitioner}等您"), htmx=True)
    assert seen.shows(
        "阿依古丽·买买提江您好，欧阳晓晴医生等您", "您好，于医生等您", "最长的例子", "最短的例子", "今天上午10:00就诊"
    )


async def test_markup_in_a_template_is_shown_and_never_run(admin: Browser) -> None:
    evil = "<script>alert(1)</script>{name}"
    page = await written(admin, evil, then="save")
    assert "<script>alert" not in page.text
    assert page.shows("&lt;script&gt;alert(1)&lt;/script&gt;")
    for address in ("/console/templates?q=alert", f"{ADDRESS}/versions/0"):
        assert "<script>alert" not in (await admin.get(address)).text


async def test_the_second_editor_sees_what_the_first_changed_and_loses_nothing(admin: Browser, sign_in: SignIn) -> None:
    manager = await sign_in(Role.MANAGER)
    fields = fields_of(await manager.get(ADDRESS))
    await written(admin, "管理员的说法", then="save")
    page = await manager.post(ADDRESS, [*with_(fields, text="主管的说法"), ("then", "save")])
    assert page.shows("您编辑期间，管理员小周", "管理员的说法", ">主管的说法</textarea>")
    again = await manager.post(ADDRESS, [*with_(fields_of(page), text="主管的说法"), ("then", "save")])
    assert again.shows("草稿已保存", ">主管的说法</textarea>")


async def test_a_draft_is_sent_back_with_a_reason(admin: Browser, sign_in: SignIn) -> None:
    await written(admin, "{name}您好，明天见。")
    manager = await sign_in(Role.MANAGER)
    page = await manager.get(ADDRESS)
    silent = await manager.post(f"{ADDRESS}/return", {"revision": revision_of(page)})
    assert silent.shows("请写明退回的原因")
    await manager.post(f"{ADDRESS}/return", {"revision": revision_of(page), "comment": "请写上地址"})
    assert (await admin.get(ADDRESS)).shows("退回了这份草稿", "请写上地址", "已退回")


async def test_a_new_template_is_made_copied_and_retired(clinic: Clinic, admin: Browser) -> None:
    refused = await admin.post("/console/templates/new", {"name": "", "purpose": "care"})
    assert refused.shows("请填写这一项")
    page = await admin.post("/console/templates/new", {"name": "春季口腔检查", "purpose": "marketing"})
    assert page.path == "/console/templates/own.chun_ji_kou_qiang_jian_cha"
    assert page.shows("正文还没有写", "从未发布")
    copied = await admin.post("/console/templates/new", {"name": "另一份", "purpose": "marketing", "copy_of": KEY})
    kept = (await clinic.rows("templates", {"_id": copied.path.rsplit("/", 1)[1]}))[0]
    assert kept["draft"]["content"]["template_card"] is None
    retired = await admin.post(f"{copied.path}/retire", {"revision": revision_of(copied)})
    assert retired.shows("已停用", "重新启用")
    needed = await admin.post(f"{ADDRESS}/retire", {"revision": revision_of(await admin.get(ADDRESS))})
    assert needed.shows("系统必需的")


async def test_who_only_reads_sees_no_button_to_write(sign_in: SignIn) -> None:
    page = await (await sign_in(Role.CLINICIAN)).get(ADDRESS)
    assert page.status == 200
    assert not page.shows("保存草稿")


async def test_a_trial_says_what_is_missing(clinic: Clinic, admin: Browser) -> None:
    page = await admin.post(f"{ADDRESS}/trial", {"revision": "1"})
    assert page.shows("您还没有绑定自己的微信")
    openid = await clinic.person("管理员自己")
    account = next(each for each in await clinic.rows("staff") if each["login"] == "admin")
    await clinic.app.database.collection("staff").update_one({"_id": account["_id"]}, {"$set": {"openid": openid}})
    clinic.platform.clock.move(timedelta(hours=1))
    clinic.app.clock.move(timedelta(hours=1))
    closed = await admin.post(f"{ADDRESS}/trial", {"revision": "1"})
    assert closed.shows("48 小时内给公众号发过消息")
    await clinic.say(openid, "你好")
    page = await admin.post(f"{ADDRESS}/trial", {"revision": "1"})
    assert page.shows("已试发")
    await clinic.tick()
    assert any("试发，只有您能看到" in seen.text and "张三" in seen.text for seen in clinic.phone(openid))


async def test_a_card_is_bound_field_by_field_and_counts_at_once(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.add_template(
        "TPL_NEW", "复诊提醒", "医生:{{thing7.DATA}}\n项目:{{thing2.DATA}}\n时间:{{time5.DATA}}\n地点:{{thing9.DATA}}"
    )
    page = await admin.get("/console/templates/bindings")
    assert page.shows(
        "就诊提醒" if "就诊提醒" in page.text else "TPL_APPOINTMENT", "公众号里还没有用到的模板", "复诊提醒"
    )
    page = await admin.get("/console/templates/bindings/TPL_APPOINTMENT?template=TPL_NEW")
    assert page.shows("我们的 thing1 发到", "医生（thing7）")
    wrong = {"map.thing1": "thing2", "map.time2": "thing7", "map.thing3": "thing7", "map.thing4": "thing9"}
    fixed = {"revision": revision_of(page), "template_id": "TPL_NEW"}
    refused = await admin.post("/console/templates/bindings/TPL_APPOINTMENT", {**fixed, **wrong})
    assert refused.shows("对应了两个字段", "「时间」（time5），没有内容可发")
    right = {**wrong, "map.time2": "time5"}
    done = await admin.post("/console/templates/bindings/TPL_APPOINTMENT", {**fixed, **right})
    assert done.shows("已绑定「复诊提醒」")
    values = {
        "when": "今天下午2:30",
        "time_field": "2026年11月20日 14:30",
        "practitioner": "陈医生",
        "title": "主治医师",
    }
    card = clinic.app.services.templates.render(KEY, {**values, "date": "", "time": ""}).template_card
    assert card is not None
    assert (card.template_id, card.fields["thing2"], card.fields["time5"], card.fields["thing7"]) == (
        "TPL_NEW",
        "今天下午2:30就诊",
        "2026年11月20日 14:30",
        "陈医生 主治医师",
    )


async def test_titles_and_fields_are_read_from_the_platform_and_label_the_preview(admin: Browser) -> None:
    await admin.get("/console/templates/bindings")
    page = await admin.post("/console/templates/bindings/verify")
    assert page.shows("已从公众号读取，更新了 6 个")
    assert (await admin.get(ADDRESS)).shows("<dt>医生</dt>", "<dt>地点</dt>")


async def test_a_silent_platform_leaves_the_page_standing(clinic: Clinic, admin: Browser) -> None:
    clinic.platform.faults.add("/cgi-bin/template/get_all_private_template", code=48001)
    page = await admin.get("/console/templates/bindings")
    assert page.status == 200
    assert page.shows("现在读不到公众号的模板", "TPL_APPOINTMENT")


async def test_saying_nothing_for_an_empty_variable_is_a_choice(clinic: Clinic, admin: Browser) -> None:
    page = await written(admin, "{room}见", then="save")
    fields = [pair for pair in fields_of(page) if not pair[0].endswith(".room")]
    unsaid = [*fields, ("fallback.room", "")]
    assert (await admin.post(f"{ADDRESS}/preview", unsaid, htmx=True)).shows("可能是空的")
    chosen = [*unsaid, ("silent.room", "true")]
    assert not (await admin.post(f"{ADDRESS}/preview", chosen, htmx=True)).shows("可能是空的")
    await admin.post(ADDRESS, [*chosen, ("then", "save")])
    kept = (await clinic.rows("templates", {"_id": KEY}))[0]
    assert kept["draft"]["content"]["fallbacks"] == {"when": "在您约好的时间", "room": ""}  # the cards say when


async def test_a_template_of_pushes_says_what_is_filled_in_by_hand(clinic: Clinic, admin: Browser) -> None:
    await admin.get("/console/templates/new")
    page = await admin.post("/console/templates/new", {"name": "讲座邀请", "purpose": "care"})
    assert page.shows("{topic}", "（写推送时由同事填写）")
    kept = await clinic.app.services.template_editor.get(page.path.rpartition("/")[2], by=COMMAND_LINE)
    words = {"name": "讲座邀请", "text": "{name}您好，{date}{topic}", "fallback.name": "", "silent.name": "true"}
    looked = await admin.post(f"{page.path}/preview", {**words, "revision": str(kept.revision)}, htmx=True)
    assert looked.shows("检查通过")
    wrong = await admin.post(f"{page.path}/preview", {**words, "text": "{name}您好，{room}见"}, htmx=True)
    assert wrong.shows("没有内容可填")
