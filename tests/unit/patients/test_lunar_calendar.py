"""Our lunar calendar against a second library, tyme4py: every month of every lunar year, and every day of them."""

from datetime import date, timedelta

import pytest
from tyme4py.lunar import LunarDay, LunarYear

from wxbot.patients.birthdays import born_on
from wxbot.patients.lunar import lunar_day, months_of, solar_day
from wxbot.patients.models import Birthday, Calendar

FIRST, LAST = 1930, 2100  # whoever lives was born in them, or has a birthday in them
DECADES = tuple(range(FIRST, LAST + 1, 10))


def _theirs(year: int) -> list[tuple[int, bool, int, date]]:
    """The months of a lunar year as tyme4py has them: number, leap, days, first solar day."""
    found = []
    for month in LunarYear.from_year(year).get_months():
        number = month.get_month_with_leap()
        begins = LunarDay.from_ymd(year, number, 1).get_solar_day()
        first = date(begins.get_year(), begins.get_month(), begins.get_day())
        found.append((abs(number), number < 0, month.get_day_count(), first))
    return found


def test_every_month_of_1930_to_2100_begins_where_the_other_calendar_has_it() -> None:
    wrong = {
        year: ours
        for year in range(FIRST, LAST + 1)
        if (ours := [(each.month, each.leap, each.days, each.first) for each in months_of(year)]) != _theirs(year)
    }
    assert wrong == {}
    assert sum(month.leap for year in range(FIRST, LAST + 1) for month in months_of(year)) == 63


@pytest.mark.parametrize("decade", DECADES)
def test_every_lunar_birthday_is_the_solar_day_of_the_other_calendar(decade: int) -> None:
    wrong = []
    for year in range(decade, min(decade + 10, LAST + 1)):
        for month in months_of(year):
            for number in range(1, month.days + 1):
                their = LunarDay.from_ymd(year, -month.month if month.leap else month.month, number).get_solar_day()
                day = date(their.get_year(), their.get_month(), their.get_day())
                birthday = Birthday(
                    calendar=Calendar.LUNAR, year=year, month=month.month, day=number, leap_month=month.leap
                )
                if {born_on(birthday), solar_day(month, number)} != {day} or lunar_day(day) != (month, number):
                    wrong.append((birthday, day))
        assert months_of(year)[-1].first + timedelta(days=months_of(year)[-1].days) == months_of(year + 1)[0].first
    assert wrong == []
