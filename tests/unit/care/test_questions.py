"""What a whole message answers: numbers as people write them, choices by words or number, and nothing else."""

import pytest

from wxbot.care.models import AnswerKind, Question
from wxbot.care.questions import PREFIX, entries, is_danger, tapped, value_of
from wxbot.outbox.models import MessageId

PAIN = Question(kind=AnswerKind.NUMBER, low=0, high=10, danger_from=8)
FEEL = Question(kind=AnswerKind.CHOICE, choices=("好多了", "差不多", "更严重了"), danger=("更严重了",))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("7", "7"),
        ("７", "7"),
        ("七", "7"),
        ("7分", "7"),
        ("7分。", "7"),
        ("十分", "10"),
        ("0", "0"),
        ("零", "0"),
        ("⑦", "7"),
        ("7️⃣", "7"),
        ("11", None),
        ("-1", None),
        ("7.5", None),
        ("7-8", None),
        ("10²", None),
        ("7点", None),
        ("7分，还有点肿", None),
        ("不疼", None),
        ("", None),
    ],
)
def test_a_number_is_a_whole_message_within_the_range(words: str, value: str | None) -> None:
    assert value_of(PAIN, words) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("好多了", "好多了"),
        ("好多了！", "好多了"),
        ("更嚴重了", "更严重了"),
        ("3", "更严重了"),
        ("选2", "差不多"),
        ("第一个", "好多了"),
        ("4", None),
        ("0", None),
        ("好多了，谢谢医生", None),
        ("取消预约", None),
    ],
)
def test_a_choice_is_its_words_or_its_number(words: str, value: str | None) -> None:
    assert value_of(FEEL, words) == value


def test_photos_and_words_are_no_value_to_be_read() -> None:
    assert value_of(Question(kind=AnswerKind.PHOTO), "7") is None
    assert value_of(Question(kind=AnswerKind.WORDS), "7") is None


def test_each_entry_names_its_message_and_choice() -> None:
    offered = entries(FEEL, MessageId("m:1"))
    assert [each.label for each in offered] == list(FEEL.choices)
    assert [tapped(each.id) for each in offered] == [("m:1", 0), ("m:1", 1), ("m:1", 2)]
    assert entries(PAIN, MessageId("m1")) == ()
    assert entries(None, MessageId("m1")) == ()
    assert [tapped(each) for each in (PREFIX, f"{PREFIX}m1", f"{PREFIX}m1:x", "ap:move:1:1")] == [None] * 4


def test_danger_is_a_marked_choice_or_a_number_from_the_mark_on() -> None:
    assert [is_danger(PAIN, each) for each in ("7", "8", "10")] == [False, True, True]
    assert [is_danger(FEEL, each) for each in FEEL.choices] == [False, False, True]
    assert not is_danger(Question(kind=AnswerKind.NUMBER), "10")
