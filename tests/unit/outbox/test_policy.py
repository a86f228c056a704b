"""May this message leave now?"""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.holds import held
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.policy import Drop, Send, Wait, decide, quiet_until
from wxbot.patients.models import Consent, ConsentTopic, Contact, HoldKind, Patient

ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE).astimezone(UTC)
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=ZONE).astimezone(UTC)
MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=ZONE).astimezone(UTC)
CARE = Consent(topic=ConsentTopic.CARE, granted=True, at=DAY, source="follow", wording="welcome")


def contact(*, following: bool = True, refuses: bool = False, openid: str | None = "o1", care: bool = True) -> Contact:
    return Contact(
        id=ContactId("c1"),
        openid=openid,
        alias="访客",
        created_at=DAY,
        following=following,
        refuses_messages=refuses,
        consents=(CARE,) if care else (),
    )


def message(purpose: Purpose = Purpose.REMINDER, *, answer: bool = False, hours: float = 24) -> Message:
    return Message(
        id=MessageId("m1"),
        key="k",
        contact_id=ContactId("c1"),
        purpose=purpose,
        template="t",
        variables={},
        created_at=DAY,
        due_at=DAY,
        expires_at=NIGHT + timedelta(hours=hours),
        answer=answer,
    )


def holding(kind: HoldKind, **facts: Any) -> Patient:
    return Patient(id=PatientId("p1"), name="小安", created_at=DAY, holds=(held(kind, DAY, **facts),))


def reason(it: Message, who: Contact | None, *concerned: Patient, now: datetime = DAY) -> str:
    decision = decide(it, who, concerned, now, ZONE)
    return "" if isinstance(decision, Send) else decision.reason


def test_nothing_stands_against_a_reminder_by_day() -> None:
    assert decide(message(), contact(), (), DAY, ZONE) == Send()


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (None, "unknown_contact"),
        (contact(openid=None), "erased"),
        (contact(following=False), "unfollowed"),
        (contact(refuses=True), "refuses_messages"),
    ],
)
def test_who_cannot_be_reached_is_not_written_to(who: Contact | None, why: str) -> None:
    assert reason(message(answer=True), who) == why


def test_a_message_past_its_expiry_is_dropped_for_every_contact() -> None:
    it = message(hours=0)
    assert reason(it, None, now=it.expires_at) == "expired"


@pytest.mark.parametrize(
    ("purpose", "why"),
    [(Purpose.SERVICE, ""), (Purpose.REMINDER, ""), (Purpose.CARE, "no_consent"), (Purpose.MARKETING, "no_consent")],
)
def test_care_and_marketing_need_a_yes(purpose: Purpose, why: str) -> None:
    assert reason(message(purpose), contact(care=False)) == why


def test_consent_to_care_is_none_to_marketing() -> None:
    assert reason(message(Purpose.CARE), contact()) == ""
    assert reason(message(Purpose.MARKETING), contact()) == "no_consent"


@pytest.mark.parametrize(("purpose", "why"), [(Purpose.SERVICE, ""), (Purpose.REMINDER, ""), (Purpose.CARE, "hold")])
def test_a_hold_stops_care_and_nothing_the_patient_caused(purpose: Purpose, why: str) -> None:
    assert reason(message(purpose), contact(), holding(HoldKind.PAUSED)) == why


def test_at_night_a_reminder_waits_for_the_morning() -> None:
    decision = decide(message(), contact(), (), NIGHT, ZONE)
    assert isinstance(decision, Wait)
    assert (decision.until, decision.reason) == (MORNING, "quiet_hours")
    assert "11月24日 08:30" in decision.explanation


def test_at_night_an_answer_leaves_at_once() -> None:
    assert decide(message(Purpose.SERVICE, answer=True), contact(), (), NIGHT, ZONE) == Send()


def test_what_would_be_too_late_in_the_morning_is_dropped() -> None:
    decision = decide(message(hours=10), contact(), (), NIGHT, ZONE)
    assert isinstance(decision, Drop)
    assert decision.reason == "quiet_hours"


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [((20, 59), False), ((21, 0), True), ((23, 59), True), ((0, 0), True), ((8, 29), True), ((8, 30), False)],
)
def test_quiet_hours_begin_at_nine_and_end_at_half_past_eight(hour: tuple[int, int], quiet: bool) -> None:
    now = datetime(2026, 11, 23, *hour, tzinfo=ZONE)
    assert (quiet_until(now, ZONE) is not None) == quiet


def test_quiet_hours_within_one_day_are_understood() -> None:
    noon = datetime(2026, 11, 23, 12, 30, tzinfo=ZONE)
    assert quiet_until(noon, ZONE, (time(12), time(14))) == noon.replace(hour=14, minute=0)
    assert quiet_until(noon.replace(hour=15), ZONE, (time(12), time(14))) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - zone follows
def test_the_end_of_the_quiet_hours_is_soon_and_not_quiet(now: datetime) -> None:
    until = quiet_until(now, ZONE)
    if until is not None:
        assert now < until <= now + timedelta(hours=11, minutes=30)
        assert quiet_until(until, ZONE) is None
