"""Following, coming back, scanning, leaving."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from wxbot.dispatch import updates as u


async def test_the_first_follow_tells_who_we_are_what_we_store_and_how_to_stop(chat: Any) -> None:
    patients = chat.services.patients
    patients.contact = replace(patients.contact, following=False, followed_at=None)
    said = await chat.send(u.Followed, name="subscribe", scene="poster-3")
    assert chat.template == "welcome.first"
    assert "晨光口腔与皮肤诊所" in said
    assert "「退订」" in said
    assert '">个人信息须知</a>' in said
    assert len(said.splitlines()) == 3  # two lines of welcome and the link; the three choices stand below
    assert patients.asked == [("follow", ("oPatient001", "poster-3", "welcome.first@1+welcome.notice@1"))]
    assert [option.label for option in chat.reply.options] == ["预约", "我的预约", "人工服务"]


async def test_the_notice_is_answered_in_the_chat_and_the_open_question_stays(chat: Any) -> None:
    said = await chat.say("个人信息须知", menu_id="NOTICE")
    assert chat.template == "welcome.notice"
    for words in ("我们保存什么", "回复「退订」", "privacy@chenguang.example", "3天后删除微信侧信息", "默认接收"):
        assert words in said
    await chat.say("隐私政策")
    assert chat.template == "welcome.notice"


async def test_who_returns_is_welcomed_back(chat: Any) -> None:
    patients = chat.services.patients
    long_ago = chat.now - timedelta(days=2)
    patients.contact = replace(patients.contact, created_at=long_ago, followed_at=long_ago, following=False)
    await chat.send(u.Followed, name="subscribe")
    assert chat.template == "welcome.back"


async def test_a_first_follow_that_is_handled_again_after_a_crash_is_still_the_first(chat: Any) -> None:
    await chat.send(u.Followed, name="subscribe")
    assert chat.template == "welcome.first"


async def test_a_follow_that_was_welcomed_long_ago_is_not_answered_again(chat: Any) -> None:
    chat.services.patients.arrives = False
    assert await chat.send(u.Followed, name="subscribe") is None


async def test_a_follower_who_scans_is_greeted_and_the_scene_is_passed_on(chat: Any) -> None:
    chat.services.patients.arrives = False
    await chat.send(u.Scanned, name="SCAN", scene="desk-1")
    assert chat.template == "welcome.scanned"
    assert chat.services.patients.asked == [("follow", ("oPatient001", "desk-1", "welcome.first@1+welcome.notice@1"))]


async def test_an_unfollow_is_noted_and_answered_with_silence(chat: Any) -> None:
    assert await chat.send(u.Unfollowed, name="unsubscribe") is None
    assert chat.services.patients.asked == [("unfollow", chat.now)]


async def test_a_number_after_the_welcome_opens_that_entry(chat: Any) -> None:
    await chat.send(u.Followed, name="subscribe")
    await chat.say("3")
    assert chat.template == "human.here"


async def test_a_scan_is_counted_for_its_code_and_a_first_follower_with_it(chat: Any) -> None:
    scenes = chat.services.account.scenes
    patients = chat.services.patients
    patients.contact = replace(patients.contact, following=False, followed_at=None)
    await chat.send(u.Followed, name="subscribe", scene="poster-3")
    await chat.send(u.Scanned, name="SCAN", scene="desk-1")
    await chat.send(u.Followed, name="subscribe")
    assert scenes.counted == [("poster-3", "k1", "c1"), ("desk-1", "k2", None)]
