"""When a sentence of ours promises an answer: 下午三点前回复您, 半小时内, 明天上午给您答复, 稍后 (A2-19, A2-34). Pure.

A promise is a clause that says that we answer, call or send something, and by when. Questions (几点给您回电方便？),
conditions (如果有变化会通知您), refusals (不能保证今天回复您), what was done already (刚才给您打过电话) and what the
patient shall do (请您明天回复我们) promise nothing. Vague words count: 稍后 is due after `vague`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from wxbot.clinic.workdays import is_workday
from wxbot.understanding.days import DayFound, find_days
from wxbot.understanding.durations import length_in
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Relationship, TimeWords
from wxbot.understanding.numerals import number
from wxbot.understanding.times import find_times
from wxbot.understanding.wall_clock import AFTERNOON, EVENING, MORNING, NIGHT, NOON

VAGUE = timedelta(minutes=30)  # what 稍后 comes to where the clinic's rules say nothing else
LONGEST_READ = 2_000  # characters; what stands behind them promises nothing to anybody
HORIZON_DAYS = 60
END_OF_DAY = time(18)  # 今天之内, 周五前: the end of a working day
LAST_OF_DAY = time(23, 59, 59)
PART_ENDS = {MORNING: time(12), NOON: time(14), AFTERNOON: END_OF_DAY, EVENING: time(21), NIGHT: time(6)}
WAKING = (time(7), time(22))  # three o'clock on another day is in the afternoon
FROM_BY = timedelta(hours=1)  # 三点以后给您回电: within the hour after it

_YOU = "[您你]"
_ANSWER = re.compile(
    f"(?:回复|答复|回应|回电话?|回信|联系|通知|告诉|告知|反馈给?|致电|转告){_YOU}"
    f"|(?:给|跟|同|向){_YOU}[^,]{{0,6}}?(?:回复|答复|回话|回电|回信|回个|电话|消息|信息|结果|准信|答案|反馈|说明|发|联系|确认|解释|讲)"
    f"|(?:发|打|转|寄|传)给{_YOU}|(?:打|回){_YOU}(?:的)?(?:电话|手机|微信)|和{_YOU}联系|与{_YOU}联系|回{_YOU}"
)
_NONE = re.compile(
    "不能|不会|没法|无法|没办法|不一定|不保证|不敢保证|不清楚|不知道|未必|如果|要是|假如|若是|若有|万一|一旦|有变化|有需要|需要的话"
    "|已经|已给|已为|刚才|刚刚|昨天|前天|上次|之前[给跟]|[了过]的?$|过了|过电话|过消息"
    f"|(?:请|麻烦|劳烦|等|等着|方便时|希望|盼){_YOU}|(?<![给跟同向为和与让]){_YOU}(?:有空|方便|可以|能|先|也|再|就|到时|直接|回复|答复|告诉|联系|通知)"
    "|[吗么呢]$|什么时候|何时|几点|哪天|是否|要不要|行不行|方便吗|好不好|可不可以"
)
_VAGUE = re.compile(
    "稍后|稍候|稍晚|稍等|晚点|晚些|晚一点|晚一些|一会儿?|待会儿?|等会儿?|等一下|过会儿?|尽快|尽早|马上|立刻|立即|第一时间|很快|随后|回头|及时"
)
_SPAN = re.compile(
    r"(?P<words>(?:\d{1,3}|[一二两三四五六七八九十半]{1,3})个?半?(?:小时|钟头|分钟|刻钟))"
    "(?:左右)?(?P<within>之?以?内|以?之?后|左右|就|给|回|再|联系|答|$)"
)
_WORKDAYS = re.compile(r"(?P<count>\d{1,2}|[一二两三四五六七八九十]{1,3})个?工作[日天](?:之?以?内|左右|后)?")
_DAY_END = re.compile("下班[之以]?前|今[天日](?:之?以?内|以?之?前)")
_SENTENCE = re.compile("[.!?~;\n]+")


def promised_by(text: str, now: datetime, tz: tzinfo, *, vague: timedelta = VAGUE) -> datetime | None:
    """When a text promises an answer, the earliest of several; None when it promises none. Aware UTC."""
    message = normalise(text[:LONGEST_READ]).text
    dues = [due for each in _promising(message) if (due := _due(each, now, tz, vague)) is not None]
    return min(dues, default=None)


def _promising(message: str) -> Iterator[str]:
    """The clauses that promise, each with the one before it where that only says when (下午三点前,我回复您)."""
    start = 0
    for mark in (*_SENTENCE.finditer(message), None):
        sentence = message[start : mark.start() if mark is not None else len(message)]
        asks = mark is not None and "?" in mark[0]
        start = mark.end() if mark is not None else start
        clauses = sentence.split(",")
        for place, clause in enumerate(clauses):
            if _ANSWER.search(clause) is None or _NONE.search(clause) or (asks and place == len(clauses) - 1):
                continue
            before = clauses[place - 1] if place else ""
            yield before + clause if before and not _NONE.search(before) and _says_when(clause) is False else clause


def _says_when(clause: str) -> bool:
    return bool(_SPAN.search(clause) or _VAGUE.search(clause) or find_times(clause) or _DAY_END.search(clause))


def _due(clause: str, now: datetime, tz: tzinfo, vague: timedelta) -> datetime | None:
    local = now.astimezone(tz)
    span = _SPAN.search(clause)
    length = length_in(span["words"]) if span is not None else None
    if length is not None:
        return now + length
    workdays = _WORKDAYS.search(clause)
    if workdays is not None:
        count = number(workdays["count"]) or 0
        return _at(_workday_after(local.date(), count), END_OF_DAY, tz) if count else None
    days = find_days(clause, local.date(), HORIZON_DAYS)
    times = find_times(clause)
    named = times[0].time if times and times[0].doubt is None else None
    if days:
        return _on_named_day(days[0], named, now, tz)
    if named is not None:
        return _at_named_time(named, now, tz)
    if _DAY_END.search(clause):
        return _today_or_later(END_OF_DAY, now, tz)
    return now + vague if _VAGUE.search(clause) else None


def _on_named_day(found: DayFound, named: TimeWords | None, now: datetime, tz: tzinfo) -> datetime | None:
    if not found.day.days or found.doubt is not None:
        return None
    day = found.day.days[-1] if found.day.span else found.day.days[0]
    clock = END_OF_DAY if named is None else _clock(named)
    due = _at(day, clock, tz)
    if due <= now:
        due = _at(day, LAST_OF_DAY, tz)
    return due if due > now else None


def _at_named_time(named: TimeWords, now: datetime, tz: tzinfo) -> datetime:
    """The next such hour to come: of two (三点) the nearer one."""
    today = now.astimezone(tz).date()
    clocks = named.until or named.times or (PART_ENDS[named.part] if named.part else END_OF_DAY,)
    later = FROM_BY if named.relationship is Relationship.FROM else timedelta(0)
    dues = (_at(today + timedelta(days=ahead), clock, tz) + later for ahead in (0, 1) for clock in clocks)
    return min(due for due in dues if due > now)


def _clock(named: TimeWords) -> time:
    clocks = named.until or named.times or (PART_ENDS[named.part] if named.part else END_OF_DAY,)
    waking = [clock for clock in clocks if WAKING[0] <= clock <= WAKING[1]]
    clock = waking[0] if waking else clocks[0]
    if named.relationship is Relationship.FROM:
        return time(min(clock.hour + 1, 23), clock.minute)
    return clock


def _today_or_later(clock: time, now: datetime, tz: tzinfo) -> datetime:
    today = now.astimezone(tz).date()
    due = _at(today, clock, tz)
    return due if due > now else _at(today, LAST_OF_DAY, tz)


def _workday_after(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def _at(day: date, clock: time, tz: tzinfo) -> datetime:
    return datetime.combine(day, clock, tz).astimezone(UTC)
