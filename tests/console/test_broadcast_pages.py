"""关怀推送 in the console, from the form to the phone list."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.scenarios.outgoing import Post
from wxbot.actors import COMMAND_LINE
from wxbot.broadcasts import previewer
from wxbot.staff.permissions import Role

HIDDEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')


async def tagged(clinic: Clinic, names: list[str], *, talks: bool = True) -> list[str]:
    """Patients with the tag 种植; their openids."""
    post, openids = Post(clinic), []
    for name in names:
        openid = await (post.talks if talks else post.quiet)(name)
        services = clinic.app.services
        patient = await services.patients.self_patient(await post.contact(openid), clinic.now)
        tag = {"name": "种植", "by": "staff:1", "at": clinic.now, "source": "", "expires_on": None}
        await services.patients.set_name(patient.id, name, now=clinic.now)
        await clinic.app.database.collection("patients").update_one({"_id": patient.id}, {"$set": {"tags": [tag]}})
        openids.append(openid)
    return openids


def form(**fields: str) -> dict[str, str]:
    typed = {
        "title": "种植回访",
        "audience_kind": "tag",
        "tag": "种植",
        "template": "care.month_1",
        "pace_per_hour": "600",
    }
    return {**typed, **fields}


async def written(browser: Browser, **fields: str) -> Page:
    await browser.get("/console/broadcasts/new")
    return await browser.post("/console/broadcasts/new", form(**fields))


async def submitted(browser: Browser) -> str:
    """A broadcast that waits for approval; its address."""
    page = await written(browser)
    assert re.fullmatch(r"/console/broadcasts/[0-9a-f]+", page.path), page.text
    await browser.post(f"{page.path}/submit")
    return page.path


async def approve(browser: Browser, path: str) -> Page:
    shown = await browser.get(path)
    seen = HIDDEN.search(shown.text)
    assert seen is not None
    return await browser.post(f"{path}/approve", {"seen": seen[1]})


async def test_from_the_form_to_the_phone_and_the_results(clinic: Clinic, sign_in: SignIn) -> None:
    openids = await tagged(clinic, ["林小一", "林小二"])
    await tagged(clinic, ["林小三"], talks=False)
    writer, manager = await sign_in(Role.CONSULTANT), await sign_in(Role.MANAGER)
    page = await written(writer)
    assert page.shows("名单已核对", "林小一", "林小二", "林小三", "会收到消息", "改打电话", "恢复得还顺利吗")
    path = page.path
    assert (await writer.post(f"{path}/submit")).shows("待审批", "已提交")
    listed = await manager.get("/console/broadcasts")
    assert listed.shows("种植回访", "待审批", "标签「种植」", "会发 2 / 共 3")
    assert (await approve(manager, path)).shows("已批准")
    post = Post(clinic)
    for _ in range(3):
        await clinic.app.runner.run_now("run_broadcasts")
        await post.deliver()
        await post.pass_by(timedelta(minutes=1))
    await clinic.app.runner.run_now("run_broadcasts")
    shown = await manager.get(path)
    assert shown.shows("已完成", "已发出", "改打电话")
    assert all("一个月了" in clinic.sent_to(openid)[-1].text for openid in openids)
    tasks = await manager.get(f"/console/followups?broadcast={path.rsplit('/', 1)[-1]}")
    assert tasks.shows("电话名单", "林小三", "请电话联系患者")
    task = re.search(r'id="task-([0-9a-f]+)"', tasks.text)
    assert task is not None
    nothing = await manager.post(f"/console/followups/{task[1]}/close", {"outcome": "", "back": "/console/followups"})
    assert nothing.shows("请写一句结果")
    done = await manager.post(f"/console/followups/{task[1]}/close", {"chosen": "已联系上，一切正常", "back": path})
    assert (done.path, done.shows("已记录结果")) == (path, True)
    entries = await clinic.rows("audit", {"subject": f"broadcast:{path.rsplit('/', 1)[-1]}"})
    assert {entry["action"] for entry in entries} == {
        "broadcast:created",
        "broadcast:previewed",
        "broadcast:submitted",
        "broadcast:approved",
        "broadcast:started",
        "broadcast:finished",
    }


async def test_slips_are_told_beside_their_fields_and_nothing_typed_is_lost(admin: Browser) -> None:
    page = await written(admin, title="", tag="", template="", starts_at="2020-01-01T10:00")
    assert page.shows("请选择一个模板", 'value="2020-01-01T10:00"')
    page = await written(admin, title="", tag="", starts_at="2020-01-01T10:00")
    assert page.shows("请写一个标题", "请填写一个标签", "开始时间已经过去", 'value="2020-01-01T10:00"')
    page = await written(admin, audience_kind="phones", phones="13800138000\n这是什么")
    assert page.shows("第 2 行不是能拨打的电话号码", "13800138000\n这是什么")


async def test_what_is_typed_is_shown_and_never_run(clinic: Clinic, admin: Browser) -> None:
    attack = "<script>alert(1)</script>"
    await tagged(clinic, ["小一"])
    page = await written(admin, title=attack)
    assert attack not in page.text
    assert html.escape(attack) in page.text


async def test_a_pasted_phone_with_letters_is_nobodys(admin: Browser) -> None:
    page = await written(admin, audience_kind="phones", phones="13800138000\n138OOO38000\n1380013800①")
    assert page.shows("第 2 行、第 3 行不是能拨打的电话号码", "字母 O、l 不能代替数字 0、1")


async def test_pasted_phones_that_nobody_has_are_counted(clinic: Clinic, admin: Browser) -> None:
    (openid,) = await tagged(clinic, ["林小一"])
    contact = await Post(clinic).contact(openid)
    patients = clinic.app.stores.patients
    patient = (await patients.self_patients([contact.id]))[contact.id]
    assert await patients.replace_patient(patient, replace(patient, phone="+8613800138000"))
    page = await written(admin, audience_kind="phones", phones="138 0013 8000\n13900139000\n")
    assert page.shows("林小一", "号码不认识", "138****8000")
    assert "13900139000" not in page.text
    assert "13800138000" not in page.text


async def test_one_patient_from_their_page(clinic: Clinic, admin: Browser) -> None:
    (openid,) = await tagged(clinic, ["林小一"])
    services = clinic.app.services
    patient = await services.patients.self_patient(await Post(clinic).contact(openid), clinic.now)
    page = await admin.get(f"/console/broadcasts/new?patient={patient.id}")
    assert page.shows("这一位患者", "林小一")
    page = await written(admin, audience_kind="one", patient_ids=patient.id)
    assert page.shows("一位患者", "林小一", "会发送")


async def test_the_fields_follow_the_way_and_the_template(admin: Browser) -> None:
    await admin.get("/console/broadcasts/new")
    fields = await admin.post("/console/broadcasts/fields", form(audience_kind="birthday"), htmx=True)
    assert fields.shows("生日月份", "患者会看到", "一个月了")
    assert "标签已过期" not in fields.text
    whole = await admin.post("/console/broadcasts/fields", form(audience_kind="treatment"))
    assert whole.shows("<!doctype html>", "做过的项目", "激光祛斑")


async def test_two_editors_see_each_others_change(clinic: Clinic, sign_in: SignIn) -> None:
    await tagged(clinic, ["小一"])
    first, second = await sign_in(Role.CONSULTANT), await sign_in(Role.MANAGER)
    path = (await written(first)).path
    mine, theirs = await first.get(f"{path}/edit"), await second.get(f"{path}/edit")
    seen = re.search(r'name="revision" value="(\d+)"', theirs.text)
    assert seen is not None
    assert mine.shows(f'name="revision" value="{seen[1]}"')
    await first.post(f"{path}/edit", form(title="我的标题", revision=seen[1]))
    stale = await second.post(f"{path}/edit", form(title="另一个标题", revision=seen[1]))
    assert stale.shows("编辑期间", "我的标题", 'value="另一个标题"')
    again = re.search(r'name="revision" value="(\d+)"', stale.text)
    assert again is not None
    saved = await second.post(f"{path}/edit", form(title="另一个标题", revision=again[1]))
    assert saved.shows("另一个标题", "名单已核对")


async def test_the_author_is_told_to_ask_somebody_else(clinic: Clinic, sign_in: SignIn) -> None:
    await tagged(clinic, ["小一"])
    manager = await sign_in(Role.MANAGER)
    path = await submitted(manager)
    assert (await approve(manager, path)).shows("请另一位主管或管理员审批", "待审批")


async def test_a_broadcast_can_be_returned_paused_resumed_and_cancelled(clinic: Clinic, sign_in: SignIn) -> None:
    await tagged(clinic, ["小一"])
    writer, manager = await sign_in(Role.CONSULTANT), await sign_in(Role.MANAGER)
    path = await submitted(writer)
    assert (await manager.post(f"{path}/return", {"note": ""})).shows("请写明退回的原因")
    assert (await manager.post(f"{path}/return", {"note": "请换个说法"})).shows("草稿", "请换个说法")
    await writer.post(f"{path}/recheck")
    await writer.post(f"{path}/submit")
    await approve(manager, path)
    assert (await writer.post(f"{path}/pause")).shows("已暂停")
    assert (await writer.post(f"{path}/resume")).shows("继续发送")
    assert (await writer.post(f"{path}/cancel")).shows("已取消")
    late = await writer.post(f"{path}/pause")
    assert (late.status, late.shows("状态已经变化")) == (422, True)


@pytest.mark.parametrize("role", [Role.CLINICIAN])
async def test_who_does_not_speak_with_patients_sees_no_broadcasts(role: Role, sign_in: SignIn) -> None:
    browser = await sign_in(role)
    page = await browser.get("/console/broadcasts")
    assert (page.status, page.shows("没有这项权限")) == (403, True)
    assert (await browser.get("/console/followups")).shows("没有待办")


async def test_a_consultant_is_offered_no_marketing(sign_in: SignIn) -> None:
    page = await (await sign_in(Role.CONSULTANT)).get("/console/broadcasts/new")
    assert 'optgroup label="营销"' not in page.text


async def test_an_unknown_broadcast_leads_back(admin: Browser) -> None:
    page = await admin.get("/console/broadcasts/nobody")
    assert (page.status, page.shows("没有找到")) == (404, True)


async def test_the_empty_list_says_what_to_do(admin: Browser) -> None:
    assert (await admin.get("/console/broadcasts")).shows("还没有推送过", "新建推送")


async def test_what_is_filled_in_by_hand_is_asked_for_shown_at_once_and_checked(
    clinic: Clinic, sign_in: SignIn
) -> None:
    await tagged(clinic, ["林小一"])
    writer = await sign_in(Role.MANAGER)
    asked = await writer.post("/console/broadcasts/fields", form(template="broadcasts.offer"), htmx=True)
    assert asked.shows("这次想说的事", "活动内容", "活动的最后一天", "〔活动内容〕", "回复「退订」即可")
    facts = {"template": "broadcasts.word_of_care", "var_topic": "种植体一年一次的复查"}
    said = await writer.post("/console/broadcasts/example", form(**facts), htmx=True)
    assert said.shows("想和您说一声：种植体一年一次的复查", "诊所关怀")
    long = await writer.post("/console/broadcasts/example", form(**{**facts, "var_topic": "字" * 30}), htmx=True)
    assert long.shows("卡片上放不下")
    boast = await writer.post("/console/broadcasts/example", form(**{**facts, "var_topic": "保证治愈"}), htmx=True)
    assert boast.shows("保证")
    refused = await written(writer, **{**facts, "var_topic": "字" * 30})
    assert refused.path == "/console/broadcasts/new"
    assert refused.shows("卡片上放不下")
    page = await written(writer, **facts)
    assert page.shows("名单已核对", "想和您说一声：种植体一年一次的复查")


async def test_a_template_that_an_open_broadcast_uses_is_not_retired_and_the_broadcast_is_named(
    clinic: Clinic, sign_in: SignIn
) -> None:
    await tagged(clinic, ["林小一"])
    manager = await sign_in(Role.MANAGER)
    page = await written(manager, title="复查邀请", template="broadcasts.word_of_care", var_topic="复查")
    address = "/console/templates/broadcasts.word_of_care"
    assert (await manager.get(address)).shows("停用")
    revision = (await clinic.app.services.template_editor.get("broadcasts.word_of_care", by=COMMAND_LINE)).revision
    kept = await manager.post(f"{address}/retire", {"revision": str(revision)})
    assert kept.shows("还不能停用：推送「复查邀请」还在用这个模板")
    await manager.post(f"{page.path}/cancel")
    assert (await manager.post(f"{address}/retire", {"revision": str(revision)})).shows("已停用")
    offered = await manager.get("/console/broadcasts/new")
    assert not offered.shows("通用关怀")
    assert offered.shows("通用活动")


async def test_a_long_list_shows_how_far_it_is_and_then_itself(
    clinic: Clinic, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewer, "WITHIN_REQUEST", 1)
    await tagged(clinic, ["林小一", "林小二"])
    writer, manager = await sign_in(Role.CONSULTANT), await sign_in(Role.MANAGER)
    page = await written(writer)
    assert page.shows("正在核对名单", "已核对", f'hx-get="{page.path}/list"')
    assert not page.shows("提交审批</button>")
    assert (await writer.get(f"{page.path}/list", htmx=True)).shows("正在核对名单")
    await clinic.app.runner.run_now("preview_broadcasts")
    there = await writer.get(f"{page.path}/list", htmx=True)
    assert (there.status, there.headers["HX-Redirect"]) == (204, page.path)
    assert (await writer.post(f"{page.path}/submit")).shows("林小一", "林小二", "待审批")
    assert (await approve(manager, page.path)).shows("正在批准")
    await clinic.app.runner.run_now("preview_broadcasts")
    assert (await manager.get(page.path)).shows("已批准")
