"""Rules for days that are named from today: 明天, 三天后, 下周三, 周末."""

import re
from datetime import date, timedelta

from wxbot.days import FIRST_DAY, LAST_DAY
from wxbot.understanding.day_readings import (
    ALONE,
    MONTHS,
    DayRead,
    DayRule,
    Moment,
    days_between,
    existing_day,
    one_day,
)
from wxbot.understanding.models import Doubt, Relationship
from wxbot.understanding.numerals import NUMERALS, number

WEEK_DAYS = 7
SATURDAY, FRIDAY = 5, 4
LONGEST_WITHIN_DAYS = 62
WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {
    str(place + 1): place for place in range(6)
}
NEAR = {"今": 0, "明": 1, "后": 2, "大后": 3, "大大后": 4, "昨": -1, "前": -2, "大前": -3}

_N = f"[{NUMERALS}]"
_WEEK = "(?:周|星期|礼拜)"
_WHICH = "(?P<which>下{1,3}|这|本|上{1,2})"


# -- near days ----------------------------------------------------------------------------------------------------


def _near(found: re.Match[str], moment: Moment) -> DayRead:
    return one_day(moment.today + timedelta(days=NEAR[found["near"]]), moment)


def _outer(_: re.Match[str], moment: Moment) -> DayRead:
    """外后天: the day after 大后天 for most, the same for some."""
    days = (moment.today + timedelta(days=4), moment.today + timedelta(days=3))
    return DayRead(days=days, doubt=Doubt.DISAGREEMENT)


def _two_near(found: re.Match[str], moment: Moment) -> DayRead:
    first = NEAR[found["first"]]
    days = tuple(moment.today + timedelta(days=each) for each in range(first, first + 2))
    return DayRead(days=days, span=True)


_DAY_WORD = "(?:天|日|儿个?|朝|个儿?)"
_PART_OF_DAY = (
    "(?=上午|早上|早晨|清晨|中午|正午|下午|午后|傍晚|晚上|晚间|夜里|晚饭"
    "|[早晚](?![点就已了饭日到])|早点|晚点|晚\\d|早\\d)"
)

# -- counted from today -------------------------------------------------------------------------------------------


def _after_days(found: re.Match[str], moment: Moment) -> DayRead | None:
    count = number(found["count"])
    if count is None or count == 0:
        return None
    ahead = count * (WEEK_DAYS if found["unit"] not in {"天", "日"} else 1)
    if ahead > (LAST_DAY - moment.today).days:
        return None
    return DayRead(days=(moment.today + timedelta(days=ahead),), relative=False)


def _within(found: re.Match[str], moment: Moment) -> DayRead | None:
    read = _after_days(found, moment)
    if read is None or (read.days[0] - moment.today).days > LONGEST_WITHIN_DAYS:
        return None
    return DayRead(days=days_between(moment.today, read.days[0]), span=True)


def _after_half_month(_: re.Match[str], moment: Moment) -> DayRead:
    return DayRead(days=(moment.today + timedelta(days=15),), relationship=Relationship.AROUND)


def _after_months(found: re.Match[str], moment: Moment) -> DayRead | None:
    count = number(found["count"])
    if count is None or not 1 <= count <= MONTHS * 2:
        return None
    month = moment.today.month - 1 + count
    year, month = moment.today.year + month // MONTHS, month % MONTHS + 1
    days = [day for back in range(4) if (day := existing_day(year, month, moment.today.day - back))]
    return DayRead(days=tuple(days[:1]), relationship=Relationship.AROUND)


def _some_days(_: re.Match[str], moment: Moment) -> DayRead:
    days = tuple(moment.today + timedelta(days=each) for each in range(2, 5))
    return DayRead(days=days, span=True, relationship=Relationship.AROUND)


def _these_days(_: re.Match[str], moment: Moment) -> DayRead:
    return DayRead(days=days_between(moment.today, moment.today + timedelta(days=6)), span=True)


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
        days=days_between(moment.today - timedelta(days=7), moment.today - timedelta(days=1)),
        span=True,
        doubt=Doubt.PAST,
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
    return one_day(_week_of(which, moment) + timedelta(days=weekday), moment)


def _weekend(found: re.Match[str], moment: Moment) -> DayRead:
    saturday = _week_of(found["which"], moment) + timedelta(days=SATURDAY)
    days = (saturday, saturday + timedelta(days=1))
    left = tuple(day for day in days if day >= moment.today)
    return DayRead(days=left or days, span=True, doubt=None if left else Doubt.PAST)


def _week(found: re.Match[str], moment: Moment) -> DayRead:
    monday = _week_of(found["which"], moment)
    days = days_between(monday, monday + timedelta(days=6))
    left = tuple(day for day in days if day >= moment.today)
    return DayRead(days=left or days, span=True, doubt=None if left else Doubt.PAST)


def _working_days(_: re.Match[str], moment: Moment) -> DayRead:
    week = days_between(moment.today, moment.today + timedelta(days=6))
    return DayRead(days=tuple(day for day in week if day.weekday() <= FRIDAY), span=True)


# -- the rules --

