"""Name and telephone, asked once beside the first booking in the chat; nothing waits for the answer."""

import pytest

from tests.scenarios.conftest import Clinic

FRIDAY = ("洁牙", "周五", "下午2点")
QUESTION = "还想请您留个姓名和手机号"


async def patient(clinic: Clinic) -> tuple[str | None, str | None]:
    (row,) = await clinic.rows("patients")
    return row["name"], row["phone"]


async def test_the_first_booking_asks_for_name_and_telephone_and_the_next_one_does_not(clinic: Clinic) -> None:
    openid = await clinic.person("小林")
    booked = await clinic.book(openid, *FRIDAY)
    assert booked.startswith("约好了！")
    assert QUESTION in booked
    assert clinic.offered(openid) == ["跳过"]
    assert (await clinic.say(openid, "林小满 138-0013-8000")).startswith("记下了")
    assert await patient(clinic) == ("林小满", "+8613800138000")
    again = await clinic.book(openid, "口腔检查", "不限医生", "周六", "上午10点")
    assert again.startswith("约好了！")
    assert "手机号" not in again


@pytest.mark.parametrize("words", ["跳过", "1", "不用了"])
async def test_who_does_not_want_to_tell_is_asked_no_more_and_has_the_visit(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    assert "预约照旧" in await clinic.say(openid, words)
    assert QUESTION not in await clinic.book(openid, "口腔检查", "不限医生", "周六", "上午10点")
    assert len(await clinic.rows("appointments", {"state": "booked"})) == 2
    assert await clinic.rows("followups") == []


async def test_what_is_told_in_parts_is_asked_for_the_rest(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    assert "手机号" in await clinic.say(openid, "我叫林小满")
    assert (await clinic.say(openid, "电话是１３８００１３８０００")).startswith("记下了")
    assert await patient(clinic) == ("林小满", "+8613800138000")


async def test_a_number_first_is_asked_for_the_name(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    assert "怎么称呼您" in await clinic.say(openid, "13800138000")
    assert (await clinic.say(openid, "林小满")).startswith("记下了")
    assert await patient(clinic) == ("林小满", "+8613800138000")


@pytest.mark.parametrize("words", ["138OOO38000", "1380013800", "138****8000"])
async def test_what_is_no_telephone_is_asked_once_more_and_then_for_a_person(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    assert "不完整" in await clinic.say(openid, words)
    assert (await clinic.say(openid, "13800138000")).startswith("记下了") or "怎么称呼您" in clinic.phone(openid)[
        -1
    ].text
    assert (await patient(clinic))[1] == "+8613800138000"


async def test_other_words_mean_what_they_mean_without_the_question(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    assert "11月27日 周五 下午2:00" in await clinic.say(openid, "我的预约")
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "不限医生", "周六", "上午10点")
    assert "周六" in await clinic.say(openid, "改到周六下午吧")
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "不限医生", "周六", "上午9点")
    assert (await clinic.say(openid, "退订")).startswith("已为您停止")


async def test_who_told_both_before_is_not_asked(clinic: Clinic) -> None:
    openid = await clinic.person()
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    own = await clinic.app.services.patients.self_patient(contact, clinic.now)
    await clinic.app.services.patients.set_name(own.id, "林小满", now=clinic.now)
    await clinic.app.services.patients.phones.set(own.id, "13800138000", now=clinic.now)
    assert "手机号" not in await clinic.book(openid, *FRIDAY)
    assert clinic.offered(openid) == []


async def test_a_push_that_comes_again_asks_again_in_the_same_words(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    phones = clinic.app.services.patients.phones
    assert await phones.may_ask(contact.id, contact.details_asked) is True
    assert await phones.may_ask(contact.id, "another") is False
