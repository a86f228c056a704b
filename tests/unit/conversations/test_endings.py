"""The four endings, decided from what was written (A0-09 … A0-15)."""

from datetime import timedelta

import pytest

from tests.unit.conversations.talks import LI, OPENED, episode, shipped, talk
from wxbot.conversations.closing.ending_words import asks
from wxbot.conversations.closing.endings import Closing, decide
from wxbot.conversations.models import EndingKind
from wxbot.history.models import By, Interaction

WORDS = shipped().words


def closing(lines: list[Interaction], *, by: str = LI, after: float = 5, **more: object) -> Closing:
    """What a close comes to, `after` seconds past the last line."""
    now = (lines[-1].at if lines else OPENED) + timedelta(seconds=after)
    facts: dict[str, object] = {key: more.pop(key) for key in ("waiting_since",) if key in more}
    return decide(
        episode(**facts),
        lines,
        by=by,
        now=now,
        words=WORDS,
        sentences=shipped().sentences,
        **more,  # type: ignore[arg-type]
    )


def kind(lines: list[Interaction], **more: object) -> EndingKind:
    return closing(lines, **more).ending.kind  # type: ignore[arg-type]


ASKED = ("p", "洗牙要多少钱")
ANSWERED = ("a", "您好，洗牙 180 到 320 元，需要医生看过再定。")
MORE = ("a", "请问您还有其他疑问吗？")
BYE = ("a", "感谢您的咨询，本院祝您健康，再见！")


@pytest.mark.parametrize(
    "sentence",
    [
        "请问你还有什么不清楚的地方吗？",  # A0-10
        "请问您还有什么疑问吗？",
        "请问您清楚了吗？",  # A2-25
        "还有什么需要我帮助吗？",
        "不知道我刚才是否将您的问题解释清楚了？",  # A2-81
        "请问您还有什么需要帮助？",  # A2-82
        "您还有别的问题吗",
        "您看还需要了解其他的吗？",
        "请问還有什麼疑問嗎",
    ],
)
def test_every_wording_of_the_articles_asks_for_more(sentence: str) -> None:
    lines = talk(ASKED, ANSWERED, ("a", sentence), ("p", "没有了"), BYE)
    found = closing(lines)
    assert found.ending.kind is EndingKind.GREETING
    assert found.ending.evidence == ("l2", "l3", "l4")
    assert not found.needs_reason


@pytest.mark.parametrize("sentence", ["还有号吗这边给您查", "您还有哪天方便过来？", "洗牙需要半小时", "问题不大"])
def test_other_sentences_ask_for_nothing_more(sentence: str) -> None:
    assert not WORDS.says("ask_more", sentence)


@pytest.mark.parametrize(
    "answer",
    [
        "没有了",
        "没有了谢谢",
        "没了，谢谢您",
        "暂时没有",
        "好的谢谢",
        "不用了，麻烦您了",
        "👌",
        "没问题了，再见",
        "知道了，明天见",
        "嗯",
    ],
)
def test_a_negative_or_thanks_is_nothing_more(answer: str) -> None:
    assert WORDS.nothing_more(answer)
    assert kind(talk(ASKED, ANSWERED, MORE, ("p", answer), BYE)) is EndingKind.GREETING


@pytest.mark.parametrize(
    "answer", ["没有，不过要住院吗", "谢谢，那要预约吗", "没有号吗", "好的，牙疼怎么办", "我没有医保", "[图片]"]
)
def test_a_new_question_is_no_end(answer: str) -> None:
    assert not WORDS.nothing_more(answer)
    found = closing(talk(ASKED, ANSWERED, MORE, ("p", answer), BYE[:2]))
    assert found.ending.kind is EndingKind.AGENT


def test_silence_after_asking_for_more_ends_with_a_greeting_once_it_lasted() -> None:
    lines = talk(ASKED, ANSWERED, MORE, ("a", BYE[1], 30))
    assert kind(lines, after=10) is EndingKind.AGENT  # asked and hung up
    assert closing(lines, after=10).wait_until == lines[2].at + WORDS.wait_for
    assert kind(lines, after=200) is EndingKind.GREETING


def test_the_farewell_of_a2_53_after_thanks_is_a_greeting() -> None:
    assert kind(talk(ASKED, ANSWERED, MORE, ("p", "没有了，谢谢"), ("a", "不客气，再见。"))) is EndingKind.GREETING


def test_a0_15_the_farewell_of_somebody_in_a_hurry_is_an_ending_by_the_agent() -> None:
    lines = talk(
        ("p", "你好，我替女朋友问一下，一侧输卵管切除了还能怀孕吗"),
        ("a", "只要他另一侧正常就可以怀孕的，祝你好孕，再见"),
    )
    for after in (1, 3600):  # waiting makes it no better
        found = closing(lines, after=after)
        assert found.ending.kind is EndingKind.AGENT
        assert found.needs_reason
        assert found.ending.evidence == ("l1",)
        assert found.ask_more == "请问您还有其他疑问吗？"


