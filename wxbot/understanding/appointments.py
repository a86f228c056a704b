"""Booking, moving, cancelling, running late, coming: the particulars that a message names, and what is in doubt."""

import re
from dataclasses import replace
from datetime import timedelta

from wxbot.understanding.appointment_doubts import doubts_of
from wxbot.understanding.appointment_intents import CHANGES, intent_of
from wxbot.understanding.days import DayFound
from wxbot.understanding.message import Message, normalise
from wxbot.understanding.models import Evidence, Intent, Particular, Reading, Shift, Slots, Which
from wxbot.understanding.particulars import Named, named_particulars
from wxbot.understanding.relations import for_whom, names_several
from wxbot.understanding.sentence import Sentence, sentence_of
from wxbot.understanding.tokens import Kind, Token
from wxbot.understanding.vocabulary import ReadingContext

# A space parts an hour from a date after it: 下午三点 12月1号 is no 三点12.
_APART = re.compile("(?<=[点时分半刻整]) (?=(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[月号日/-])")
LONGEST = 200  # signs; a longer text is a story or an article, and no rule may act on it
SILENT = frozenset({Kind.FILLER, Kind.MARK, Kind.POSSESSIVE, Kind.OBJECT, Kind.TITLE})  # not worth telling staff
STANDING = "appointments."  # the questions about appointments that stand
OF_STANDING = frozenset({Intent.CANCEL, Intent.LATE, Intent.COMING, Intent.APPOINTMENTS})


def read_appointment(message: Message, context: ReadingContext) -> Reading:
    """The message as far as it is about appointments; its intent is NOTHING when it is not."""
    apart = _APART.sub(",", message.spaced)
    text = message.text if apart == message.spaced else normalise(apart).text
    if not text or len(text) > LONGEST:
        return Reading(text=text, leftover=(text,) if text else ())
    sentence = sentence_of(text, context)
    intent = intent_of(sentence, context.question)
    if intent is Intent.NOTHING:
        return Reading(text=text, leftover=sentence.leftover)
    wanted, which, refused = _shared_out(sentence, intent, context.question)
    people = for_whom(sentence.tokens, sentence.names)
    slots = Slots(
        visit_types=wanted.visit_types,
        practitioners=wanted.practitioners,
        days=wanted.days,
        times=wanted.times,
        for_whom=people[0] if people else None,
        which=_numbered(which.which, sentence, intent),
        shift=_shift(sentence, intent),
        late_by=_late_by(sentence) if intent is Intent.LATE else None,
        refused=refused.which,
        another=_another(sentence),
    )
    return Reading(
        text=text,
        intent=intent,
        slots=slots,
        evidence=tuple(_evidence(token, context) for token in sentence.tokens if token.kind not in SILENT),
        doubts=doubts_of(
            sentence,
            intent,
            slots,
            last_day=context.today + timedelta(days=context.horizon_days),
            several_people=len(people) > 1 or names_several(text, asked=bool(context.question)),
        ),
        leftover=sentence.leftover,
    )


def _shared_out(sentence: Sentence, intent: Intent, question: str) -> tuple[Named, Named, Named]:
    """The particulars that are wanted, those of the appointment that stands, and those that are refused."""
    places, tokens = sentence.particulars(), sentence.tokens
    refused = sentence.refused()
    if intent in OF_STANDING or (intent is Intent.DETAILS and question.startswith(STANDING)):
        of_standing = set(places) - (refused if intent is Intent.COMING else frozenset())
    elif intent is Intent.MOVE:
        of_standing = _moved_from(sentence) | (sentence.missed() | refused if _given_up_first(sentence) else set())
    else:
        of_standing = set()
        refused |= sentence.missed()
    wanted = [place for place in places if place not in of_standing and place not in refused]
    no = [place for place in places if place in refused and place not in of_standing]
    groups = (wanted, sorted(of_standing), no)
    first, second, third = (named_particulars([tokens[place] for place in group]) for group in groups)
    return first, second, third


