"""The waitlist by chat: no hour fits, 有空位时通知我, an hour becomes free, 要 or 不用了; what the patient reads."""

from datetime import date, timedelta

import pytest

from tests.scenarios.conftest import Clinic
from wxbot.actors import SYSTEM
from wxbot.booking.models import Appointment, Booker
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import PatientId
from wxbot.ids import new_id

TUESDAY = date(2026, 11, 24)
ZHOU, CHECKUP = PractitionerId("zhou"), VisitTypeId("checkup")
WAIT, YES, NO, LEAVE = "有空位时通知我", "要", "不用了", "取消候补"


async def full(clinic: Clinic, day: date = TUESDAY, who: PractitionerId = ZHOU) -> list[Appointment]:
    """Every hour of that practitioner's day is taken; the visits, earliest first."""
    booking, made = clinic.app.services.booking, []
    while slots := await booking.slots(CHECKUP, who, day, clinic.now, booker=Booker.RETURNING):
        key = new_id(clinic.now)
        made.append(
            await booking.book(
                request_key=key,
                contact_id=None,
                patient_id=PatientId(f"p-{key}"),
                visit_type_id=CHECKUP,
                practitioner_id=who,
                start=slots[0].start,
                by=SYSTEM,
                booker=Booker.RETURNING,
                now=clinic.now,
            )
        )
    return made


async def freed(clinic: Clinic, visit: Appointment) -> None:
    """That visit is cancelled, the job runs once within three seconds, and what it enqueued leaves."""
    await clinic.move(timedelta(seconds=3))
    await clinic.app.services.booking.cancel(visit.id, "患者来电", by=SYSTEM, now=clinic.now)
    await clinic.app.runner.run_now("offer_freed_hours")
    await clinic.tick()


async def waits(clinic: Clinic, name: str = "小林") -> str:
    """Somebody asks for a full day by chat and waits for it; the openid."""
    openid = await clinic.person(name)
    await clinic.say(openid, "预约")
    for choice in ("口腔检查", "周明远"):
        await clinic.say(openid, choice)
    answer = await clinic.say(openid, "明天")
    assert "没有可以约的时间了" in answer
    assert WAIT in clinic.offered(openid)
    noted = "记下了，有空位就告诉您：\n口腔检查 · 周明远医生\n11月24日 周二，时间不限"
    assert (await clinic.tap(openid, WAIT)).startswith(noted)
    return openid


async def booked(clinic: Clinic, openid: str) -> list[str]:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    zone = clinic.app.services.clinic.timezone
    found = await clinic.app.services.booking.upcoming(contact.id, clinic.now)
    return [f"{each.start.astimezone(zone):%m-%d %H:%M}" for each in found]


@pytest.mark.parametrize("answer", ["tap", "要", "1", "好的", "要的"])
async def test_an_hour_that_becomes_free_is_offered_and_taken(clinic: Clinic, answer: str) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    openid = await waits(clinic)
    await freed(clinic, visits[1])
    offer = clinic.phone(openid)[-1]
    assert offer.text.startswith("您在等的口腔检查空出一个号：\n明天 11月24日 周二 上午")
    assert [each["text"] for each in offer.options] == [YES, NO]
    said = await (clinic.tap(openid, YES) if answer == "tap" else clinic.say(openid, answer))
    assert said.startswith("约好了！\n明天 11月24日 周二 上午")
    zone = clinic.app.services.clinic.timezone
    assert await booked(clinic, openid) == [f"{visits[1].start.astimezone(zone):%m-%d %H:%M}"]
    assert (await clinic.tap(openid, YES)).startswith("约好了！")  # tapped twice: one visit, the same answer
    assert len(await booked(clinic, openid)) == 1


