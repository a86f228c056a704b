from datetime import UTC, datetime

from wxbot.patients.consents import changes, resumed, stopped, with_consent
from wxbot.patients.models import Consent, ConsentTopic

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def consent(topic: ConsentTopic, *, granted: bool) -> Consent:
    return Consent(topic=topic, granted=granted, at=NOW, source="follow", wording="welcome.first")


def state(consents: tuple[Consent, ...]) -> dict[str, bool]:
    return {each.topic.value: each.granted for each in consents}


CARE = consent(ConsentTopic.CARE, granted=True)
MARKETING = consent(ConsentTopic.MARKETING, granted=True)


def test_the_latest_word_on_a_topic_replaces_the_earlier_one() -> None:
    no = consent(ConsentTopic.CARE, granted=False)
    assert with_consent((CARE, MARKETING), no) == (MARKETING, no)


def test_stopping_stops_care_and_marketing() -> None:
    assert state(stopped((CARE, MARKETING), NOW, "chat:TD", "consent.stopped")) == {"care": False, "marketing": False}
    assert state(stopped((), NOW, "chat:TD", "consent.stopped")) == {"care": False, "marketing": False}


def test_resuming_brings_marketing_back_only_where_it_had_been_on() -> None:
    without = resumed(stopped((CARE,), NOW, "chat:TD", "w"), NOW, "chat:恢复", "w")
    assert state(without) == {"care": True, "marketing": False}
    having = resumed(stopped((CARE, MARKETING), NOW, "chat:TD", "w"), NOW, "chat:恢复", "w")
    assert state(having) == {"care": True, "marketing": True}


def test_stopping_twice_still_remembers_what_had_been_on() -> None:
    twice = stopped(stopped((CARE, MARKETING), NOW, "chat:TD", "w"), NOW, "chat:退订", "w")
    assert state(resumed(twice, NOW, "chat:恢复", "w")) == {"care": True, "marketing": True}


def test_a_plain_no_to_marketing_is_not_undone_by_resuming() -> None:
    said_no = with_consent((CARE, MARKETING), consent(ConsentTopic.MARKETING, granted=False))
    assert state(resumed(stopped(said_no, NOW, "chat:TD", "w"), NOW, "chat:恢复", "w")) == {
        "care": True,
        "marketing": False,
    }


def test_changes_are_the_words_that_are_new() -> None:
    no = consent(ConsentTopic.CARE, granted=False)
    assert changes((CARE, MARKETING), (MARKETING, no)) == (no,)
