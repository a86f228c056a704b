"""Frequent questions through the front door: answered, offered, passed on, gathered, and never in a dialog's way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.history.models import By


async def explanations(clinic: Clinic) -> list[str]:
    rows = await clinic.rows("interactions")
    return [row["payload"]["explanation"] for row in rows if row["payload"].get("explanation")]


@pytest.mark.parametrize(
    ("asked", "told", "offered"),
    [
        ("多少钱", "智齿拔除 400–1800 元", ["预约"]),
        ("洗牙多少钱", "洁牙参考价格：180–320 元，以面诊为准", ["预约"]),
        ("請問祛斑多少錢", "激光祛斑参考价格：600–2000 元", ["预约"]),
        ("可以停车吗", "晨光路88号2层附近的车位", ["诊所信息"]),
        ("洗牙疼吗", "不舒服请举手示意", ["预约"]),
        ("血压高能拔牙吗", "须由医生看过再定", ["人工服务"]),
        ("约好了来不了取消要扣钱吗", "取消和改约都不收费", ["我的预约"]),
        ("可以用医保吗", "0555-000-0188", ["人工服务"]),
        ("怎么删除我的信息", "privacy@chenguang.example", ["人工服务"]),
    ],
)
async def test_a_question_is_answered_with_the_clinics_own_facts(
    clinic: Clinic, asked: str, told: str, offered: list[str]
) -> None:
    openid = await clinic.person()
    assert told in await clinic.say(openid, asked)
    assert clinic.offered(openid) == offered


async def test_the_button_under_an_answer_leads_on(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "洗牙多少钱")
    assert "哪个项目" in await clinic.say(openid, "1")


async def test_the_price_follows_the_settings_at_once(clinic: Clinic) -> None:
    openid = await clinic.person()
    settings, now = clinic.app.services.clinic_settings, clinic.now
    stored = await settings.stored(by=COMMAND_LINE)
    kept = next(each for each in stored.visit_types if each.id == "cleaning")
    changed = kept.value.__class__(**{**vars(kept.value), "price_from": 99, "price_to": None})
    await settings.save_visit_type(changed, kept.revision, by=COMMAND_LINE, now=now)
    assert "洁牙参考价格：99 元起" in await clinic.say(openid, "洗牙多少钱")


async def test_a_price_that_has_ended_is_told_no_more(clinic: Clinic) -> None:
    openid = await clinic.person()
    settings, now = clinic.app.services.clinic_settings, clinic.now
    stored = await settings.stored(by=COMMAND_LINE)
    kept = next(each for each in stored.visit_types if each.id == "cleaning")
    today = now.astimezone(clinic.app.services.clinic.timezone).date()
    ended = replace(kept.value, price_until=today - timedelta(days=1))
    after = await settings.save_visit_type(ended, kept.revision, by=COMMAND_LINE, now=now)
    answer = await clinic.say(openid, "洗牙多少钱")
    assert "面诊后告诉您" in answer
    assert "180" not in answer
    valid = replace(ended, price_until=today)
    await settings.save_visit_type(valid, after.revision, by=COMMAND_LINE, now=now)
    assert "180–320 元" in await clinic.say(openid, "洗牙多少钱")


async def test_the_transcript_names_the_rule_and_its_score(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "可以停车吗")
    (why,) = await explanations(clinic)
    assert why.startswith("依据 常见问题 parking（得分 1.00）")


async def test_a_question_in_the_middle_of_a_booking_leaves_it_open(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "BOOK")
    entries = clinic.offered(openid)
    answer = await clinic.say(openid, "洗牙多少钱")
    assert "180–320 元" in answer
    assert "刚才的问题还等着您" in answer
    assert clinic.offered(openid) == entries
    assert "哪位医生" in await clinic.tap(openid, "口腔检查")


async def test_an_offered_answer_of_a_dialog_is_never_taken_for_a_question(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "BOOK")
    assert "哪位医生" in await clinic.say(openid, "口腔检查")


async def test_of_two_near_questions_the_patient_chooses(clinic: Clinic) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, "做完牙多久能吃饭运动")
    assert answer.startswith("您想问的是")
    offered = clinic.offered(openid)
    assert offered[-1] == "人工服务"
    assert len(offered) >= 3
    wanted = next(position for position, words in enumerate(offered, 1) if "多久能吃" in words)
    assert "麻木退了再吃" in await clinic.say(openid, str(wanted))


async def test_a_tapped_question_is_answered_later_too(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "做完牙多久能吃饭运动")
    await clinic.say(openid, "你好")
    assert "麻木退了再吃" in await clinic.tap(openid, "多久能吃")


@pytest.mark.parametrize(
    "words", ["我昨天在你们那洗了牙", "医保卡忘带了", "牙龈出血是怎么回事", "去人民医院怎么走", "今天天气怎么样"]
)
async def test_what_asks_nothing_of_ours_is_not_answered(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.say(openid, words)
    assert [why for why in await explanations(clinic) if "常见问题" in why] == []


async def test_after_its_review_has_ended_a_person_answers(clinic: Clinic) -> None:
    openid = await clinic.person()
    questions, now = clinic.app.services.questions, clinic.now
    kept = await questions.one("parking", by=COMMAND_LINE)
    until = questions.live.today(now) + timedelta(days=1)
    await questions.save(kept.value, kept.revision, review_until=until, by=COMMAND_LINE, now=now)
    assert "车位" in await clinic.say(openid, "可以停车吗")
    await clinic.move(timedelta(days=2))
    assert "需要同事确认" in await clinic.say(openid, "可以停车吗")
    (task,) = await clinic.rows("followups")
    assert "可以停车吗" in task["reason"]


async def test_what_nobody_can_answer_is_gathered_and_forgotten_with_the_contact(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "你们的WiFi密码是多少 我的手机13800001111")
    (row,) = await clinic.rows("unknown_questions")
    assert (row["count"], "1380" in row["text"], row["text"].count("*")) == (1, False, 11)
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=4))
    assert await clinic.rows("unknown_questions") == []


async def test_answers_are_the_bots_own_lines(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "可以开发票吗")
    lines = [row for row in await clinic.rows("interactions") if row["payload"].get("template") == "question.answer"]
    assert [line["by"] for line in lines] == [By.BOT]


async def test_a_symptom_that_worries_is_for_a_person_and_not_for_a_general_answer(clinic: Clinic) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, "伤口有点肿，正常吗")
    assert "牙石" not in answer
    (task,) = await clinic.rows("followups", {"state": "open"})
    assert task["words"][0]["text"] == "伤口有点肿，正常吗"
