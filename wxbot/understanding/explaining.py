"""A reading in words for staff: what was understood, particular by particular, by which rules, and what follows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from wxbot.understanding.models import (
    ANYONE,
    DayWords,
    Evidence,
    Intent,
    Reading,
    Relationship,
    Shift,
    Slots,
    TimeWords,
    Which,
)
from wxbot.understanding.vocabulary import Named, Vocabulary

WEEKDAYS = "一二三四五六日"
RELATIONSHIPS: Mapping[Relationship, str] = {
    Relationship.AT: "",
    Relationship.FROM: "以后",
    Relationship.UNTIL: "以前",
    Relationship.AROUND: "左右",
    Relationship.BETWEEN: "",
}

FOLLOWS: Mapping[Intent, str] = {
    Intent.BOOK: "缺什么问什么，最后给患者看一张卡片，患者点头才预约",
    Intent.FREE_HOURS: "列出符合的空闲时间",
    Intent.MOVE: "列出改后的空闲时间，患者确认才改",
    Intent.CANCEL: "给患者看是哪一个预约，确认才取消",
    Intent.LATE: "告诉前台，并请患者路上别急",
    Intent.COMING: "记下会来",
    Intent.APPOINTMENTS: "列出自己的预约",
    Intent.STOP: "立即停止关怀与营销消息",
    Intent.RESUME: "恢复关怀消息",
    Intent.PERSON: "请同事来回复",
    Intent.COMPLAINT: "登记投诉，48 小时内由专人处理",
    Intent.DANGER: "马上告诉患者该打哪个电话，并以红色待办提醒同事",
    Intent.QUESTION: "用常见问题里的答案回答",
    Intent.NAME: "登记姓名",
    Intent.BIRTHDAY: "登记生日",
    Intent.GREETING: "问候，并列出常用服务",
    Intent.THANKS: "道谢，不打断正在进行的一问一答",
    Intent.GOOD_NEWS: "谢谢患者告知，不提醒风险",
    Intent.ENTRANCE: "打开这个服务入口",
    Intent.DETAILS: "正在预约时算作回答；否则先问要做什么",
    Intent.YES: "正在确认时算「是」",
    Intent.NO: "正在确认时算「不」",
    Intent.BACK: "回到上一个问题",
    Intent.LEAVE: "结束正在进行的一问一答",
    Intent.MORE: "看下一页",
    Intent.CHOICE: "选中列出的那一项",
    Intent.NOTHING: "请患者换个说法，并列出常用服务；再没读懂就请同事来回复",
}
"""What the service does with each intent, for staff who try a sentence."""


RULES: Mapping[str, str] = {
    "able": "问能不能",
    "alternative": "两个里选一个",
    "appointments": "问自己的预约",
    "asked": "在问",
    "book": "要预约",
    "cancel": "取消或来不了",
    "coming": "会来",
    "comparison": "大概的时间",
    "complaint": "投诉",
    "correction": "改口",
    "danger": "危险征兆",
    "day": "日期",
    "for_whom": "为谁",
    "free": "问有没有号",
    "late": "会晚到",
    "move": "改约",
    "names": "诊所的名称",
    "negation": "否定",
    "obstacle": "有事",
    "own": "自己的姓名或生日",
    "past": "过去的事",
    "question": "在问",
    "reason": "原因",
    "story": "讲一件事",
    "time": "时间",
    "which": "哪个预约",
    "words": "词单里的话",
}
"""What the rules of a kind find, for those that say nothing more exact; by the first part of their names."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A reading for staff: `particulars` are (name, words); `rules` are (rule, the words it applied to, meaning)."""

    intents: tuple[str, ...]
    follows: str
    particulars: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]
    leftover: tuple[str, ...]
    rules: tuple[tuple[str, str, str], ...]


def explain(reading: Reading, vocabulary: Vocabulary) -> Explanation:
    """The reading in words; names of visit types, practitioners and questions from the vocabulary."""
    return Explanation(
        intents=(reading.intent.label, *(each.label for each in reading.others)),
        follows=_follows(reading),
        particulars=tuple((name, words) for name, words in _particulars(reading, vocabulary) if words),
        doubts=tuple(each.label for each in reading.doubts),
        leftover=reading.leftover,
        rules=tuple((each.rule, each.words, _meaning(each)) for each in reading.evidence),
    )


