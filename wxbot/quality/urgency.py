"""刘教授下周不在: said to hurry somebody, and only fine when it is true (A2-103). Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from wxbot.quality.facts import Doctor
from wxbot.quality.models import Finding, Severity
from wxbot.quality.sentences import sentence_around

CATEGORY, NAME, LABEL = "urgency", "虚假紧迫", "虚假紧迫"
SOURCE = "服务规范：不得制造虚假紧迫（A2-103）"
WEEK = 7
_DAYS = "一二三四五六日天"

_CLAIM = re.compile(
    r"(?P<who>[\u4e00-\u9fff]{1,4}?)(?:教授|主任|医生|大夫|院长|专家|博士|老师)[^。！!？?；;，,\n]{0,6}?"
    r"(?P<when>今天|明天|后天|大后天|下下周|下周[一二三四五六日天末]?|这周[一二三四五六日天末]?|本周[一二三四五六日天末]?|这个月|本月|下个月|下月"
    r"|周[一二三四五六日天]|周末)[^。！!？?；;，,\n]{0,6}?(?:不在|不出诊|不坐诊|不上班|休息|停诊|出差|外出|请假|没有号|不来)"
)
_QUESTION = re.compile(r"吗|是不是|是否|么[？?]")


def absences(text: str, doctors: Sequence[Doctor], today: date) -> Iterator[tuple[int, int, bool]]:
    """Each claim that a doctor is away: its half-open span, and whether it is true."""
    for found in _CLAIM.finditer(text):
        first, last = sentence_around(text, *found.span())
        if _QUESTION.search(text, first, last):
            continue
        who = _doctors(found["who"], doctors)
        days = _days(found["when"], today)
        true = bool(who) and all(not any(doctor.receives(day) for day in days) for doctor in who)
        yield found.start(), found.end(), true


def urgency_findings(text: str, doctors: Sequence[Doctor], today: date) -> Iterator[Finding]:
    """Claims that the schedule does not bear out."""
    for start, end, true in absences(text, doctors, today):
        if true:
            continue
        first, last = sentence_around(text, start, end)
        yield Finding(
            severity=Severity.BLOCK,
            start=start,
            end=end,
            words=text[start:end],
            category=CATEGORY,
            name=NAME,
            reason="出诊表上不是这样：说假话催患者，一查就知道",
            instead="照出诊表说：“这几天都有号，您看哪天方便？”",
            source=SOURCE,
            label=LABEL,
            grade=2,
            replacement="这几天都可以约，您看哪天方便？",
            replace_start=first,
            replace_end=last,
        )


def _doctors(who: str, doctors: Sequence[Doctor]) -> list[Doctor]:
    """Whom the words before the title mean: a full name at their end, else a family name."""
    full = [doctor for doctor in doctors if who.endswith(doctor.name)]
    return full or [doctor for doctor in doctors if who and doctor.name.startswith(who[-1:])]


def _days(when: str, today: date) -> list[date]:
    monday = today - timedelta(days=today.weekday())
    near = {"今天": 0, "明天": 1, "后天": 2, "大后天": 3}
    if when in near:
        return [today + timedelta(days=near[when])]
    if "月" in when:
        return _month(today, 1 if "下" in when else 0)
    weeks = when.count("下")
    start = monday + timedelta(days=WEEK * weeks)
    if when.endswith("末"):
        return [start + timedelta(days=5), start + timedelta(days=6)]
    if when[-1] in _DAYS:
        day = start + timedelta(days=min(_DAYS.index(when[-1]), WEEK - 1))
        return [day + timedelta(days=WEEK) if when.startswith("周") and day < today else day]
    return [day for each in range(WEEK) if (day := start + timedelta(days=each)) >= today]


def _month(today: date, ahead: int) -> list[date]:
    first = today if not ahead else (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    days, day = [], first
    while (day.year, day.month) == (first.year, first.month):
        days.append(day)
        day += timedelta(days=1)
    return days
