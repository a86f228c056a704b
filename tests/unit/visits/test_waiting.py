import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest

from tests.unit.visits.visits import NINE, visit
from wxbot.booking.models import Appointment, AppointmentState, VisitStage
from wxbot.clinic.models import PractitionerId
from wxbot.visits.models import ArrivalForm, Noted, NotedArrival, VisitRecord
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.waiting import (
    Estimate,
    ServiceTimes,
    Wait,
    against_goal,
    goal,
    quantile,
    service_times,
    to_comfort,
    waited,
)
from wxbot.visits.waiting import estimate as estimate_of

RULES = VisitDayRules()
MINUTE = timedelta(minutes=1)
KIND = visit().visit_type_id
TWENTY = ServiceTimes(with_anybody={KIND: [20 * MINUTE] * 10})
NOTHING_KNOWN = ServiceTimes()
GIVEN_UP = RULES.late_red


def estimate(visit: Appointment, day: Sequence[Appointment], times: ServiceTimes, now: datetime) -> Estimate:
    return estimate_of(visit, day, times, now, given_up=GIVEN_UP)


def past(minutes: int, name: str = "p") -> Appointment:
    return visit(name, treated_at=NINE, departed_at=NINE + minutes * MINUTE, state=AppointmentState.COMPLETED)


def here(name: str, start: int, **facts: object) -> Appointment:
    hour = NINE + start * MINUTE
    return replace(visit(name, hour), stage=VisitStage.WAITING, arrived_at=hour, **facts)  # type: ignore[arg-type]


def test_service_times_leave_out_what_was_tapped_at_the_wrong_moment() -> None:
    visits = [past(30, "a"), past(20, "b"), past(0, "c"), past(600, "d"), visit("e")]
    times = service_times(visits)
    assert times.with_anybody == {KIND: [20 * MINUTE, 30 * MINUTE]}
    assert times.with_whom == {(KIND, visit().practitioner_id): [20 * MINUTE, 30 * MINUTE]}


def test_a4_30_a_practitioner_is_known_by_their_own_treatments_else_by_everybodys_else_by_the_plan() -> None:
    quick, slow = visit("q"), replace(visit("s"), practitioner_id=PractitionerId("zhou"))
    own = [past(10, f"q{each}") for each in range(5)]
    others = [replace(past(40, f"s{each}"), practitioner_id=slow.practitioner_id) for each in range(4)]
    times = service_times([*own, *others])
    assert set(times.of(quick)) == {10 * MINUTE}
    assert sorted(set(times.of(slow))) == [10 * MINUTE, 40 * MINUTE]  # four are too few
    assert not service_times(others).of(slow)


def test_a_quantile_lies_between_two_lengths_in_proportion() -> None:
    lengths = [each * MINUTE for each in (10, 20, 30)]
    assert [quantile(lengths, share) for share in (0, 0.5, 0.75, 1)] == [each * MINUTE for each in (10, 20, 25, 30)]
    assert quantile([], 0.5) == timedelta()


def test_a4_30_somebody_waits_for_the_rest_of_the_treatment_and_for_all_before() -> None:
    now = NINE + 35 * MINUTE
    treated = replace(here("t", 0), stage=VisitStage.IN_TREATMENT, treated_at=NINE + 25 * MINUTE)
    first, second = here("a", 20), here("b", 30)
    elsewhere = replace(here("x", 0), practitioner_id=PractitionerId("zhou"))
    day = [treated, second, first, elsewhere]
    assert estimate(first, day, TWENTY, now).likely == 10 * MINUTE
    assert estimate(second, day, TWENTY, now).likely == 30 * MINUTE


def test_a4_30_with_few_treatments_the_planned_length_counts() -> None:
    treated = replace(here("t", 0), stage=VisitStage.IN_TREATMENT, treated_at=NINE)
    assert estimate(here("a", 10), [treated], NOTHING_KNOWN, NINE + 10 * MINUTE).likely == 20 * MINUTE  # of thirty


def test_a4_30_a_treatment_that_takes_longer_than_any_before_is_nearly_over() -> None:
    treated = replace(here("t", 0), stage=VisitStage.IN_TREATMENT, treated_at=NINE)
    assert estimate(here("a", 10), [treated], TWENTY, NINE + 50 * MINUTE).likely == 3 * MINUTE


