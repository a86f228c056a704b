"""常见问题 in the console: list, form, review, try-box, and what patients asked in vain."""

from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_settings_pages import fields_of
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role

Q = "/console/settings/questions"
WIFI = {
    "question": "你们有无线网吗？",
    "ways": "WiFi密码多少\n有没有wifi",
    "answer": "有，连接后向前台要密码。",
    "button": "none",
}


def until(clinic: Clinic, days: int = 100) -> str:
    return (clinic.now + timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize("path", [Q, f"{Q}/new", f"{Q}/unknown", f"{Q}/parking", f"{Q}?q=停车", f"{Q}?try=可以停车吗"])
async def test_every_page_opens(admin: Browser, path: str) -> None:
    assert (await admin.get(path)).status == 200


async def test_the_list_is_found_through_the_settings_and_narrowed(admin: Browser) -> None:
    assert Q in (await admin.get("/console/settings")).text
    page = await admin.get(f"{Q}?q=充电桩")
    assert "可以停车吗？" in page.text
    assert "可以用医保吗？" not in page.text


async def test_the_try_box_shows_the_answer_and_the_score(admin: Browser) -> None:
    page = await admin.get(f"{Q}?try=洗牙多少钱")
    assert "180–320 元，以面诊为准" in page.text
    assert "得分 1.00" in page.text
    assert "没有相近的问题" in (await admin.get(f"{Q}?try=今天天气怎么样")).text


async def test_a_new_question_is_a_draft_until_somebody_reviews_it(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await admin.get(f"{Q}/new")
    page = await admin.post(f"{Q}/new", WIFI)
    assert "草稿" in page.text
    assert "前台要密码" not in await clinic.say(openid, "WiFi密码多少")
    await admin.post(page.path, {**fields_of(page), **WIFI, "review": "true", "reviewed_until": until(clinic)})
    assert "前台要密码" in await clinic.say(openid, "WiFi密码多少")
    (row,) = await clinic.rows("audit", {"action": "question:reviewed"})
    assert "你们有无线网吗" in row["summary"]


async def test_words_that_change_need_another_review(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    page = await admin.get(f"{Q}/invoice")
    typed = {**fields_of(page), "question": "能开发票吗？", "answer": "可以，找前台开。", "ways": "可以开发票吗"}
    await admin.post(f"{Q}/invoice", typed)
    assert "找前台开" not in await clinic.say(openid, "可以开发票吗")
    assert "待审核" in (await admin.get(Q)).text


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"question": ""}, "请填写这一项"),
        ({"answer": "{clinic_phnoe}"}, "没有 {clinic_phnoe} 这个变量"),
        ({"answer": "请致电 {clinic_phone"}, "有单独的 {"),
        ({"answer": "保证根治，永不复发。"}, "不能用"),
        ({"answer_named": "{price_named}"}, "没有 {price_named} 这个变量"),
        ({"answer": "好" * 401}, "不能超过 400 个字"),
        ({"ways": "长" * 61}, "每种问法不超过 60 个字"),
        ({"patterns": "停车+"}, "用 + 连接"),
        ({"question": "可以停车吗？"}, "已有这个问题"),
        ({"review": "true", "reviewed_until": ""}, "请填写有效到哪一天"),
        ({"review": "true", "reviewed_until": "2020-01-01"}, "有效期不能早于今天"),
        ({"review": "true", "reviewed_until": "2099-01-01"}, "最多 24 个月"),
        ({"about": "nothing"}, "没有这个项目：nothing"),
        ({"button": "shop"}, "请从列表中选择"),
    ],
)
async def test_what_is_typed_wrongly_is_told_beside_its_field(
    admin: Browser, clinic: Clinic, typed: dict[str, str], complaint: str
) -> None:
    await admin.get(f"{Q}/new")
    before = len(await clinic.rows("questions"))
    page = await admin.post(f"{Q}/new", {**WIFI, **typed})
    assert complaint in page.text
    assert len(await clinic.rows("questions")) == before


async def test_two_editors_notice_each_other(admin: Browser, clinic: Clinic) -> None:
    page = await admin.get(f"{Q}/parking")
    seen = fields_of(page)
    kept = await clinic.app.services.questions.one("parking", by=COMMAND_LINE)
    await admin.post(f"{Q}/parking", {**seen, "answer": "请停对面。", "ways": "车停哪", "question": "可以停车吗？"})
    page = await admin.post(
        f"{Q}/parking", {**seen, "answer": "别停了。", "ways": "车停哪", "question": "可以停车吗？"}
    )
    assert "您编辑期间" in page.text
    now = await clinic.app.services.questions.one("parking", by=COMMAND_LINE)
    assert (now.value.answer, now.revision) == ("请停对面。", kept.revision + 1)


async def test_unknown_questions_are_grouped_and_begin_an_answer(clinic: Clinic, admin: Browser) -> None:
    for words in ("你们的WiFi密码是多少", "WiFi密码是多少呀", "WiFi密码多少"):
        await clinic.say(await clinic.person(), words)
    page = await admin.get(f"{Q}/unknown")
    assert "3 次，3 人" in page.text
    (link,) = [part.split('"')[0] for part in page.text.split('href="') if part.startswith(f"{Q}/new?from=")]
    assert "WiFi密码" in (await admin.get(link)).text
    origin = link.rpartition("=")[2]
    await admin.post(f"{Q}/new", {**WIFI, "from": origin})
    assert await clinic.rows("unknown_questions") == []


async def test_an_unknown_question_is_taken_off_the_list(clinic: Clinic, admin: Browser) -> None:
    await clinic.say(await clinic.person(), "你们的WiFi密码是多少")
    (row,) = await clinic.rows("unknown_questions")
    await admin.get(f"{Q}/unknown")
    await admin.post(f"{Q}/unknown/{row['_id']}/dismiss")
    assert "没有待补充的问题" in (await admin.get(f"{Q}/unknown")).text


async def test_a_removed_question_stays_away_from_the_files_too(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{Q}/parking")
    await admin.post(f"{Q}/parking/remove", {"revision": fields_of(page)["revision"]})
    await clinic.app.services.questions.live.start(clinic.now)
    assert clinic.app.services.questions.live.question("parking") is None


async def test_the_rule_is_shown_in_the_timeline(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "周明远", "明天", "上午10:00")
    await clinic.say(openid, "可以停车吗")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    (patient,) = await clinic.rows("patients")
    page = await admin.get(f"/console/patients/{patient['_id']}/timeline")
    assert "依据 常见问题 parking" in page.text


async def test_reception_may_not_open_the_page(sign_in: SignIn) -> None:
    assert (await (await sign_in(Role.RECEPTION)).get(Q)).status == 403
