"""The rules that read days: a pattern each, a name that staff see, and what a match means on a given day."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from wxbot.days import FIRST_DAY, LAST_DAY
from wxbot.patients.lunar import lunar_day, month_of, solar_day
from wxbot.understanding.festivals import FESTIVALS, festival_days
from wxbot.understanding.models import Doubt, Relationship
from wxbot.understanding.numerals import NUMERALS, number

WEEK_DAYS = 7
MONTHS = 12
SATURDAY, SUNDAY = 5, 6
FRIDAY = 4
CENTURY = 2000
WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5} | {
    str(place + 1): place for place in range(6)
}
LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}
NEAR = {"今": 0, "明": 1, "后": 2, "大后": 3, "大大后": 4, "昨": -1, "前": -2, "大前": -3}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The day on which the words are read, and the last day that may be booked."""

    today: date
    last: date

    @property
    def monday(self) -> date:
        """The first day of this week."""
        return self.today - timedelta(days=self.today.weekday())


@dataclass(frozen=True, kw_only=True)
class DayRead:
    """What a match means. `bare`: a weekday without 这 or 下; `relative`: read again from the first day of a span."""

    days: tuple[date, ...]
    span: bool = False
    doubt: Doubt | None = None
    relationship: Relationship = Relationship.AT
    bare: bool = False
    relative: bool = False


@dataclass(frozen=True, kw_only=True)
class DayRule:
    """`hint`: signs without which the pattern cannot match, so that most rules cost nothing."""

    name: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], Moment], DayRead | None]
    hint: str | None = None


# -- parts of the patterns ----------------------------------------------------------------------------------------

_N = f"[{NUMERALS}]"
_ALONE = rf"(?:(?<![\d.{NUMERALS}])|(?<=[周期拜][一二三四五六]))"  # no numeral before, but 周三8号
_SMALL = rf"(?:\d{{1,2}}|{_N}{{1,3}})"
_WEEK = "(?:周|星期|礼拜)"
_WHICH = "(?P<which>下{1,3}|这|本|上{1,2})"
_NO_UNIT = (
    r"(?![\d.a-z%‰°]|[点时天个次颗人岁楼周度万亿千元块毛分秒小年月级倍折两斤公厘毫米支盒片粒瓶针成层室届位条张页])"
)
_NOT_A_NUMBERED_THING = (  # 8号牙, 2号楼, 1号诊室
    "(?![楼牙诊床线院门窗桌房机码店馆电技医护室位柜车口库厅球针铺仓学糖胶单栋厂出站台台座位屋的字试]|冷|技师|大夫|文件)"
)
_NOT_NUMBERED_BEFORE = r"(?<![第a-z路街巷弄编账栋楼座房层牌线幢])"
_FOLLOWS_DOT = r"(?=$|[,.!?~()上下中早晚凌夜周星礼号日有能可行去来约想我预好吧吗呢前后之以起到还洗看拔补复换-])"
_NO_WEEKDAY_AFTER = "(?![次颗围期])"


def _days(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=each) for each in range((last - first).days + 1))


def _single(day: date, moment: Moment, *, relative: bool = False) -> DayRead:
    past = day < moment.today
    return DayRead(days=(day,), doubt=Doubt.PAST if past else None, relative=relative)


UNREAD = DayRead(days=(), doubt=Doubt.UNREAD_DAY)


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def _next_months(today: date) -> Iterator[tuple[int, int]]:
    """This month and the ones after it, as year and month."""
    for ahead in range(MONTHS + 1):
        month = today.month - 1 + ahead
        yield today.year + month // MONTHS, month % MONTHS + 1


