"""员工 and 审计 over HTTP."""

import re

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.audit.actions import AuditAction
from wxbot.staff.models import Account
from wxbot.staff.permissions import Role


async def hire(clinic: Clinic, login: str, name: str = "林小雨", role: Role = Role.RECEPTION) -> Account:
    made = await clinic.app.services.staff.create(by=COMMAND_LINE, login=login, name=name, role=role, now=clinic.now)
    return made.account


async def test_a_clinic_of_one_is_told_to_give_everybody_an_account(admin: Browser) -> None:
    assert (await admin.get("/console/staff")).shows("还没有其他同事的账号", "新建账号")


async def test_a_new_colleague_gets_a_password_that_is_shown_once(admin: Browser, sign_in: SignIn) -> None:
    fields = {"login": "XiaoLin", "name": "林小雨", "role": "consultant", "team": "online"}
    page = await admin.post("/console/staff/new", fields)
    [password] = re.findall(r'class="one-time">([a-z0-9]+)<', page.text)
    assert page.shows("账号已建好", "只显示这一次")
    assert (await admin.get("/console/staff")).shows("林小雨", "咨询师（网络）", "待首次登录")
    browser = await sign_in(None)
    await browser.get("/console/sign-in")
    entered = await browser.post("/console/sign-in", {"login": "xiaolin", "password": password})
    assert entered.shows("请先设置自己的密码")


async def test_a_form_with_mistakes_keeps_what_was_typed(clinic: Clinic, admin: Browser) -> None:
    await hire(clinic, "taken")
    page = await admin.post("/console/staff/new", {"login": "taken", "name": "<i>林</i>", "role": "manager"})
    assert page.shows("这个登录名已被使用", 'value="taken"', "&lt;i&gt;林&lt;/i&gt;")
    assert '<option value="manager" selected>' in page.text
    assert (await admin.post("/console/staff/new", {"login": "王", "name": "", "role": "king"})).shows(
        "请填写这一项", "请从列表中选择"
    )


async def test_a_new_role_shows_on_the_colleagues_next_page(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.RECEPTION)
    assert (await colleague.get("/console/audit")).status == 403
    account = await clinic.app.services.staff.by_login("reception", by=COMMAND_LINE)
    fields = {"name": account.name, "role": "manager", "revision": account.revision}
    assert (await admin.post(f"/console/staff/{account.id}", fields)).shows("已保存")
    assert (await colleague.get("/console/audit")).status == 200


async def test_of_two_editors_the_second_sees_what_changed_and_keeps_the_form(clinic: Clinic, admin: Browser) -> None:
    account = await hire(clinic, "xiaolin")
    mine = {"name": "林小鱼", "role": "reception", "revision": 1, "was_name": "林小雨", "was_role": "reception"}
    await clinic.app.services.staff.edit(
        account.id, by=COMMAND_LINE, revision=1, name="林晓雨", role=Role.CLINICIAN, team=None, now=clinic.now
    )
    page = await admin.post(f"/console/staff/{account.id}", mine)
    assert page.shows("改动了这里", "<del>林小雨</del> → <ins>林晓雨</ins>", "医护", 'value="林小鱼"')
    again = await admin.post(f"/console/staff/{account.id}", {**mine, "revision": 2})
    assert again.shows("已保存", "林小鱼")


async def test_a_disabled_colleague_is_out_at_once(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.RECEPTION)
    account = await clinic.app.services.staff.by_login("reception", by=COMMAND_LINE)
    page = await admin.post(f"/console/staff/{account.id}/disable", {"revision": account.revision})
    assert page.shows("账号已停用")
    assert (await colleague.get("/console/me")).path == "/console/sign-in"
    assert (await admin.get("/console/staff")).shows("已停用")
    back = await admin.post(f"/console/staff/{account.id}/enable", {"revision": account.revision + 1})
    assert back.shows("账号已启用")


