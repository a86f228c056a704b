"""退订 and 恢复 in the words people use."""

from typing import Any

import pytest

from handlers.consent import means_resume, means_stop
from wxbot.patients.models import Consent, ConsentTopic

STOPS = [
    "退订",
    "TD",
    "td",
    "ＴＤ",
    "T",
    "停止",
    "停止！",
    "别发了",
    "别再发了",
    "不要发了",
    "不要再发消息了",
    "不要给我发消息",
    "请不要再给我发信息了，谢谢",
    "别打扰我",
    "不要再打扰我了",
    "取消订阅",
    "拒收",
    "屏蔽",
    "我要退订",
    "请退订",
    "回复TD退订",
    "TD退订",
    "退订消息",
    "停止发送",
    "停止推送消息",
    "我不想收到这些消息",
    "不想再收到短信",
    "不需要接收任何通知",
    "关闭推送",
    "别烦我",
    "stop",
    "unsubscribe",
    "勿扰",
    "停止关怀消息",
    "别发",
    "别老给我发广告",
]
RESUMES = [
    "恢复",
    "恢复！",
    "请恢复",
    "恢复订阅",
    "恢复接收",
    "恢复消息",
    "重新订阅",
    "重新接收消息",
    "取消退订",
    "我想恢复",
    "恢复关怀消息",
    "重新发送",
]
NEITHER = [
    "预约",
    "我的预约",
    "取消",
    "取消预约",
    "不要了",
    "停诊吗",
    "恢复得怎么样",
    "恢复得很好",
    "什么时候能恢复",
    "伤口恢复",
    "退号",
    "好的",
    "您好",
    "今天别发烧",
    "不要麻药可以吗",
    "停止疼痛",
    "会不会停",
    "别的医生",
    "发我地址",
    "通知",
    "消息设置",
    "我要",
    "谢谢",
    "不要周五",
    "别约周一",
]


@pytest.mark.parametrize("words", [*STOPS, "退 订", " td。 ", "请 退订 谢谢"])
def test_a_wish_for_silence_is_understood(words: str) -> None:
    assert (means_stop(words), means_resume(words)) == (True, False)


@pytest.mark.parametrize("words", RESUMES)
def test_a_wish_for_messages_is_understood(words: str) -> None:
    assert (means_stop(words), means_resume(words)) == (False, True)


@pytest.mark.parametrize("words", [*NEITHER, "", "。", "退订" * 50, "不要再发烧了怎么办"])
def test_other_words_are_left_alone(words: str) -> None:
    assert (means_stop(words), means_resume(words)) == (False, False)


async def test_stopping_is_done_at_once_and_said(chat: Any) -> None:
    said = await chat.say("退订")
    assert "已为您停止" in said
    assert "恢复" in said
    assert chat.services.patients.asked == [("stop", ("chat:退订", "consent.stopped@1"))]
    assert not chat.services.patients.contact.allows(ConsentTopic.CARE)


async def test_resuming_is_done_at_once_and_said(chat: Any) -> None:
    said = await chat.say("恢复")
    assert "已为您恢复" in said
    assert chat.services.patients.asked == [("resume", ("chat:恢复", "consent.resumed@1"))]
    assert chat.services.patients.contact.allows(ConsentTopic.CARE)


@pytest.mark.parametrize("before", ["PROFILE", "CONSENT"])
async def test_stopping_is_heard_inside_every_dialog(chat: Any, before: str) -> None:
    await chat.tap(before)
    await chat.say("TD")
    assert (chat.template, chat.dialog) == ("consent.stopped", None)


@pytest.mark.parametrize(("granted", "state"), [(True, "consent.state_on"), (False, "consent.state_off")])
async def test_the_menu_shows_the_state_and_both_entries(chat: Any, granted: bool, state: str) -> None:
    patients = chat.services.patients
    consent = Consent(topic=ConsentTopic.CARE, granted=granted, at=chat.now, source="follow", wording="welcome.first@1")
    object.__setattr__(patients.contact, "consents", (consent,))
    await chat.tap("CONSENT")
    assert chat.template == state
    assert [option.label for option in chat.reply.options] == ["停止关怀消息", "恢复关怀消息"]


@pytest.mark.parametrize(
    ("answer", "done"), [("1", "consent.stopped"), ("2", "consent.resumed"), ("停止关怀", "consent.stopped")]
)
async def test_the_entries_can_be_answered_by_number_or_words(chat: Any, answer: str, done: str) -> None:
    await chat.tap("CONSENT")
    await chat.say(answer)
    assert chat.template == done


async def test_an_entry_of_an_older_message_still_works_when_tapped(chat: Any) -> None:
    await chat.say("停止关怀消息", menu_id="consent:stop")
    assert chat.services.patients.asked == [("stop", ("menu", "consent.stopped@1"))]


async def test_a_number_outside_the_menu_changes_nothing(chat: Any) -> None:
    await chat.say("1")
    assert (chat.template, chat.services.patients.asked) == ("fallback.not_understood", [])
