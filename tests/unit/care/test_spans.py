from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from wxbot.care.calendar import Calendar
from wxbot.care.models import Offset, Step
from wxbot.care.spans import Span, spans
from wxbot.messaging import Purpose

TZ = ZoneInfo("Asia/Shanghai")


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=TZ)  # type: ignore[arg-type, misc]


def step(offset: Offset, *, at: time | None = time(10), grace_hours: float = 8) -> Step:
    return Step(key="s", template="t", purpose=Purpose.CARE, offset=offset, at=at, grace_hours=grace_hours)


def test_outside_a_steps_hours_nobody_is_asked() -> None:
    assert spans([step(Offset(days=-1))], here(2026, 11, 23, 9), Calendar(tz=TZ)) == []
    assert spans([step(Offset(days=-1))], here(2026, 11, 23, 18), Calendar(tz=TZ)) == []


def test_a_day_before_asks_for_tomorrow_only() -> None:
    assert spans([step(Offset(days=-1))], here(2026, 11, 23, 12), Calendar(tz=TZ)) == [
        Span(here(2026, 11, 24), here(2026, 11, 25)),
    ]


def test_the_end_of_a_short_month_asks_for_all_the_days_that_fall_on_it() -> None:
    assert spans([step(Offset(months=1))], here(2026, 2, 28, 12), Calendar(tz=TZ)) == [
        Span(here(2026, 1, 28), here(2026, 2, 1))
    ]


def test_half_a_year_of_aftercare_asks_for_a_few_days() -> None:
    steps = [step(Offset(days=1)), step(Offset(days=3)), step(Offset(window_days=(4, 7)))]
    steps += [step(Offset(months=months)) for months in (1, 3, 6)]
    asked = spans(steps, here(2026, 11, 23, 12), Calendar(tz=TZ))
    assert sum((span.end - span.start for span in asked), timedelta()) <= timedelta(days=10)


def test_a_span_knows_the_local_days_it_touches() -> None:
    days = Span(here(2026, 11, 23), here(2026, 11, 25)).days(TZ)
    assert [day.day for day in days] == [23, 24]


def test_a_span_falls_into_slices_without_gap_or_overlap() -> None:
    span = Span(here(2026, 11, 23), here(2026, 11, 23, 5))
    assert list(span.slices(timedelta(hours=2))) == [
        Span(here(2026, 11, 23), here(2026, 11, 23, 2)),
        Span(here(2026, 11, 23, 2), here(2026, 11, 23, 4)),
        Span(here(2026, 11, 23, 4), here(2026, 11, 23, 5)),
    ]
