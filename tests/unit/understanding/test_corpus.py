"""The sentences about appointments, read as the service reads them: the goals, and the language they are written in."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from tests.corpus import TODAY, Sentence, appointments, sentences
from tests.corpus.appointments import ACTING, expectation, figures, judge, part
from tests.corpus.particulars import particulars
from tests.corpus.reading import reading_of
from wxbot.patients.models import Relation
from wxbot.understanding.models import (
    ANYONE,
    DayWords,
    Doubt,
    ForWhom,
    Intent,
    Reading,
    Relationship,
    Shift,
    Slots,
    TimeWords,
    Which,
)

LEAST_SENTENCES = 600
LEAST_TO_ASK = 200  # sentences on which nothing may be done
LEAST_RIGHT_SLOTS = 0.97  # of those that are held out
MOST_WRONG_BOOKINGS = 0  # of all


def line(text: str, *flags: str, **values: str) -> Sentence:
    return Sentence(text, flags, values)


# -- goals --------------------------------------------------------------------------------------------------------


def test_the_slots_of_sentences_that_no_rule_was_written_for_are_right() -> None:
    assert figures(part(held_out=True)).right_slots >= LEAST_RIGHT_SLOTS


def test_no_sentence_of_the_corpus_books_anything_wrong() -> None:
    wrong = [each.sentence.line for each in appointments.judgements() if each.wrong_booking]

    assert len(wrong) <= MOST_WRONG_BOOKINGS, f"appointments.txt, lines {wrong}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("约个补牙", "filling"),
        ("想约种植牙", "implant"),
        ("我想种颗牙", "implant"),
        ("想做个种植", "implant"),
        ("我想做牙齿美白", "whitening"),
        ("约一个冷光美白", "whitening"),
        ("想打水光", "injection"),
        ("预约除皱针", "injection"),
    ],
)
def test_a_treatment_is_booked_by_the_words_that_patients_have_for_it(text: str, kind: str) -> None:
    reading = reading_of(Sentence(text, (), {}))
    assert (reading.intent, reading.slots.visit_types) == (Intent.BOOK, (kind,))


ELSEWHERE = {  # file: whether one of its sentences is surely no wish to book
    "questions": lambda each: "question" in each.values,
    "dangers": lambda each: "danger" in each.flags,
    "stops": lambda each: "rest" not in each.flags and "none" not in each.flags,
}
FILES = [name for name in ELSEWHERE if (Path(appointments.__file__).parent / f"{name}.txt").exists()]


@pytest.mark.parametrize("name", FILES)
def test_no_question_danger_or_stop_is_acted_on_as_a_wish_about_appointments(name: str) -> None:
    acted = [
        each.line
        for each in sentences(name)
        if ELSEWHERE[name](each) and (reading := reading_of(each)).sure and reading.intent in ACTING
    ]

    assert acted == []


# -- the corpus ---------------------------------------------------------------------------------------------------


def test_the_corpus_is_as_large_as_was_promised() -> None:
    every = [expectation(each) for each in sentences(appointments.NAME)]

    assert len(every) >= LEAST_SENTENCES
    assert sum(each.must_ask for each in every) >= LEAST_TO_ASK


def test_no_sentence_stands_in_the_corpus_twice_under_one_question() -> None:
    every = [(each.text, each.values.get("asked")) for each in sentences(appointments.NAME)]

    assert len(set(every)) == len(every)


def test_every_day_of_the_corpus_can_be_booked_or_is_said_of_a_standing_appointment() -> None:
    last = TODAY + timedelta(days=30)
    for each in sentences(appointments.NAME):
        for day in expectation(each).particulars.get("day", "").strip("<>~").replace("..", "/").split("/"):
            for single in filter(None, day.strip("*").split("+")):
                assert TODAY <= date.fromisoformat(single) <= last, each


@pytest.mark.parametrize(
    "broken",
    [
        line("洗牙"),
        line("洗牙", "bock"),
        line("洗牙", "book", "move"),
        line("洗牙", "book", "ask", "may"),
        line("洗牙", "book", typ="cleaning"),
        line("明天", "book", day="2026-13-01"),
        line("三点", "book", time="3"),
        line("早上", "book", part="早上"),
        line("晚到", "late", late="20"),
        line("不去", "ask", doubt="no"),
    ],
)
def test_a_line_that_is_not_in_the_language_of_the_corpus_is_refused(broken: Sentence) -> None:
    with pytest.raises(ValueError, match=r"appointments\.txt:0: "):
        expectation(broken)


# -- the measure --------------------------------------------------------------------------------------------------

TOMORROW = DayWords(days=(date(2026, 11, 21),))
THREE = TimeWords(times=(time(15), time(3)))


def test_particulars_are_spelled_as_the_corpus_spells_them() -> None:
    slots = Slots(
        visit_types=("cleaning",),
        practitioners=(ANYONE,),
        days=(DayWords(days=(date(2026, 11, 23), date(2026, 11, 29)), span=True),),
        times=(
            TimeWords(times=(time(14),), until=(time(16),), relationship=Relationship.BETWEEN),
            TimeWords(part="下午"),
        ),
        for_whom=ForWhom(relation=Relation.PARENT),
        which=Which(days=(TOMORROW,), times=(THREE,), ordinal=2, every=True),
        shift=Shift(later=False, by=timedelta(hours=-1)),
        late_by=timedelta(minutes=20),
    )

    assert particulars(Reading(text="", intent=Intent.MOVE, slots=slots)) == {
        "type": "cleaning",
        "who": "any",
        "day": "2026-11-23..2026-11-29",
        "time": "14:00-16:00",
        "part": "下午",
        "for": "parent",
        "shift": "-1h",
        "late": "20m",
        "which.day": "2026-11-21",
        "which.time": "03:00/15:00",
        "which.number": "2",
        "which.all": "yes",
    }


def test_a_sure_reading_with_another_hour_is_a_wrong_booking() -> None:
    slots = Slots(days=(TOMORROW,), times=(THREE,))

    judged = judge(
        line("明天四点", "book", day="2026-11-21", time="16:00"), Reading(text="", intent=Intent.BOOK, slots=slots)
    )

    assert (judged.right, judged.wrong_booking) == (False, True)


def test_a_doubtful_reading_with_another_hour_books_nothing_and_is_not_right_either() -> None:
    slots = Slots(days=(TOMORROW,), times=(THREE,))
    reading = Reading(text="", intent=Intent.BOOK, slots=slots, doubts=(Doubt.QUESTION,))

    judged = judge(line("明天四点", "book", day="2026-11-21", time="16:00"), reading)

    assert (judged.right, judged.wrong_booking) == (False, False)


@pytest.mark.parametrize("intent", sorted(ACTING))
def test_acting_on_a_sentence_that_must_be_asked_about_is_a_wrong_booking(intent: Intent) -> None:
    judged = judge(line("三点有事", "ask"), Reading(text="", intent=intent))

    assert (judged.right, judged.wrong_booking) == (False, True)


def test_a_person_who_was_not_named_is_a_wrong_booking() -> None:
    slots = Slots(visit_types=("cleaning",), for_whom=ForWhom(relation=Relation.CHILD))

    judged = judge(line("约洗牙", "book", type="cleaning"), Reading(text="", intent=Intent.BOOK, slots=slots))

    assert judged.wrong_booking


def test_a_weekday_may_be_expected_by_its_next_day_alone_or_by_all_it_may_mean() -> None:
    friday = DayWords(days=(date(2026, 11, 20), date(2026, 11, 27)))
    reading = Reading(text="", intent=Intent.MOVE, slots=Slots(days=(friday,)))

    for day in ("2026-11-20", "2026-11-20/2026-11-27"):
        assert judge(line("改到周五", "move", day=day), reading).right
    assert not judge(line("改到周五", "move", day="2026-11-27"), reading).right
