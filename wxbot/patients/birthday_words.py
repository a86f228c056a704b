"""Understand a birthday as a patient writes it; refuse what is impossible or could mean two days.

For instance 1990-05-12, 1990 5 12, 1990年5月12日, 19900512, 90.5.12, 一九九〇年五月十二日; and lunar
农历1990年八月十五, 阴历 闰六月初三 1987年, 腊月廿九1988（农历）.
"""

import re
import unicodedata
from datetime import date

from wxbot.errors import InvalidInputError
from wxbot.patients.birthdays import born_on
from wxbot.patients.lunar import FIRST_YEAR, LAST_YEAR, month_of
from wxbot.patients.models import Birthday, Calendar

OLDEST_YEARS = 130  # no one has lived longer; an earlier date is a typing error


class BirthdayError(InvalidInputError):
    """A birthday that cannot be understood: no date, an impossible one, or one still to come."""

    code = "birthday"
    wording = "error.birthday"
    sentence = "这不是一个能确定的生日，请写成例如 1990-05-12 或 农历1990年八月十五。"


_DIGITS = {
    numeral: number for number, same in enumerate(("〇零○", "一", "二两", *"三四五六七八九")) for numeral in same
}
_NUMERALS = "〇零○一二两三四五六七八九十廿卅"
_FIRST_MONTH = "元"  # 元月, the first of either calendar
_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}  # names only the lunar calendar uses

_CALENDAR_WORDS = re.compile(r"(农历|阴历|旧历|公历|阳历|新历|国历)")
_LUNAR_WORDS = frozenset({"农历", "阴历", "旧历"})
_FILLER = re.compile(
    r"(我的|我|生日|出生日期|出生于|出生|生于|日期|是|在|的|生人|生|[,，。;；:：!！~()\s]"
    r"|份(?=[\d初〇零○一二三四五六七八九十廿卅]))"
)
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)[\s,，、]++(?=\d)")  # 1990 5 12

_YEAR = rf"(?P<year>\d{{4}}|\d{{2}}|[{_NUMERALS}千]{{2,6}})年"
_MONTH = rf"(?P<leap>闰)?(?P<month>\d{{1,2}}|[{_NUMERALS}]{{1,3}}|正|元|冬|腊)月"
_DAY = rf"(?P<day>初?(?:\d{{1,2}}|[{_NUMERALS}]{{1,3}}))[日号]?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        _YEAR + _MONTH + _DAY,
        _MONTH + _DAY + _YEAR,
        _MONTH + r"(?P<day>初?(?:\d{1,2}[日号]|[〇零○一二三四五六七八九十廿卅]{1,3}[日号]?))(?P<year>\d{4})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<year>\d{4}|\d{2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    )
)


def parse_birthday(text: str, today: date) -> Birthday:
    """The birthday that `text` names.

    A two-digit year is taken only where one century is possible (`90` is 1990; `15` could be 1915 or 2015).

    Raises:
        BirthdayError: no date, an impossible or future date, two calendars, or a doubtful century.
    """
    plain = unicodedata.normalize("NFKC", text)
    calendars = {word in _LUNAR_WORDS for word in _CALENDAR_WORDS.findall(plain)}
    plain = _BETWEEN_NUMBERS.sub("-", _CALENDAR_WORDS.sub("", plain).strip())
    plain = _FILLER.sub("", plain)
    found = next((match for form in _FORMS if (match := form.fullmatch(plain))), None)
    if found is None or len(calendars) > 1:
        raise BirthdayError("no date in it" if found is None else "two calendars")
    parts = found.groupdict()
    parts["month"] = "1" if parts["month"] == _FIRST_MONTH else parts["month"]
    said_lunar = bool(parts.get("leap")) or parts["month"] in _LUNAR_MONTHS or parts["day"][0] in "初廿卅"
    if said_lunar and calendars == {False}:
        raise BirthdayError("a solar date in lunar words")
    birthday = Birthday(
        calendar=Calendar.LUNAR if said_lunar or calendars == {True} else Calendar.SOLAR,
        year=_year(parts["year"], today),
        month=_LUNAR_MONTHS.get(parts["month"]) or _number(parts["month"]),
        day=_number(parts["day"].removeprefix("初")),
        leap_month=bool(parts.get("leap")),
    )
    check_birthday(birthday, today)
    return birthday


def check_birthday(birthday: Birthday, today: date) -> None:
    """Refuse a birthday that never was or is still to come; raises BirthdayError."""
    if not max(FIRST_YEAR, today.year - OLDEST_YEARS) <= birthday.year <= min(LAST_YEAR, today.year):
        raise BirthdayError("a year nobody can be born in")
    if birthday.calendar is Calendar.SOLAR:
        try:
            date(birthday.year, birthday.month, birthday.day)
        except ValueError as error:
            raise BirthdayError("no such day") from error
        if birthday.leap_month:
            raise BirthdayError("the solar calendar has no leap months")
    else:
        month = month_of(birthday.year, birthday.month, leap=birthday.leap_month)
        if month is None or not 1 <= birthday.day <= month.days:
            raise BirthdayError("no such day in that lunar year")
    if born_on(birthday) > today:
        raise BirthdayError("a day still to come")


def _year(words: str, today: date) -> int:
    """The year meant; two digits only where one century is possible."""
    number = _year_number(words)
    if number >= 100:  # noqa: PLR2004 - more than two digits: written out
        return number
    possible = [year for year in (number + 1900, number + 2000) if today.year - OLDEST_YEARS <= year <= today.year]
    if len(possible) != 1:
        raise BirthdayError("a two-digit year that could be in two centuries")
    return possible[0]


def _year_number(words: str) -> int:
    if words.isdecimal():
        return int(words)
    thousands, mark, rest = words.partition("千")
    if mark:  # 二千零五
        return _number(thousands) * 1000 + (_number(rest.lstrip("零〇○")) if rest else 0)
    if any(word not in _DIGITS for word in words) or len(words) not in {2, 4}:
        raise BirthdayError("not a year")
    return int("".join(str(_DIGITS[word]) for word in words))


def _number(words: str) -> int:
    """A number up to 99, in digits or Chinese numerals (十五, 廿九, 三十一)."""
    if words.isdecimal():
        return int(words)
    words = words.replace("廿", "二十").replace("卅", "三十").replace("十十", "十")
    tens, mark, ones = words.partition("十")
    if not mark:
        tens, ones = "", words
    if len(tens) > 1 or len(ones) > 1 or not set(tens + ones) <= set(_DIGITS):
        raise BirthdayError("not a number")
    return ((_DIGITS[tens] if tens else 1) * 10 if mark else 0) + (_DIGITS[ones] if ones else 0)