async def test_the_last_administrator_cannot_be_disabled(clinic: Clinic, admin: Browser) -> None:
    account = await clinic.app.services.staff.by_login("admin", by=COMMAND_LINE)
    page = await admin.post(f"/console/staff/{account.id}/disable", {"revision": account.revision})
    assert page.shows("至少要有一位启用中的管理员")
    assert (await admin.get("/console/staff")).status == 200


async def test_a_manager_sees_accounts_and_no_buttons(clinic: Clinic, sign_in: SignIn) -> None:
    account = await hire(clinic, "xiaolin")
    manager = await sign_in(Role.MANAGER)
    page = await manager.get(f"/console/staff/{account.id}")
    assert page.shows("林小雨", "账号由管理员修改")
    assert "/disable" not in page.text
    refused = await manager.post(f"/console/staff/{account.id}/disable", {"revision": 1})
    assert (refused.status, refused.shows("您没有这项权限", "管理员")) == (403, True)


async def test_somebody_unknown_is_a_page_with_a_way_back(admin: Browser) -> None:
    page = await admin.get("/console/staff/nobody")
    assert (page.status, page.shows("没有找到这一页", "返回上一页")) == (404, True)


async def test_the_trail_shows_who_did_what_and_is_narrowed(clinic: Clinic, admin: Browser) -> None:
    account = await hire(clinic, "xiaolin", name="<script>alert(1)</script>"[:20])
    await admin.post(f"/console/staff/{account.id}/reset-password")

    page = await admin.get(f"/console/audit?subject=staff:{account.id}")
    assert page.shows("重置密码", "新建员工账号", "&lt;script&gt;", f'href="/console/staff/{account.id}"')
    assert "<script>alert" not in page.text
    me = await clinic.app.services.staff.by_login("admin", by=COMMAND_LINE)
    mine = await admin.get(f"/console/audit?by=staff:{me.id}&action=staff:password_reset")
    assert mine.text.count('<td data-label="谁">') == 1
    assert (await admin.get("/console/audit?first=2026-11-24")).shows("没有符合的记录")
    assert (await admin.get("/console/audit?first=2026-11-24&last=2026-11-23")).shows("结束日期在开始日期之前")
    assert (await admin.get("/console/audit?first=yesterday&before=x")).shows("请填写日期")


async def test_a_long_trail_is_read_page_by_page(clinic: Clinic, admin: Browser) -> None:
    for number in range(120):
        await clinic.app.services.audit.record(
            AuditAction.PATIENT_EDITED, "patient:1", by=COMMAND_LINE, now=clinic.now, summary=f"第{number}次"
        )
    address, seen = "/console/audit?subject=patient%3A1", []
    while address:
        page = await admin.get(address)
        seen += re.findall(r"第(\d+)次", page.text)
        older = re.search(r'href="([^"]+)" rel="next"', page.text)
        address = older[1].replace("&amp;", "&") if older else ""
    assert seen == [str(number) for number in reversed(range(120))]


async def test_the_trail_is_proved_from_the_page_and_the_first_broken_entry_named(
    clinic: Clinic, admin: Browser
) -> None:
    alone = await admin.post("/console/audit/verify")
    assert alone.shows("没有发现改动：最近 31 天", "首尾相接", "只核对了库内的链，没有外部记录")
    assert "完整：" not in alone.text
    await clinic.app.runner.run_now("anchor_audit")
    [newest, *_] = sorted(await clinic.rows("audit"), key=lambda row: -row["seq"])
    proved = await admin.post("/console/audit/verify")
    assert proved.shows("完整：最近 31 天", "已按 1 天的外部记录核对（2026-11-23 至 2026-11-23", newest["hash"])
    await clinic.app.database.collection("audit").update_one({"seq": 2}, {"$set": {"summary": "没有这回事"}})
    assert (await admin.post("/console/audit/verify")).shows("第 2 条（2026-11-23）起对不上", "可能被改过")
