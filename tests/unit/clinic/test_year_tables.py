"""A year's arrangement from text and files, and what it changes."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from wxbot.clinic import year_tables
from wxbot.clinic.models import Clinic, SpecialDay, YearTable
from wxbot.clinic.service import missing_years
from wxbot.clinic.workdays import built_in, holiday_name, is_workday
from wxbot.errors import FieldErrors

EXPECTED = YearTable(
    year=2027,
    days=(
        SpecialDay(day=date(2027, 2, 6), off=True, name="春节"),
        SpecialDay(day=date(2027, 2, 20), off=False),
    ),
)


@pytest.mark.parametrize(
    "lines",
    [
        ["2027-02-06 休 春节", "2027-02-20 班"],
        ["# 注释", "", "2027-02-20 班", "2027-02-06 休 春节"],
        ["2027年2月6日 放假 春节", "2027年2月20日 上班"],
        ["2027/2/6,休,春节", "2027/2/20，补班"],
        ["春节 2027.02.06 休息", "2027.02.20 班"],
        ["2027-02-06（周六） 休 春节", "2027-02-20 星期六 班"],
    ],
)
def test_many_ways_of_writing_give_the_same_table(lines: list[str]) -> None:
    assert year_tables.from_lines(lines) == EXPECTED


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ([], "没有读到"),
        (["春节"], "第 1 行"),
        (["2027-02-06 休", "2027-02-30 休"], "没有 2027-02-30"),
        (["2027-02-06"], "休」还是「班"),
        (["2027-02-06 休 班"], "休」还是「班"),
        (["2027-02-06 休", "2028-01-01 休"], "不在 2027"),
        (["2027-02-06 休", "2027-02-06 班"], "两次"),
        (["2027-02-06 休 " + "节" * 21], "太长"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(lines: list[str], word: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        year_tables.from_lines(lines)
    assert word in refused.value.fields["days"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("2027.csv", "2027-02-06,休,春节\n2027-02-20,班,\n".encode()),
        ("2027.csv", "2027-02-06,休,春节\n2027-02-20,班,\n".encode("gb18030")),
        ("2027.txt", "2027-02-06 休 春节\n2027-02-20 班\n".encode("utf-8-sig")),
        ("a.toml", '[[holidays]]\nyear = 2027\ndays = ["2027-02-06 休 春节", "2027-02-20 班"]\n'.encode()),
        ("b.toml", 'days = ["2027-02-06 休 春节", "2027-02-20 班"]\n'.encode()),
    ],
)
def test_each_kind_of_file_gives_the_same_table(name: str, data: bytes) -> None:
    assert year_tables.from_file(name, data) == EXPECTED


def test_the_rows_of_a_spreadsheet_give_the_same_table() -> None:
    rows = [(1, ("日期", "安排", "名称")), (2, ("2027-02-06", "休", "春节")), (5, ("2027-02-20", "班"))]
    assert year_tables.from_rows(rows) == EXPECTED
    assert year_tables.from_rows(rows[1:]) == EXPECTED


def test_a_wrong_row_is_named_by_its_line() -> None:
    with pytest.raises(FieldErrors) as refused:
        year_tables.from_rows([(1, ("2027-02-06", "休")), (7, ("2027-02-30", "休"))])
    assert "第 7 行" in refused.value.fields["days"]


def test_rows_at_the_end_of_a_long_sheet_are_too_many() -> None:
    with pytest.raises(FieldErrors) as refused:
        year_tables.from_rows([(1, ("2027-02-06", "休")), (1_048_576, ("2027-02-20", "班"))])
    assert "行数太多" in refused.value.fields["days"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF"),
        ("a.toml", b"days = " + b"[" * 5000),
        ("a.toml", b"days = ["),
        ("a.toml", b"days = 3"),
        ("a.csv", b"\xff\xff\xff"),
        ("a.csv", b"0" * (year_tables.MOST_BYTES + 1)),
    ],
)
def test_a_wrong_file_is_refused_in_words(name: str, data: bytes) -> None:
    with pytest.raises(FieldErrors):
        year_tables.from_file(name, data)


def test_a_table_written_out_reads_back() -> None:
    assert year_tables.from_lines(year_tables.text_of(EXPECTED).splitlines()) == EXPECTED
    published = built_in(2026)
    assert year_tables.from_lines(year_tables.text_of(published).splitlines()) == published


def test_the_built_in_table_says_what_the_calendar_says() -> None:
    table = built_in(2026)
    days = [date.fromordinal(number) for number in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())]
    assert [is_workday(day, table) for day in days] == [is_workday(day) for day in days]
    assert [holiday_name(day, table) for day in days] == [holiday_name(day) for day in days]


def test_an_entered_table_counts_before_the_built_in_one() -> None:
    saturday, sunday = date(2027, 2, 20), date(2027, 2, 21)
    assert (is_workday(saturday), is_workday(saturday, EXPECTED)) == (False, True)
    assert is_workday(sunday, EXPECTED) is False
    assert holiday_name(date(2027, 2, 6), EXPECTED) == "春节"
    assert holiday_name(date(2027, 10, 1), EXPECTED) is None  # the table is the whole year
    unnamed = YearTable(year=2027, days=(SpecialDay(day=sunday, off=True),))
    assert holiday_name(sunday, unnamed) == "法定节假日"


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 10, 31), ()),
        (date(2026, 11, 1), (2027,)),
        (date(2027, 1, 1), (2027,)),
        (date(2027, 11, 1), (2027, 2028)),
    ],
)
def test_a_missing_year_is_told_from_november_on(today: date, expected: tuple[int, ...]) -> None:
    clinic = Clinic(
        name="",
        address="",
        phone="",
        privacy_contact="",
        timezone=ZoneInfo("Asia/Shanghai"),
        visit_types=(),
        practitioners=(),
    )
    assert missing_years(clinic, today) == expected
