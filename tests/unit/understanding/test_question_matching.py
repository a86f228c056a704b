"""Frequent questions: the goals on the corpus, and how one is told from another, from statements and symptoms."""

import random
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import sentences
from tests.corpus.questions import figures, part
from tests.corpus.reading import context, shipped_vocabulary
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent, QuestionFound
from wxbot.understanding.questions import MARGIN, SURE, FrequentQuestion, QuestionIndex, Synonyms
from wxbot.understanding.reader import read
from wxbot.understanding.vocabulary import Vocabulary

LEAST_RIGHT = 0.90  # of the questions that are held out
MOST_WRONG = 0.02  # of all sentences that are held out
LEAST_QUESTIONS, LEAST_OTHERS = 300, 80

PRICE = FrequentQuestion(id="price", asked=("多少钱", "洗牙收费贵不贵", "价格是多少"))
PARKING = FrequentQuestion(id="parking", asked=("可以停车吗", "停车收费吗"), patterns=("停车",))
BRACES = FrequentQuestion(id="braces", asked=("牙套戴多久", "矫正要多长时间"), about=("braces",))
LASTS = FrequentQuestion(id="lasts", asked=("洗牙要多久", "要多长时间"))
INDEX = QuestionIndex(
    (PRICE, PARKING, BRACES, LASTS),
    {"cleaning": ("洁牙", "洗牙"), "braces": ("正畸咨询", "矫正", "牙套"), "tooth": ("智齿拔除", "拔牙")},
    (Synonyms(word="停车", same=("泊车", "车位")), Synonyms(word="多少钱", same=("价钱",))),
    unanswered=("天气",),
)


def found(text: str, index: QuestionIndex = INDEX) -> QuestionFound | None:
    return index.find(normalise(text))


def first(text: str, index: QuestionIndex = INDEX) -> str:
    question = found(text, index)
    return "" if question is None else question.ids[0]


# -- goals --------------------------------------------------------------------------------------------------------


def test_questions_that_no_rule_was_written_for_are_answered_rightly() -> None:
    held_out = figures(part(held_out=True))
    assert held_out.right >= LEAST_RIGHT
    assert held_out.wrong <= MOST_WRONG


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    all_of_it = sentences("questions")
    asked = [each for each in all_of_it if "question" in each.values]
    assert len(asked) >= LEAST_QUESTIONS
    assert len(all_of_it) - len(asked) >= LEAST_OTHERS
    assert len({each.values["question"] for each in asked}) >= 40
    assert len({each.text for each in all_of_it}) == len(all_of_it)


def test_every_shipped_question_is_found_by_its_own_words() -> None:
    index = shipped_vocabulary().question_index
    lost = [each.id for each in index.questions if each.id not in getattr(found(each.asked[0], index), "ids", ())]
    assert lost == []


# -- matching -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["洗牙多少钱", "请问拔牙多少钱呀？", "矯正多少錢", "洗个牙多少钱", "多少钱", "洗牙　多 少 钱"]
)
def test_the_visit_type_is_a_slot_and_no_difference(text: str) -> None:
    question = found(text)
    assert question is not None
    assert (question.ids[0], question.sure) == ("price", True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("洗牙多少钱", ("cleaning",)),
        ("拔完牙多少钱", ("tooth",)),
        ("洗牙和拔牙多少钱", ("cleaning", "tooth")),
        ("多少钱", ()),
    ],
)
def test_the_visit_types_that_are_named_are_told(text: str, named: tuple[str, ...]) -> None:
    question = found(text)
    assert question is not None
    assert question.visit_types == named


def test_a_question_about_a_visit_type_comes_first_when_that_is_named_and_never_for_another() -> None:
    assert first("矫正要多久") == "braces"
    assert first("洗牙要多久") == "lasts"
    assert "braces" not in getattr(found("拔牙要多久"), "ids", ())


def test_a_question_about_what_the_clinic_does_not_offer_is_left_out() -> None:
    index = QuestionIndex((BRACES, LASTS), {"cleaning": ("洗牙",)})
    assert [each.id for each in index.questions] == ["lasts"]


def test_synonyms_are_taken_for_the_word() -> None:
    assert first("有车位吗") == "parking"
    assert first("泊车方便吗") == "parking"