def test_a4_30_nobody_is_promised_to_be_called_before_their_hour() -> None:
    assert estimate(here("a", 30), [], TWENTY, NINE).likely == 30 * MINUTE


@pytest.mark.parametrize(
    ("low", "most", "words"),
    [
        (0, 2, "马上轮到"),
        (0, 5, "还要5分钟以内"),
        (4, 9, "还要10分钟以内"),
        (10, 10, "还要约10–15分钟"),
        (12, 18, "还要约10–20分钟"),
        (130, 150, "还要2小时以上"),
    ],
)
def test_a4_30_an_estimate_in_words_is_a_span_and_never_to_the_minute(low: int, most: int, words: str) -> None:
    assert Estimate(low=low * MINUTE, likely=most * MINUTE, most=most * MINUTE).words == words


def test_a4_30_who_is_expected_before_is_waited_for_until_they_are_given_up() -> None:
    late, mine = visit("late", NINE), here("a", 10)
    at_nine = estimate(replace(mine, arrived_at=NINE), [late], TWENTY, NINE)
    assert at_nine.likely == 20 * MINUTE
    assert estimate(mine, [late], TWENTY, NINE + GIVEN_UP).likely == timedelta()


def test_a4_32_first_visits_wait_fifteen_minutes_and_others_twenty() -> None:
    first, other = goal(RULES, first_visit=True), goal(RULES, first_visit=False)
    assert [against_goal(each * MINUTE, first) for each in (10, 11, 15, 16)] == [
        Wait.FINE,
        Wait.NEAR,
        Wait.NEAR,
        Wait.OVER,
    ]
    assert against_goal(16 * MINUTE, other) is Wait.NEAR


def test_a_wait_counts_from_the_hour_of_who_came_early_and_ends_with_the_treatment() -> None:
    early = replace(here("a", 0), arrived_at=NINE - 20 * MINUTE)
    assert waited(early, NINE + 5 * MINUTE) == 5 * MINUTE
    assert waited(replace(early, treated_at=NINE + 3 * MINUTE, stage=VisitStage.LEFT), NINE + 60 * MINUTE) == 3 * MINUTE
    assert waited(visit(), NINE + 5 * MINUTE) is None


def test_a4_31_a_first_visit_is_comforted_after_three_minutes_once() -> None:
    new = replace(here("a", 0), new_patient=True)
    assert not to_comfort(new, None, RULES, NINE + 2 * MINUTE)
    assert to_comfort(new, None, RULES, NINE + 3 * MINUTE)
    assert not to_comfort(here("b", 0), None, RULES, NINE + 3 * MINUTE)
    done = VisitRecord(id=new.id, comforted=Noted(at=NINE, by="staff:7"))
    assert not to_comfort(new, done, RULES, NINE + 3 * MINUTE)


def test_a4_31_what_was_asked_at_arrival_says_whether_it_is_a_first_visit() -> None:
    returning = here("b", 0)
    said = NotedArrival(said=ArrivalForm(first_visit=True), preset_channel="", fits=True, at=NINE, by="staff:7")
    assert to_comfort(returning, VisitRecord(id=returning.id, arrival=said), RULES, NINE + 3 * MINUTE)


def test_a4_30_the_estimate_of_who_is_next_is_right_within_four_minutes_at_the_median() -> None:
    chance = random.Random(11)

    def length() -> timedelta:
        return max(3.0, chance.gauss(18, 5)) * MINUTE

    times = ServiceTimes(with_anybody={KIND: sorted(length() for _ in range(200))})
    errors: list[float] = []
    for _ in range(40):
        now, queue = NINE, [here(f"q{number}", 0) for number in range(4)]
        begins = NINE
        lengths = [length() for _ in queue]
        day = [replace(queue[0], stage=VisitStage.IN_TREATMENT, treated_at=NINE), *queue[1:]]
        for number in range(1, 4):
            begins += lengths[number - 1]
            said = estimate(day[number], day, times, now).likely
            errors.append(abs((NINE + said - begins).total_seconds()) / 60)
    assert median(errors) <= 6
    next_ones = errors[::3]
    assert median(next_ones) <= 4
