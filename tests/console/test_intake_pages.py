"""问诊信息 beside a talk, its goals, and the brief on the patient's page."""

import re

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.history.models import ContactId
from wxbot.patients.models import ConsentTopic
from wxbot.staff.permissions import Role


async def contact_of(clinic: Clinic, openid: str) -> ContactId:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return contact.id


@pytest.fixture
async def ann(clinic: Clinic) -> tuple[str, ContactId]:
    """Somebody who follows, and their contact."""
    openid = await clinic.person("小安")
    return openid, await contact_of(clinic, openid)


def revision(text: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', text)
    assert found is not None
    return found[1]


async def test_each_field_has_its_question_and_keeps_what_was_learnt(
    clinic: Clinic, sign_in: SignIn, ann: tuple[str, ContactId]
) -> None:
    address = f"/console/desk/{ann[1]}/intake"
    agent = await sign_in(Role.CONSULTANT)
    page = await agent.get(address, htmx=True)
    assert page.shows('data-insert="您希望治疗之后达到什么样的效果呢？"', "还有 7 项没有问", "选填的个人信息")
    saved = await agent.post(
        address, {"revision": "0", "health": "true", "answer.wish": "种一颗<b>门牙</b>"}, htmx=True
    )
    assert saved.shows("已保存", "种一颗&lt;b&gt;门牙&lt;/b&gt;", "还有 6 项没有问", "现场还没有人看过")
    assert (await agent.get(address, htmx=True)).shows("种一颗&lt;b&gt;门牙&lt;/b&gt;")
    assert len(await clinic.rows("intakes")) == 1


async def test_health_data_is_kept_only_with_the_same_consent_as_on_the_patients_page(
    clinic: Clinic, sign_in: SignIn, ann: tuple[str, ContactId]
) -> None:
    openid, contact_id = ann
    address = f"/console/desk/{contact_id}/intake"
    agent = await sign_in(Role.CONSULTANT)
    sentence = "属于敏感个人信息"
    assert (await agent.get(address, htmx=True)).shows("先征得同意", sentence, "患者已同意")
    refused = await agent.post(address, {"revision": "0", "answer.wish": "种牙"}, htmx=True)
    assert refused.shows("请先征得患者同意", sentence, ">种牙</textarea>")
    assert await clinic.rows("intakes") == []
    kept = await agent.post(address, {"revision": "0", "relation": "替母亲"}, htmx=True)  # no health data
    assert kept.shows("已保存", "先征得同意")
    saved = await agent.post(address, {"revision": "1", "health": "true", "answer.wish": "种牙"}, htmx=True)
    assert saved.shows("已保存", "患者已同意记录健康信息")
    assert "先征得同意" not in saved.text
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    (consent,) = [each for each in contact.consents if each.topic is ConsentTopic.HEALTH]
    assert (consent.granted, consent.wording) == (True, "page.health_consent@1")
    assert consent.source.startswith("chat:staff:")
    (noted,) = await clinic.rows("audit", {"action": "consent:changed", "subject": f"contact:{contact_id}"})
    assert noted["summary"] == "代患者登记：同意为就诊处理健康信息"
    again = await agent.post(address, {"revision": "2", "answer.wish": "种两颗牙"}, htmx=True)  # asked once
    assert again.shows("已保存")


async def test_what_was_typed_stays_when_it_is_refused_or_overtaken(
    sign_in: SignIn, ann: tuple[str, ContactId]
) -> None:
    address = f"/console/desk/{ann[1]}/intake"
    first, second = await sign_in(Role.CONSULTANT), await sign_in(Role.RECEPTION)
    await first.get("/console/")
    await second.get("/console/")
    refused = await first.post(address, {"revision": "0", "health": "true", "answer.wish": "长" * 501}, htmx=True)
    assert refused.shows("最多 500 个字", "长" * 501)
    refused = await first.post(address, {"revision": "0", "answer.occupation": "教师"}, htmx=True)
    assert refused.shows("患者同意后才能记录", ">教师</textarea>")
    await second.post(address, {"revision": "0", "health": "true", "answer.wish": "别人写的"}, htmx=True)
    overtaken = await first.post(address, {"revision": "0", "health": "true", "answer.wish": "我写的"}, htmx=True)
    assert overtaken.shows("前台客服小周刚刚改过问诊信息", ">我写的</textarea>")
    again = await first.post(address, {"revision": revision(overtaken.text), "answer.wish": "我写的"}, htmx=True)
    assert again.shows("已保存")


async def test_without_scripts_the_form_leads_back_to_the_talk(sign_in: SignIn, ann: tuple[str, ContactId]) -> None:
    agent = await sign_in(Role.CONSULTANT)
    await agent.get("/console/")
    page = await agent.post(
        f"/console/desk/{ann[1]}/intake", {"revision": "0", "health": "true", "answer.wish": "x"}, follow=False
    )
    assert (page.status, page.headers["Location"]) == (303, f"/console/desk/{ann[1]}")


async def test_goals_show_as_the_patient_writes(clinic: Clinic, sign_in: SignIn, ann: tuple[str, ContactId]) -> None:
    openid, contact = ann
    agent = await sign_in(Role.CONSULTANT)
    address = f"/console/desk/{contact}/goals"
    assert (await agent.get(address, htmx=True)).shows("邀约", "留电", "留微")
    await clinic.say(openid, "我替女朋友问一下种牙")
    await clinic.say(openid, "她的电话是13857042219")
    page = await agent.get(address, htmx=True)
    assert page.shows("留电 ✓", "替「女朋友」咨询", "患者 2 句")
    assert "邀约 ✓" not in page.text
    assert "13857042219" not in page.text


async def test_the_brief_stands_on_the_patients_page_until_it_is_read(
    clinic: Clinic, sign_in: SignIn, ann: tuple[str, ContactId]
) -> None:
    openid, contact_id = ann
    services = clinic.app.services
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    patient = await services.patients.self_patient(contact, clinic.now)
    agent, doctor = await sign_in(Role.CONSULTANT), await sign_in(Role.CLINICIAN)
    await agent.get("/console/")
    await agent.post(
        f"/console/desk/{contact_id}/intake", {"revision": "0", "health": "true", "answer.wish": "种门牙"}, htmx=True
    )
    page = await doctor.get(f"/console/patients/{patient.id}")
    assert page.shows(f'hx-get="/console/patients/{patient.id}/brief"')
    brief = await doctor.get(f"/console/patients/{patient.id}/brief", htmx=True)
    assert brief.shows("问诊简报", "想要的效果", "种门牙", "咨询师小周")
    fields = {"contact": contact_id, "revision": revision(brief.text)}
    read = await doctor.post(f"/console/patients/{patient.id}/brief", fields)
    assert (read.path, read.status) == (f"/console/patients/{patient.id}", 200)
    assert (await agent.get(f"/console/desk/{contact_id}/intake", htmx=True)).shows("医护小周", "已阅")
    assert (await doctor.get(f"/console/patients/{patient.id}/brief", htmx=True)).shows("医护小周 在")


async def test_an_address_of_nobody_is_not_found(admin: Browser) -> None:
    for part in ("intake", "goals"):
        assert (await admin.get(f"/console/desk/nobody/{part}", htmx=True)).status == 404