def test_a_pattern_is_enough_and_the_more_exact_one_leads() -> None:
    assert first("停车多少钱啊") == "parking"


@pytest.mark.parametrize(
    "text",
    [
        "我停车停了半天",
        "停车场满了",
        "价格还可以",
        "想约洗牙",
        "三点可以吗",
        "周五上午有号吗",
        "我会晚到20分钟",
        "拔牙后一直出血怎么办",
        "牙疼是怎么回事",
        "人民医院停车多少钱",
        "天气这么热停车方便吗",
        "",
        "？？？",
        "😀😀",
    ],
)
def test_what_asks_nothing_of_ours_finds_nothing_sure(text: str) -> None:
    question = found(text)
    assert question is None or not question.sure


def test_a_story_is_left_to_a_person() -> None:
    assert found("我想问一下" + "上次来的时候我记得" * 10 + "停车多少钱") is None


def test_two_that_are_equally_near_are_not_sure() -> None:
    one = FrequentQuestion(id="one", asked=("能开发票吗",))
    other = FrequentQuestion(id="other", asked=("能开收据吗",))
    question = QuestionIndex((one, other)).find(normalise("能开吗给我开"))
    assert question is None or not question.sure
    twins = QuestionIndex((one, replace(one, id="twin"))).find(normalise("能开发票吗"))
    assert twins is not None
    assert (set(twins.ids), twins.sure) == ({"one", "twin"}, False)


def test_nothing_is_answered_below_the_threshold_or_without_the_margin() -> None:
    index = shipped_vocabulary().question_index
    for each in sentences("questions"):
        question = index.find(normalise(each.text))
        if question is not None and question.sure:
            second = question.scores[1] if len(question.scores) > 1 else 0.0
            assert question.scores[0] >= SURE
            assert min(1.0, question.scores[0]) - second >= MARGIN - 0.1  # scores above 1 are told as 1


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_the_same_text_finds_the_same(text: str) -> None:
    assert found(text) == found(text)
    index = shipped_vocabulary().question_index
    assert index.find(normalise(text)) == index.find(normalise(text))


def test_scores_lie_between_nothing_and_one() -> None:
    letters = random.Random(7)
    signs = "洗牙多少钱停车吗能可以怎么" + string.ascii_lowercase
    for _ in range(300):
        question = found("".join(letters.choice(signs) for _ in range(letters.randint(1, 40))))
        assert question is None or all(0.0 <= score <= 1.0 for score in question.scores)


def test_without_questions_nothing_is_found() -> None:
    assert Vocabulary().question_index.find(normalise("多少钱")) is None


def test_the_order_of_the_questions_changes_nothing() -> None:
    backwards = QuestionIndex((LASTS, BRACES, PARKING, PRICE), INDEX.names, INDEX.synonyms, INDEX.unanswered)
    for text in ("洗牙多少钱", "可以停车吗", "矫正要多久"):
        assert first(text, backwards) == first(text)


# -- what no answer fits --------------------------------------------------------------------------------------------


def test_what_is_nearest_to_a_message_that_no_answer_fits_is_not_answered() -> None:
    asked = "停车票丢了怎么办"
    with_ways = replace(INDEX, unanswered_ways=(asked,))

    assert first(asked) == "parking"
    assert found(asked, with_ways) is None
    assert first("可以停车吗", with_ways) == "parking"


@pytest.mark.parametrize(
    "text", ["什么牌子的防晒霜好用", "小狗换牙要管吗", "珍珠粉能美白吗", "吃饭了吗", "周六两点行不行"]
)
def test_shopping_pets_greetings_and_hours_are_no_question_of_ours(text: str) -> None:
    assert found(text, shipped_vocabulary().question_index) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("今天开到几点啊", Intent.QUESTION),
        ("拔完牙啥时候能漱口", Intent.QUESTION),
        ("约好了过去还用等吗", Intent.QUESTION),
        ("洗牙最早什么时候", Intent.FREE_HOURS),
        ("医生哪天坐诊", Intent.FREE_HOURS),
    ],
)
def test_the_hours_of_the_house_are_told_from_free_hours(text: str, intent: Intent) -> None:
    assert read(text, context()).intent is intent
