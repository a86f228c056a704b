"""The table of holds, written out by hand: what each kind stops, cell by cell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.holds import held
from tests.unit.outbox.test_policy import contact, message, reason
from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.hold_effects import HOLD_REASONS, STOPPED, TOPIC_OF, Occasion, held_words, occasion_of, stops
from wxbot.outbox.models import Message
from wxbot.patients.models import Consent, ConsentTopic, HoldKind, Patient

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
# columns: reply, service, reminder, care, festival, survey, marketing; x is stopped
TABLE = {
    HoldKind.DISPUTE: "...xxxx",
    HoldKind.OBJECTION: ".....xx",
    HoldKind.UNRECOVERED: "......x",
    HoldKind.ADVERSE: "...xxxx",
    HoldKind.DECEASED: ".xxxxxx",
    HoldKind.OPTED_OUT: "...xxxx",
    HoldKind.PAUSED: "...xxxx",
}
MESSAGES: dict[Occasion, Message] = {
    Occasion.REPLY: message(Purpose.SERVICE, answer=True),
    Occasion.SERVICE: message(Purpose.SERVICE),
    Occasion.REMINDER: message(Purpose.REMINDER),
    Occasion.CARE: message(Purpose.CARE),
    Occasion.FESTIVAL: replace(message(Purpose.CARE), greeting=True),
    Occasion.SURVEY: replace(message(Purpose.SERVICE, answer=True), survey=True),
    Occasion.MARKETING: message(Purpose.MARKETING),
}


def test_every_kind_and_every_occasion_stands_in_the_table() -> None:
    assert set(STOPPED) == set(HoldKind) == set(TABLE) == set(HOLD_REASONS)
    assert set(MESSAGES) == set(Occasion)


@pytest.mark.parametrize("kind", HoldKind)
def test_a_hold_stops_what_the_table_says(kind: HoldKind) -> None:
    stopped = "".join("x" if stops(held(kind, NOW), occasion) else "." for occasion in Occasion)
    assert stopped == TABLE[kind]


@pytest.mark.parametrize("occasion", Occasion)
def test_a_message_is_the_occasion_that_its_fields_say(occasion: Occasion) -> None:
    assert occasion_of(MESSAGES[occasion]) is occasion


def test_a_colleagues_words_in_a_talk_are_a_reply_and_marketing_is_marketing_in_any_dress() -> None:
    assert occasion_of(replace(message(Purpose.SERVICE), author="staff:1")) is Occasion.REPLY
    for dressed in ({"answer": True}, {"greeting": True}, {"survey": True}, {"author": "staff:1"}):
        assert occasion_of(replace(message(Purpose.MARKETING), **dressed)) is Occasion.MARKETING
    assert occasion_of(message(Purpose.CARE, answer=True)) is Occasion.CARE  # caused by what they did, but care


@pytest.mark.parametrize("occasion", [each for each in Occasion if each is not Occasion.MARKETING])
@pytest.mark.parametrize("kind", HoldKind)
def test_the_policy_follows_the_table(kind: HoldKind, occasion: Occasion) -> None:
    patient = Patient(id=PatientId("p1"), name="小安", created_at=NOW, holds=(held(kind, NOW - timedelta(days=1)),))
    stopped = TABLE[kind][list(Occasion).index(occasion)] == "x"
    assert reason(MESSAGES[occasion], contact(), patient) == (HOLD_REASONS[kind] if stopped else "")


@pytest.mark.parametrize("topic", list(TOPIC_OF.values()))
def test_who_opted_out_of_a_topic_gets_all_the_others(topic: ConsentTopic) -> None:
    hold = held(HoldKind.OPTED_OUT, NOW, topics=(topic,))
    assert [each for each in Occasion if stops(hold, each)] == [
        each for each in Occasion if TOPIC_OF.get(each) is topic
    ]
    assert "不愿接收（" in held_words(hold)


def test_a_hold_that_is_over_or_lifted_stops_nothing() -> None:
    over = held(HoldKind.PAUSED, NOW - timedelta(days=9), until=NOW)
    lifted = held(HoldKind.DECEASED, NOW - timedelta(days=9), lifted_at=NOW - timedelta(days=1), lifted_by="staff:1")
    patient = Patient(id=PatientId("p1"), name="小安", created_at=NOW, holds=(over, lifted))
    assert reason(message(Purpose.CARE), contact(), patient) == ""


@pytest.mark.parametrize("occasion", list(TOPIC_OF))
@pytest.mark.parametrize("granted", [True, False])
def test_each_topic_is_stopped_by_itself(occasion: Occasion, granted: bool) -> None:
    topic = TOPIC_OF[occasion]
    word = Consent(topic=topic, granted=granted, at=NOW, source="page", wording="w")
    others = tuple(each for each in contact().consents if each.topic is not topic)
    who = replace(contact(), consents=(*others, word))
    needs_yes = {Occasion.CARE: "no_consent", Occasion.MARKETING: "no_consent"}
    expected = {True: "no_care" if occasion is Occasion.MARKETING else "", False: needs_yes.get(occasion, "topic_off")}
    assert reason(MESSAGES[occasion], who) == expected[granted]


def test_what_nobody_spoke_of_follows_from_care() -> None:
    quiet = replace(contact(), consents=())
    stopped = Consent(topic=ConsentTopic.CARE, granted=False, at=NOW, source="chat", wording="w")
    told = {
        "nothing": [topic for topic in TOPIC_OF.values() if quiet.receives(topic)],
        "care": [topic for topic in TOPIC_OF.values() if contact().receives(topic)],
        "stopped": [topic for topic in TOPIC_OF.values() if replace(quiet, consents=(stopped,)).receives(topic)],
    }
    assert told == {
        "nothing": [ConsentTopic.REMINDER, ConsentTopic.SURVEY],
        "care": [ConsentTopic.REMINDER, ConsentTopic.CARE, ConsentTopic.FESTIVAL, ConsentTopic.SURVEY],
        "stopped": [ConsentTopic.REMINDER],
    }


def test_a_colleague_is_told_whatever_is_held_of_them_as_a_patient() -> None:
    patient = Patient(id=PatientId("p1"), name="小安", created_at=NOW, holds=(held(HoldKind.DECEASED, NOW),))
    told = replace(message(Purpose.SERVICE), to_staff=True, about="c2")
    assert reason(told, contact(), patient) == ""