@pytest.mark.parametrize("answer", ["tap", "不用了", "2", "不要"])
async def test_a_declined_hour_goes_to_the_next_and_one_keeps_the_place(clinic: Clinic, answer: str) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    first = await waits(clinic)
    await clinic.move(timedelta(minutes=1))
    second = await waits(clinic, "小王")
    await freed(clinic, visits[0])
    said = await (clinic.tap(first, NO) if answer == "tap" else clinic.say(first, answer))
    assert "您还在候补名单上" in said
    await clinic.app.runner.run_now("offer_freed_hours")
    await clinic.tick()
    assert "空出一个号" in clinic.phone(second)[-1].text
    assert "空出一个号" not in clinic.phone(first)[-1].text
    assert "已为您取消候补" in await clinic.tap(first, LEAVE)
    assert "这条候补已经结束" not in await clinic.tap(first, LEAVE)  # tapped twice


async def test_an_old_offer_is_refused_kindly(clinic: Clinic) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    openid = await waits(clinic)
    await freed(clinic, visits[0])
    await clinic.move(timedelta(minutes=15))
    await clinic.app.runner.run_now("offer_freed_hours")
    assert "保留时间已经过了" in await clinic.tap(openid, YES)
    assert await booked(clinic, openid) == []
    said = await clinic.say(openid, "要")
    assert "约好了" not in said


async def test_yes_is_about_an_offer_only_as_the_next_word(clinic: Clinic) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    openid = await waits(clinic)
    await freed(clinic, visits[0])
    await clinic.move(timedelta(seconds=3))
    await clinic.say(openid, "你们在哪里")
    await clinic.say(openid, "好的")
    assert await booked(clinic, openid) == []
    assert (await clinic.tap(openid, YES)).startswith("约好了！")


async def test_a_wished_hour_that_is_gone_can_be_waited_for(clinic: Clinic) -> None:
    clinic.stand_still()
    openid = await clinic.person()
    zone = clinic.app.services.clinic.timezone
    visits = await full(clinic)
    for each in visits:
        if each.start.astimezone(zone).hour < 12:
            continue
        await clinic.app.services.booking.cancel(each.id, "", by=SYSTEM, now=clinic.now)
    await clinic.say(openid, "我想约明天上午周明远医生口腔检查")
    assert WAIT in clinic.offered(openid)
    assert "11月24日 周二，上午" in await clinic.tap(openid, WAIT)
    await freed(clinic, visits[0])
    assert "空出一个号" in clinic.phone(openid)[-1].text


async def test_my_appointments_show_and_end_what_one_waits_for(clinic: Clinic) -> None:
    clinic.stand_still()
    await full(clinic)
    openid = await waits(clinic)
    await clinic.say(openid, "我的预约")
    assert "我的候补" in clinic.offered(openid)
    number = clinic.offered(openid).index("我的候补") + 1
    assert "您正在候补下面这些" in await clinic.say(openid, str(number))
    assert clinic.offered(openid) == ["取消候补：口腔检查 · 周明远医生 · 11月24日 周二，时间不限"]
    assert "已为您取消候补" in await clinic.say(openid, "1")
    await clinic.say(openid, "我的预约")
    assert "我的候补" not in clinic.offered(openid)


async def test_who_wrote_long_ago_gets_a_card_without_the_treatment(clinic: Clinic) -> None:
    clinic.stand_still()
    day = TUESDAY + timedelta(days=3)
    visits = await full(clinic, day)
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    for choice in ("口腔检查", "周明远", "11月27日"):
        await clinic.say(openid, choice)
    await clinic.tap(openid, WAIT)
    await clinic.move(timedelta(hours=50))
    await freed(clinic, visits[0])
    (card,) = clinic.sent_to(openid, "template", "notice")
    assert "候补空位" in str(card)
    assert "口腔检查" not in str(card)


async def test_an_erased_patient_waits_for_nothing(clinic: Clinic) -> None:
    clinic.stand_still()
    await full(clinic)
    openid = await waits(clinic)
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=40))
    await clinic.app.runner.run_now("erase_unfollowed")
    assert await clinic.rows("waitlist") == []
