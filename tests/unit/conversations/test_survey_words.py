"""What answers the question after a talk, and what does not (A0-42)."""

import pytest

from config.content import load_content
from wxbot.conversations.models import Satisfaction
from wxbot.conversations.surveys.words import LISTS, read_answer
from wxbot.understanding.message import normalise

SHIPPED = {each.key: each.words for each in load_content().words.lists}
WORDS = {each: frozenset(normalise(word).words for word in SHIPPED[key]) for each, key in LISTS.items()}
THANKS = frozenset(normalise(word).words for word in SHIPPED["thanks"])
GOOD, FAIR, BAD = Satisfaction


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", GOOD),
        ("１", GOOD),
        (" 2 ", FAIR),
        ("③", BAD),
        ("3。", BAD),
        ("1 满意", GOOD),
        ("1、满意", GOOD),
        ("满意", GOOD),
        ("非常滿意！", GOOD),
        ("满意的，谢谢", GOOD),
        ("满意谢谢", GOOD),
        ("一般吧", FAIR),
        ("还行", FAIR),
        ("不满意", BAD),
        ("不太满意。", BAD),
    ],
)
def test_a_number_a_word_or_both_are_an_answer(text: str, answer: Satisfaction) -> None:
    found = read_answer(text, WORDS, THANKS)
    assert found is not None
    assert (found.answer, found.comment) == (answer, "")


@pytest.mark.parametrize(
    ("text", "answer", "comment"),
    [
        ("不满意，等了一个小时", BAD, "等了一个小时"),
        ("不满意\n没有人理我", BAD, "没有人理我"),
        ("3 态度太差", BAD, "态度太差"),
        ("满意，就是等得有点久", GOOD, "等得有点久"),
    ],
)
def test_what_is_added_is_kept_beside_the_answer(text: str, answer: Satisfaction, comment: str) -> None:
    found = read_answer(text, WORDS, THANKS)
    assert found is not None
    assert (found.answer, found.comment, found.by_number) == (answer, comment, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        "12",
        "1-3",
        "1 3",
        "1/2",
        "1.5",
        "1 不满意",
        "3颗牙",
        "满意吗？",
        "满意？",
        "满意，不满意",
        "我不是不满意",
        "一般情况下洗牙要多久",
        "一般几点上班",
        "还可以改时间吗",
        "满意度是什么",
        "好",
        "不满意" + "，等太久" * 200,
    ],
)
def test_half_an_answer_and_other_words_are_none(text: str) -> None:
    assert read_answer(text, WORDS, THANKS) is None
