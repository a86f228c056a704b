"""The questions between booking and visit: consent first, kept step by step, read by staff, withdrawn and erased."""

from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.phones import OpenPhone, Page, Phone, booked
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import AppointmentId
from wxbot.conversations.intake.service import IntakeForm
from wxbot.errors import ForbiddenError
from wxbot.patients.models import ConsentTopic
from wxbot.visits.questions import ReadAnswer


async def agreed(phone: Phone, visit: Page) -> Page:
    """The first question, after the consent."""
    asking = await phone.open(f"{visit.path}/questions")
    fields, _ = asking.form(f"{visit.path}/questions/consent")
    return await phone.send(f"{visit.path}/questions/consent", fields)


async def answered(phone: Phone, visit: Page, page: Page, **given: str) -> Page:
    """Send the answer to the question on the page."""
    fields, _ = page.form(f"{visit.path}/questions")
    return await phone.send(f"{visit.path}/questions", {**fields, **given})


async def read(clinic: Clinic, visit: Page) -> list[ReadAnswer]:
    number = AppointmentId(visit.path.rpartition("/")[2])
    return list((await clinic.app.services.questionnaire.read([number], by=COMMAND_LINE)).get(number, ()))


async def test_no_health_detail_is_asked_before_the_consent_to_it(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    visit = await booked(phone)
    assert "填写就诊前的几个问题" in visit.text
    asking = await phone.open(f"{visit.path}/questions")
    assert "敏感个人信息" in asking.text
    assert "过敏吗" not in asking.text
    form = {**asking.form(f"{visit.path}/questions/consent")[0], "key": "allergy", "choice": "yes"}
    await phone.send(f"{visit.path}/questions", form)  # past the question for consent
    assert await clinic.rows("visit_answers") == []
    first = await agreed(phone, visit)
    assert "过敏吗" in first.text
    contact = await clinic.app.services.patients.contact_by_openid(phone.openid)
    assert contact is not None
    (consent,) = [each for each in contact.consents if each.topic is ConsentTopic.HEALTH]
    assert (consent.granted, consent.source, consent.wording) == (True, "page", "page.health_consent@1")
    (line,) = [each for each in await clinic.story(phone.openid) if each.text == "同意为就诊处理健康信息"]
    assert line.payload["wording"] == "page.health_consent@1"


async def test_answers_are_kept_step_by_step_and_dangerous_ones_are_marked(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    visit = await booked(phone)
    page = await answered(phone, visit, await agreed(phone, visit), choice="yes", words="青霉素")
    assert "防血栓" in page.text
    again = await phone.open(f"{visit.path}/questions")  # left and come back: goes on where it stopped
    assert "防血栓" in again.text
    assert (await answered(phone, visit, page)).status == 422  # nothing chosen
    page = await answered(phone, visit, page, choice="no")
    page = await answered(phone, visit, page, skip="yes")
    done = await answered(phone, visit, page, words="想洗干净")
    assert (done.path, done.query) == (visit.path, "done=answered")
    assert "修改就诊前的回答" in done.text
    assert await read(clinic, visit) == [
        ReadAnswer(name="过敏", words="有，青霉素", danger=True),
        ReadAnswer(name="抗凝药", words="没有", danger=False),
        ReadAnswer(name="想解决的问题", words="想洗干净", danger=False),
    ]
    raw = await clinic.app.database.collection("visit_answers").find({}).to_list(None)
    assert "青霉素" not in str(raw)  # encrypted
    corrected = await phone.open(f"{visit.path}/questions?step=1")
    assert 'value="青霉素"' in corrected.text
    await answered(phone, visit, corrected, choice="no", words="")
    assert not any(each.danger for each in await read(clinic, visit))


async def test_another_contact_neither_sees_nor_answers(clinic: Clinic, phone_of: OpenPhone) -> None:
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    visit = await booked(one)
    first = await agreed(one, visit)
    await two.open("/w/")
    assert (await two.open(f"{visit.path}/questions")).status == 404
    own, _ = (await two.open("/w/me")).form("/w/me/messages")
    fields, _ = first.form(f"{visit.path}/questions")
    forged = {**fields, "form_token": own["form_token"], "choice": "yes"}
    assert (await two.send(f"{visit.path}/questions", forged)).status == 404
    assert (await two.send(f"{visit.path}/questions/consent", forged)).status == 404
    services = clinic.app.services
    appointment = next(iter((await services.booking.by_ids([AppointmentId(visit.path.rpartition("/")[2])])).values()))
    stranger = await services.patients.contact_by_openid(two.openid)
    assert stranger is not None
    with pytest.raises(ForbiddenError):
        await services.questionnaire.answer(appointment, stranger, "allergy", "yes", "", now=clinic.now)


async def test_what_was_answered_is_seen_withdrawn_and_erased(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    visit = await booked(phone)
    await answered(phone, visit, await agreed(phone, visit), choice="yes", words="青霉素")
    mine = await phone.open("/w/me")
    assert "有，青霉素" in mine.text
    gone = await phone.send("/w/me/health", mine.form("/w/me/health")[0])
    assert "已经删除" in gone.text
    assert await clinic.rows("visit_answers") == []
    assert "敏感个人信息" in (await phone.open(f"{visit.path}/questions")).text  # asked again
    await answered(phone, visit, await agreed(phone, visit), choice="yes")
    assert len(await clinic.rows("visit_answers")) == 1
    await clinic.platform.unfollow(phone.openid)
    await clinic.move(timedelta(days=4))
    assert await clinic.rows("visit_answers") == []


async def test_withdrawing_on_the_page_deletes_what_was_told_at_the_desk_too(
    clinic: Clinic, phone_of: OpenPhone
) -> None:
    phone = await phone_of(await clinic.person())
    await phone.open("/w/")
    services = clinic.app.services
    contact = await services.patients.contact_by_openid(phone.openid)
    assert contact is not None
    intakes = services.review.intakes
    form = IntakeForm(answers={intakes.fields[0].key: "怀孕三个月"}, health=True)
    await intakes.save(contact.id, form, 0, by=COMMAND_LINE, now=clinic.now)
    mine = await phone.open("/w/me")
    assert "点这里撤回" in mine.text  # the consent that a colleague noted
    await phone.send("/w/me/health", mine.form("/w/me/health")[0])
    assert (await intakes.one(contact.id, by=COMMAND_LINE)).answers == ()
    contact = await services.patients.contact_by_openid(phone.openid)
    assert contact is not None
    assert not contact.allows(ConsentTopic.HEALTH)


async def test_stopping_messages_takes_no_consent_to_health_data_back(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    await agreed(phone, await booked(phone))
    await clinic.say(phone.openid, "退订")
    contact = await clinic.app.services.patients.contact_by_openid(phone.openid)
    assert contact is not None
    assert contact.allows(ConsentTopic.HEALTH)
    assert not contact.allows(ConsentTopic.CARE)
