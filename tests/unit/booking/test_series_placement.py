"""The days of a series, against every choice there is."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from wxbot.booking.series_placement import DayFit, Interval, cost_of, fit, place

START = date(2026, 11, 24)
MORNING = DayFit(other_part=False, minutes_off=0)


def every_choice(
    before: date, count: int, interval: Interval, fits: Mapping[date, DayFit]
) -> Iterator[tuple[date | None, ...]]:
    """Each way to give `count` visits a day, or none where no day of the window is free."""
    if count == 0:
        yield ()
        return
    choices: list[date | None] = [day for day in interval.days(before) if day in fits]
    for day in choices or [None]:
        for rest in every_choice(day or interval.nominal(before), count - 1, interval, fits):
            yield (day, *rest)


def after(days: int) -> date:
    return START + timedelta(days=days)


@st.composite
def series(draw: st.DrawFn) -> tuple[int, Interval, dict[date, DayFit]]:
    every = draw(st.integers(1, 9))
    interval = Interval(every_days=every, within_days=draw(st.integers(0, min(3, every - 1))))
    count = draw(st.integers(1, 5))
    fits = draw(
        st.dictionaries(
            st.integers(1, 50).map(after),
            st.builds(DayFit, other_part=st.booleans(), minutes_off=st.sampled_from([0, 15, 240])),
            max_size=25,
        )
    )
    return count, interval, fits


@settings(max_examples=300, deadline=None)
@given(series())
def test_no_other_choice_of_days_is_better(drawn: tuple[int, Interval, dict[date, DayFit]]) -> None:
    count, interval, fits = drawn
    placed = place(START, count, interval, fits)
    days = tuple(each.day for each in placed)
    choices = list(every_choice(START, count - 1, interval, fits))
    assert days in choices  # each inside its window, and free
    assert cost_of(START, days, interval, fits) == min(cost_of(START, each, interval, fits) for each in choices)
    assert [each.number for each in placed] == list(range(2, count + 1))
    for each in placed:
        if each.day is None:  # told with the days that were looked at, and none of them is free
            assert not any(each.first <= day <= each.last for day in fits)
        else:
            assert each.first <= each.day <= each.last


def test_a_course_every_28_days_takes_the_day_itself_and_else_the_nearest() -> None:
    free = dict.fromkeys([after(28), after(29), after(55), after(57), after(82)], MORNING)
    placed = place(START, 4, Interval(every_days=28, within_days=3), free)
    assert [each.day for each in placed] == [after(28), after(55), after(82)]  # 57 would leave the last one 25 days


def test_a_greedy_first_step_that_leads_nowhere_is_not_taken() -> None:
    free = {after(7): MORNING, after(6): MORNING, after(12): MORNING}
    placed = place(START, 3, Interval(every_days=7, within_days=1), free)
    assert [each.day for each in placed] == [after(6), after(12)]


def test_the_part_of_the_day_counts_before_the_interval() -> None:
    free = {after(28): DayFit(other_part=True, minutes_off=0), after(26): MORNING}
    assert [each.day for each in place(START, 2, Interval(every_days=28, within_days=3), free)] == [after(26)]


def test_after_a_visit_without_a_day_the_interval_goes_on() -> None:
    placed = place(START, 3, Interval(every_days=28, within_days=3), {after(57): MORNING})
    assert [each.day for each in placed] == [None, after(57)]
    assert (placed[0].first, placed[0].last) == (after(25), after(31))


def test_the_rest_of_a_series_goes_on_from_a_later_visit() -> None:
    free = dict.fromkeys([after(7), after(14)], MORNING)
    placed = place(START, 4, Interval(every_days=7), free, number=2)
    assert [(each.number, each.day) for each in placed] == [(3, after(7)), (4, after(14))]


def test_a_long_course_is_placed_at_once() -> None:
    """24 visits with three days' play: 24 × 70 days at most, not 7^24 choices."""
    interval = Interval(every_days=28, within_days=3)
    free = {after(days): MORNING for days in range(1, 700, 5)}
    assert len(place(START, 24, interval, free)) == 23


def test_an_hour_suits_by_its_clock_and_part_of_the_day() -> None:
    assert fit(time(9, 30), time(9), same_part=True) == DayFit(other_part=False, minutes_off=30)
    assert fit(time(14), time(9), same_part=False) == DayFit(other_part=True, minutes_off=300)
