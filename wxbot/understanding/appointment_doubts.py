"""Why a reading about appointments must not be acted on without asking."""

from collections.abc import Iterator

from wxbot.understanding.appointment_intents import HEDGE, INTRODUCTION, asks
from wxbot.understanding.days import DayFound
from wxbot.understanding.doubtful_phrases import BEFORE
from wxbot.understanding.models import Doubt, Intent, Relationship, Slots
from wxbot.understanding.particulars import Named
from wxbot.understanding.sentence import PARTICULARS, Sentence
from wxbot.understanding.times import TimeFound
from wxbot.understanding.tokens import Kind

REFUSING = frozenset("不没無无未别莫勿冇唔甭")
DAY_SIGNS = frozenset("周号月日天")
WISHES = (Kind.BOOK, Kind.WISH, Kind.ON_BEHALF, Kind.AVAILABLE)
REASONED = frozenset({Intent.CANCEL, Intent.LATE})  # an obstacle is the reason for these, no doubt


def doubts_of(
    sentence: Sentence, intent: Intent, wanted: Named, slots: Slots, *, several_people: bool
) -> tuple[Doubt, ...]:
    """Every doubt, each once, in the order of the rules."""
    found = [
        *_of_words(sentence, intent, slots),
        *_of_particulars(sentence, intent, wanted, slots),
        *_of_people(sentence, intent, several_people=several_people),
    ]
    return tuple(dict.fromkeys(found))


def _of_words(sentence: Sentence, intent: Intent, slots: Slots) -> Iterator[Doubt]:
    reason_only = intent in REASONED or (intent is Intent.MOVE and not any(each.times for each in slots.times))
    for token in sentence.tokens:
        reason = reason_only and (token.kind is Kind.OBSTACLE or token.rule.endswith(BEFORE))
        if token.kind is Kind.OBSTACLE and not reason:
            yield Doubt.OBSTACLE
        if token.kind in {Kind.NEGATION, Kind.OBSTACLE} and not reason and not REFUSING.isdisjoint(token.words):
            yield Doubt.NEGATION
        elif token.kind is Kind.NEGATION and not reason:
            yield Doubt.NEGATION
        elif token.kind in {Kind.CANNOT_COME, Kind.CANCEL} and intent not in REASONED and not reason_only:
            yield Doubt.NEGATION
        elif token.kind is Kind.LATE and intent is not Intent.LATE and not reason_only:
            yield Doubt.OBSTACLE
        elif token.kind is Kind.ALTERNATIVE:
            yield Doubt.ALTERNATIVE
        elif token.kind is Kind.CORRECTION:
            yield Doubt.CORRECTION
        elif token.kind in {Kind.STORY, Kind.TITLE} and token.kind is Kind.STORY:
            yield Doubt.UNREAD_WORDS
        elif token.kind is Kind.PAST and intent is not Intent.APPOINTMENTS:
            yield Doubt.PAST
    yield from _of_questions(sentence, intent)


def _of_questions(sentence: Sentence, intent: Intent) -> Iterator[Doubt]:
    if HEDGE in sentence.rules and intent not in {Intent.APPOINTMENTS, Intent.LATE}:
        yield Doubt.QUESTION
    if sentence.has(Kind.ASKED):
        yield Doubt.QUESTION
    if intent is Intent.APPOINTMENTS:
        return
    if intent is Intent.FREE_HOURS:
        if not sentence.has(Kind.AVAILABLE, Kind.BOOK, Kind.VISIT_TYPE, Kind.WISH):
            yield Doubt.QUESTION  # 三点可以吗 after hours were shown
        return
    if asks(sentence) or (INTRODUCTION in sentence.rules and intent is Intent.DETAILS):
        yield Doubt.QUESTION


def _of_particulars(sentence: Sentence, intent: Intent, wanted: Named, slots: Slots) -> Iterator[Doubt]:
    for token in sentence.tokens:
        if isinstance(token.value, DayFound | TimeFound) and token.value.doubt is not None:
            yield token.value.doubt
        if isinstance(token.value, DayFound) and not token.value.day.days:
            yield Doubt.UNREAD_DAY
    named = (*slots.days, *slots.times)
    if sentence.has(Kind.COMPARISON) or any(each.relationship is not Relationship.AT for each in named):
        yield Doubt.COMPARISON
    if wanted.several:
        yield Doubt.SEVERAL
    which = slots.which
    if len(which.days) > 1 and intent is Intent.MOVE:
        yield Doubt.SEVERAL
    if any(not DAY_SIGNS.isdisjoint(words) for words in sentence.leftover):
        yield Doubt.UNREAD_DAY


def _of_people(sentence: Sentence, intent: Intent, *, several_people: bool) -> Iterator[Doubt]:
    if several_people:
        yield Doubt.SEVERAL
    if sentence.unknown_people:
        yield Doubt.UNKNOWN_PERSON
    if intent in {Intent.BOOK, Intent.DETAILS} and not sentence.has(*WISHES):
        related = sentence.first(Kind.RELATION)
        about = [place for place in sentence.particulars() if related is not None and place > related]
        if about and sentence.tokens[about[-1]].kind in PARTICULARS - {Kind.PRACTITIONER} and len(about) > 1:
            yield Doubt.UNREAD_WORDS  # 我朋友明天下午洗牙: told, not wished
