"""Rules for days that are named by the calendar: 12月5号, 5号, 月底, 腊月初八, 元旦."""

import re

from wxbot.patients.lunar import lunar_day, month_of, solar_day
from wxbot.understanding.day_readings import (
    ALONE,
    MONTHS,
    NO_NUMBERED_THING,
    NOT_NUMBERED,
    SMALL,
    UNREAD,
    DayRead,
    DayRule,
    Moment,
    coming_months,
    days_between,
    existing_day,
    one_day,
)
from wxbot.understanding.festivals import FESTIVALS, festival_days
from wxbot.understanding.models import Relationship
from wxbot.understanding.numerals import NUMERALS, number

CENTURY = 2000
LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}

_NO_UNIT = (
    r"(?![\d.a-z%‰°]|[点时天个次颗人岁楼周度万亿千元块毛分秒小年月级倍折两斤公厘毫米支盒片粒瓶针成层室届位条张页])"
)
_FOLLOWS_DOT = r"(?=$|[,.!?~()上下中早晚凌夜周星礼号日有能可行去来约想我预好吧吗呢前后之以起到还洗看拔补复换-])"


# -- dates --------------------------------------------------------------------------------------------------------


def _full_date(found: re.Match[str], moment: Moment) -> DayRead | None:
    year, month, day = number(found["year"]), number(found["month"]), number(found["day"])
    if year is None or month is None or day is None:
        return None
    year += CENTURY if year < 100 else 0  # noqa: PLR2004 - 26年12月5号
    existing = existing_day(year, month, day)
    return UNREAD if existing is None else one_day(existing, moment)


def _named_year(found: re.Match[str], moment: Moment) -> DayRead | None:
    month, day = number(found["month"]), number(found["day"])
    if month is None or day is None:
        return None
    year = moment.today.year + {"今": 0, "明": 1, "后": 2, "去": -1, "前": -2}[found["year"]]
    existing = existing_day(year, month, day)
    return UNREAD if existing is None else one_day(existing, moment)


def _month_day(found: re.Match[str], moment: Moment) -> DayRead | None:
    month, day = number(found["month"]), number(found["day"])
    if month is None or day is None:
        return None
    years = range(moment.today.year, moment.today.year + 9)  # 29 February comes within eight years
    coming = [each for year in years if (each := existing_day(year, month, day)) and each >= moment.today]
    return DayRead(days=(coming[0],), relative=True) if coming else UNREAD


def _slashed(found: re.Match[str], moment: Moment) -> DayRead | None:
    """12/5, 12-5, 12.5: only where it is a day of the calendar, for many other things look like it."""
    read = _month_day(found, moment)
    return None if read is UNREAD else read


def _day_of_month(found: re.Match[str], moment: Moment) -> DayRead | None:
    day = number(found["day"])
    if day is None or day > 39:  # noqa: PLR2004 - 88号 is a house, 32号 may be a slip
        return None
    for year, month in coming_months(moment.today):
        existing = existing_day(year, month, day)
        if existing is not None and existing >= moment.today:
            return DayRead(days=(existing,), relative=True)
    return UNREAD


def _span_of_month(found: re.Match[str], moment: Moment) -> DayRead | None:
    """5到8号, 12月5-8号; 12-5号 is a date."""
    first, last = number(found["first"]), number(found["last"])
    if first is None or last is None or (first >= last and found["month"] is None):
        return None
    month = number(found["month"]) if found["month"] else None
    months = coming_months(moment.today) if month is None else [(moment.today.year + year, month) for year in (0, 1)]
    for year, each in months:
        begins, ends = existing_day(year, each, first), existing_day(year, each, last)
        if begins and ends and begins >= moment.today and begins <= ends:
            return DayRead(days=days_between(begins, ends), span=True)
    return UNREAD


# -- lunar days and festivals -------------------------------------------------------------------------------------


def _lunar(found: re.Match[str], moment: Moment) -> DayRead | None:
    month = LUNAR_MONTHS.get(found["month"] or "正") or number(found["month"])
    day = number(found["day"].removeprefix("初"))
    if month is None or day is None or not 1 <= month <= MONTHS:
        return UNREAD
    this_year = lunar_day(moment.today)[0].year
    for year in range(this_year, this_year + 3):
        lunar = month_of(year, month, leap=False)
        if lunar is not None and 1 <= day <= lunar.days and solar_day(lunar, day) >= moment.today:
            return DayRead(days=(solar_day(lunar, day),))
    return UNREAD


def _festival(found: re.Match[str], moment: Moment) -> DayRead:
    days = festival_days(found["festival"], moment.today)
    return DayRead(days=days, span=len(days) > 1)


