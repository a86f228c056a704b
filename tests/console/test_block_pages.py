"""拉黑 and 满意度 over HTTP: who may, what is asked before, what everybody sees (A0-42, A2-33)."""

from datetime import timedelta

from tests.console.conftest import Browser, Clinic, SignIn
from tests.scenarios.test_blocks import insulting
from tests.scenarios.test_satisfaction import ended, leaves
from wxbot.history.models import ContactId
from wxbot.staff.permissions import Role

DESK, LISTED = "/console/desk", "/console/quality/blocked"
REASON = "两次提醒后仍然辱骂<b>"


async def to_block(clinic: Clinic) -> ContactId:
    """A patient who insults after both warnings."""
    openid, _ = await insulting(clinic)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return contact.id


async def test_a_supervisor_is_asked_blocks_sees_it_everywhere_and_lifts(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await to_block(clinic)
    boss = await sign_in(Role.MANAGER, "boss")
    here = f"{DESK}/{contact_id}"
    page = await boss.get(f"{here}/ask/block")
    assert page.shows("确定要拉黑这位患者吗", "危险征兆照常提醒同事", 'value="7" selected', "直到有人解除")
    page = await boss.post(f"{here}/block", {"days": "7", "reason": ""}, htmx=True)
    assert page.shows("请写一句拉黑的原因")
    page = await boss.post(f"{here}/block", {"days": "700", "reason": REASON}, htmx=True)
    assert page.shows("请选择拉黑多久")
    page = await boss.post(f"{here}/block", {"days": "7", "reason": REASON}, htmx=True)
    assert page.shows("已拉黑", "解除拉黑")
    page = await boss.get(here)
    assert page.shows("已拉黑 到 ", "解除拉黑", "拉黑：到 ", "同事暂时不接待这位患者")
    assert "<b>" not in page.text
    assert '/start"' not in page.text
    assert (await boss.get(f"{DESK}?list=all")).shows("已拉黑")
    assert (await boss.get(f"/console/contacts/{contact_id}")).shows("已拉黑 到 ", "辱骂&lt;b&gt;", "解除拉黑")
    page = await boss.get(LISTED)
    assert page.shows("辱骂&lt;b&gt;", "主管小周", "解除")
    page = await boss.post(f"{here}/unblock", {"reason": "道歉了"}, htmx=True)
    assert page.shows("已解除拉黑", "开始接待")
    assert (await boss.get(LISTED)).shows("现在没有被拉黑的患者")


async def test_it_is_lifted_from_the_list_and_shown_on_the_patients_page(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await to_block(clinic)
    services = clinic.app.services
    contact = (await services.patients.contacts([contact_id]))[contact_id]
    patient = await services.patients.self_patient(contact, clinic.now)
    boss = await sign_in(Role.MANAGER, "boss")
    await boss.get(f"{DESK}/{contact_id}")
    await boss.post(f"{DESK}/{contact_id}/block", {"days": "lifted", "reason": "辱骂"})
    assert (await boss.get(f"/console/patients/{patient.id}")).shows("已拉黑，直到有人解除", "解除拉黑")
    page = await boss.post(f"{LISTED}/{contact_id}/lift")
    assert page.path == LISTED
    assert page.shows("已解除拉黑", "现在没有被拉黑的患者")


async def test_who_was_not_warned_twice_cannot_be_blocked(clinic: Clinic, sign_in: SignIn) -> None:
    openid, _ = await insulting(clinic, ())
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    boss = await sign_in(Role.MANAGER, "boss")
    page = await boss.get(f"{DESK}/{contact.id}/ask/block")
    assert page.shows("还没有两次提醒文明用语")
    assert "确定拉黑" not in page.text
    page = await boss.post(f"{DESK}/{contact.id}/block", {"days": "7", "reason": "辱骂"}, htmx=True)
    assert page.shows("还没有两次提醒文明用语")


async def test_colleagues_see_a_block_and_cannot_set_or_lift_it(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await to_block(clinic)
    boss, desk = await sign_in(Role.MANAGER, "boss"), await sign_in(Role.RECEPTION, "desk")
    page = await desk.get(f"{DESK}/{contact_id}")
    assert "/ask/block" not in page.text
    for path in (f"{DESK}/{contact_id}/ask/block", LISTED):
        assert (await desk.get(path)).status == 403
    assert (await desk.post(f"{DESK}/{contact_id}/block", {"days": "7", "reason": "辱骂"})).status == 403
    await boss.get(f"{DESK}/{contact_id}")
    await boss.post(f"{DESK}/{contact_id}/block", {"days": "7", "reason": "辱骂"})
    page = await desk.get(f"{DESK}/{contact_id}")
    assert page.shows("已拉黑 到 ")
    assert "解除拉黑" not in page.text
    for path in (f"{DESK}/{contact_id}/unblock", f"{LISTED}/{contact_id}/lift"):
        assert (await desk.post(path)).status == 403
    page = await desk.post(f"{DESK}/{contact_id}/start", htmx=True)
    assert page.shows("请主管先解除")


async def test_a_block_by_a_date_of_ones_own_ends_on_it(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await to_block(clinic)
    boss = await sign_in(Role.MANAGER, "boss")
    await boss.get(f"{DESK}/{contact_id}")
    tomorrow = (clinic.now + timedelta(days=1)).astimezone(clinic.app.services.clinic.timezone)
    fields = {"days": "7", "until": tomorrow.strftime("%Y-%m-%dT%H:%M"), "reason": "辱骂"}
    page = await boss.post(f"{DESK}/{contact_id}/block", fields, htmx=True)
    assert page.shows(f"到 {tomorrow.year}年{tomorrow.month}月{tomorrow.day}日 {tomorrow:%H:%M}")
    await clinic.move(timedelta(days=1, minutes=1))
    page = await boss.get(f"{DESK}/{contact_id}")
    assert "已拉黑" not in page.text


async def test_an_answer_stands_in_thread_sidebar_task_and_figures_and_each_number_opens_its_talk(
    clinic: Clinic, admin: Browser
) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    await clinic.say(openid, "不满意，等太久了")
    await leaves(clinic)
    page = await admin.get(f"{DESK}/{episode.contact_id}")
    assert page.shows("刚才的服务您满意吗", "满意度评价：不满意", "<h2>满意度</h2>", "不满意，等太久了")
    assert (await admin.get("/console/followups")).shows("不满意", "48 小时内联系患者", "等太久了")
    page = await admin.get("/console/quality")
    assert page.shows(
        "<h2>满意度</h2>", "患者回答「不满意」的会话 ÷ 回答了的会话", "figure=survey_dissatisfied", "1 / 1"
    )
    for key in ("survey_asked", "survey_answered", "survey_dissatisfied"):
        page = await admin.get(f"/console/quality/records?figure={key}")
        assert page.shows(f"/console/quality/talks/{episode.id}", "不满意"), key
    page = await admin.get("/console/quality/records?figure=survey_satisfied")
    assert f"/console/quality/talks/{episode.id}" not in page.text
