"""Days in a patient's words: our own grammar. A second opinion is asked of jionlp (second_opinion)."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from heapq import heapify, heappop, heappush

from wxbot.understanding.calendar_days import CALENDAR_RULES
from wxbot.understanding.day_readings import DayRead, Moment
from wxbot.understanding.models import DayWords, Doubt, Relationship
from wxbot.understanding.months import MONTH_RULES
from wxbot.understanding.near_days import NEAR_RULES
from wxbot.understanding.screening import Screen, needs_of
from wxbot.understanding.second_opinion import disagrees

RULES = (*CALENDAR_RULES, *MONTH_RULES, *NEAR_RULES)
_SCREEN = Screen(needs_of(rule.pattern) for rule in RULES)
LONGEST_SPAN_DAYS = 62  # 周一到周三, 5号到8号; a longer one is no wish for a visit

_FROM = "(?:以后|之后|过后|往后|开始|起(?!来|床|码|初)|后面?(?![天来悔遗槽牙期续面勤者])|[及或]以后)"
_UNTIL = "(?:以前|之前|为止|前(?![天面后台几牙臼额胸门往列年]))"
_AROUND = "(?:左右|前后|上下|那几天|那两天)"
_BOUND = re.compile(rf"(?P<around>{_AROUND})|(?P<from>{_FROM})|(?P<until>{_UNTIL})")
_TO = re.compile("[,]?(?:一直)?(?:到|至|~|-{1,2})(?![点时])")
_SAME_DAY = re.compile(r"[(]?(?:,|就是|也就是|是|的|那天)?[(]?")  # between two names of one day: 周三(8号), 8号是周三
_CLOSING = re.compile(r"[)]")
_RELATIONSHIPS = {"around": Relationship.AROUND, "from": Relationship.FROM, "until": Relationship.UNTIL}

WEEKDAY_RULES = frozenset({"day.weekday", "day.weekday_listed"})
_DATE_RULES = ("full_date", "named_year", "date", "of_named_month", "of_month", "lunar")
YEARLY_RULES = frozenset({"day.festival", "day.lunar", "day.date"})
SINGLE_RULES = YEARLY_RULES | {  # a second opinion is asked on these; a span or two names of one day it cannot read
    *("day.full_date", "day.named_year", "day.of_named_month", "day.of_month"),
    *("day.near", "day.after", "day.weekday", "day.weekend", "day.week"),
}
MOST_MENTIONS = 100  # in one message; nobody means more days, and what is left unread makes nothing sure
MOST_OPINIONS = 3  # in one message: each takes up to half a millisecond
LUNAR_DATES = frozenset({"八月十五"})  # by which people mean the festival as often as the day of August
_KINDS = {  # two names of one day are of different kinds: 周三8号, 明天周六
    "day.weekday": "weekday",
    "day.near": "near",
    **{f"day.{name}": "date" for name in _DATE_RULES},
}


@dataclass(frozen=True, kw_only=True)
class DayFound:
    """A mention of a day, with its place `text[start:end]` and the rule that read it.

    `doubt` is UNREAD_DAY for what looks like a day and cannot be one (周三8号 that do not agree, 13月5号), PAST for a
    day gone by, DISAGREEMENT where two readings or the second opinion differ.
    """

    start: int
    end: int
    rule: str
    day: DayWords
    doubt: Doubt | None = None


@dataclass(frozen=True, kw_only=True)
class _Mention:
    """What one rule read, or several that were joined; `found` and `place` to read it again from another day."""

    start: int
    end: int
    rule: str
    read: DayRead
    found: re.Match[str]
    place: int


def find_days(text: str, today: date, horizon_days: int) -> tuple[DayFound, ...]:
    """Every mention of a day in the normalised text, in order, none overlapping.

    A weekday without 这 or 下 is the next one, today included, then the one after; a date without a year or month is
    the next to come, a festival too. Days beyond `horizon_days` are kept only where nothing nearer is meant.
    """
    moment = Moment(today=today, last=today + timedelta(days=horizon_days))
    joined: list[_Mention] = []
    for each in _in_named_weeks(_mentions(text, moment), moment):
        mention = _bounded(text, each)
        together = _joined(text, joined[-1], mention, moment) if joined else None
        if together is None:
            joined.append(mention)
        else:
            joined[-1] = _bounded(text, together)
    asked = [each for each in joined if each.rule in SINGLE_RULES and each.read.doubt is None][:MOST_OPINIONS]
    return tuple(_found(text, _doubted(each, today) if each in asked else each) for each in joined)


def _doubted(mention: _Mention, today: date) -> _Mention:
    """The mention with the doubt that the second opinion differs."""
    words, days = mention.found[0], mention.read.days
    if mention.rule == "day.date" and "月" in words and words[-1] not in "号日" and words not in LUNAR_DATES:
        words += "日"  # 十一月二十七: the library takes it for a lunar day
    under_way = mention.read.span and days[0] == today  # 国庆 on its third day: the library means the next one
    dotted = mention.rule == "day.date" and "." in words  # 12.5 is a number to it
    if under_way or dotted or not disagrees(words, days, today, yearly=mention.rule in YEARLY_RULES):
        return mention
    return replace(mention, read=replace(mention.read, doubt=Doubt.DISAGREEMENT))


def _mentions(text: str, moment: Moment) -> list[_Mention]:
    """The matches of all rules: from left to right the longest, none overlapping."""
    matches = [
        (found.start(), -found.end(), place, found)
        for place in _SCREEN.of(text)
        for found in RULES[place].pattern.finditer(text)
    ]
    heapify(matches)
    kept: list[_Mention] = []
    end = 0
    while matches and len(kept) < MOST_MENTIONS:
        start, negative_end, place, found = heappop(matches)
        if start < end:  # 周三十号: not 三十号, but it may go on where the other ended
            later = RULES[place].pattern.match(text, end) if end < -negative_end else None
            if later is not None:
                heappush(matches, (end, -later.end(), place, later))
            continue
        read = RULES[place].read(found, moment)
        if read is not None:
            end = found.end()
            kept.append(_Mention(start=start, end=end, rule=RULES[place].name, read=read, found=found, place=place))
    return kept


def _in_named_weeks(mentions: list[_Mention], moment: Moment) -> list[_Mention]:
    """A bare weekday after a week, or after a weekday of a named one, is of that week: 下周我周三有空, 下周一三五."""
    monday: date | None = None
    read = []
    for each in mentions:
        if each.rule in WEEKDAY_RULES and each.read.bare:
            if monday is not None:
                day = monday + timedelta(days=each.read.days[0].weekday())
                past = Doubt.PAST if day < moment.today else None
                read.append(replace(each, read=DayRead(days=(day,), doubt=past, relative=True)))
                continue
        elif each.rule in {"day.week", "day.weekday"} and each.read.days:
            first = each.read.days[-1]
            monday = first - timedelta(days=first.weekday())
        else:
            monday = None
        read.append(each)
    return read


def _bounded(text: str, mention: _Mention) -> _Mention:
    """The mention with what follows it: 以后, 之前, 左右."""
    if mention.read.relationship is not Relationship.AT:
        return mention
    bound = _BOUND.match(text, mention.end)
    if bound is None:
        return mention
    read = replace(mention.read, relationship=_RELATIONSHIPS[str(bound.lastgroup)])
    return replace(mention, end=bound.end(), read=read)


def _found(text: str, mention: _Mention) -> DayFound:
    read = mention.read
    words = text[mention.start : mention.end]
    day = DayWords(days=read.days, span=read.span, relationship=read.relationship, words=words)
    return DayFound(start=mention.start, end=mention.end, rule=mention.rule, day=day, doubt=read.doubt)


def _joined(text: str, before: _Mention, mention: _Mention, moment: Moment) -> _Mention | None:
    """The two as one, when they are a span (周一到周三) or two names of one day (周三8号); None when they are two."""
    if before.read.relationship is not Relationship.AT:
        return None
    between = text[before.end : mention.start]
    if _TO.fullmatch(between):
        return _span(before, mention, moment)
    kinds = {_KINDS.get(before.rule), _KINDS.get(mention.rule)}
    if None in kinds or len(kinds) == 1 or not _SAME_DAY.fullmatch(between):
        return None
    read = _one_day(before.read, mention.read, moment)
    if read.doubt is Doubt.UNREAD_DAY and between == ",":
        return None  # 周三, 8号: two days
    closing = _CLOSING.match(text, mention.end) if "(" in between else None
    end = closing.end() if closing else mention.end
    return replace(before, end=end, rule=f"{before.rule}+{mention.rule}", read=read)


def _span(before: _Mention, mention: _Mention, moment: Moment) -> _Mention:
    """From the first day of the one to the last day of the other, read as coming after it."""
    first = before.read.days[0] if before.read.days else None
    read: DayRead | None = mention.read
    if first is not None and mention.read.relative:
        read = RULES[mention.place].read(mention.found, Moment(today=first, last=max(moment.last, first)))
    days: tuple[date, ...] = ()
    if first is not None and read is not None and read.days:
        last = read.days[-1] if read.span else read.days[0]
        if first <= last <= first + timedelta(days=LONGEST_SPAN_DAYS):
            days = tuple(first + timedelta(days=each) for each in range((last - first).days + 1))
    doubt = before.read.doubt if days else Doubt.UNREAD_DAY
    return replace(
        before,
        end=mention.end,
        rule="day.span",
        read=DayRead(days=days, span=True, doubt=doubt, relationship=mention.read.relationship),
    )


def _one_day(one: DayRead, other: DayRead, moment: Moment) -> DayRead:
    """周三8号: the day that both may mean; without one they contradict each other."""
    common = tuple(day for day in one.days if day in other.days)
    if not common and one.days and other.days:  # 12月30日周三: a weekday without 这 or 下 beside a date far ahead
        bare, dated = (one, other) if one.bare else (other, one)
        if bare.bare and not dated.bare:
            common = tuple(day for day in dated.days if day.weekday() == bare.days[0].weekday())
    if not common:
        return DayRead(days=(), doubt=Doubt.UNREAD_DAY, relationship=other.relationship)
    doubt = Doubt.PAST if common[0] < moment.today else None
    return DayRead(days=common[:1], doubt=doubt, relationship=other.relationship)
