from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wxbot.errors import InvalidInputError
from wxbot.patients.birthday_words import BirthdayError, check_birthday, parse_birthday
from wxbot.patients.birthdays import born_on
from wxbot.patients.lunar import month_of, months_of
from wxbot.patients.models import Birthday, Calendar

TODAY = date(2026, 11, 23)
SOLAR, LUNAR = Calendar.SOLAR, Calendar.LUNAR


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1990-05-12", (SOLAR, 1990, 5, 12, False)),
        ("1990/5/12", (SOLAR, 1990, 5, 12, False)),
        ("1990.05.12", (SOLAR, 1990, 5, 12, False)),
        ("1990年5月12日", (SOLAR, 1990, 5, 12, False)),
        ("1990 年 5 月 12 号", (SOLAR, 1990, 5, 12, False)),
        ("19900512", (SOLAR, 1990, 5, 12, False)),
        ("１９９０－０５－１２", (SOLAR, 1990, 5, 12, False)),
        ("90.5.12", (SOLAR, 1990, 5, 12, False)),
        ("900512", (SOLAR, 1990, 5, 12, False)),
        ("90年5月12日", (SOLAR, 1990, 5, 12, False)),
        ("我的生日是1990年5月12日。", (SOLAR, 1990, 5, 12, False)),
        ("5月12日,1990年", (SOLAR, 1990, 5, 12, False)),
        ("公历1990年5月12日", (SOLAR, 1990, 5, 12, False)),
        ("一九九〇年五月十二日", (SOLAR, 1990, 5, 12, False)),
        ("九零年十二月三十一号", (SOLAR, 1990, 12, 31, False)),
        ("二零零零年二月二十九日", (SOLAR, 2000, 2, 29, False)),
        ("二千零五年十月二日", (SOLAR, 2005, 10, 2, False)),
        ("农历1990年八月十五", (LUNAR, 1990, 8, 15, False)),
        ("1990年农历八月十五", (LUNAR, 1990, 8, 15, False)),
        ("农历1990-8-15", (LUNAR, 1990, 8, 15, False)),
        ("阴历 闰六月初三 1987年", (LUNAR, 1987, 6, 3, True)),
        ("1987年闰6月初3", (LUNAR, 1987, 6, 3, True)),
        ("1988年腊月廿九", (LUNAR, 1988, 12, 29, False)),
        ("1990年正月初一", (LUNAR, 1990, 1, 1, False)),
        ("1978年冬月卅", (LUNAR, 1978, 11, 30, False)),
        ("旧历一九九〇年十月初十", (LUNAR, 1990, 10, 10, False)),
        ("2026-11-23", (SOLAR, 2026, 11, 23, False)),
    ],
)
def test_birthdays_are_understood_as_patients_write_them(
    text: str, expected: tuple[Calendar, int, int, int, bool]
) -> None:
    calendar, year, month, day, leap = expected
    assert parse_birthday(text, TODAY) == Birthday(calendar=calendar, year=year, month=month, day=day, leap_month=leap)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "你好",
        "5月12日",  # no year
        "15.5.12",  # 1915 or 2015
        "1990-02-29",
        "1990-13-01",
        "1990年4月31日",
        "0000-01-01",
        "1850-01-01",
        "2026-11-24",  # tomorrow
        "2027年1月1日",
        "农历2026年腊月初一",  # lunar 2026 is not over, the 12th month is still to come
        "农历1990年闰八月十五",  # 1990 had a leap 5th month
        "农历1990年十三月初一",
        "农历1991年正月三十一",
        "公历1990年腊月初一",
        "农历阳历1990年5月12日",
        "1990-05-12或者1991-05-12",
        "1990年5月12日下午3点",
        "1990512",
        "99999999999999999999",
        "年月日",
        "十十年十十月十十日",
        "1990年十十十月5日",
        "²⁰⁰⁰-01-01x",
        "٠٩٩٠-٠١-٠١x",
    ],
)
def test_what_cannot_be_a_birthday_gets_the_sentence_about_birthdays(text: str) -> None:
    with pytest.raises(BirthdayError) as refused:
        parse_birthday(text, TODAY)
    assert isinstance(refused.value, InvalidInputError)
    assert refused.value.wording == "error.birthday"


def test_day_30_of_a_short_month_never_was() -> None:
    short = next(month for month in months_of(1990) if month.days == 29)
    with pytest.raises(BirthdayError):
        parse_birthday(f"农历1990年{short.month}月三十", TODAY)


def test_a_birthday_put_together_elsewhere_is_checked_by_the_same_rules() -> None:
    with pytest.raises(BirthdayError):
        check_birthday(Birthday(calendar=SOLAR, year=1990, month=5, day=12, leap_month=True), TODAY)
    with pytest.raises(BirthdayError):
        check_birthday(Birthday(calendar=LUNAR, year=1990, month=0, day=12), TODAY)
    check_birthday(Birthday(calendar=LUNAR, year=1987, month=6, day=3, leap_month=True), TODAY)


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(alphabet="0123456789年月日号-/. 农历阴公闰初一二三四五六七八九十廿卅〇零千正冬腊两我²٣", max_size=16)
)
def test_nonsense_never_breaks_the_parser(text: str) -> None:
    try:
        birthday = parse_birthday(text, TODAY)
    except BirthdayError:
        return
    assert date(1896, 1, 1) <= born_on(birthday) <= TODAY


@settings(max_examples=150, deadline=None)
@given(day=st.dates(date(1940, 1, 1), TODAY))
def test_every_past_day_is_understood_in_each_form(day: date) -> None:
    for form in ("{0:%Y-%m-%d}", "{0:%Y%m%d}", "{0.year}年{0.month}月{0.day}日", "公历{0.year}/{0.month}/{0.day}"):
        birthday = parse_birthday(form.format(day), TODAY)
        assert (birthday.calendar, born_on(birthday)) == (SOLAR, day)


@settings(max_examples=100, deadline=None)
@given(year=st.integers(1940, 2025), data=st.data())
def test_every_past_lunar_day_is_understood(year: int, data: st.DataObject) -> None:
    month = data.draw(st.sampled_from(months_of(year)))
    day = data.draw(st.integers(1, month.days))
    words = f"农历{year}年{'闰' if month.leap else ''}{month.month}月{day}日"
    birthday = parse_birthday(words, TODAY)
    assert month_of(birthday.year, birthday.month, leap=birthday.leap_month) == month
    assert birthday.day == day
