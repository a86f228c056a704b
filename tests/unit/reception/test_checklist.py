"""The month's score of the checklist (A4-12)."""

from datetime import date

from tests.unit.visits.visits import NINE
from wxbot.reception.checklist import month_score
from wxbot.reception.models import DayChecklist, Tick
from wxbot.reception.rules import ChecklistItem

GREETING, STEPS = (ChecklistItem(key=key, name=key, group="礼仪") for key in ("greeting", "steps"))
DAYS = [date(2026, 11, day) for day in (23, 24)]


def ticked(day: date, *keys: str) -> DayChecklist:
    return DayChecklist(id=day.isoformat(), ticks={key: Tick(at=NINE, by="staff:1") for key in keys})


def test_a4_12_the_score_is_what_was_ticked_of_what_was_to_be_and_below_90_it_is_missed() -> None:
    whole = [ticked(day, "greeting", "steps") for day in DAYS]
    score = month_score(DAYS, {each.id: each for each in whole}, (GREETING, STEPS), 90)
    assert (score.percent, score.missed) == (100, False)
    part = {each.id: each for each in (ticked(DAYS[0], "greeting", "steps"), ticked(DAYS[1], "greeting"))}
    score = month_score(DAYS, part, (GREETING, STEPS), 90)
    assert (score.percent, score.missed) == (75, True)
    assert [(each.ticked, each.percent) for each in score.items] == [(2, 100), (1, 50)]


def test_closed_days_and_items_that_left_the_list_do_not_count() -> None:
    sunday = date(2026, 11, 22)
    kept = {each.id: each for each in (ticked(sunday, "greeting"), ticked(DAYS[0], "greeting", "gone"))}
    score = month_score(DAYS[:1], kept, (GREETING,), 90)
    assert (score.percent, score.days, len(score.items)) == (100, 1, 1)


def test_before_the_first_day_there_is_no_score_to_miss() -> None:
    score = month_score([], {}, (GREETING,), 90)
    assert (score.percent, score.missed) == (None, False)