def test_a0_05_the_patient_who_gave_up_after_two_minutes_left_with_a_question_open() -> None:
    lines = talk(("p", "为什么我跟我爱人在一起一年了她都没有怀孕呢？"), ("a", "请稍等"), ("p", "还在吗", 130))
    assert closing(lines, by=By.PATIENT, after=150).ending.kind is EndingKind.CLIENT
    assert closing(lines, by=By.SYSTEM, after=150).ending.kind is EndingKind.SYSTEM
    by_the_agent = closing(lines, after=150)
    assert by_the_agent.ending.kind is EndingKind.AGENT
    assert by_the_agent.ending.evidence == ("l2",)
    assert by_the_agent.ask_more == ""  # first answer


@pytest.mark.parametrize("words", ["请稍等", "请您稍等，我帮您查一下", "嗯", "哦哦", "好的，您稍等，我去问一下医生"])
def test_a_promise_to_look_is_no_answer(words: str) -> None:
    assert kind(talk(ASKED, ("a", words)), after=3600) is EndingKind.AGENT


def test_looking_with_a_result_is_an_answer() -> None:
    assert kind(talk(ASKED, ("a", "帮您查了一下，明天上午有号")), after=3600) is EndingKind.CLIENT


def test_a_patient_who_says_nothing_after_the_answer_ended_it() -> None:
    lines = talk(ASKED, ANSWERED)
    assert kind(lines, after=60) is EndingKind.AGENT
    assert kind(lines, after=20 * 60) is EndingKind.CLIENT
    assert kind(lines, by=By.SYSTEM, after=60) is EndingKind.CLIENT


def test_a_patient_who_says_goodbye_first_ended_it() -> None:
    found = closing(talk(ASKED, ANSWERED, ("p", "好的，谢谢，再见")))
    assert found.ending.kind is EndingKind.CLIENT
    assert found.ending.evidence == ("l2",)
    assert kind(talk(ASKED, ANSWERED, ("p", "谢谢"))) is EndingKind.AGENT  # polite, but not gone


def test_the_bot_answers_nobody_for_us() -> None:
    assert kind(talk(ASKED, ("b", "已为您转给同事"))) is EndingKind.AGENT


def test_an_outage_is_nobodys_fault() -> None:
    assert kind(talk(ASKED), outage=True) is EndingKind.SYSTEM


def test_two_warnings_allow_an_end() -> None:
    first, last = (shipped().sentences.plain(key) for key in ("warning_first", "warning_last"))
    insulted = talk(ASKED, ("p", "你们是骗子医院吧"), ("a", first), ("p", "你是猪吗"), ("a", last), ("p", "滚蛋"))
    found = closing(insulted)
    assert (found.ending.kind, found.ending.after_warnings, found.needs_reason) == (EndingKind.AGENT, True, False)
    assert found.ending.evidence == ("l2", "l4")
    once = closing(talk(ASKED, ("a", first), ("p", "你是猪吗")))
    assert (once.ending.after_warnings, once.needs_reason) == (False, True)
    in_one_breath = closing(talk(("p", "你是猪吗"), ("a", first), ("a", last), ("p", "？")))
    assert in_one_breath.needs_reason


def test_whoever_only_chats_may_be_asked_to_leave() -> None:
    asked = "请问您还有其它的业务需要帮助吗？如没有，请您挂机，把线路让给其它的客户。"
    found = closing(talk(("p", "你声音真好听"), ("a", "谢谢您"), ("p", "陪我聊聊嘛"), ("a", asked), ("p", "你好狠心")))
    assert (found.ending.kind, found.ending.reason, found.needs_reason) == (EndingKind.AGENT, "礼貌劝结", False)
    asks_now = closing(talk(("p", "陪我聊聊"), ("a", asked), ("p", "那拔牙多少钱")))
    assert asks_now.needs_reason


def test_the_wizard_asks_for_more_and_then_says_goodbye() -> None:
    first = closing(talk(ASKED, ANSWERED))
    assert (first.ask_more, first.ask_contact) == ("请问您还有其他疑问吗？", "")
    second = closing(talk(ASKED, ANSWERED, MORE, ("p", "没有了")))
    assert (second.ask_more, second.needs_reason) == ("", False)
    assert second.ending.kind is EndingKind.CLIENT


def test_without_a_booking_or_a_contact_the_wizard_asks_for_that_first() -> None:
    found = closing(talk(ASKED, ANSWERED), may_ask=False)
    assert found.ask_more == ""
    assert "联系电话" in found.ask_contact
    declined = closing(
        talk(ASKED, ANSWERED, ("p", "我再考虑一下"), ("a", "好的，您慢慢考虑，有需要随时联系我们。")), may_ask=False
    )
    assert declined.ask_more


def test_an_episode_without_words_waits_only_if_somebody_waits() -> None:
    assert kind([]) is EndingKind.CLIENT
    assert kind([], waiting_since=OPENED) is EndingKind.AGENT
    assert kind(talk(("a", "请稍等")), waiting_since=OPENED) is EndingKind.AGENT  # the question stands before the lines


@pytest.mark.parametrize("text", ["多少钱", "能约明天吗", "几点开门？", "牙疼怎么办"])
def test_questions_are_told(text: str) -> None:
    assert asks(text)
