"""Marketing: what no message of that purpose passes by, and how its share is counted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.holds import held
from wxbot.clinic.models import SendingRules
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.contact_history import ContactHistory, SentMessage
from wxbot.outbox.marketing import refusal
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.policy import Drop, Send, Wait, decide
from wxbot.patients.models import Birthday, Calendar, Consent, ConsentTopic, Contact, HoldKind, Mark, Patient, Relation

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
RULES = SendingRules()
DAY = timedelta(days=1)
ANN = PatientId("ann")
CARED = SentMessage(purpose=Purpose.CARE, at=NOW - 2 * DAY)
YES = tuple(Consent(topic=topic, granted=True, at=NOW - 9 * DAY, source="test", wording="w") for topic in ConsentTopic)
CONTACT = Contact(id=ContactId("c1"), openid="o1", alias="访客", created_at=NOW - 9 * DAY, following=True, consents=YES)


def patient(**facts: Any) -> Patient:
    return replace(Patient(id=ANN, name="小安", created_at=NOW - 99 * DAY, contact_id=CONTACT.id), **facts)


def mark(days_ago: float) -> Mark:
    return Mark(reason="测试", by="staff:1", at=NOW - days_ago * DAY)


def offered(days_ago: float) -> SentMessage:
    return SentMessage(purpose=Purpose.MARKETING, at=NOW - days_ago * DAY)


def cared(days_ago: float) -> SentMessage:
    return SentMessage(purpose=Purpose.CARE, at=NOW - days_ago * DAY)


def reminded(days_ago: float) -> SentMessage:
    return SentMessage(purpose=Purpose.REMINDER, at=NOW - days_ago * DAY)


def why(history: ContactHistory, rules: SendingRules = RULES) -> str:
    refused = refusal(ANN, history, rules, NOW, TODAY)
    return "" if refused is None else refused[0]


def of(*departures: SentMessage, who: Patient | None = None, treated_days_ago: float | None = None) -> ContactHistory:
    treated = {} if treated_days_ago is None else {ANN: NOW - treated_days_ago * DAY}
    return ContactHistory(patients=(who or patient(),), treated=treated, sent=departures)


def test_after_care_the_first_offer_may_leave() -> None:
    assert why(of(CARED)) == ""


@pytest.mark.parametrize(
    ("who", "treated_days_ago", "expected"),
    [
        (patient(holds=(held(HoldKind.PAUSED, NOW - 9 * DAY),)), None, "hold"),
        (patient(holds=(held(HoldKind.OBJECTION, NOW - 400 * DAY),)), None, "objection"),
        (patient(), 29.9, "unrecovered"),
        (patient(), 30.1, "no_care" if CARED.at < NOW - 30.1 * DAY else ""),
        (patient(recovered=mark(1)), 10, ""),
        (patient(recovered=mark(11)), 10, "unrecovered"),
        (patient(offers_declined_at=NOW - 89 * DAY), None, "declined"),
        (patient(offers_declined_at=NOW - 91 * DAY), None, ""),
        (patient(birthday=Birthday(calendar=Calendar.SOLAR, year=2015, month=1, day=1)), None, "under_age"),
        (patient(birthday=Birthday(calendar=Calendar.SOLAR, year=2000, month=1, day=1)), None, ""),
    ],
)
def test_what_stands_about_the_patient_decides_first(
    who: Patient, treated_days_ago: float | None, expected: str
) -> None:
    assert why(of(CARED, who=who, treated_days_ago=treated_days_ago)) == expected


def test_the_contact_reads_it_so_what_concerns_their_child_concerns_the_offer() -> None:
    child = replace(
        patient(holds=(held(HoldKind.OBJECTION, NOW - 3 * DAY),)), id=PatientId("child"), relation=Relation.CHILD
    )
    refused = refusal(ANN, ContactHistory(patients=(patient(), child), sent=(CARED,)), RULES, NOW, TODAY)
    assert refused is not None
    assert refused == ("objection", "同一位联系人的另一位就诊人对效果有异议，先处理好再说别的，不发营销内容")


@pytest.mark.parametrize(
    ("departures", "expected"),
    [
        ((), "no_care"),
        ((replace(CARED, greeting=True),), "no_care"),
        ((reminded(1),), "no_care"),
        ((replace(CARED, at=NOW - 91 * DAY),), "no_care"),
        ((CARED, offered(40)), "marketing_share"),  # 2 of 3
        ((CARED, offered(40), *(cared(n) for n in range(3, 8))), ""),  # 2 of 8: a quarter
        ((CARED, cared(3), offered(40), *(reminded(n) for n in range(3, 8))), "marketing_between"),
        ((CARED, cared(3), cared(4), offered(40), *(reminded(n) for n in range(3, 8))), ""),
        ((CARED, cared(3), cared(41), offered(40), *(reminded(n) for n in range(3, 8))), "marketing_between"),
        (
            (CARED, cared(3), replace(cared(4), greeting=True), offered(40), *(reminded(n) for n in range(3, 8))),
            "marketing_between",
        ),
        ((CARED, offered(40), *(reminded(n) for n in range(3, 7))), "marketing_share"),  # 2 of 7
        ((CARED, offered(10), offered(20), *(reminded(n) for n in range(3, 30))), "marketing_cap"),
        ((CARED, offered(29), *(cared(n) for n in range(3, 30))), "marketing_cap"),
        ((CARED, offered(31), *(cared(n) for n in range(3, 30))), ""),
    ],
)
def test_offers_follow_care_and_stay_a_small_part_of_it(departures: tuple[SentMessage, ...], expected: str) -> None:
    assert why(of(*departures)) == expected


def test_care_before_the_latest_treatment_does_not_count() -> None:
    assert why(of(CARED, who=patient(recovered=mark(0.5)), treated_days_ago=1)) == "no_care"


def test_after_three_offers_in_a_row_there_is_care_first_whatever_the_share_allows() -> None:
    generous = SendingRules(marketing_share_percent=100, marketing_per_30_days=99)
    offers = (offered(0.5), offered(0.6), offered(0.7))
    assert why(of(*offers, CARED), generous) == "marketing_in_a_row"
    assert why(of(*offers, cared(0.1)), generous) == "marketing_between"
    assert why(of(*offers, cared(0.1), cared(0.2), cared(0.3)), generous) == ""


def test_a_clinic_that_allows_no_share_sends_none() -> None:
    assert why(of(CARED), SendingRules(marketing_share_percent=0)) == "marketing_share"


def message(purpose: Purpose, *, answer: bool = False, hours: float = 72) -> Message:
    return Message(
        id=MessageId("m1"),
        key="k",
        contact_id=CONTACT.id,
        patient_id=ANN,
        purpose=purpose,
        template="t",
        variables={},
        created_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=hours),
        answer=answer,
    )


moments = st.integers(0, 120).map(lambda days: NOW - days * DAY)
departures = st.builds(SentMessage, purpose=st.sampled_from(list(Purpose)), at=moments, greeting=st.booleans())
marks = st.none() | st.builds(Mark, reason=st.just("测试"), by=st.just("staff:1"), at=moments)
people = st.builds(
    lambda kinds, recovered, declined: patient(
        holds=tuple(held(kind, NOW - 3 * DAY) for kind in kinds), recovered=recovered, offers_declined_at=declined
    ),
    st.lists(st.sampled_from(HoldKind), max_size=2, unique=True),
    marks,
    st.none() | moments,
)


@given(people, st.none() | moments, st.lists(departures, max_size=12), st.booleans())
def test_nothing_is_sent_to_a_patient_held_objecting_unrecovered_declining_or_over_the_cap(
    who: Patient, treated: datetime | None, left: list[SentMessage], answer: bool
) -> None:
    history = ContactHistory(patients=(who,), treated={} if treated is None else {ANN: treated}, sent=tuple(left))
    decision = decide(message(Purpose.MARKETING, answer=answer), CONTACT, (), NOW, ZONE, RULES, history)
    lately = [each for each in left if each.at >= NOW - 90 * DAY]
    offers = [each for each in lately if each.purpose is Purpose.MARKETING]
    unrecovered = (
        treated is not None and treated > NOW - 30 * DAY and (who.recovered is None or who.recovered.at < treated)
    )
    declined = who.offers_declined_at is not None and who.offers_declined_at > NOW - 90 * DAY
    if who.holds or unrecovered or declined:
        assert isinstance(decision, Drop)
    if isinstance(decision, Send):
        assert any(each.purpose is Purpose.CARE for each in lately)
        assert sum(1 for each in offers if each.at > NOW - 30 * DAY) < 1
        assert not offers or (len(offers) + 1) / (len(lately) + 1) <= 0.25


def test_without_knowing_how_a_contact_stands_no_offer_leaves() -> None:
    decision = decide(message(Purpose.MARKETING), CONTACT, (), NOW, ZONE)
    assert isinstance(decision, Drop)
    assert decision.reason == "no_care"


def test_an_offer_called_an_answer_still_rests_at_night() -> None:
    night = NOW + timedelta(hours=12)  # 22:00 at the clinic
    history = ContactHistory(patients=(patient(),), sent=(CARED,))
    decision = decide(message(Purpose.MARKETING, answer=True), CONTACT, (), night, ZONE, RULES, history)
    assert isinstance(decision, Wait)
    assert decision.reason == "quiet_hours"


def test_the_third_care_message_of_a_day_waits_for_tomorrow_morning() -> None:
    today = tuple(SentMessage(purpose=Purpose.CARE, at=NOW - timedelta(minutes=n)) for n in (1, 2))
    history = ContactHistory(sent=(*today, CARED))
    decision = decide(message(Purpose.CARE), CONTACT, (), NOW, ZONE, RULES, history)
    assert decision == Wait(
        datetime(2026, 11, 24, 8, 30, tzinfo=ZONE).astimezone(UTC), "care_cap", "今天已发过 2 条关怀，11月24日 再发"
    )
    assert decide(message(Purpose.CARE), CONTACT, (), NOW, ZONE, RULES, ContactHistory(sent=today[:1])) == Send()
    late = decide(message(Purpose.CARE, hours=8), CONTACT, (), NOW, ZONE, RULES, history)
    assert isinstance(late, Drop)
    assert late.reason == "care_cap"
    assert decide(message(Purpose.REMINDER), CONTACT, (), NOW, ZONE, RULES, history) == Send()
