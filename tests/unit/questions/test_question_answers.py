"""What is answered: shipped answers against the lexicon, variables, reviews; and what is kept of unknown questions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config.questions_file import GENERAL_VARIABLES, LONGEST_ANSWER, LONGEST_QUESTION, NAMED_VARIABLES
from config.settings import Settings
from tests.every import every
from wxbot.clinic.models import VisitType, VisitTypeId
from wxbot.clinic.prices import price_list, price_words
from wxbot.history.models import ContactId
from wxbot.installation import read_installation
from wxbot.quality.service import Quality
from wxbot.questions import checks, variables
from wxbot.questions.models import FileQuestion, Question, QuestionId, ReviewState, UnknownId, UnknownQuestion
from wxbot.questions.reviews import months_later, state_of
from wxbot.questions.unknown import example_of, grouped, key_of
from wxbot.questions.variables import filled

TODAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
CLEANING = VisitType(id=VisitTypeId("cleaning"), name="洁牙", minutes=30, bring="正常刷牙即可")
MOST_CHARACTERS = 160  # of an answer on a phone without its lists
SHIPPED = read_installation(Settings.model_construct())
QUALITY = Quality(SHIPPED.lexicon)


def shipped() -> list[FileQuestion]:
    return list(SHIPPED.questions)


@every("each", shipped(), named=lambda each: str(each.question.id))
def test_every_shipped_answer_may_be_kept_and_is_short(each: FileQuestion) -> None:
    question, others = each.question, [other.question for other in shipped()]
    assert checks.problems_of(question, SHIPPED.clinic, others, QUALITY) == {}
    assert len(question.answer) <= MOST_CHARACTERS
    assert len(question.ways) >= 8
    assert question.reviewed_by
    assert each.review_months is not None


@every("each", shipped(), named=lambda each: str(each.question.id))
def test_no_shipped_answer_says_what_the_lexicon_forbids(each: FileQuestion) -> None:
    texts = [filled(each.question, SHIPPED.clinic), filled(each.question, SHIPPED.clinic, ("wisdom_tooth",))]
    assert [found.words for text in texts for found in QUALITY.findings(text, purpose="service") if found.blocks] == []


def test_the_files_and_the_room_know_the_same_variables_and_bounds() -> None:
    assert (tuple(variables.GENERAL), tuple(variables.NAMED)) == (GENERAL_VARIABLES, NAMED_VARIABLES)
    assert (checks.LONGEST_ANSWER, checks.LONGEST_QUESTION) == (LONGEST_ANSWER, LONGEST_QUESTION)


def test_the_price_is_the_one_of_the_price_list() -> None:
    price = next(each.question for each in shipped() if each.question.id == "price")
    assert "洁牙参考价格：180–320 元，以面诊为准" in filled(price, SHIPPED.clinic, ("cleaning",))
    whole = filled(price, SHIPPED.clinic)
    assert price_list(variables.offered(SHIPPED.clinic)) in whole
    assert "以面诊为准" in whole


def test_two_visit_types_are_answered_one_after_the_other() -> None:
    price = next(each.question for each in shipped() if each.question.id == "price")
    text = filled(price, SHIPPED.clinic, ("cleaning", "laser_spots", "gone"))
    assert [line.partition("参考")[0] for line in text.splitlines()] == ["洁牙", "激光祛斑"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, "面诊后告诉您"),
        (180, 320, "180–320 元"),
        (180, None, "180 元起"),
        (None, 320, "不超过 320 元"),
        (200, 200, "200 元"),
        (0, None, "免费"),
        (0, 0, "免费"),
        (0, 50, "0–50 元"),
    ],
)
def test_a_price_in_words(low: int | None, high: int | None, words: str) -> None:
    assert price_words(replace(CLEANING, price_from=low, price_to=high)) == words


@pytest.mark.parametrize(
    ("until", "retired", "state"),
    [
        (None, False, ReviewState.DRAFT),
        (TODAY, False, ReviewState.ENDS_SOON),
        (TODAY - timedelta(days=1), False, ReviewState.EXPIRED),
        (TODAY + timedelta(days=31), False, ReviewState.VALID),
        (TODAY + timedelta(days=31), True, ReviewState.RETIRED),
    ],
)
def test_where_a_review_stands(until: date | None, retired: bool, state: ReviewState) -> None:
    question = Question(id=QuestionId("x"), question="？", answer="！", reviewed_until=until, retired=retired)
    assert state_of(question, TODAY) is state


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 30), 12, date(2027, 11, 30)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


# -- unknown questions --------------------------------------------------------------------------------------------


def asked(number: int, text: str, count: int = 1) -> UnknownQuestion:
    return UnknownQuestion(
        id=UnknownId(str(number)),
        key=key_of(text),
        contact_id=ContactId(f"c{number}"),
        text=example_of(text),
        count=count,
        first_at=NOW + timedelta(minutes=number),
        last_at=NOW + timedelta(minutes=number),
        forget_at=NOW,
    )


@pytest.mark.parametrize("text", ["今天到了", "好的谢谢", "我想约周五", "周五上午有号吗", "", "👌"])
def test_what_is_no_question_is_not_kept(text: str) -> None:
    assert key_of(text) == ""


def test_of_the_words_digits_are_masked_and_at_most_two_hundred_characters_stay() -> None:
    assert example_of("我的手机１３８00001111 为什么？") == "我的手机*********** 为什么？"
    assert len(example_of("为什么" * 300)) == 200
    assert "1" not in key_of("我的号11111为什么没有了")


def test_near_duplicates_are_one_group_that_counts_people() -> None:
    rows = [asked(1, "你们的WiFi密码是多少"), asked(2, "WiFi密码多少呀", 3), asked(3, "为什么不回我消息呢")]
    wifi, other = grouped(rows)
    assert (wifi.count, wifi.people, wifi.example, len(wifi.members)) == (4, 2, "WiFi密码多少呀", 2)
    assert other.count == 1