def _moved_from(sentence: Sentence) -> set[int]:
    """What stands before the words of the change, or is said to stand after them (改一下周五的预约)."""
    changed = sentence.first(Kind.MOVE_TO)
    changed = sentence.first(*CHANGES) if changed is None else changed
    if changed is None:  # 取消周五的，重新约周六
        given_up = sentence.first(Kind.CANCEL, Kind.CANNOT_COME)
        booked = sentence.first(Kind.BOOK)
        if given_up is None or booked is None:
            return set()
        changed = booked
    return {
        place for place in sentence.particulars() if place < changed or sentence.followed_by_standing(place)
    } - _after_target(sentence, changed)


def _after_target(sentence: Sentence, changed: int) -> set[int]:
    """改到周五的下午: 的 between two particulars of the wanted hour does not make the first one stand."""
    places = [place for place in sentence.particulars() if place > changed]
    if sentence.tokens[changed].kind is not Kind.MOVE_TO or not places:
        return set()
    return {place for place in places if sentence.clauses[place] == sentence.clauses[changed]}


def _given_up_first(sentence: Sentence) -> bool:
    """明天有事，改到后天: what cannot be kept is said before the change."""
    changed = sentence.first(*CHANGES, Kind.BOOK)
    given_up = sentence.first(Kind.CANNOT_COME, Kind.OBSTACLE, Kind.CANCEL, Kind.NEGATION)
    return given_up is not None and (changed is None or given_up < changed)


def _numbered(which: Which, sentence: Sentence, intent: Intent) -> Which:
    """With 第二个 and 都, which only an appointment that stands can be."""
    if intent not in OF_STANDING and intent is not Intent.MOVE:
        return which
    ordinal = next((token.value for token in sentence.tokens if token.kind is Kind.ORDINAL), None)
    return replace(
        which,
        ordinal=ordinal if isinstance(ordinal, int) else None,
        every=sentence.has(Kind.EVERY) and intent in {Intent.CANCEL, Intent.MOVE},
    )


def _shift(sentence: Sentence, intent: Intent) -> Shift | None:
    if intent in OF_STANDING or sentence.has(Kind.MOVE_TO):
        return None
    found = [token.value for token in sentence.tokens if token.kind is Kind.SHIFT and isinstance(token.value, Shift)]
    return next((each for each in found if each.by is not None), found[0] if found else None)


def _late_by(sentence: Sentence) -> timedelta | None:
    found = [token.value for token in sentence.tokens if token.kind is Kind.LATE]
    found += [token.value.by for token in sentence.tokens if isinstance(token.value, Shift)]
    return next((each for each in found if isinstance(each, timedelta)), None)


def _another(sentence: Sentence) -> tuple[Particular, ...]:
    found = [token.value for token in sentence.tokens if isinstance(token.value, Particular)]
    changed = "".join(token.words for token in sentence.tokens if token.kind is Kind.MOVE)
    if "时间" in changed:
        found.append(Particular.TIME)
    if any(sign in changed for sign in ("天", "日子", "期")):
        found.append(Particular.DAY)
    return tuple(dict.fromkeys(found))


def _evidence(token: Token, context: ReadingContext) -> Evidence:
    return Evidence(
        rule=token.rule, words=token.words, start=token.start, end=token.end, meaning=_meaning(token, context)
    )


def _meaning(token: Token, context: ReadingContext) -> str:
    """What the token means, in words that staff understand."""
    vocabulary = context.vocabulary
    if isinstance(token.value, DayFound):
        days = token.value.day.days
        if not days:
            return ""
        last = f"至{days[-1].month}月{days[-1].day}日" if token.value.day.span else ""
        return f"{token.words}（{days[0].month}月{days[0].day}日{last}）"
    if token.kind in {Kind.VISIT_TYPE, Kind.PRACTITIONER}:
        named = (*vocabulary.visit_types, *vocabulary.practitioners)
        return next((each.names[0] for each in named if each.id == token.value), "")
    return token.words if token.kind in {Kind.TIME, Kind.RELATION, Kind.ANYONE, Kind.SHIFT} else ""