def _meaning(evidence: Evidence) -> str:
    return evidence.meaning or RULES.get(evidence.rule.partition(".")[0], "")


def _follows(reading: Reading) -> str:
    if reading.doubtful_stop:
        return "问患者要不要停止关怀消息；回答以前不发营销消息"
    words = FOLLOWS[reading.intent]
    if reading.rest:
        return f"{words}；另外说的「{reading.rest}」转给同事"
    if reading.doubts and reading.intent is not Intent.NOTHING:
        return f"有存疑，先问清楚再办：{words}"
    return words


def _particulars(reading: Reading, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    slots = reading.slots
    yield "项目", _names(slots.visit_types, vocabulary.visit_types)
    yield "医生", _names(slots.practitioners, vocabulary.practitioners)
    yield "日期", "、".join(_day(each) for each in slots.days)
    yield "时间", "、".join(_time(each) for each in slots.times)
    yield "为谁", _for_whom(slots)
    yield "哪个预约", _which(slots.which, vocabulary)
    yield "改动", "" if slots.shift is None else _shift(slots.shift)
    yield "晚到", "" if slots.late_by is None else _length(slots.late_by)
    yield "序号", "" if reading.choice is None else str(reading.choice)
    yield "入口", "" if reading.entrance is None else _entrance(reading.entrance, vocabulary)
    yield "姓名", reading.name or ""
    yield "生日", "" if reading.birthday is None else "已读出"
    yield "危险征兆", "" if reading.danger is None else "、".join(reading.danger.words)
    yield "最近的常见问题", _questions(reading, vocabulary)
    yield "另外说的", reading.rest
    yield "情绪", "生气" if reading.angry else ""


def _names(ids: tuple[str, ...], known: tuple[Named, ...]) -> str:
    names = {each.id: each.names[0] for each in known}
    return "、".join("不限" if each == ANYONE else names.get(each, each) for each in ids)


def _day(words: DayWords) -> str:
    if not words.days:
        return f"{words.words}（没有这一天）"
    first, last = words.days[0], words.days[-1]
    shown = f"{_date(first)}至{_date(last)}" if words.span and first != last else _date(first)
    return shown + RELATIONSHIPS[words.relationship]


def _date(day: date) -> str:
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def _time(words: TimeWords) -> str:
    times = " 或 ".join(f"{each:%H:%M}" for each in words.times)
    until = f" 到 {words.until[0]:%H:%M}" if words.until else ""
    return (times + until or words.part or words.words) + RELATIONSHIPS[words.relationship]


def _for_whom(slots: Slots) -> str:
    whom = slots.for_whom
    return "" if whom is None else " ".join(each for each in (whom.words, whom.name) if each) or "别人"


def _which(which: Which, vocabulary: Vocabulary) -> str:
    if which.every:
        return "全部"
    parts = [
        *(_day(each) for each in which.days),
        *(_time(each) for each in which.times),
        _names(which.visit_types, vocabulary.visit_types),
        _names(which.practitioners, vocabulary.practitioners),
        "" if which.ordinal is None else f"第 {which.ordinal} 个",
    ]
    return " ".join(each for each in parts if each)


def _shift(shift: Shift) -> str:
    direction = "推后" if shift.later else "提前"
    return direction if shift.by is None else f"{direction} {_length(abs(shift.by))}"


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    if days and not rest:
        return f"{days} 天"
    hours, minutes = divmod(minutes, 60)
    return "".join(f"{number} {unit}" for number, unit in ((hours, "小时"), (minutes, "分钟")) if number) or "0 分钟"


def _entrance(key: str, vocabulary: Vocabulary) -> str:
    known = vocabulary.words.by_key.get(f"entrance.{key.lower()}")
    return key if known is None else known.name


def _questions(reading: Reading, vocabulary: Vocabulary) -> str:
    if reading.question is None:
        return ""
    asked = {each.id: each.asked[0] for each in vocabulary.questions if each.asked}
    found = zip(reading.question.ids, reading.question.scores, strict=True)
    return "、".join(f"{asked.get(each, each)}（{score:.0%}）" for each, score in list(found)[:3])