# After 周一 and 周天: 牙周一直, 下周一定来, 这周天气.
_WORDS_WITH_ONE = (
    "(?!(?<=一)(?:[直般些样共切旦向]|定(?=来|会|要|能|去|得|可以)|下(?!午)|会儿?(?=$|[,.!?])|起(?=[去来吃看]))"
    "|(?<=[天日])[气常天])"
)

_LISTED = "[一二三四五六]"
_LISTED_BEFORE = [f"(?<=[周期拜]{_LISTED * count})" for count in range(1, 6)] + [
    f"(?<=[周期拜]{(_LISTED + ',') * count})" for count in range(1, 4)
]  # 周一三五, 周一、三、五

NEAR_RULES: tuple[DayRule, ...] = (
    DayRule(
        name="day.near",
        pattern=re.compile(
            rf"(?:(?P<near>今|明|昨|大前|(?<![以之目提从])前|大{{0,2}}(?<![以之然今术往前最外老])后){_DAY_WORD}(?!天|气))"
        ),
        read=_near,
    ),
    DayRule(
        name="day.near",
        pattern=re.compile(rf"(?P<near>[今明昨]|(?<![以之然今术往前最])后){_PART_OF_DAY}"),
        read=_near,
    ),
    DayRule(name="day.outer", pattern=re.compile(rf"[外老]后{_DAY_WORD}"), read=_outer),
    DayRule(
        name="day.two_near",
        pattern=re.compile("(?P<first>今(?=明)|明(?=后))[明后](?:两[天日]|[天日])(?!天)"),
        read=_two_near,
    ),
    DayRule(
        name="day.after",
        pattern=re.compile(
            rf"(?<![牙术了完后第药膜线])(?:再?过|隔)?{ALONE}(?P<count>\d{{1,3}}|{_N}{{1,4}})(?P<unit>天|日|周|个?星期|个?礼拜)(?:以后|之后|过后|后(?!天))"
        ),
        read=_after_days,
    ),
    DayRule(
        name="day.after",
        pattern=re.compile(
            rf"(?:再?过|等){ALONE}(?P<count>\d{{1,3}}|[一三四五六七八九十]{{1,3}}|两(?!天|日))个?(?P<unit>天|日|周|星期|礼拜)(?![以之]?[后前])"
        ),
        read=_after_days,
    ),
    DayRule(
        name="day.after_half_month",
        pattern=re.compile("(?:再?过)?半个?月(?:以后|之后|过后|后)|再?过半个?月"),
        read=_after_half_month,
    ),
    DayRule(
        name="day.after_months",
        pattern=re.compile(
            rf"(?<![牙术了完后第])(?:再?过)?{ALONE}(?P<count>\d{{1,2}}|{_N}{{1,3}})个月(?:以后|之后|过后|后)"
        ),
        read=_after_months,
    ),
    DayRule(
        name="day.some_days",
        pattern=re.compile("再?过[两几]天|再?等[两几]天|[几两]天[以之]?后(?!天)"),
        read=_some_days,
    ),
    DayRule(
        name="day.these_days",
        pattern=re.compile("这[几两]天|最近(?:[几两]天)?|近期|近[几两]天|近日"),
        read=_these_days,
    ),
    DayRule(
        name="day.ago",
        pattern=re.compile(
            rf"(?<!提){ALONE}(?P<count>\d{{1,3}}|{_N}{{1,3}})(?P<unit>天|日|周|个?星期|个?礼拜)(?:以前|之前|前(?!天|面))"
        ),
        read=_ago,
    ),
    DayRule(name="day.ago", pattern=re.compile("(?<!提)前[几两]天|前些天|前阵子|前段时间"), read=_some_days_ago),
    DayRule(
        name="day.within",
        pattern=re.compile(
            rf"{ALONE}(?P<count>\d{{1,2}}|{_N}{{1,3}})(?P<unit>天|日|周|个?星期|个?礼拜)(?:以内|之内|内)"
        ),
        read=_within,
    ),
    DayRule(
        name="day.weekday",
        pattern=re.compile(
            rf"(?:{_WHICH}(?:个|一个)?(?:{_WEEK}的?)?|(?<![牙一二两三四五六七八九十几整半\d])|(?<=[周期拜][一二三四五六])){_WEEK}(?P<day>[一二三四五六日天]|[1-6](?![\d:.]))"
            rf"(?![点次颗围]|个(?![月人])){_WORDS_WITH_ONE}"
        ),
        read=_weekday,
    ),
    DayRule(
        name="day.weekday_listed",
        pattern=re.compile(
            f"(?:{'|'.join(_LISTED_BEFORE)})(?P<day>[二三四五六日])"
            f"(?![{NUMERALS}]{{0,2}}[点时号月个:\\d本期次颗十]|(?<=日)[常子])(?P<which>)"
        ),
        read=_weekday,
    ),
    DayRule(
        name="day.weekend",
        pattern=re.compile(rf"(?:{_WHICH}个?)?(?:周末|双休日|星期末|礼拜末|(?<=这|本|下)末)(?:两天)?"),
        read=_weekend,
    ),
    DayRule(
        name="day.week",
        pattern=re.compile(rf"{_WHICH}个?{_WEEK}(?![一二三四五六日天末](?!点))(?:内|里|之内)?"),
        read=_week,
    ),
    DayRule(name="day.working_days", pattern=re.compile("工作日(?:里|内)?"), read=_working_days),
)
