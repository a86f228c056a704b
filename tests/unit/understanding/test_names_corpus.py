"""The corpus of names and birthdays, read as the front door reads it."""

from collections.abc import Sequence
from functools import cache

from config.content import load_content
from tests.corpus import TODAY, Sentence, sentences
from tests.every import every
from wxbot.patients.models import Calendar
from wxbot.understanding.models import Intent, Reading
from wxbot.understanding.reader import read
from wxbot.understanding.vocabulary import ReadingContext, Vocabulary
from wxbot.understanding.words import WordList, WordLists

CORPUS = sentences("names")
HELD_OUT = [each for each in CORPUS if each.held_out]
WRITTEN_FOR = [each for each in CORPUS if not each.held_out]
GOAL = 0.97  # of the readings are right


@cache
def _vocabulary() -> Vocabulary:
    words = WordLists(tuple(WordList(**each.model_dump()) for each in load_content().words.lists))
    return Vocabulary(words=words)


def reading_of(sentence: Sentence) -> Reading:
    asked = sentence.values.get("asked")
    question = "" if asked is None else f"profile.{asked}"
    return read(sentence.text, ReadingContext(today=TODAY, vocabulary=_vocabulary(), question=question))


def kept(reading: Reading) -> tuple[str | None, str | None]:
    """The name and the birthday in the corpus' own writing."""
    birthday = reading.birthday
    if birthday is None:
        return reading.name, None
    calendar = "S" if birthday.calendar is Calendar.SOLAR else "L-" if birthday.leap_month else "L"
    return reading.name, f"{calendar}{birthday.year}-{birthday.month}-{birthday.day}"


def expected(sentence: Sentence) -> tuple[str | None, str | None]:
    name = sentence.values.get("name")
    return None if name is None else name.replace("_", " "), sentence.values.get("birthday")


def is_right(sentence: Sentence) -> bool:
    reading = reading_of(sentence)
    told = {reading.intent, *reading.others} & {Intent.NAME, Intent.BIRTHDAY}
    if kept(reading) != expected(sentence):
        return False
    if "family" in sentence.flags:
        return told == {Intent.NAME}
    if "unread" in sentence.flags:
        return told == {Intent.BIRTHDAY}
    return bool(told) is ("none" not in sentence.flags)


def share_right(chosen: Sequence[Sentence]) -> float:
    return sum(map(is_right, chosen)) / len(chosen)


def test_there_are_enough_sentences() -> None:
    assert len(CORPUS) >= 150
    assert len(HELD_OUT) >= 40


@every("sentence", WRITTEN_FOR, named=lambda each: f"{each.line} {each.text}")
def test_a_name_or_birthday_is_read_as_expected(sentence: Sentence) -> None:
    assert (kept(reading_of(sentence)), is_right(sentence)) == (expected(sentence), True)


def test_of_those_held_out_the_goal_is_met() -> None:
    assert share_right(HELD_OUT) >= GOAL


def test_nothing_that_is_no_name_is_kept_as_one() -> None:
    wrong = [each.line for each in CORPUS if kept(reading_of(each))[0] not in {None, expected(each)[0]}]
    assert wrong == []
