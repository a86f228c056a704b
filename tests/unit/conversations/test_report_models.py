"""Reports: which days a period has, and what the figures fill in."""

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.conversations.test_figures import GOOD, figures
from wxbot.conversations.evaluation.figure_definitions import DEFINITIONS
from wxbot.conversations.evaluation.measuring import Hit
from wxbot.conversations.evaluation.report_models import PEOPLE, Tally, filled, people_heads
from wxbot.conversations.models import Cause, EpisodeId
from wxbot.conversations.standards import STANDARDS
from wxbot.periods import Span, period_of


@pytest.mark.parametrize(
    ("span", "day", "first", "last"),
    [
        (Span.DAY, date(2028, 2, 29), date(2028, 2, 29), date(2028, 2, 29)),
        (Span.WEEK, date(2026, 11, 23), date(2026, 11, 23), date(2026, 11, 29)),
        (Span.WEEK, date(2026, 11, 29), date(2026, 11, 23), date(2026, 11, 29)),
        (Span.WEEK, date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        (Span.MONTH, date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        (Span.MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_one_period_of_each_span(span: Span, day: date, first: date, last: date) -> None:
    period = period_of(span, day)
    assert (period.first, period.last) == (first, last)
    assert {period_of(span, each).id for each in (first, day, last)} == {period.id}


def test_every_figure_is_filled_in_with_its_standard_and_definition() -> None:
    hit = Hit(line_id="l", severity="block", category="c", name="过度承诺", words="包好")
    found = [
        figures(GOOD),
        replace(figures(GOOD), id=EpisodeId("e2"), hits=(hit, hit), owner=None),
        replace(figures(GOOD), id=EpisodeId("e3"), cause=Cause.DANGER),
    ]
    report = filled(found, STANDARDS)
    lines = {each.key: each for each in report.lines}
    assert lines.keys() == DEFINITIONS.keys()
    on_time = lines["on_time"]
    assert (on_time.shown, on_time.count, on_time.among, on_time.band) == ("100.0%", 3, 3, "excellent")
    assert on_time.standard == "基本 80%，优质 95%"
    assert "（A3-02）" in on_time.words
    assert report.causes == (Tally(name="请求人工", count=2), Tally(name="危险征兆", count=1))
    assert report.rules == (Tally(name="过度承诺", count=2),)
    assert [(each.account, each.shown[0]) for each in report.people] == [("", "1"), ("li", "2")]
    assert all(len(each.shown) == len(PEOPLE) == len(people_heads()) for each in report.people)


def test_a_period_without_talks_has_lines_and_nothing_else() -> None:
    report = filled([], STANDARDS)
    assert {each.shown for each in report.lines} <= {"—", "0"}
    assert (report.causes, report.rules, report.people) == ((), (), ())
