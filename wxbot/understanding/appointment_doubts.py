"""Why a reading about appointments must not be acted on without asking."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

from wxbot.understanding.appointment_intents import CHANGES, HEDGE, INTRODUCTION, asks
from wxbot.understanding.days import DayFound
from wxbot.understanding.doubtful_phrases import BEFORE
from wxbot.understanding.models import Doubt, Intent, Relationship, Slots
from wxbot.understanding.sentence import PARTICULARS, Sentence
from wxbot.understanding.times import TimeFound
from wxbot.understanding.tokens import Kind, Token

REFUSING = frozenset("不没無无未别莫勿冇唔甭")  # signs that make of an obstacle a refusal as well: 没空
DAY_SIGNS = frozenset("周号月日天")  # of what looks like a day, in words that were not read
WISHES = (Kind.BOOK, Kind.ON_BEHALF, Kind.AVAILABLE)
OF_KINDS: Mapping[Kind, Doubt] = {
    Kind.OBSTACLE: Doubt.OBSTACLE,
    Kind.NEGATION: Doubt.NEGATION,
    Kind.CANNOT_COME: Doubt.NEGATION,
    Kind.CANCEL: Doubt.NEGATION,
    Kind.ALTERNATIVE: Doubt.ALTERNATIVE,
    Kind.CORRECTION: Doubt.CORRECTION,
    Kind.STORY: Doubt.UNREAD_WORDS,
    Kind.PAST: Doubt.PAST,
    Kind.LATE: Doubt.OBSTACLE,
}
ACTING = frozenset({Intent.BOOK, Intent.DETAILS, Intent.MOVE})
REASONED = frozenset({Intent.CANCEL, Intent.LATE})  # an obstacle is the reason for these, no doubt
PERHAPS = frozenset({"cancel.perhaps", "move.perhaps"})  # 不一定能来, 改天吧: moved or cancelled?
THERE_IS = "free.have"
VAGUE = frozenset({"那个", "那个的", "的号", "的门诊", "那天的", "的约"})  # may stand in a wish: 挂周医生的号
ORIGINALLY = ("本来", "原本", "当初", "起初")
DONE = frozenset({Kind.BOOK, *CHANGES})  # followed by 了, they are done: 约上了, 改期了
ASKING_FOR = frozenset({"吧", "把", "将", "请", "都", "全", "想", "要", "我要", "我想", "先"})  # make of 取消了 a wish
POINTING = frozenset({"那个", "那个的"})
WONDERING = frozenset({"question.asks", "question.who", "question.when"})  # 怎么改到周三了


def doubts_of(
    sentence: Sentence, intent: Intent, slots: Slots, *, last_day: date, several_people: bool
) -> tuple[Doubt, ...]:
    """Every doubt, each once, in the order of the rules. `last_day` is the last that a patient may book."""
    found = [
        *_of_words(sentence, intent, slots),
        *_of_what_is_told(sentence, intent, slots),
        *_of_questions(sentence, intent, slots),
        *_of_particulars(sentence, intent, slots, last_day),
        *_of_people(sentence, intent, several_people=several_people),
    ]
    return tuple(dict.fromkeys(found))


def _of_words(sentence: Sentence, intent: Intent, slots: Slots) -> Iterator[Doubt]:
    """The doubts of single words, but for the reason of a change or a cancellation: 明天有事，改到后天."""
    reasons = intent in REASONED or _changes_no_hour(sentence, intent, slots)
    for token in sentence.tokens:
        if token.kind not in OF_KINDS or (reasons and _is_reason(token, intent)) or _fits(token, intent):
            continue
        yield OF_KINDS[token.kind]
        if token.kind is Kind.OBSTACLE and not REFUSING.isdisjoint(token.words):
            yield Doubt.NEGATION


def _is_reason(token: Token, intent: Intent) -> bool:
    if token.kind is Kind.CANCEL:
        return intent in REASONED
    return token.kind in {Kind.OBSTACLE, Kind.CANNOT_COME, Kind.LATE} or token.rule.endswith(BEFORE)


def _fits(token: Token, intent: Intent) -> bool:
    """Whether a word is doubtful elsewhere, but says what the intent says."""
    return (
        (intent is Intent.COMING and "取消" in token.words)
        or (intent is Intent.LATE and token.kind is Kind.LATE)
        or (intent is Intent.APPOINTMENTS and token.kind is Kind.PAST)
    )


def _of_what_is_told(sentence: Sentence, intent: Intent, slots: Slots) -> Iterator[Doubt]:
    """What is told rather than wished."""
    vague = VAGUE if sentence.has(Kind.BOOK, Kind.WISH) else POINTING
    standing = any(token.kind is Kind.STANDING and token.words not in vague for token in sentence.tokens)
    originally = intent in ACTING and any(token.words.startswith(ORIGINALLY) for token in sentence.tokens)
    if originally or (standing and _wants(slots) and intent is not Intent.MOVE):
        yield Doubt.PAST  # 本来改到周六, 我是三点的号
    if intent is not Intent.APPOINTMENTS and any(token.words.endswith("来着") for token in sentence.tokens):
        yield Doubt.PAST
    if (intent in ACTING and _is_done(sentence)) or (intent is Intent.CANCEL and _was_cancelled(sentence)):
        yield Doubt.PAST  # 约到明天了, 我改到周三了, 三点了
    if intent in ACTING and THERE_IS in sentence.rules:
        yield Doubt.UNREAD_WORDS  # 下午三点有, 八点开门: what there is was not said, or is no wish
    if intent is Intent.DETAILS and sentence.has(Kind.REASON) and not slots.visit_types:
        yield Doubt.UNREAD_WORDS  # 牙疼，下午三点
    if intent is Intent.BOOK and slots.shift is not None and slots.shift.by is not None:
        yield Doubt.UNREAD_WORDS  # 约晚了，早两天: against which hour?
    hindered = sentence.has(Kind.CANNOT_COME, Kind.OBSTACLE, Kind.NEGATION, Kind.LATE)
    if intent is Intent.MOVE and hindered and not (_wants(slots) or slots.shift or slots.another):
        yield Doubt.NEGATION  # 来不了，要改: moved or cancelled?


def _wants(slots: Slots) -> bool:
    return bool(slots.days or slots.times or slots.visit_types or slots.practitioners)


def _is_done(sentence: Sentence) -> bool:
    """约到明天了, 三点了: what is done, or what time it is; 那就三点了 and 就约周五了 are answers."""
    if any(token.words.startswith(("就", "那就", "定", "选", "该")) for token in sentence.tokens):
        return False
    said = [token for token in sentence.tokens if token.kind is not Kind.TITLE]
    ends = (None, Kind.MARK, Kind.QUESTION)
    for token, after, then in zip(said, said[1:], [*said[2:], None], strict=False):
        last = None if then is None else then.kind
        done = token.kind in DONE and (then is None or then.words != "吧")
        if after.words == "了" and (done or (token.kind in PARTICULARS and last in ends)):
            return True
    return False


def _was_cancelled(sentence: Sentence) -> bool:
    """我上午取消了明天的号, 取消了: told; 把周五的取消了, 取消了吧 and 帮我取消了 are wishes."""
    if any(token.words in ASKING_FOR or token.words.startswith(("帮", "给", "麻烦")) for token in sentence.tokens):
        return False
    return any(token.kind is Kind.CANCEL and after.words == "了" for token, after in pairwise(sentence.tokens))


def _changes_no_hour(sentence: Sentence, intent: Intent, slots: Slots) -> bool:
    """明天有事，改到周五: no hour is booked by it, the hours are shown; why and how it is asked is no doubt."""
    return intent is Intent.MOVE and sentence.has(*CHANGES) and not any(each.times for each in slots.times)


def _of_questions(sentence: Sentence, intent: Intent, slots: Slots) -> Iterator[Doubt]:
    hedged = HEDGE in sentence.rules and intent not in {Intent.APPOINTMENTS, Intent.LATE}
    if hedged or sentence.has(Kind.ASKED) or not PERHAPS.isdisjoint(sentence.rules):
        yield Doubt.QUESTION
    if intent is Intent.APPOINTMENTS:
        return
    if intent is Intent.FREE_HOURS:
        if not sentence.has(Kind.AVAILABLE, Kind.BOOK, Kind.VISIT_TYPE, Kind.WISH):
            yield Doubt.QUESTION  # 三点可以吗 after hours were shown
        return
    if _changes_no_hour(sentence, intent, slots) and sentence.rules.isdisjoint(WONDERING):
        return  # 能不能改到周五: a kind way to say it
    if asks(sentence) or (INTRODUCTION in sentence.rules and intent is Intent.DETAILS):
        yield Doubt.QUESTION


def _of_particulars(sentence: Sentence, intent: Intent, slots: Slots, last_day: date) -> Iterator[Doubt]:
    for token in sentence.tokens:
        if isinstance(token.value, DayFound | TimeFound) and token.value.doubt is not None:
            yield token.value.doubt
        if isinstance(token.value, DayFound) and not token.value.day.days:
            yield Doubt.UNREAD_DAY
    relationships = {each.relationship for each in slots.days} | {each.relationship for each in slots.times}
    if sentence.has(Kind.COMPARISON) or relationships - {Relationship.AT}:
        yield Doubt.COMPARISON
    if any(each.days and min(each.days) > last_day for each in slots.days):
        yield Doubt.UNREAD_DAY  # 国庆 in November is months away: another day may be meant
    several = (slots.visit_types, slots.practitioners, slots.days, slots.times)
    if any(len(each) > 1 for each in several) or (intent is Intent.MOVE and len(slots.which.days) > 1):
        yield Doubt.SEVERAL
    if sentence.torn or any(not DAY_SIGNS.isdisjoint(words) for words in sentence.leftover):
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
    if sentence.has(Kind.DAY, Kind.TIME, Kind.PRACTITIONER) and not sentence.has(Kind.VISIT_TYPE):
        return relation != "relation.self"  # 我老公三点, 我妈的医生是周医生
    if any(token.words == "是" for token in sentence.tokens):
        return True
    later = sentence.tokens[related + 1 :]
    comes = any(token.rule == "book.come" for token in later) and relation != "relation.self"
    return comes or (relation == "relation.other" and sum(token.kind in PARTICULARS for token in later) > 1)
