"""What a month's counts speak for: bounded, smoothed, and nothing where too few were seen."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.visits.visits import TUESDAY, local, visit
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, ClinicChange, ClinicDecision
from wxbot.history.models import PatientId
from wxbot.visits.risk import DEFAULT_POINTS, RiskFactor
from wxbot.visits.risk_calibration import ENOUGH, FEWEST, MOST, OutcomeCounter, proposed_points

NINE = local(TUESDAY, 9)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("points", "counts", "proposed"),
    [
        (1, (100, 30, 100, 10), 2),  # odds 3.9 times as high: more than one step
        (3, (100, 30, 100, 10), 3),
        (5, (100, 30, 100, 10), 4),
        (1, (100, 10, 100, 10), 0),
        (0, (100, 5, 100, 30), -1),
        (1, (ENOUGH - 1, 29, 500, 10), 1),  # too few with it
        (1, (500, 400, ENOUGH - 1, 0), 1),  # too few without it
        (4, (100, 100, 100, 0), 5),
        (1, (100, 0, 100, 0), 0),
    ],
)
def test_the_points_go_where_the_counts_do_one_step_at_a_time(
    points: int, counts: tuple[int, int, int, int], proposed: int
) -> None:
    assert proposed_points(points, *counts) == proposed


COUNTS = st.integers(0, 5_000).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total)))


@given(st.integers(FEWEST, MOST), COUNTS, COUNTS)
def test_no_month_changes_a_factor_by_more_than_a_point(
    points: int, with_it: tuple[int, int], without: tuple[int, int]
) -> None:
    proposed = proposed_points(points, *with_it, *without)
    assert abs(proposed - points) <= 1
    assert FEWEST <= proposed <= MOST


def crowd(months: int, *, new_missed: int, others_missed: int) -> Iterator[Appointment]:
    """Two visits a day, one of a new patient, of whom so many in ten stay away."""
    for day in range(months * 30):
        for new in (True, False):
            gone = day % 10 < (new_missed if new else others_missed)
            start = NINE + day * DAY
            yield visit(
                id=AppointmentId(f"{day}-{new}"),
                patient_id=PatientId(f"p{day}-{new}"),
                start=start,
                created_at=start - 2 * DAY,
                new_patient=new,
                state=AppointmentState.NO_SHOW if gone else AppointmentState.COMPLETED,
            )


def test_a_simulated_clinic_is_counted_as_it_was() -> None:
    counter = OutcomeCounter(NINE - DAY)
    counter.add(crowd(24, new_missed=3, others_missed=1))
    row = next(each for each in counter.rows(DEFAULT_POINTS) if each.factor == RiskFactor.NEW)
    assert (row.seen, row.others) == (720, 720)
    assert (row.share, row.share_of_others) == (30, 10)
    assert (row.points, row.proposed, row.label) == (1, 2, "第一次来")


def test_repeated_months_settle_where_the_odds_are() -> None:
    counter = OutcomeCounter(NINE - DAY)
    counter.add(crowd(24, new_missed=3, others_missed=1))
    points = dict(DEFAULT_POINTS)
    for _ in range(6):
        points = {each.factor: each.proposed for each in counter.rows(points)}
    assert points[RiskFactor.NEW] == 3  # odds 3.9 times as high: 1.5 to the power of 3.3


def test_each_visit_is_judged_by_what_was_known_before_it() -> None:
    first = visit(start=NINE, state=AppointmentState.NO_SHOW, new_patient=False)
    second = visit(id=AppointmentId("b"), start=NINE + 30 * DAY, state=AppointmentState.COMPLETED, new_patient=False)
    counter = OutcomeCounter(NINE)
    counter.add([first, second])
    rows = {each.factor: each for each in counter.rows(DEFAULT_POINTS)}
    assert (counter.visits, counter.missed) == (2, 1)
    assert (rows["missed"].seen, rows["missed"].missed, rows["missed"].others_missed) == (1, 0, 1)


def test_what_the_clinic_changed_and_what_was_before_the_year_is_not_counted() -> None:
    moved = ClinicChange(decision=ClinicDecision.MOVED, reason="休诊", at=NINE, by="staff:1")
    counter = OutcomeCounter(NINE)
    counter.add(
        [
            visit(start=NINE - DAY, state=AppointmentState.NO_SHOW),
            visit(id=AppointmentId("b"), start=NINE, state=AppointmentState.NO_SHOW, clinic_change=moved),
            visit(id=AppointmentId("c"), start=NINE, state=AppointmentState.CANCELLED),
            visit(id=AppointmentId("d"), start=NINE),
        ]
    )
    assert (counter.visits, counter.missed) == (0, 0)
