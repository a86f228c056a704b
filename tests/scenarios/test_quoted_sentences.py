"""Sentences that patients wrote and that once reached nobody, or booked what was not meant: through the front door."""

from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic

NOT_UNDERSTOOD = "没有完全明白"


async def consents(clinic: Clinic, openid: str) -> dict[str, bool]:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return {each.topic.value: each.granted for each in contact.consents}


async def at_the_hour_question(clinic: Clinic) -> str:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天")
    assert await clinic.rows("appointments") == []
    return openid


async def with_a_visit(clinic: Clinic, day: str = "明天") -> str:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", day, "下午三点")
    (row,) = await clinic.rows("appointments")
    assert row["state"] == "booked"
    return openid


async def test_what_is_named_in_free_words_is_read_back_and_booked_after_a_yes(clinic: Clinic) -> None:
    openid = await clinic.person()
    card = await clinic.say(openid, "我想约明天下午三点洗牙")
    assert all(part in card for part in ("11月24日", "周二", "下午3:00", "洁牙", "陈晓晴"))
    assert await clinic.rows("appointments") == []
    assert (await clinic.say(openid, "好的")).startswith("约好了！")
    (row,) = await clinic.rows("appointments")
    assert row["visit_type_id"] == "cleaning"


@pytest.mark.parametrize(
    "words",
    [
        "后天上午有号吗",
        "帮我妈约个洗牙",
        "明天上午能洗牙吗",
        "约周明远医生",
        "多少钱",
        "可以停车吗",
        "我今天来不了了",
        "我会晚到20分钟",
        "改到周五下午",
    ],
)
async def test_natural_sentences_are_answered(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, words)
    assert answer
    assert NOT_UNDERSTOOD not in answer
    assert await clinic.rows("appointments") == []


@pytest.mark.parametrize(
    "words",
    [
        "下午三点有事",
        "三点有事来不了",
        "下午三点不行",
        "下午三点要上班",
        "3点以后",
        "三点左右",
        "三点之前",
        "两点到四点",
        "三点可以吗",
        "三点或者四点",
        "三点，不对，四点",
        "下周周三",
        "下周周三下午三点",
        "别约三点",
        "三点半我得接孩子",
        "除了三点都行",
    ],
)
async def test_half_an_answer_at_the_hour_question_books_nothing(clinic: Clinic, words: str) -> None:
    openid = await at_the_hour_question(clinic)
    answer = await clinic.say(openid, words)
    assert answer
    assert await clinic.rows("appointments") == []


async def test_another_week_is_never_this_week(clinic: Clinic) -> None:
    openid = await at_the_hour_question(clinic)
    answer = await clinic.say(openid, "下周周三下午三点")
    assert "11月25日" not in answer
    assert "12月2日" in answer
    await clinic.say(openid, "好")
    rows = await clinic.rows("appointments")
    zone = clinic.app.services.clinic.timezone
    assert [f"{row['start'].astimezone(zone):%m-%d %H:%M}" for row in rows] == ["12-02 15:00"]


@pytest.mark.parametrize("words", ["改到周五下午", "改到礼拜五下午", "推迟一周", "早一点", "我今天来不了了", "取消吧"])
async def test_a_visit_stays_as_it_is_until_there_is_a_yes(clinic: Clinic, words: str) -> None:
    openid = await with_a_visit(clinic)
    before = await clinic.rows("appointments")
    answer = await clinic.say(openid, words)
    assert answer
    assert NOT_UNDERSTOOD not in answer
    assert await clinic.rows("appointments") == before


async def test_running_late_reaches_reception(clinic: Clinic) -> None:
    openid = await with_a_visit(clinic)
    await clinic.move_to("2026-11-24 14:30")
    answer = await clinic.say(openid, "我会晚到20分钟")
    assert answer
    tasks = await clinic.rows("followups", {"state": "open"})
    assert any("20" in task["reason"] + str(task["words"]) for task in tasks)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("拔牙后一直出血怎么办", "danger"),
        ("脸都肿了", "danger"),
        ("救命", "danger"),
        ("我要投诉", "complaint"),
    ],
)
async def test_danger_and_complaints_reach_a_person_at_once(clinic: Clinic, words: str, kind: str) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, words)
    assert answer
    assert NOT_UNDERSTOOD not in answer
    tasks = [task for task in await clinic.rows("followups", {"state": "open"}) if task["kind"] == kind]
    assert [(task["urgent"], task["words"][0]["text"]) for task in tasks] == [(True, words)]


@pytest.mark.parametrize("words", ["请停止给我发消息", "退訂"])
async def test_a_stop_is_a_stop(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.say(openid, words)
    assert (await consents(clinic, openid))["care"] is False


@pytest.mark.parametrize("words", ["停车", "血止住了吗"])
async def test_what_only_sounds_like_a_stop_is_none(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    before = await consents(clinic, openid)
    await clinic.say(openid, words)
    assert await consents(clinic, openid) == before


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("我叫张𬭎", "张𬭎"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("王〇", "王〇"),
    ],
)
async def test_a_name_is_kept_as_it_is_written(clinic: Clinic, words: str, name: str) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "PROFILE")
    await clinic.say(openid, words)
    (patient,) = await clinic.rows("patients")
    assert patient["name"].replace("•", "·") == name


@pytest.mark.parametrize("words", ["免贵姓张", "你们几点下班", "我想约明天洗牙", "多少钱"])
async def test_what_is_no_name_is_not_kept_as_one(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "PROFILE")
    await clinic.say(openid, words)
    assert [patient["name"] for patient in await clinic.rows("patients") if patient["name"]] in ([], ["张"])


@pytest.mark.parametrize("words", ["1990 5 12", "一九九〇年五月十二日"])
async def test_a_birthday_is_understood(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "PROFILE")
    await clinic.say(openid, "跳过")
    await clinic.say(openid, words)
    (patient,) = await clinic.rows("patients")
    birthday = patient["birthday"]
    assert (birthday["calendar"], birthday["year"], birthday["month"], birthday["day"]) == ("solar", 1990, 5, 12)


async def test_an_entry_offered_before_midnight_is_still_that_entry_after_it(clinic: Clinic) -> None:
    await clinic.move_to("2026-11-23 23:58")
    openid = await clinic.person()
    await clinic.book(openid, "洁牙")
    label = next(each for each in clinic.offered(openid) if each.startswith("明天"))
    await clinic.move(timedelta(minutes=4))
    answer = await clinic.say(openid, "明天")
    assert "11月24日" in answer
    assert label.removeprefix("明天").strip() in answer


@pytest.mark.parametrize("words", ["1", "①", "1️⃣", "一", "第一个", "选1", "(1)", "（１）"])
async def test_a_number_in_every_writing_is_the_entry(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    first = clinic.offered(openid)[0]
    assert first in await clinic.say(openid, words)
