"""The page of a survey inside WeChat: linked by the message that asks, kept answer by answer, shown once it is done."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic
from tests.scenarios.phones import OpenPhone, Page
from tests.scenarios.test_surveys import asked, response_of, said
from wxbot.surveys.models import ResponseState, Satisfaction


def checked(page: Page) -> int:
    return page.text.count("checked")


async def test_a4_40_all_questions_stand_on_one_page_and_a_bad_answer_opens_one_case(
    clinic: Clinic, phone_of: OpenPhone
) -> None:
    openid, visit = await asked(clinic)
    here = f"/w/surveys/visit:{visit.id}"
    phone = await phone_of(openid)
    page = await phone.open(here)
    assert page.status == 200
    fields, offered = page.form(here)
    assert set(fields) == {"form_token"}
    assert offered == ["满意", "一般", "不满意", *"12345", *"12345"]

    half = await phone.send(here, {**fields, "overall": "不满意", "doctor": "7", "words": ""})
    assert (half.status, checked(half)) == (422, 1)
    assert "还有 2 题没有选，已选的存好了。" in half.text
    assert said(await response_of(clinic, visit)) == {"overall": "不满意"}

    form = {**fields, "overall": "不满意", "doctor": "1", "waiting": "2", "words": "等了一个小时"}
    done = await phone.send(here, form)
    assert (done.status, done.path) == (200, here)
    assert "已转给负责人" in done.text
    assert "等了一个小时" in done.text
    response = await response_of(clinic, visit)
    assert (response.state, response.satisfaction) == (ResponseState.DONE, Satisfaction.DISSATISFIED)
    again = await phone.send(here, {**form, "overall": "满意", "words": "没事了"})
    assert (again.status, "没事了" in again.text, "等了一个小时" in again.text) == (200, False, True)
    assert await response_of(clinic, visit) == response
    [case] = await clinic.rows("followups", {"kind": "complaint"})
    assert [each["text"] for each in case["words"]] == ["总体：不满意", "医生讲解：1", "等了一个小时"]


async def test_what_was_answered_in_the_chat_stands_on_the_page_and_the_other_way_round(
    clinic: Clinic, phone_of: OpenPhone
) -> None:
    openid, visit = await asked(clinic)
    here = f"/w/surveys/visit:{visit.id}"
    await clinic.tap(openid, "满意")
    phone = await phone_of(openid)
    page = await phone.open(here)
    assert checked(page) == 1
    fields, _ = page.form(here)
    await phone.send(here, {**fields, "overall": "满意", "doctor": "5"})
    assert "等候的时间" in await clinic.tap(openid, "4 分")  # of an older message: the doctor's question
    assert said(await response_of(clinic, visit))["doctor"] == "4"


async def test_it_is_the_patients_own_and_over_after_two_days(clinic: Clinic, phone_of: OpenPhone) -> None:
    openid, visit = await asked(clinic)
    here = f"/w/surveys/visit:{visit.id}"
    other = await phone_of(await clinic.person("小周"))
    assert (await other.open(here)).status == 404
    assert (await other.open("/w/surveys/visit:none")).status == 404
    phone = await phone_of(openid)
    fields, _ = (await phone.open(here)).form(here)
    assert (await phone.send(here, {"overall": "满意"})).status == 403  # without the session's token
    await clinic.move(timedelta(hours=49))
    late = await phone.open(here)
    assert (late.status, "<form" in late.text, "这次评价已经结束" in late.text) == (200, False, True)
    del fields
    assert said(await response_of(clinic, visit)) == {}
