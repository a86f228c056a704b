"""Short answers with courtesies, and which reading comes first."""

import pytest

from tests.corpus.reading import context
from wxbot.understanding.models import Intent, Reading
from wxbot.understanding.reader import read


def said(text: str, question: str = "booking.confirm") -> Reading:
    return read(text, context(question))


@pytest.mark.parametrize(
    "text", ["好的呀", "嗯就这个", "可以的谢谢", "行吧", "就它了", "嗯嗯，就约这个吧", "对，没错", "好👌", "👌"]
)
def test_a_yes_in_any_wording_is_a_yes(text: str) -> None:
    assert said(text).intent is Intent.YES


@pytest.mark.parametrize("text", ["不用了谢谢", "不可以", "不行哦", "不对不对", "先不要了吧"])
def test_a_no_in_any_wording_is_a_no(text: str) -> None:
    assert said(text).intent is Intent.NO


@pytest.mark.parametrize("text", ["不约了谢谢", "算了吧", "那就不约了吧"])
def test_leaving_a_dialogue_in_any_wording(text: str) -> None:
    assert said(text, "booking.time").intent is Intent.LEAVE


@pytest.mark.parametrize("text", ["可以吗", "可以不", "好吗？", "对吗", "可以？", "行不行", "没问题吧", "好不好"])
def test_a_question_is_never_a_yes(text: str) -> None:
    assert said(text).intent is not Intent.YES


@pytest.mark.parametrize("text", ["你好", "您好", "可以，但是不要周医生", "好的，不对", "时间可以改吗", "对不起"])
def test_a_greeting_or_half_an_answer_is_never_a_yes(text: str) -> None:
    assert said(text).intent is not Intent.YES


def test_cancelling_leaves_a_booking_dialogue_and_cancels_an_appointment_elsewhere() -> None:
    asked = {question: said("取消", question).intent for question in ("booking.day", "", "appointments.confirm")}

    assert asked == {
        "booking.day": Intent.LEAVE,
        "": Intent.CANCEL,
        "appointments.confirm": Intent.CANCEL,
    }


def test_the_words_of_an_entrance_open_it_but_another_hour_is_of_the_booking_that_is_talked_about() -> None:
    assert said("换个时间", "").intent is Intent.ENTRANCE
    assert said("换个时间", "booking.time").intent is Intent.DETAILS


def test_a_number_is_a_choice() -> None:
    assert (said("第二个").intent, said("第二个").choice) == (Intent.CHOICE, 2)
