"""What a talk has reached so far (A3-14) and for whom somebody asks (A0-17), told from its lines. Pure.

Nothing is kept while a talk goes on: the lines say it, with the moment at which it happened.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from wxbot.conversations.closing.ending_words import EVENTS
from wxbot.conversations.closing.endings import is_patients, is_staffs
from wxbot.history.models import Interaction, Kind
from wxbot.labels import LabelledEnum
from wxbot.understanding.message import normalise
from wxbot.understanding.words import WordLists

LONG_TALK = timedelta(minutes=15)  # without a goal: a hint to the colleague (A3-15)
MANY_TURNS = 30  # of the patient
RELATIONS = ("relation.child", "relation.parent", "relation.spouse", "relation.other")

_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d{9})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-?[2-9]\d{6,7})(?!\d)")
_GAPS = re.compile(r"(?<=\d)[ \-.·]{1,3}(?=\d)")
_WECHAT_WORD = r"(?:微信号?|v信|wechat|weixin|wx号?|vx号?|威信|薇信)"
_WECHAT = re.compile(rf"{_WECHAT_WORD}(?:号|id|账号)?(?:是|为|叫|,|:|：|=)?([a-z][a-z0-9_-]{{5,19}})(?![a-z0-9_-])")
_SAME = re.compile(
    rf"{_WECHAT_WORD}(?:也是|就是|和|跟)?(?:同号|这个号|手机号?|一样|同步)|同微信|号码?就?是微信|\d,?(?:就|也)?是?微信[,.!~]*$"
)
_DECLINED_BEFORE = re.compile(r"(?:没有?|不用|不加|不想加|别加)$")


class Goal(LabelledEnum):
    """What a talk aims at; the first before the second (A3-14)."""

    INVITED = ("invited", "邀约")  # a booking was made
    PHONE = ("phone", "留电")
    WECHAT = ("wechat", "留微")


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A goal, when it was reached, and the line that shows it."""

    goal: Goal
    at: datetime
    line_id: str


@dataclass(frozen=True, kw_only=True)
class GoalBar:
    """邀约? 留电? 留微? and how long it has taken so far."""

    reached: Mapping[Goal, Reached]
    minutes: int  # since the patient's first words
    turns: int  # of the patient
    hint: str = ""  # to the colleague, when it grows long without a goal (A3-15)


def phone_in(text: str) -> str:
    """A telephone number that somebody wrote, digits only; empty without one. +86 and gaps are left out."""
    joined = _GAPS.sub("", normalise(text).spaced)
    found = _MOBILE.search(joined) or _LANDLINE.search(joined)
    return found[1].replace("-", "") if found else ""


def wechat_in(text: str) -> str:
    """A WeChat id that somebody gave, or their telephone when they say that it is the same; empty without one.

    An id has 6 to 20 letters, digits, _ and -, and begins with a letter.
    """
    words = normalise(text).text
    for found in _WECHAT.finditer(words):
        if _DECLINED_BEFORE.search(words[: found.start()][-6:]) is None:
            return found[1]
    phone = phone_in(text)
    return phone if phone and _SAME.search(words) is not None else ""


def goals_of(lines: Sequence[Interaction]) -> Mapping[Goal, Reached]:
    """What the lines of a talk, oldest first, show as reached: each goal at its first time."""
    found: dict[Goal, Reached] = {}
    for line in lines:
        for goal in _shown_by(line):
            found.setdefault(goal, Reached(goal=goal, at=line.at, line_id=line.id))
    return found


def goal_bar(lines: Sequence[Interaction], now: datetime, *, out_of_scope: bool = False) -> GoalBar:
    """The goals of a talk that goes on. `out_of_scope`: nobody is pressed to invite (A0-30).

    Its minutes count from a colleague's first words: who waits in the queue is not talked with yet.
    """
    reached = goals_of(lines)
    said = [line for line in lines if is_patients(line) and line.text not in EVENTS]
    begun = next((line.at for line in lines if is_staffs(line)), None)
    took = now - begun if begun is not None else timedelta()
    hint = ""
    if begun is not None and not reached and not out_of_scope and (took >= LONG_TALK or len(said) >= MANY_TURNS):
        hint = "聊了很久还没有约到，也没有联系方式：可以先请患者留个电话，再约时间。"
    return GoalBar(reached=reached, minutes=int(took.total_seconds() // 60), turns=len(said), hint=hint)


def asks_for(lines: Sequence[Interaction], lists: WordLists) -> str:
    """For whom the patient asks, in their own word (女朋友), when it is not for themselves (A0-17); else empty."""
    *_, pattern = patterns(lists)
    for line in lines:
        if is_patients(line) and (found := pattern.search(normalise(line.text or "").text)) is not None:
            word = found["asked"] or found["own"]
            return word.removeprefix("我").removeprefix("家")
    return ""


def patterns(lists: WordLists) -> tuple[re.Pattern[str], ...]:
    """The patterns that are put together at run time; the last one finds for whom somebody asks."""
    return _WECHAT, _SAME, _relations(tuple(word for key in RELATIONS for word in sorted(lists.of(key))))


def _shown_by(line: Interaction) -> tuple[Goal, ...]:
    if line.kind is Kind.APPOINTMENT_BOOKED:
        return (Goal.INVITED,)
    if not is_patients(line):
        return ()
    text = line.text or ""
    goals = ((Goal.PHONE, phone_in(text)), (Goal.WECHAT, wechat_in(text)))
    return tuple(goal for goal, given in goals if given)


@lru_cache(maxsize=4)
def _relations(words: tuple[str, ...]) -> re.Pattern[str]:
    """替女朋友问, 帮我妈看, 我老公能…: a relation that the question is about, not one that is only mentioned."""
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"
    return re.compile(
        rf"(?:替|帮|代|给|为)(?:我家?|家里)?(?P<asked>{listed})(?!们)"
        rf"|(?P<own>我家?(?:{listed}))(?=[的她他]{{0,2}}(?:牙|能|可以|要|想|怀孕|最近|今年|[0-9]|疼|痛|肿|拔|做|洗|种|有|是不是|会不会|怎么))"
    )
