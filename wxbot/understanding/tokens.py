"""The words of a message as tokens: every stretch of the text that a rule knows, none overlapping."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from wxbot.understanding.days import DayFound
from wxbot.understanding.models import Particular, Shift
from wxbot.understanding.times import TimeFound

ID_SEPARATOR = " "  # between the ids of two doctors who are called alike
UNREAD_COST = 100  # of a sign that no token covers
TOKEN_COST = 10  # of each token: few long ones before many short ones


class Kind(StrEnum):
    """What a token is to a sentence about appointments."""

    DAY = "day"
    TIME = "time"
    VISIT_TYPE = "visit_type"
    PRACTITIONER = "practitioner"
    ANYONE = "anyone"  # 哪个医生都行
    TITLE = "title"  # 医生, without a name that the clinic has
    RELATION = "relation"  # 妈妈, 孩子
    BOOK = "book"  # 约, 预约, 挂号
    WISH = "wish"  # 想, 要, 打算
    ON_BEHALF = "on_behalf"  # 帮, 给, 替
    AVAILABLE = "available"  # 有号, 有空, 出诊
    ABLE = "able"  # 可以, 能, 行
    MOVE_TO = "move_to"  # 改到: the new hour follows
    MOVE = "move"  # 改期, 改一下
    SHIFT = "shift"  # 推迟一周, 早一点
    ANOTHER = "another"  # 换个医生
    CANCEL = "cancel"  # 取消, 退号
    CANNOT_COME = "cannot_come"  # 来不了, 去不成
    LATE = "late"  # 迟到, 晚到20分钟, 堵车
    COMING = "coming"  # 会来, 准时到
    LOOK_UP = "look_up"  # 我的预约, 几点来着
    STANDING = "standing"  # 那个预约, 的号: an appointment that stands
    EVERY = "every"  # 都, 全部
    ORDINAL = "ordinal"  # 第二个
    NEGATION = "negation"
    OBSTACLE = "obstacle"  # 有事, 要上班
    QUESTION = "question"  # 吗, 什么时候
    ALTERNATIVE = "alternative"  # 或者
    CORRECTION = "correction"  # 不对, 说错了
    COMPARISON = "comparison"  # 以后, 左右
    PAST = "past"  # 上次, 约过
    ASKED = "asked"  # 多少钱, 疼吗: for the frequent questions
    STORY = "story"  # 出血, 肿了: what happened to the patient
    REASON = "reason"  # 牙疼: why somebody wants to come
    POSSESSIVE = "possessive"  # 的
    OBJECT = "object"  # 把
    FILLER = "filler"  # 请, 麻烦, 一下, 吧
    MARK = "mark"


Value: TypeAlias = DayFound | TimeFound | Shift | Particular | timedelta | int | str | None


class Token(NamedTuple):
    """`text[start:end]` with what it is; `value` is a day, a time, an id, a shift, a number, by its kind."""

    kind: Kind
    start: int
    end: int
    rule: str
    words: str
    value: Value = None


def cover(length: int, candidates: Iterable[Token]) -> tuple[Token, ...]:
    """The candidates that leave the least of a text of that length unread, with as few tokens as possible.

    Of two that cover the same stretch the one given first is taken. Linear in the length and the candidates.
    """
    starting: dict[int, list[Token]] = {}
    for candidate in candidates:
        starting.setdefault(candidate.start, []).append(candidate)
    costs = [0] * (length + 1)
    chosen: list[Token | None] = [None] * (length + 1)
    for place in range(length - 1, -1, -1):
        costs[place] = costs[place + 1] + UNREAD_COST
        for candidate in starting.get(place, ()):
            cost = costs[candidate.end] + TOKEN_COST
            if cost < costs[place]:
                costs[place], chosen[place] = cost, candidate
    found, place = [], 0
    while place < length:
        token = chosen[place]
        if token is None:
            place += 1
        else:
            found.append(token)
            place = token.end
    return tuple(found)


def uncovered(text: str, tokens: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """The stretches of the text between the tokens, as start and end."""
    gaps, place = [], 0
    for token in tokens:
        if token.start > place:
            gaps.append((place, token.start))
        place = token.end
    if place < len(text):
        gaps.append((place, len(text)))
    return tuple(gaps)
