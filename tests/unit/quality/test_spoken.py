"""What a colleague writes: the articles' bad cases are stopped under their label, everyday talk is left in peace."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.quality.spoken_case import TODAY, check, context, facts, first, found, shipped
from wxbot.quality.facts import Offer
from wxbot.quality.models import Severity
from wxbot.quality.spoken import CALM, SpokenCheck

CLEAN = [line for line in (Path(__file__).parent / "clean_chat.txt").read_text().splitlines() if line]
MOST_FALSE_ALARMS = 0.02  # of clean sentences: block or warn
SOON = timedelta(minutes=12)
A0_04 = "我这边系统快要关闭了,一句两句咱们也分析不清楚,你打我办公室免费电话或留个你的联系方式"
A0_15 = "只要他另一侧正常就可以怀孕的,祝你好孕,再见"


@pytest.mark.parametrize(
    ("row", "label", "text"),
    [
        ("A0-04", "敷衍", A0_04),
        ("A0-31", "推卸", "关咱们什么事,把手机卖了,就有钱交话费了"),
        ("A0-33", "辱骂", "TMD,你们部队的人就是事多"),
        ("A0-33", "辱骂", "ｔｍｄ"),
        ("A0-35", "辱骂", "你才是烤羊肉串的，你脑残吧"),
        ("A0-38", "敷衍", "嗯、啊、哦"),
        ("A0-38", "质问", "你看不懂中文吗"),
        ("A2-43", "推卸", "我办不了，没办法。"),
        ("A2-58", "反问", "你不是说今天来吗?"),
        ("A2-59", "质问", "不是告诉你了,怎么还不明白?"),
        ("A2-60", "呵斥", "大点声,听不见!"),
        ("A2-61", "推卸", "是我办的,不知道,不清楚。"),
        ("A2-61", "推卸", "不是我办的,不知道,不清楚。"),
        ("A2-62", "推卸", "你到收费部门问问吧。"),
        ("A2-63", "歧视", "你怎么连这个也不懂。"),
        ("A2-64", "推卸", "这是规定,我有什么办法。"),
    ],
)
def test_the_articles_bad_cases_are_stopped_under_their_label(row: str, label: str, text: str) -> None:
    stopped = {each.label for each in check().findings(text, context()) if each.blocks}
    assert label in stopped, row


@pytest.mark.parametrize(
    ("text", "grade"),
    [("关咱们什么事", 4), ("TMD", 4), ("你脑残", 4), ("你怎么连这个也不懂", 3), ("这是规定，我有什么办法", 2)],
)
def test_how_bad_an_incident_it_would_be(text: str, grade: int) -> None:
    assert first(text).grade == grade


def test_a_goodbye_over_an_open_question_is_stopped_near_the_end_of_a_shift() -> None:
    asked = ("一侧输卵管能怀孕吗",)
    assert ("block", "敷衍") in found(A0_15, patient_words=asked, shift_ends_in=SOON)
    assert ("warn", "主动结束") in found(A0_15, patient_words=asked, shift_ends_in=timedelta(hours=3))
    asking = ("请问您还有什么不清楚的地方吗？",)
    assert found("某某医院祝您健康，再见！", patient_words=asked, agent_replies=asking) == []
    assert found("祝您健康，再见！", patient_words=("没有了，谢谢",)) == []


def test_a_patient_who_was_left_waiting_is_apologised_to_first() -> None:
    """A0-05, A2-20."""
    late = first("好的，我看一下您的记录。", waited=timedelta(seconds=140))
    assert (late.severity, late.label) == (Severity.HINT, "久等")
    assert "A0-05" in late.source
    assert late.applied("好的，我看一下您的记录。") == "很抱歉让您久等了。好的，我看一下您的记录。"
    assert found("很抱歉让您久等了，我看一下。", waited=timedelta(seconds=140)) == []
    assert found("好的，我看一下您的记录。", waited=timedelta(seconds=40)) == []


@pytest.mark.parametrize(("seconds", "words"), [(61, "1 分钟"), (3599, "59 分钟"), (25_194, "6 小时")])
def test_how_long_they_waited_is_told_as_one_says_it(seconds: int, words: str) -> None:
    late = first("好的，我看一下您的记录。", waited=timedelta(seconds=seconds))
    assert late.reason == f"患者已经等了 {words}"


def test_eight_characters_in_the_whole_talk_are_told() -> None:
    """A0-07."""
    asked = ("医生我牙疼了三天了", "右下最里面那颗，晚上疼得睡不着", "要不要拔掉？大概多少钱")
    assert ("hint", "怠慢") in found("来看看吧", patient_words=asked, agent_replies=("您好",))
    assert ("hint", "怠慢") not in found("来看看吧", patient_words=asked[:1], agent_replies=("您好",))


def test_putting_somebody_off_is_only_stopped_near_the_end_of_a_shift() -> None:
    assert found("您打我们办公室的电话吧", shift_ends_in=timedelta(hours=2)) == []
    late = first("您打我们办公室的电话吧", shift_ends_in=SOON)
    assert (late.severity, late.label) == (Severity.BLOCK, "敷衍")
    assert "接班的同事" in late.applied("您打我们办公室的电话吧")


def test_going_to_another_department_is_fine_when_the_transfer_is_made() -> None:
    assert found("您去收费科问一下吧") == [("block", "推卸")]
    assert found("您去收费科问一下吧", transfer_in_same_turn=True) == []


def test_an_abusive_patient_is_answered_calmly_or_by_a_colleague() -> None:
    """A0-35: the words that would have been sent are replaced by those of A2-27."""
    text = "你才脑残，爱治不治"
    angry = first(text, patient_words=("你就是个烤羊肉串的，傻逼",))
    assert angry.applied(text) == CALM
    assert "请同事接手" in angry.instead
    assert first(text, patient_words=("你好",)).applied(text) != CALM


@pytest.mark.parametrize(
    ("text", "follow_up", "expected"),
    [
        ("不好意思，想问问您恢复得怎样", True, [("hint", "通俗用语")]),
        ("不好意思，想问问您恢复得怎样", False, []),
        ("麻烦您回复一下", True, [("hint", "通俗用语")]),
        ("麻烦您带上片子", False, []),
    ],
)
def test_apologetic_small_talk_is_told_in_follow_ups_alone(
    text: str, follow_up: bool, expected: list[tuple[str, str]]
) -> None:
    assert found(text, follow_up=follow_up) == expected


def test_the_better_word_is_one_key_away() -> None:
    text = "不好意思，打扰您了"
    better = next(each for each in check().findings(text, context(follow_up=True)) if each.words == "不好意思")
    assert better.applied(text) == "很抱歉，打扰您了"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("为什么不来复诊呢？", "质问语气"),  # A2-39
        ("没有", "生硬"),  # A2-106
        ("这个是最低价格，已经不能便宜了", "生硬"),
        ("好", "一字回复"),
        ("您必须今天来", "命令"),  # A2-105
        ("亲，在的哦", "随便称呼"),  # A2-101
    ],
)
def test_what_could_be_said_more_kindly_is_a_hint(text: str, label: str) -> None:
    assert ("hint", label) in found(text)


def test_why_is_fine_inside_a_sentence() -> None:
    assert found("我来说说为什么要先拍片") == []


def test_replies_that_are_mostly_fillers_are_told() -> None:
    """A0-38: the share over the latest replies."""
    short = ("嗯", "哦哦", "啊", "嗯")
    assert found("好的，那周五见。", agent_replies=short) == [("hint", "敷衍")]
    talk = ("嗯", "您是哪颗牙疼呢？", "我帮您约周五。")
    assert found("好的，那周五见。", agent_replies=talk) == []


def test_emoji_on_everything_and_rude_ones() -> None:
    """A2-102."""
    cheerful = ("您好😊", "在的😊", "好的[微笑]")
    assert ("hint", "表情") in found("周五见😊", agent_replies=cheerful)
    assert found("周五见😊", agent_replies=("您好", "在的", "好的，您稍等")) == []
    rude = first("好的[白眼]")
    assert (rude.severity, rude.label, rude.applied("好的[白眼]")) == (Severity.WARN, "表情", "好的")


def test_an_offer_that_does_not_run_is_false_urgency() -> None:
    """A2-103."""
    assert found("近期有优惠哟") == [("block", "虚假紧迫")]
    assert found("洗牙给您打八折") == [("block", "虚假紧迫")]
    running = replace(shipped().spoken, offers=(Offer(name="爱牙日", first=TODAY, last=TODAY),))
    assert SpokenCheck(shipped().lexicon, running).findings("近期有优惠哟", context()) == ()
    over = replace(shipped().spoken, offers=(Offer(name="爱牙日", first=date(2026, 9, 1), last=date(2026, 9, 30)),))
    assert SpokenCheck(shipped().lexicon, over).findings("近期有优惠哟", context())[0].blocks


def test_a_blank_that_was_not_filled_does_not_leave() -> None:
    for text in ("我在〔时间〕前回复您", "{doctor}在等您", "{?时间}见"):
        assert found(text) == [("block", "漏填")]


def test_supervisors_are_not_exempt() -> None:
    assert found("TMD", role="manager") == found("TMD", role="reception") == [("block", "辱骂")]


def test_everyday_talk_raises_hardly_any_false_alarm() -> None:
    assert len(CLEAN) >= 500
    assert len(set(CLEAN)) == len(CLEAN)
    alarms = [
        text for text in CLEAN if any(each.severity is not Severity.HINT for each in check().findings(text, context()))
    ]
    assert len(alarms) / len(CLEAN) <= MOST_FALSE_ALARMS, alarms


@pytest.mark.parametrize("more", [{"shift_ends_in": SOON}, {"follow_up": True}])
def test_nor_does_it_near_the_end_of_a_shift_or_in_follow_ups(more: dict[str, object]) -> None:
    alarms = [
        text
        for text in CLEAN
        if any(each.severity is not Severity.HINT for each in check().findings(text, context(**more)))
    ]
    assert len(alarms) / len(CLEAN) <= MOST_FALSE_ALARMS, alarms


def test_clean_sentences_mixed_with_bad_ones_are_still_stopped() -> None:
    for text in CLEAN[:60]:
        assert any(each.blocks for each in check().findings(f"{text}关我什么事。{text}", context()))


@settings(max_examples=60)
@given(st.text(max_size=120), st.sampled_from(CLEAN))
def test_any_text_can_be_checked_and_every_replacement_put_in(noise: str, talk: str) -> None:
    text = noise + talk
    for each in check().findings(text, context(patient_words=(talk,), agent_replies=(noise, talk, noise))):
        assert text[each.start : each.end] == each.words
        assert each.replacement is None or each.replacement in each.applied(text)


def test_what_is_made_of_a_clinic_is_kept_while_it_is_the_same() -> None:
    one, other = context(), context(clinic=replace(facts(), prices=()))
    assert check().findings("洗牙99元", one)
    assert check().findings("洗牙99元", other) == ()
    assert check().findings("洗牙99元", one)
