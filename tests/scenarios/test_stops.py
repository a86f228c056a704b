"""Stop, resume and doubtful stops through the front door: what is stored, what leaves, and the dialogue going on."""

from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic
from wxbot.messaging import Purpose
from wxbot.patients.models import MESSAGE_TOPICS, ConsentTopic


async def allowed(clinic: Clinic, openid: str) -> dict[str, bool]:
    contact = await clinic.app.services.patients.recognise(openid, clinic.now)
    return {topic.value: contact.allows(topic) for topic in MESSAGE_TOPICS}


async def agree_to_marketing(clinic: Clinic, openid: str) -> None:
    patients = clinic.app.services.patients
    contact = await patients.recognise(openid, clinic.now)
    await patients.set_consent(
        contact.id, ConsentTopic.MARKETING, granted=True, now=clinic.now, source="test", wording="test@1"
    )


@pytest.mark.parametrize("words", ["请停止给我发消息", "退訂", "退 订", "推订", "烦死了别再发了😡", "STOP"])
async def test_a_stop_in_any_words_stops_at_once(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    assert (await allowed(clinic, openid))["care"]
    assert "已为您停止" in await clinic.say(openid, words)
    assert await allowed(clinic, openid) == {"care": False, "marketing": False}


@pytest.mark.parametrize(
    "words", ["可以停车吗", "血止住了吗", "药可以停了吗", "停诊吗", "别发烧就行", "不用发票", "你们别停"]
)
async def test_what_is_no_stop_stops_nothing(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    said = await clinic.say(openid, words)
    assert said
    assert "停止" not in said
    assert (await allowed(clinic, openid))["care"]


async def test_beside_a_stop_nothing_is_lost(clinic: Clinic) -> None:
    openid = await clinic.person()
    words = "别再发了，另外我周五的预约还在吗"
    said = await clinic.say(openid, words)
    assert "已为您停止" in said
    assert "我周五的预约还在吗" in said
    assert not (await allowed(clinic, openid))["care"]
    (task,) = await clinic.rows("followups")
    assert (task["state"], [line["text"] for line in task["words"]]) == ("open", [words])


async def test_until_a_doubtful_stop_is_answered_no_marketing_leaves(clinic: Clinic) -> None:
    openid = await clinic.person()
    await agree_to_marketing(clinic, openid)
    assert "要停止关怀消息吗" in await clinic.say(openid, "你们消息好多啊")
    assert await allowed(clinic, openid) == {"care": True, "marketing": False}
    (contact,) = await clinic.rows("contacts")
    (marketing,) = (each for each in contact["consents"] if each["topic"] == Purpose.MARKETING.value)
    assert (marketing["source"], marketing["wording"]) == ("chat:你们消息好多啊", "consent.doubtful@1")
    assert "照旧" in await clinic.say(openid, "2")
    assert await allowed(clinic, openid) == {"care": True, "marketing": True}


async def test_a_doubtful_stop_that_is_never_answered_stays_one(clinic: Clinic) -> None:
    openid = await clinic.person()
    await agree_to_marketing(clinic, openid)
    await clinic.say(openid, "能不能少发点")
    await clinic.move(timedelta(days=2))
    assert await allowed(clinic, openid) == {"care": True, "marketing": False}


@pytest.mark.parametrize(("answer", "care"), [("1", False), ("2", True)])
async def test_a_booking_goes_on_after_the_question(clinic: Clinic, answer: str, care: bool) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙")
    offered = clinic.offered(openid)
    assert "要停止关怀消息吗" in await clinic.say(openid, "消息太多了")
    await clinic.say(openid, answer)
    assert (await allowed(clinic, openid))["care"] is care
    (dialog,) = await clinic.rows("dialogs")
    assert (dialog["dialog"]["name"], dialog["dialog"]["interrupted"]) == ("booking", None)
    assert [each["label"] for each in dialog["dialog"]["options"]] == offered


async def test_an_answer_to_the_booking_is_taken_while_the_question_is_open(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙")
    (before,) = await clinic.rows("dialogs")
    await clinic.say(openid, "消息太多了")
    (asked,) = await clinic.rows("dialogs")
    assert asked["dialog"]["interrupted"]["step"] == before["dialog"]["step"]
    label = before["dialog"]["options"][0]["label"]
    await clinic.say(openid, label)
    (after,) = await clinic.rows("dialogs")
    assert (after["dialog"]["name"], after["dialog"]["interrupted"]) == ("booking", None)
    assert after["dialog"]["step"] != before["dialog"]["step"]


async def test_a_stop_in_the_middle_of_a_booking_loses_nothing(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙")
    (before,) = await clinic.rows("dialogs")
    assert "已为您停止" in await clinic.say(openid, "别再给我发消息了")
    (after,) = await clinic.rows("dialogs")
    assert after["dialog"] == before["dialog"]


@pytest.mark.parametrize("words", ["不疼了", "恢复得很好谢谢", "一点都不肿了", "挺好的放心吧"])
async def test_good_news_is_thanked_and_not_warned(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    said = await clinic.say(openid, words)
    assert "放心" in said
    assert "120" not in said
    assert await clinic.rows("followups") == []
