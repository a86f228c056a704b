"""Name and birthday told to a running clinic, in the ways people write them; what is none of them is never kept."""

from typing import Any

import pytest

from wxbot.patients.models import Birthday, Calendar


async def known(clinic: Any, openid: str) -> tuple[str | None, Birthday | None]:
    """What the clinic knows of the patient."""
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    patient = await clinic.app.services.patients.self_patient(contact, clinic.now)
    return patient.name, patient.birthday


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("我叫张𬭎", "张𬭎"),
        ("我叫阿依古丽•买买提", "阿依古丽·买买提"),
        ("我是王〇", "王〇"),
        ("免贵姓张，张三丰", "张三丰"),
    ],
)
async def test_a_name_told_at_any_time(clinic: Any, words: str, name: str) -> None:
    openid = await clinic.person()
    assert name in await clinic.say(openid, words)
    assert await known(clinic, openid) == (name, None)


@pytest.mark.parametrize(
    ("words", "birthday"),
    [
        ("1990 5 12", Birthday(calendar=Calendar.SOLAR, year=1990, month=5, day=12)),
        ("一九九〇年五月十二日", Birthday(calendar=Calendar.SOLAR, year=1990, month=5, day=12)),
        ("腊月廿九1988（农历）", Birthday(calendar=Calendar.LUNAR, year=1988, month=12, day=29)),
    ],
)
async def test_the_two_questions(clinic: Any, words: str, birthday: Birthday) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "PROFILE")
    assert "生日" in await clinic.say(openid, "阿依古丽•买买提")
    assert "已登记生日" in await clinic.say(openid, words)
    assert await known(clinic, openid) == ("阿依古丽·买买提", birthday)


async def test_a_family_name_is_asked_for_the_whole_name(clinic: Any) -> None:
    openid = await clinic.person()
    assert "全名" in await clinic.say(openid, "免贵姓张")
    assert "生日" in await clinic.say(openid, "张三丰")
    assert await known(clinic, openid) == ("张三丰", None)


@pytest.mark.parametrize(
    "words", ["你叫什么", "约洗牙", "明天下午能洗牙吗", "你好", "我要投诉", "拔牙后一直出血怎么办"]
)
async def test_a_question_a_wish_a_greeting_or_a_complaint_is_kept_as_no_name(clinic: Any, words: str) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "PROFILE")
    assert await clinic.say(openid, words)
    assert await known(clinic, openid) == (None, None)
