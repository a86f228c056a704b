"""Why a reading about appointments must not be acted on without asking."""

from collections.abc import Iterator, Mapping
from datetime import date

from wxbot.understanding.appointment_intents import HEDGE, INTRODUCTION, asks
from wxbot.understanding.days import DayFound
from wxbot.understanding.doubtful_phrases import BEFORE
from wxbot.understanding.models import Doubt, Intent, Relationship, Slots
from wxbot.understanding.sentence import PARTICULARS, Sentence
from wxbot.understanding.times import TimeFound
from wxbot.understanding.tokens import Kind

REFUSING = frozenset("不没無无未别莫勿冇唔甭")
DAY_SIGNS = frozenset("周号月日天")
WISHES = (Kind.BOOK, Kind.ON_BEHALF, Kind.AVAILABLE)
OF_KINDS: Mapping[Kind, Doubt] = {
    Kind.OBSTACLE: Doubt.OBSTACLE,
    Kind.NEGATION: Doubt.NEGATION,
    Kind.CANNOT_COME: Doubt.NEGATION,
    Kind.CANCEL: Doubt.NEGATION,
    Kind.ALTERNATIVE: Doubt.ALTERNATIVE,
    Kind.CORRECTION: Doubt.CORRECTION,
    Kind.STORY: Doubt.UNREAD_WORDS,
}
PERHAPS = "cancel.perhaps"
VAGUE = frozenset({"那个", "那个的", "的号", "的门诊", "那天的", "的约"})  # may stand in a wish: 挂周医生的号
REASONED = frozenset({Intent.CANCEL, Intent.LATE})  # an obstacle is the reason for these, no doubt


def doubts_of(
    sentence: Sentence, intent: Intent, slots: Slots, *, last_day: date, several_people: bool
) -> tuple[Doubt, ...]:
    """Every doubt, each once, in the order of the rules. `last_day` is the last that a patient may book."""
    found = [
        *_of_words(sentence, intent, slots),
        *_of_particulars(sentence, intent, slots, last_day),
        *_of_people(sentence, intent, several_people=several_people),
    ]
    return tuple(dict.fromkeys(found))


def _of_words(sentence: Sentence, intent: Intent, slots: Slots) -> Iterator[Doubt]:
    why = intent in REASONED or _changes_no_hour(intent, slots)
    for token in sentence.tokens:
        if token.rule == PERHAPS:
            yield Doubt.QUESTION
        reason = token.kind in {Kind.OBSTACLE, Kind.CANNOT_COME, Kind.CANCEL} or token.rule.endswith(BEFORE)
        if why and reason:
            continue
        if token.kind in OF_KINDS and not (intent is Intent.COMING and "取消" in token.words):
            yield OF_KINDS[token.kind]
        if token.kind is Kind.OBSTACLE and not REFUSING.isdisjoint(token.words):
            yield Doubt.NEGATION
        if token.kind is Kind.LATE and intent is not Intent.LATE and not why:
            yield Doubt.OBSTACLE
        if token.kind is Kind.STANDING and intent is not Intent.MOVE and _wants(slots) and token.words not in VAGUE:
            yield Doubt.PAST  # 本来是周五三点
        if token.kind is Kind.PAST and intent is not Intent.APPOINTMENTS:
            yield Doubt.PAST
    if intent is Intent.DETAILS and _tells_the_time(sentence):
        yield Doubt.UNREAD_WORDS
    yield from _of_questions(sentence, intent, slots)


def _wants(slots: Slots) -> bool:
    return bool(slots.days or slots.times or slots.visit_types or slots.practitioners)


def _tells_the_time(sentence: Sentence) -> bool:
    """三点了, 今天周五了: what time it is; 那就三点了 is an answer."""
    *before, last = [token for token in sentence.tokens if token.kind is not Kind.MARK] or [None]
    if last is None or last.words != "了" or not before or before[-1].kind not in {Kind.DAY, Kind.TIME}:
        return False
    return not any(token.words.startswith(("就", "那就", "定", "选")) for token in before)


def _changes_no_hour(intent: Intent, slots: Slots) -> bool:
    """明天有事，改到周五: no hour is booked by it, the hours are shown; why and how it is asked is no doubt."""
    return intent is Intent.MOVE and not any(each.times for each in slots.times)


def _of_questions(sentence: Sentence, intent: Intent, slots: Slots) -> Iterator[Doubt]:
    if HEDGE in sentence.rules and intent not in {Intent.APPOINTMENTS, Intent.LATE}:
        yield Doubt.QUESTION
    if sentence.has(Kind.ASKED):
        yield Doubt.QUESTION
    if intent is Intent.APPOINTMENTS or _changes_no_hour(intent, slots):
        return
    if intent is Intent.FREE_HOURS:
        if not sentence.has(Kind.AVAILABLE, Kind.BOOK, Kind.VISIT_TYPE, Kind.WISH):
            yield Doubt.QUESTION  # 三点可以吗 after hours were shown
        return
    if asks(sentence) or (INTRODUCTION in sentence.rules and intent is Intent.DETAILS):
        yield Doubt.QUESTION


def _of_particulars(sentence: Sentence, intent: Intent, slots: Slots, last_day: date) -> Iterator[Doubt]:
    for token in sentence.tokens:
        if isinstance(token.value, DayFound | TimeFound) and token.value.doubt is not None:
            yield token.value.doubt
        if isinstance(token.value, DayFound) and not token.value.day.days:
            yield Doubt.UNREAD_DAY
    named = (*slots.days, *slots.times)
    if sentence.has(Kind.COMPARISON) or any(each.relationship is not Relationship.AT for each in named):
        yield Doubt.COMPARISON
    if any(each.days and min(each.days) > last_day for each in slots.days):
        yield Doubt.UNREAD_DAY  # 国庆 in November is months away: another day may be meant
    several = (slots.visit_types, slots.practitioners, slots.days, slots.times)
    if any(len(each) > 1 for each in several) or (intent is Intent.MOVE and len(slots.which.days) > 1):
        yield Doubt.SEVERAL
    if any(not DAY_SIGNS.isdisjoint(words) for words in sentence.leftover):
        yield Doubt.UNREAD_DAY


def _of_people(sentence: Sentence, intent: Intent, *, several_people: bool) -> Iterator[Doubt]:
    if several_people:
        yield Doubt.SEVERAL
    if sentence.unknown_people:
        yield Doubt.UNKNOWN_PERSON
    if intent in {Intent.BOOK, Intent.DETAILS} and _tells_of_somebody(sentence):
        yield Doubt.UNREAD_WORDS


def _tells_of_somebody(sentence: Sentence) -> bool:
    """我朋友明天下午洗牙 tells, 帮我朋友约 and 朋友想洗牙 wish; of family a short answer is enough (洗牙，我妈)."""
    related = sentence.first(Kind.RELATION)
    if related is None or sentence.has(*WISHES) or "book.wish" in sentence.rules:
        return False
    relation = sentence.tokens[related].value
    later = sentence.tokens[related + 1 :]
    comes = any(token.rule == "book.come" for token in later) and relation != "relation.self"
    return comes or (relation == "relation.other" and sum(token.kind in PARTICULARS for token in later) > 1)
