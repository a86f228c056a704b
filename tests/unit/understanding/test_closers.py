"""Which words a person need not answer, and which are a question."""

from datetime import date

import pytest

from tests.unit.handlers.conftest import CLINIC, WORDS
from wxbot.understanding.closers import asks, closes
from wxbot.understanding.models import Reading
from wxbot.understanding.reader import Reader

READER = Reader(clinic=lambda: CLINIC, words=lambda: WORDS, questions=lambda: ())
CLOSERS = [
    "谢谢",
    "好的",
    "好的谢谢",
    "嗯嗯",
    "收到",
    "知道了",
    "明白了，谢谢医生",
    "ok",
    "👌",
    "[玫瑰]",
    "不用了谢谢",
    "没有了",
    "拜拜",
    "好的，那明天见",
    "哦",
    "那行，谢谢啊",
    "好的我先看看",
    "好的，我考虑一下",
    "没事了",
    "辛苦了",
    "晚安",
    "祝您生活愉快",
    "嗯嗯好的谢谢您了",
    "没有了，再见",
    "好嘞，多谢",
    "可以的，谢谢您",
]
NO_CLOSERS = [
    "谢谢，那我几点到？",
    "好的，那我需要带什么",
    "洗牙多少钱",
    "我牙疼",
    "明天下午三点",
    "好的那我明天下午过来",
    "不用了，我要退款",
    "能不能便宜点",
    "收到了但是不对",
    "好什么好",
    "我知道了你们就是骗人",
    "在吗",
    "你好",
    "可以刷医保吗",
    "嗯，脸还是肿",
    "谢谢，不过我还想问下种植牙",
]
QUESTIONS = [
    "洗牙多少钱",
    "可以刷医保吗",
    "在吗",
    "几点开门",
    "能不能便宜点",
    "好的那我需要带什么",
    "什么时候能看",
    "疼不疼呢",
]
NO_QUESTIONS = ["好的谢谢", "我明天来", "牙套松了", "我叫张三", "收到"]


def read(text: str) -> Reading:
    return READER.read(text, today=date(2026, 11, 23), question="")


@pytest.mark.parametrize("text", CLOSERS)
def test_a_polite_closer_needs_no_answer(text: str) -> None:
    assert closes(read(text), WORDS)


@pytest.mark.parametrize("text", NO_CLOSERS)
def test_what_says_or_asks_something_is_no_closer(text: str) -> None:
    assert not closes(read(text), WORDS)


@pytest.mark.parametrize("text", ["好", "可以", "不用了", "行", "不是"])
def test_the_answer_to_a_colleagues_question_is_no_closer(text: str) -> None:
    assert not closes(read(text), WORDS, asked=True)
    assert closes(read("谢谢"), WORDS, asked=True)


@pytest.mark.parametrize("text", QUESTIONS)
def test_questions_are_seen(text: str) -> None:
    assert asks(read(text))


@pytest.mark.parametrize("text", NO_QUESTIONS)
def test_what_is_no_question_is_not_taken_for_one(text: str) -> None:
    assert not asks(read(text))
