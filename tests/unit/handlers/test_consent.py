"""Stop, resume and what may be a stop, in the words people use: what is done, said, recorded, and not lost."""

from typing import Any

import pytest

from handlers.consent import heed
from tests.corpus.stops import WORDS
from wxbot.patients.models import Consent, ConsentTopic
from wxbot.understanding.consents import find_consent
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent

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


def meant(words: str) -> Intent | None:
    found = find_consent(normalise(words), WORDS)
    return None if found is None or found.doubtful else found.intent


@pytest.mark.parametrize("words", [*STOPS, "退 订", " td。 ", "请 退订 谢谢"])
def test_a_wish_for_silence_is_understood(words: str) -> None:
    assert meant(words) is Intent.STOP


@pytest.mark.parametrize("words", RESUMES)
def test_a_wish_for_messages_is_understood(words: str) -> None:
    assert meant(words) is Intent.RESUME


@pytest.mark.parametrize("words", [*NEITHER, "", "。", "不要再发烧了怎么办"])
def test_other_words_are_left_alone(words: str) -> None:
    assert meant(words) is None


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


@pytest.mark.parametrize("words", ["TD", "别再给我发消息了！！"])
async def test_stopping_is_heard_inside_a_dialog_which_goes_on(chat: Any, words: str) -> None:
    await chat.tap("PROFILE")
    asked = chat.dialog
    await chat.say(words)
    assert (chat.template, chat.dialog) == ("consent.stopped", asked)
    await chat.say("王芳")
    assert chat.services.patients.patient.name == "王芳"


async def test_the_page_of_settings_is_left_by_a_stop(chat: Any) -> None:
    await chat.tap("CONSENT")
    await chat.say("退订")
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


def agree(chat: Any, *topics: ConsentTopic) -> None:
    """The patient has said yes to these topics."""
    consents = tuple(
        Consent(topic=topic, granted=True, at=chat.now, source="follow", wording="welcome.first@1") for topic in topics
    )
    object.__setattr__(chat.services.patients.contact, "consents", consents)


@pytest.mark.parametrize("words", ["你们消息好多啊", "能不能少发点", "烦死了"])
async def test_a_doubtful_stop_is_asked_and_counts_for_marketing_until_it_is_answered(chat: Any, words: str) -> None:
    agree(chat, ConsentTopic.CARE, ConsentTopic.MARKETING)
    said = await chat.say(words)
    assert "要停止关怀消息吗" in said
    assert [option.label for option in chat.reply.options] == ["停止", "继续"]
    contact = chat.services.patients.contact
    assert (contact.allows(ConsentTopic.CARE), contact.allows(ConsentTopic.MARKETING)) == (True, False)
    assert chat.services.patients.asked == [("withhold", (f"chat:{words}", "consent.doubtful@1"))]


@pytest.mark.parametrize(
    ("answer", "care", "marketing", "template"),
    [
        ("1", False, False, "consent.stopped"),
        ("停止", False, False, "consent.stopped"),
        ("是的", False, False, "consent.stopped"),
        ("别发了", False, False, "consent.stopped"),
        ("2", True, True, "consent.kept_on"),
        ("继续", True, True, "consent.kept_on"),
        ("不用", True, True, "consent.kept_on"),
    ],
)
async def test_only_an_answer_widens_or_takes_back_a_doubtful_stop(
    chat: Any, answer: str, care: bool, marketing: bool, template: str
) -> None:
    agree(chat, ConsentTopic.CARE, ConsentTopic.MARKETING)
    await chat.say("消息太多了")
    await chat.say(answer)
    contact = chat.services.patients.contact
    assert (contact.allows(ConsentTopic.CARE), contact.allows(ConsentTopic.MARKETING)) == (care, marketing)
    assert (chat.template, chat.dialog) == (template, None)


async def test_words_that_do_not_answer_leave_marketing_off(chat: Any) -> None:
    agree(chat, ConsentTopic.CARE, ConsentTopic.MARKETING)
    await chat.say("消息太多了")
    await chat.say("地址")
    assert chat.template == "clinic.info"
    assert not chat.services.patients.contact.allows(ConsentTopic.MARKETING)


async def test_going_on_grants_no_marketing_that_was_never_granted(chat: Any) -> None:
    agree(chat, ConsentTopic.CARE)
    await chat.say("消息太多了")
    await chat.say("继续")
    assert not chat.services.patients.contact.allows(ConsentTopic.MARKETING)


async def test_somebody_who_gets_no_messages_is_not_asked(chat: Any) -> None:
    await chat.say("你们消息好多啊")
    assert chat.services.patients.asked == []
    assert chat.template == "fallback.not_understood"


@pytest.mark.parametrize("answer", ["1", "2"])
async def test_the_dialog_that_was_open_goes_on_after_the_question(chat: Any, answer: str) -> None:
    agree(chat, ConsentTopic.CARE)
    await chat.tap("PROFILE")
    asked = chat.dialog
    await chat.say("你们消息好多啊")
    await chat.say(answer)
    assert chat.dialog == asked


async def test_an_answer_to_the_dialog_beneath_is_taken_while_the_question_is_open(chat: Any) -> None:
    agree(chat, ConsentTopic.CARE)
    await chat.tap("PROFILE")
    await chat.say("你们消息好多啊")
    await chat.say("王芳")
    assert chat.services.patients.patient.name == "王芳"
    assert chat.dialog.name == "profile"


async def test_what_else_was_said_beside_a_stop_reaches_a_person_in_its_words(chat: Any) -> None:
    words = "别再发了，另外我周五的预约还在吗"
    said = await chat.say(words)
    assert [each[0] for each in chat.services.patients.asked] == ["stop"]
    assert "已为您停止" in said
    assert "我周五的预约还在吗" in said
    assert [[line.text for line in task["words"]] for task in chat.services.followups.opened] == [[words]]


async def test_the_record_of_a_long_message_quotes_the_words_that_meant_it(chat: Any) -> None:
    await chat.say("我上次在你们那边洗完牙以后你们就一直给我发这个那个的我真的不需要这些东西麻烦你们不要再给我发了好吧")
    assert chat.services.patients.asked[0][1][0] == "chat:不要再给我发"


async def test_a_stop_that_another_handler_answers_is_heeded(chat: Any) -> None:
    agree(chat, ConsentTopic.CARE)
    context = chat.context("别发了，脸肿得厉害")
    await heed(context)
    assert not chat.services.patients.contact.allows(ConsentTopic.CARE)
