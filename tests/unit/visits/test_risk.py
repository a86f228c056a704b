"""Points of the no-show risk: each factor with its sentence, and what never counts against a patient."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.visits.visits import TUESDAY, local, visit
from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment, AppointmentState, ClinicChange, ClinicDecision
from wxbot.visits.risk import DEFAULT_POINTS, PastOutcome, PastVisit, RiskFactor, factors_of, past_visits, risk_of

NINE = local(TUESDAY, 9)
DAY = timedelta(days=1)


def change(decision: ClinicDecision) -> ClinicChange:
    return ClinicChange(decision=decision, reason="休诊：外出学习", at=NINE, by="staff:1")


def booked(**facts: Any) -> Appointment:
    """A visit of somebody who was here before, made three days ahead."""
    return visit(**{"new_patient": False, "created_at": NINE - 3 * DAY, **facts})


def missed(days_ago: int, **facts: Any) -> Appointment:
    return booked(start=NINE - days_ago * DAY, state=AppointmentState.NO_SHOW, **facts)


def cancelled(days_ago: int, hours_before: float, **facts: Any) -> Appointment:
    start = NINE - days_ago * DAY
    by = {"changed_by": PATIENT.by, "closed_at": start - timedelta(hours=hours_before)}
    return booked(start=start, state=AppointmentState.CANCELLED, **(by | facts))


def attended(days_ago: int) -> Appointment:
    return booked(start=NINE - days_ago * DAY, state=AppointmentState.COMPLETED)


def points(now: Appointment, *before: Appointment) -> int:
    return risk_of(now, past_visits(before), DEFAULT_POINTS).points


def test_each_point_has_its_sentence() -> None:
    now = booked(created_at=NINE - 30 * DAY, new_patient=False)
    risk = risk_of(now, past_visits([missed(40), missed(90), cancelled(20, 3)]), DEFAULT_POINTS)
    assert [each.words for each in risk.because] == [
        "过去两年有 2 次未到诊（+3）",
        "不止一次未到诊（+2）",
        "有 1 次在就诊前一天之内自己取消（+1）",
        "提前 30 天约的（+1）",
        "约的时候离就诊还有三周以上（+1）",
    ]
    assert risk.points == 8


@pytest.mark.parametrize(
    ("now", "before", "factors"),
    [
        (booked(), (), set()),
        (booked(new_patient=True), (), {RiskFactor.NEW}),
        (booked(created_at=NINE - 7 * DAY), (), {RiskFactor.WEEK_AHEAD}),
        (booked(created_at=NINE - 7 * DAY + timedelta(minutes=1)), (), set()),
        (booked(created_at=NINE - 21 * DAY), (), {RiskFactor.WEEK_AHEAD, RiskFactor.MONTH_AHEAD}),
        (booked(), (attended(365),), {RiskFactor.LONG_AGO}),
        (booked(), (attended(364),), set()),
        (booked(), (attended(900),), {RiskFactor.LONG_AGO}),
        (booked(), (attended(30), attended(60)), {RiskFactor.RELIABLE}),
        (booked(), (attended(30), attended(60), missed(90)), {RiskFactor.MISSED}),
        (booked(), (missed(730),), {RiskFactor.MISSED}),
        (booked(), (missed(731),), set()),
    ],
)
def test_what_applies(now: Appointment, before: tuple[Appointment, ...], factors: set[RiskFactor]) -> None:
    assert set(factors_of(now, past_visits(before))) == factors


def test_cancelling_in_good_time_is_no_missed_visit_and_counts_nothing() -> None:
    assert points(booked(), cancelled(10, 24)) == 0
    assert points(booked(), cancelled(10, 23.9)) == 1


def test_what_colleagues_cancelled_counts_nothing() -> None:
    assert points(booked(), cancelled(10, 1, changed_by="staff:7")) == 0


@pytest.mark.parametrize("decision", [ClinicDecision.MOVED, ClinicDecision.CANCELLED])
def test_a_change_by_the_clinic_never_counts_against_the_patient(decision: ClinicDecision) -> None:
    assert points(booked(), missed(10, clinic_change=change(decision))) == 0
    assert points(booked(), cancelled(10, 1, clinic_change=change(decision))) == 0


def test_a_visit_that_the_clinic_left_as_it_was_counts_as_any_other() -> None:
    assert points(booked(), missed(10, clinic_change=change(ClinicDecision.KEPT))) == 3


def test_an_hour_that_the_clinic_put_off_is_no_longer_lead() -> None:
    put_off: dict[str, Any] = {"created_at": NINE - 30 * DAY, "moved_from": NINE - 28 * DAY}
    assert points(booked(**put_off, clinic_change=change(ClinicDecision.MOVED))) == 0
    assert points(booked(**put_off)) == 2


def test_later_visits_do_not_count() -> None:
    assert points(booked(), missed(-5)) == 0


def test_a_factor_without_points_is_not_named() -> None:
    none = dict.fromkeys(DEFAULT_POINTS, 0)
    assert risk_of(booked(new_patient=True), past_visits([missed(10)]), none).because == ()
    assert risk_of(booked(new_patient=True), past_visits([missed(10)]), {}).because == ()


PAST = st.lists(
    st.builds(
        PastVisit,
        st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2027, 12, 31)).map(  # noqa: DTZ001
            lambda each: each.replace(tzinfo=NINE.tzinfo)
        ),
        st.sampled_from(PastOutcome),
    ),
    max_size=8,
)


@given(PAST, st.integers(0, 60), st.booleans())
def test_the_points_are_the_sum_of_their_sentences_and_never_below_none(
    history: list[PastVisit], days: int, new: bool
) -> None:
    risk = risk_of(booked(created_at=NINE - days * DAY, new_patient=new), history, DEFAULT_POINTS)
    assert risk.points == max(0, sum(each.points for each in risk.because)) >= 0
    assert all(each.sentence and each.points for each in risk.because)
    assert len({each.factor for each in risk.because}) == len(risk.because)
