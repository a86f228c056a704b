"""What answers a question of a survey, and what does not (A0-42)."""

import pytest

from config.content import load_content
from wxbot.surveys.models import Question, QuestionKind
from wxbot.surveys.reading import Read, read_answer
from wxbot.surveys.rules import survey_rules
from wxbot.understanding.message import normalise

CONTENT = load_content()
SHIPPED = {each.key: frozenset(normalise(word).words for word in each.words) for each in CONTENT.words.lists}
OVERALL = survey_rules(CONTENT.surveys.model_dump()).surveys[0].questions[0]
GOOD, FAIR, BAD = "满意", "一般", "不满意"
FIVE = Question(key="doctor", name="医生", ask="几分？", kind=QuestionKind.SCORE)
TEN = Question(key="recommend", name="推荐", ask="几分？", kind=QuestionKind.SCORE, low=0, high=10)


def read(text: str, question: Question = OVERALL) -> Read | None:
    return read_answer(question, text, lambda key: SHIPPED.get(key, frozenset()), SHIPPED["thanks"])


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
def test_a_number_a_word_or_both_are_an_answer(text: str, answer: str) -> None:
    found = read(text)
    assert found is not None
    assert (found.value, found.comment) == (answer, "")


@pytest.mark.parametrize(
    ("text", "answer", "comment"),
    [
        ("不满意，等了一个小时", BAD, "等了一个小时"),
        ("不满意\n没有人理我", BAD, "没有人理我"),
        ("3 态度太差", BAD, "态度太差"),
        ("满意，就是等得有点久", GOOD, "等得有点久"),
    ],
)
def test_what_is_added_is_kept_beside_the_answer(text: str, answer: str, comment: str) -> None:
    found = read(text)
    assert found is not None
    assert (found.value, found.comment, found.bare) == (answer, comment, False)


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
    assert read(text) is None


@pytest.mark.parametrize(
    ("question", "text", "value", "comment"),
    [
        (FIVE, "5", "5", ""),
        (FIVE, "５分", "5", ""),
        (FIVE, "四", "4", ""),
        (FIVE, "5分，讲得很细", "5", "讲得很细"),
        (FIVE, "2 没听懂", "2", "没听懂"),
        (TEN, "10", "10", ""),
        (TEN, "十分", "10", ""),
        (TEN, "0", "0", ""),
    ],
)
def test_a_score_is_a_number_of_its_scale(question: Question, text: str, value: str, comment: str) -> None:
    found = read(text, question)
    assert found is not None
    assert (found.value, found.comment) == (value, comment)


@pytest.mark.parametrize("text", ["6", "0", "4.5", "3-4", "5分钟", "3颗牙", "第五", "还行", "55", "4 5"])
def test_what_is_no_number_of_the_scale_is_no_score(text: str) -> None:
    assert read(text, FIVE) is None


def test_a_question_in_words_is_read_by_nobody() -> None:
    assert read("满意", Question(key="w", name="话", ask="请说", kind=QuestionKind.WORDS)) is None