def _month_days(year: int, month: int, moment: Moment, part: str = "") -> DayRead:
    """The days of a month, or of 月初, 月中, 月底, that are still to come, those that may be booked if any may."""
    first = date(year, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    bounds = {
        "初": (1, 5),
        "中": (13, 17),
        "上": (1, 10),
        "中旬": (11, 20),
        "下": (21, 31),
        "底": (26, 31),
        "末": (26, 31),
    }
    if part:
        begins, ends = bounds[part]
        first, last = first.replace(day=begins), min(last, first.replace(day=min(ends, last.day)))
    if last < moment.today:
        return DayRead(days=_days(first, last), span=True, doubt=Doubt.PAST)
    days = _days(max(first, moment.today), last)
    return DayRead(days=tuple(day for day in days if day <= moment.last) or days, span=True)


# -- near days ----------------------------------------------------------------------------------------------------


def _near(found: re.Match[str], moment: Moment) -> DayRead:
    return _single(moment.today + timedelta(days=NEAR[found["near"]]), moment)


def _outer(_: re.Match[str], moment: Moment) -> DayRead:
    """外后天: the day after 大后天 for most, the same for some."""
    days = (moment.today + timedelta(days=4), moment.today + timedelta(days=3))
    return DayRead(days=days, doubt=Doubt.DISAGREEMENT)


def _two_near(found: re.Match[str], moment: Moment) -> DayRead:
    first = NEAR[found["first"]]
    days = tuple(moment.today + timedelta(days=each) for each in range(first, first + 2))
    return DayRead(days=days, span=True)


_DAY_WORD = "(?:天|日|儿个?|朝|个儿?)"
_PART_OF_DAY = "(?=上午|早上|早晨|清晨|中午|正午|下午|午后|傍晚|晚上|晚间|夜里|晚饭|[早晚](?![点就已了了饭日到])|早点|晚点|晚\\d|早\\d)"

# -- counted from today -------------------------------------------------------------------------------------------


def _after_days(found: re.Match[str], moment: Moment) -> DayRead | None:
    count = number(found["count"])
    if count is None or count == 0:
        return None
    ahead = count * (WEEK_DAYS if found["unit"] not in {"天", "日"} else 1)
    if ahead > (LAST_DAY - moment.today).days:
        return None
    return DayRead(days=(moment.today + timedelta(days=ahead),), relative=False)


def _after_half_month(_: re.Match[str], moment: Moment) -> DayRead:
    return DayRead(days=(moment.today + timedelta(days=15),), relationship=Relationship.AROUND)


def _after_months(found: re.Match[str], moment: Moment) -> DayRead | None:
    count = number(found["count"])
    if count is None or not 1 <= count <= MONTHS * 2:
        return None
    month = moment.today.month - 1 + count
    year, month = moment.today.year + month // MONTHS, month % MONTHS + 1
    days = [day for back in range(4) if (day := _existing(year, month, moment.today.day - back))]
    return DayRead(days=tuple(days[:1]), relationship=Relationship.AROUND)


def _some_days(_: re.Match[str], moment: Moment) -> DayRead:
    days = tuple(moment.today + timedelta(days=each) for each in range(2, 5))
    return DayRead(days=days, span=True, relationship=Relationship.AROUND)


def _these_days(_: re.Match[str], moment: Moment) -> DayRead:
    return DayRead(days=_days(moment.today, moment.today + timedelta(days=6)), span=True)


def _ago(found: re.Match[str], moment: Moment) -> DayRead | None:
    count = number(found["count"])
    if count is None:
        return None
    behind = count * (WEEK_DAYS if found["unit"] not in {"天", "日"} else 1)
    if behind > (moment.today - FIRST_DAY).days:
        return None
    return DayRead(days=(moment.today - timedelta(days=behind),), doubt=Doubt.PAST)


def _some_days_ago(_: re.Match[str], moment: Moment) -> DayRead:
    return DayRead(
        days=_days(moment.today - timedelta(days=7), moment.today - timedelta(days=1)), span=True, doubt=Doubt.PAST
    )


# -- weeks --------------------------------------------------------------------------------------------------------


def _week_of(which: str | None, moment: Moment) -> date:
    """The Monday of that week."""
    weeks = 0 if which in {None, "这", "本"} else len(which or "") * (1 if "下" in (which or "") else -1)
    return moment.monday + timedelta(days=WEEK_DAYS * weeks)


def _weekday(found: re.Match[str], moment: Moment) -> DayRead:
    weekday, which = WEEKDAYS[found["day"]], found["which"]
    if not which:
        first = moment.today + timedelta(days=(weekday - moment.today.weekday()) % WEEK_DAYS)
        days = tuple(day for day in (first, first + timedelta(days=WEEK_DAYS)) if day <= moment.last) or (first,)
        return DayRead(days=days, bare=True, relative=True)
    return _single(_week_of(which, moment) + timedelta(days=weekday), moment)


def _weekend(found: re.Match[str], moment: Moment) -> DayRead:
    saturday = _week_of(found["which"], moment) + timedelta(days=SATURDAY)
    days = (saturday, saturday + timedelta(days=1))
    left = tuple(day for day in days if day >= moment.today)
    return DayRead(days=left or days, span=True, doubt=None if left else Doubt.PAST)


def _week(found: re.Match[str], moment: Moment) -> DayRead:
    monday = _week_of(found["which"], moment)
    days = _days(monday, monday + timedelta(days=6))
    left = tuple(day for day in days if day >= moment.today)
    return DayRead(days=left or days, span=True, doubt=None if left else Doubt.PAST)


def _working_days(_: re.Match[str], moment: Moment) -> DayRead:
    week = _days(moment.today, moment.today + timedelta(days=6))
    return DayRead(days=tuple(day for day in week if day.weekday() <= FRIDAY), span=True)


# -- dates --------------------------------------------------------------------------------------------------------


def _full_date(found: re.Match[str], moment: Moment) -> DayRead | None:
    year, month, day = number(found["year"]), number(found["month"]), number(found["day"])
    if year is None or month is None or day is None:
        return None
    year += CENTURY if year < 100 else 0  # noqa: PLR2004 - 26年12月5号
    existing = _existing(year, month, day)
    return UNREAD if existing is None else _single(existing, moment)


def _named_year(found: re.Match[str], moment: Moment) -> DayRead | None:
    month, day = number(found["month"]), number(found["day"])
    if month is None or day is None:
        return None
    year = moment.today.year + {"今": 0, "明": 1, "后": 2, "去": -1, "前": -2}[found["year"]]
    existing = _existing(year, month, day)
    return UNREAD if existing is None else _single(existing, moment)


def _month_day(found: re.Match[str], moment: Moment) -> DayRead | None:
    month, day = number(found["month"]), number(found["day"])
    if month is None or day is None:
        return None
    years = range(moment.today.year, moment.today.year + 9)  # 29 February comes within eight years
    coming = [each for year in years if (each := _existing(year, month, day)) and each >= moment.today]
    return DayRead(days=(coming[0],), relative=True) if coming else UNREAD


def _slashed(found: re.Match[str], moment: Moment) -> DayRead | None:
    """12/5, 12-5, 12.5: only where it is a day of the calendar, for many other things look like it."""
    read = _month_day(found, moment)
    return None if read is UNREAD else read


def _day_of_month(found: re.Match[str], moment: Moment) -> DayRead | None:
    day = number(found["day"])
    if day is None or day > 39:  # noqa: PLR2004 - 88号 is a house, 32号 may be a slip
        return None
    for year, month in _next_months(moment.today):
        existing = _existing(year, month, day)
        if existing is not None and existing >= moment.today:
            return DayRead(days=(existing,), relative=True)
    return UNREAD


def _span_of_month(found: re.Match[str], moment: Moment) -> DayRead | None:
    """5到8号, 12月5-8号; 12-5号 is a date."""
    first, last = number(found["first"]), number(found["last"])
    if first is None or last is None or (first >= last and found["month"] is None):
        return None
    month = number(found["month"]) if found["month"] else None
    months = _next_months(moment.today) if month is None else [(moment.today.year + year, month) for year in (0, 1)]
    for year, each in months:
        begins, ends = _existing(year, each, first), _existing(year, each, last)
        if begins and ends and begins >= moment.today and begins <= ends:
            return DayRead(days=_days(begins, ends), span=True)
    return UNREAD


def _day_of_named_month(found: re.Match[str], moment: Moment) -> DayRead | None:
    day = number(found["day"])
    if day is None:
        return None
    year, month = _named_month(found["which"], moment)
    existing = _existing(year, month, day)
    return UNREAD if existing is None else _single(existing, moment)


def _named_month(which: str, moment: Moment) -> tuple[int, int]:
    ahead = 0 if which in {"这", "本", "当"} else len(which) * (1 if "下" in which else -1)
    month = moment.today.month - 1 + ahead
    return moment.today.year + month // MONTHS, month % MONTHS + 1


def _named_month_days(found: re.Match[str], moment: Moment) -> DayRead:
    year, month = _named_month(found["which"], moment)
    return _month_days(year, month, moment, _part(found["part"]))


def _part(words: str | None) -> str:
    """初, 中, 底 or 上, 中旬, 下."""
    return "" if not words else words if words == "中旬" else words[0]


def _month_part(found: re.Match[str], moment: Moment) -> DayRead:
    """月底 without a month: this month's, or the next one's when it is over."""
    for year, month in _next_months(moment.today):
        read = _month_days(year, month, moment, _part(found["part"]))
        if read.doubt is None:
            return read
    return UNREAD


def _month(found: re.Match[str], moment: Moment) -> DayRead | None:
    month = number(found["month"])
    if month is None:
        return None
    if not 1 <= month <= MONTHS:
        return None
    year = moment.today.year
    read = _month_days(year, month, moment, _part(found["part"]))
    return read if read.doubt is None else _month_days(year + 1, month, moment, _part(found["part"]))


# -- lunar days and festivals -------------------------------------------------------------------------------------


def _lunar(found: re.Match[str], moment: Moment) -> DayRead | None:
    month = LUNAR_MONTHS.get(found["month"]) or number(found["month"])
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


# After 周一 and 周天: 牙周一直, 下周一定来, 这周天气.
_WORDS_WITH_ONE = "(?!(?<=一)(?:[直般些样共切旦向]|定(?=来|会|要|能|去|得|可以)|下(?!午)|会儿?(?=$|[,.!?])|[起](?=[去来吃看]))|(?<=[天日])[气常天])"

_LISTED = "[一二三四五六]"
_LISTED_BEFORE = [f"(?<=[周期拜]{_LISTED * count})" for count in range(1, 6)] + [
    f"(?<=[周期拜]{(_LISTED + ',') * count})" for count in range(1, 4)
]  # 周一三五, 周一、三、五

RULES: tuple[DayRule, ...] = (
    DayRule(
        name="day.full_date",
        pattern=re.compile(
            rf"{_ALONE}(?P<year>\d{{4}}|\d{{2}}(?=年)|[〇零一二三四五六七八九]{{4}}(?=年)|[〇零一二三四五六七八九]{{2}}(?=年))"
            rf"(?P<mark>[年/.-])(?P<month>{_SMALL})[月/.-](?P<day>{_SMALL})(?:[号日](?!子))?(?!\d)"
        ),
        read=_full_date,
        hint="年/.-",
    ),
    DayRule(
        name="day.full_date",
        pattern=re.compile(r"(?<!\d)(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"),
        read=_full_date,
        hint="2",
    ),
    DayRule(
        name="day.named_year",
        pattern=re.compile(
            rf"(?P<year>[今明后去前])年的?(?P<month>{_SMALL})月份?的?(?P<day>{_SMALL})(?:[号日](?!子))?"
        ),
        read=_named_year,
        hint="年",
    ),
    DayRule(
        name="day.lunar",
        pattern=re.compile(rf"(?:农历|阴历|旧历)(?P<month>[正冬腊]|{_SMALL})月(?P<day>初?{_SMALL})[号日]?"),
        read=_lunar,
        hint="历",
    ),
    DayRule(
        name="day.lunar",
        pattern=re.compile(
            rf"(?P<month>[正冬腊]|(?<![{NUMERALS}])[{NUMERALS}]{{1,2}}(?=月初))月(?P<day>初[一二三四五六七八九十]|{_SMALL})(?!点)"
        ),
        read=_lunar,
        hint="月",
    ),
    DayRule(
        name="day.date",
        pattern=re.compile(
            rf"{_ALONE}(?P<month>{_SMALL})月份?的?(?P<day>{_SMALL})(?:[号日](?!子)|(?![\d{NUMERALS}点时:个颗]))"
        ),
        read=_month_day,
        hint="月",
    ),
    DayRule(
        name="day.span_of_month",
        pattern=re.compile(
            rf"{_NOT_NUMBERED_BEFORE}{_ALONE}(?:(?P<month>{_SMALL})月)?(?<![月年/-])(?P<first>{_SMALL})[号日]?"
            rf"(?:到|至|~|-{{1,2}})(?P<last>{_SMALL})[号日](?!子){_NOT_A_NUMBERED_THING}"
        ),
        read=_span_of_month,
        hint="号日",
    ),
    DayRule(
        name="day.date",
        pattern=re.compile(
            rf"(?<![\d./a-z周期拜-])(?P<month>0?[1-9]|1[0-2])(?P<mark>[/-])(?P<day>0?[1-9]|[12]\d|3[01])[号日]?(?![/-]){_NO_UNIT}"
        ),
        read=_slashed,
        hint="/-",
    ),
    DayRule(
        name="day.date",
        pattern=re.compile(
            r"(?<![\d./a-z度温值长宽厚价花给要付差高到近午上晚早晨周期拜-])(?P<month>0?[1-9]|1[0-2])\.(?P<day>0?[1-9]|[12]\d|3[01])"
            rf"[号日]?(?!\d){_FOLLOWS_DOT}(?!前后牙|上下牙)"
        ),
        read=_slashed,
        hint=".",
    ),
    DayRule(
        name="day.of_named_month",
        pattern=re.compile(
            rf"(?P<which>下{{1,2}}|这|本|上{{1,2}})个?月的?(?P<day>{_SMALL})(?:[号日](?!子){_NOT_A_NUMBERED_THING}|(?![\d{NUMERALS}点时个次颗天]))"
        ),
        read=_day_of_named_month,
        hint="月",
    ),
    DayRule(
        name="day.of_month",
        pattern=re.compile(
            rf"{_NOT_NUMBERED_BEFORE}{_ALONE}(?<![月年])(?P<day>{_SMALL})(?:号(?!子){_NOT_A_NUMBERED_THING}|日(?![本常子记期元用]))"
        ),
        read=_day_of_month,
        hint="号日",
    ),
    DayRule(
        name="day.near",
        pattern=re.compile(
            rf"(?:(?P<near>今|明|昨|大前|(?<![以之目提从])前|大{{0,2}}(?<![以之然今术往前最外老])后){_DAY_WORD}(?!天|气))"
        ),
        read=_near,
        hint="今明昨前后",
    ),
    DayRule(
        name="day.near",
        pattern=re.compile(rf"(?P<near>[今明昨]|(?<![以之然今术往前最])后){_PART_OF_DAY}"),
        read=_near,
        hint="今明昨后",
    ),
    DayRule(name="day.outer", pattern=re.compile(rf"[外老]后{_DAY_WORD}"), read=_outer, hint="后"),
    DayRule(
        name="day.two_near",
        pattern=re.compile("(?P<first>今(?=明)|明(?=后))[明后](?:两[天日]|[天日])(?!天)"),
        read=_two_near,
        hint="明",
    ),
    DayRule(
        name="day.after",
        pattern=re.compile(
            rf"(?<![牙术了完后第药膜线])(?:再?过|隔)?{_ALONE}(?P<count>\d{{1,3}}|{_N}{{1,4}})(?P<unit>天|日|周|个?星期|个?礼拜)(?:以后|之后|过后|后(?!天))"
        ),
        read=_after_days,
        hint="后",
    ),
    DayRule(
        name="day.after",
        pattern=re.compile(
            rf"(?:再?过|等){_ALONE}(?P<count>\d{{1,3}}|[一三四五六七八九十]{{1,3}}|两(?!天|日))个?(?P<unit>天|日|周|星期|礼拜)(?![以之]?[后前])"
        ),
        read=_after_days,
        hint="过等",
    ),
    DayRule(
        name="day.after_half_month",
        pattern=re.compile("(?:再?过)?半个?月(?:以后|之后|过后|后)|再?过半个?月"),
        read=_after_half_month,
        hint="半",
    ),
    DayRule(
        name="day.after_months",
        pattern=re.compile(
            rf"(?<![牙术了完后第])(?:再?过)?{_ALONE}(?P<count>\d{{1,2}}|{_N}{{1,3}})个月(?:以后|之后|过后|后)"
        ),
        read=_after_months,
        hint="月",
    ),
    DayRule(
        name="day.some_days",
        pattern=re.compile("再?过[两几]天|再?等[两几]天|[几两]天[以之]?后(?!天)"),
        read=_some_days,
        hint="天",
    ),
    DayRule(
        name="day.these_days",
        pattern=re.compile("这[几两]天|最近(?:[几两]天)?|近期|近[几两]天|近日"),
        read=_these_days,
        hint="这近",
    ),
    DayRule(
        name="day.ago",
        pattern=re.compile(
            rf"(?<!提){_ALONE}(?P<count>\d{{1,3}}|{_N}{{1,3}})(?P<unit>天|日|周|个?星期|个?礼拜)(?:以前|之前|前(?!天|面))"
        ),
        read=_ago,
        hint="前",
    ),
    DayRule(name="day.ago", pattern=re.compile("前[几两]天|前些天|前阵子|前段时间"), read=_some_days_ago, hint="前"),
    DayRule(
        name="day.weekday",
        pattern=re.compile(
            rf"(?:{_WHICH}(?:个|一个)?(?:{_WEEK}的?)?|(?<![牙一二两三四五六七八九十几整半\d])){_WEEK}(?P<day>[一二三四五六日天]|[1-6](?![\d:.]))"
            rf"(?![点次颗围]|个(?![月人])){_WORDS_WITH_ONE}"
        ),
        read=_weekday,
        hint="周期拜",
    ),
    DayRule(
        name="day.weekday_listed",
        pattern=re.compile(
            f"(?:{'|'.join(_LISTED_BEFORE)})(?P<day>[二三四五六日])(?![点时\\d{NUMERALS}个号月本期次颗]|(?<=日)[常子])(?P<which>)"
        ),
        read=_weekday,
        hint="周期拜",
    ),
    DayRule(
        name="day.weekend",
        pattern=re.compile(rf"(?:{_WHICH}个?)?(?:周末|星期末|礼拜末|(?<=这|本|下)末)(?:两天)?"),
        read=_weekend,
        hint="末",
    ),
    DayRule(
        name="day.week",
        pattern=re.compile(rf"{_WHICH}个?{_WEEK}(?![一二三四五六日天末](?!点))(?:内|里|之内)?"),
        read=_week,
        hint="周期拜",
    ),
    DayRule(name="day.working_days", pattern=re.compile("工作日(?:里|内)?"), read=_working_days, hint="工"),
    DayRule(
        name="day.month",
        pattern=re.compile(
            r"(?P<which>下{1,2}|这|本|当|上{1,2})个?月(?P<part>[初底末]|中(?!旬)|[上下]旬|中旬)?(?!份?的?\d)"
        ),
        read=_named_month_days,
        hint="月",
    ),
    DayRule(
        name="day.month_part",
        pattern=re.compile(
            r"(?<![\d个一二两三四五六七八九十正冬腊])月(?P<part>[底末]|初(?![一二三四五六七八九十])|中旬|中(?!间))"
        ),
        read=_month_part,
        hint="月",
    ),
    DayRule(
        name="day.month",
        pattern=re.compile(
            rf"{_ALONE}(?P<month>{_SMALL})月(?!\d|[龄大子饼经嫂前后])份?(?P<part>[底末]|初(?![一二三四五六七八九十])|[上下]旬|中旬|中(?!间))?"
        ),
        read=_month,
        hint="月",
    ),
    DayRule(
        name="day.festival",
        pattern=re.compile(
            rf"(?<![{NUMERALS}\d周])(?P<festival>{'|'.join(sorted(FESTIVALS, key=len, reverse=True))})(?:节|当天|那天|假期|放假|长假|期间)*(?![点号月\d路])"
        ),
        read=_festival,
    ),
    DayRule(
        name="day.new_year",
        pattern=re.compile(
            rf"(?<![{NUMERALS}\d几多半今明去前学成少青中老往每全整百万周])年(?P<bound>[前后])(?![天面])"
        ),
        read=_new_year_bound,
        hint="年",
    ),
    DayRule(
        name="day.new_year", pattern=re.compile("过完年(?:以?后|之后)?(?P<bound>)"), read=_new_year_bound, hint="年"
    ),
)
