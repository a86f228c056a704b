"""Whole conversations as patients have them: what follows an answer is neither lost nor taken for something else."""

import pytest

from tests.scenarios.conftest import Clinic

NOT_UNDERSTOOD = "没有完全明白"
NOT_SEEN = "没有看懂"


async def quoted(clinic: Clinic, kind: str) -> list[str]:
    """The patient's words in the only open follow-up of that kind."""
    (task,) = await clinic.rows("followups", {"state": "open", "kind": kind})
    return [each["text"] for each in task["words"]]


@pytest.mark.parametrize("words", ["还在流", "压了半小时了", "家就在旁边"])
async def test_what_follows_a_danger_sign_reaches_who_sees_to_it(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "拔牙后一直出血怎么办")
    answer = await clinic.say(openid, words)
    assert answer.startswith("收到")
    assert "120" in answer
    assert await quoted(clinic, "danger") == ["拔牙后一直出血怎么办", words]


async def test_what_follows_a_danger_sign_within_a_booking_reaches_who_sees_to_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洗牙")
    await clinic.say(openid, "我拔牙的地方一直出血")
    assert "120" in await clinic.say(openid, "止不住啊怎么弄")
    assert len(await quoted(clinic, "danger")) == 2
    assert "下午3:00" in await clinic.say(openid, "明天下午三点")


async def test_name_and_telephone_after_a_complaint_reach_its_case(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "姓名、电话" in await clinic.say(openid, "我要投诉")
    assert "负责人" in await clinic.say(openid, "张三 13800000000")
    assert await quoted(clinic, "complaint") == ["我要投诉", "张三 13800000000"]


async def test_words_about_a_photo_reach_who_looks_at_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.platform.send_image(openid)
    answer = await clinic.say(openid, "你们看看这个要紧吗")
    assert answer == "收到，已一并转给同事。"
    assert (await quoted(clinic, "handoff"))[-1] == "你们看看这个要紧吗"


async def test_a_bare_yes_to_another_hour_or_cancelling_cancels_nothing(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午三点")
    assert "取消" in await clinic.say(openid, "我明天来不了了")
    assert "换个时间，还是取消" in await clinic.say(openid, "好")
    (row,) = await clinic.rows("appointments")
    assert row["state"] == "booked"
    assert "已为您取消" in await clinic.say(openid, "取消吧")


async def test_who_cannot_come_and_asks_to_cancel_is_asked_just_that(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午三点")
    assert "您要取消" in await clinic.say(openid, "到不了了，帮我取消吧")
    assert "已为您取消" in await clinic.say(openid, "好")


async def test_a_mother_is_no_curse(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "给我妈和孩子都约个洗牙")
    answer = await clinic.say(openid, "先约我妈的")
    assert "没能帮好" not in answer
    assert "妈妈怎么称呼" in answer
    assert await clinic.rows("followups") == []


async def test_thanks_and_greetings_within_a_dialogue_are_no_misses(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洗牙")
    for words in ("谢谢", "你好", "谢谢您", "辛苦了"):
        answer = await clinic.say(openid, words)
        assert NOT_SEEN not in answer
        assert "接着回答" in answer
    assert await clinic.rows("followups") == []
    assert "下午3:00" in await clinic.say(openid, "明天下午三点")


@pytest.mark.parametrize(
    ("words", "answered"), [("👌", "不客气"), ("生日", "怎么称呼您"), ("姓名", "姓名"), ("停车", "车位")]
)
async def test_a_word_or_sign_alone_is_answered(clinic: Clinic, words: str, answered: str) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, words)
    assert answered in answer
    assert NOT_UNDERSTOOD not in answer


async def test_relatives_are_named_as_the_clinic_names_them(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "您妈妈怎么称呼" in await clinic.say(openid, "帮我妈约周五上午十点洗牙")
    assert "就诊人：妈妈（王秀兰）" in await clinic.say(openid, "王秀兰")