def _new_year_bound(found: re.Match[str], moment: Moment) -> DayRead:
    """年前, 年后: before and after the lunar new year."""
    days = festival_days("春节", moment.today)
    if found["bound"] == "前":
        return DayRead(days=days[:1], relationship=Relationship.UNTIL)
    return DayRead(days=days[:1], relationship=Relationship.FROM)


# -- the rules --

CALENDAR_RULES: tuple[DayRule, ...] = (
    DayRule(
        name="day.full_date",
        pattern=re.compile(
            rf"{ALONE}(?P<year>\d{{4}}|\d{{2}}(?=年)|[〇零一二三四五六七八九]{{4}}(?=年)|[〇零一二三四五六七八九]{{2}}(?=年))"
            rf"(?P<mark>[年/.-])(?P<month>{SMALL})[月/.-](?P<day>{SMALL})(?:[号日](?!子))?(?!\d)"
        ),
        read=_full_date,
    ),
    DayRule(
        name="day.full_date",
        pattern=re.compile(r"(?<!\d)(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"),
        read=_full_date,
    ),
    DayRule(
        name="day.named_year",
        pattern=re.compile(rf"(?P<year>[今明后去前])年的?(?P<month>{SMALL})月份?的?(?P<day>{SMALL})(?:[号日](?!子))?"),
        read=_named_year,
    ),
    DayRule(
        name="day.lunar",
        pattern=re.compile(rf"(?:农历|阴历|旧历)(?P<month>[正冬腊]|{SMALL})月(?P<day>初?{SMALL})[号日]?"),
        read=_lunar,
    ),
    DayRule(
        name="day.lunar",
        pattern=re.compile(
            rf"(?P<month>[正冬腊]|(?<![{NUMERALS}])[{NUMERALS}]{{1,2}}(?=月初))月(?P<day>初[一二三四五六七八九十]|{SMALL})(?!点)"
        ),
        read=_lunar,
    ),
    DayRule(
        name="day.lunar",
        pattern=re.compile("大?年(?P<month>)(?P<day>初[一二三四五六七八九十])"),
        read=_lunar,
    ),
    DayRule(
        name="day.date",
        pattern=re.compile(
            rf"{ALONE}(?P<month>{SMALL})月份?的?(?P<day>{SMALL})(?:[号日](?!子)|(?![\d{NUMERALS}点时:个颗]))"
        ),
        read=_month_day,
    ),
    DayRule(
        name="day.span_of_month",
        pattern=re.compile(
            rf"{NOT_NUMBERED}{ALONE}(?:(?P<month>{SMALL})月)?(?<![月年/-])(?P<first>{SMALL})[号日]?"
            rf"(?:到|至|~|-{{1,2}})(?P<last>{SMALL})[号日](?!子){NO_NUMBERED_THING}"
        ),
        read=_span_of_month,
    ),
    DayRule(
        name="day.date",
        pattern=re.compile(
            rf"(?<![\d./a-z周期拜-])(?P<month>0?[1-9]|1[0-2])(?P<mark>[/-])(?P<day>0?[1-9]|[12]\d|3[01])[号日]?(?![/-]){_NO_UNIT}"
        ),
        read=_slashed,
    ),
    DayRule(
        name="day.date",
        pattern=re.compile(
            r"(?<![\d./a-z度温值长宽厚价花给要付差高到近午上晚早晨周期拜-])(?P<month>0?[1-9]|1[0-2])\.(?P<day>0?[1-9]|[12]\d|3[01])"
            rf"[号日]?(?!\d){_FOLLOWS_DOT}(?!前后牙|上下牙)"
        ),
        read=_slashed,
    ),
    DayRule(
        name="day.of_month",
        pattern=re.compile(
            rf"{NOT_NUMBERED}{ALONE}(?<![月年])(?P<day>{SMALL})(?:号(?!子){NO_NUMBERED_THING}|日(?![本常子记期元用]))"
        ),
        read=_day_of_month,
    ),
    DayRule(
        name="day.festival",
        pattern=re.compile(
            rf"(?<![{NUMERALS}\d周])(?P<festival>{'|'.join(sorted(FESTIVALS, key=len, reverse=True))})"
            r"(?:节|当天|那天|假期|放假|长假|期间)*+(?![点号月\d路])"
        ),
        read=_festival,
    ),
    DayRule(
        name="day.new_year",
        pattern=re.compile(
            rf"(?<![{NUMERALS}\d几多半今明去前学成少青中老往每全整百万周])年(?P<bound>[前后])(?![天面])"
        ),
        read=_new_year_bound,
    ),
    DayRule(name="day.new_year", pattern=re.compile("过完年(?:以?后|之后)?(?P<bound>)"), read=_new_year_bound),
)
