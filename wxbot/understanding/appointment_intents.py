"""Which intent about appointments a sentence has. One order, the first that fits; NOTHING for what is none."""

from datetime import timedelta

from wxbot.understanding.models import Intent, Shift
from wxbot.understanding.sentence import PARTICULARS, Sentence
from wxbot.understanding.tokens import Kind

BOOKING = "booking."  # the questions of the booking dialogue
INTRODUCTION, HEDGE, WHEN, POLITE = (f"question.{each}" for each in ("introduction", "hedge", "when", "polite"))
FREE_ASKED = frozenset({"free.asked", "free.weak_asked"})  # the words ask by themselves: 有没有号, 上不上班
CHANGES = (Kind.MOVE_TO, Kind.MOVE, Kind.SHIFT, Kind.ANOTHER)
MESSAGES = "story.messages"
WEAK = frozenset({"cancel.weak", "move.weak", "late.weak"})  # verbs that mean other things as well
ACTS = (Kind.BOOK, Kind.CANCEL, Kind.CANNOT_COME, Kind.MOVE_TO, Kind.LOOK_UP)
FREE = frozenset({"free.hours", "free.asked"})
LATEST = timedelta(hours=1)  # 晚5分钟 is told by somebody on the way; 晚一个小时 is a wish for another hour
STORY = "story"  # what happened; others' words (story.told) are a doubt, and leave the wish that they are about


def intent_of(sentence: Sentence, question: str) -> Intent:
    """The intent; `question` is the dialogue and step that is open, empty for none."""
    if _told_only(sentence):
        return Intent.NOTHING
    standing = _about_standing(sentence, question)
    if standing is not None:
        return standing
    if _asks_for_hours(sentence):
        return Intent.FREE_HOURS
    if "which.booked" in sentence.rules and not sentence.has(Kind.BOOK):
        return Intent.APPOINTMENTS
    if _books(sentence, question):
        return Intent.BOOK
    named = sentence.has(*PARTICULARS, Kind.RELATION) or bool(sentence.unknown_people)
    answers = bool(question) or sentence.read_whole or bool(sentence.unknown_people)
    return Intent.DETAILS if named and answers else Intent.NOTHING


def asks(sentence: Sentence) -> bool:
    """Whether something is asked, beside a mere introduction (想问一下)."""
    return any(
        (token.kind is Kind.QUESTION and token.rule not in {INTRODUCTION, HEDGE})
        or (token.kind is Kind.AVAILABLE and (token.rule in FREE_ASKED or "没" in token.words))
        for token in sentence.tokens
    )


def _told_only(sentence: Sentence) -> bool:
    """A story about a treatment, or a frequent question: for the parts of the reading that know those."""
    when = sentence.has(Kind.DAY, Kind.TIME, Kind.STANDING)
    free = bool(sentence.rules & FREE)
    if MESSAGES in sentence.rules and not when:
        return True  # 取消推送: what is said about being written to
    if STORY in sentence.rules and not (when or free or sentence.has(*ACTS)):
        return True
    if _means_another_thing(sentence):
        return True
    wished = (*CHANGES, Kind.BOOK, Kind.CANCEL, Kind.CANNOT_COME, Kind.LATE, Kind.COMING, Kind.LOOK_UP)
    return not (free or sentence.has(*wished)) and (_gives_reason_only(sentence) or _tells_or_asks(sentence))


def _tells_or_asks(sentence: Sentence) -> bool:
    told = STORY in sentence.rules or sentence.has(Kind.ASKED)
    return told or (sentence.has(Kind.PAST) and not asks(sentence))


def _gives_reason_only(sentence: Sentence) -> bool:
    """洗牙后牙龈出血 tells; 牙疼，明天上午 and 牙疼想看牙 are wishes."""
    if not sentence.has(Kind.REASON) or "book.wish" in sentence.rules:
        return False
    afterwards = any(token.kind is Kind.PAST or token.words == "后" for token in sentence.tokens)
    return afterwards or not sentence.has(Kind.DAY, Kind.TIME, Kind.WISH)


def _means_another_thing(sentence: Sentence) -> bool:
    """烧退了, 孩子换牙: a verb of many meanings, beside words that are not read and none of an appointment."""
    verbs = {token.rule for token in sentence.tokens if token.kind in {*CHANGES, Kind.CANCEL, Kind.LATE}}
    about = sentence.has(Kind.DAY, Kind.TIME, Kind.STANDING, Kind.ORDINAL, Kind.EVERY, Kind.BOOK, Kind.LOOK_UP)
    about = about or any(token.words in {"号", "我的", "时间", "日子"} for token in sentence.tokens)
    doubtful = not sentence.read_whole or STORY in sentence.rules or sentence.has(Kind.ASKED) or asks(sentence)
    return bool(verbs) and verbs <= WEAK and doubtful and not about


def _about_standing(sentence: Sentence, question: str) -> Intent | None:
    """What is done to an appointment that stands, or asked of it; None when the sentence is about none."""
    if _is_late(sentence):
        return Intent.LATE
    if sentence.has(*CHANGES) and _changes(sentence, question):
        in_dialogue = question.startswith(BOOKING) and not sentence.has(Kind.STANDING, Kind.CANCEL)
        return Intent.DETAILS if in_dialogue else Intent.MOVE
    if sentence.has(Kind.CANCEL, Kind.CANNOT_COME):
        return _gives_up(sentence, question)
    return _keeps(sentence, question)


def _keeps(sentence: Sentence, question: str) -> Intent | None:
    """What is said of an appointment that stays as it is."""
    kept = any(token.kind is Kind.NEGATION and "取消" in token.words for token in sentence.tokens)
    if kept and not sentence.has(Kind.COMING):
        return Intent.CANCEL  # 先别取消: in doubt, so that nothing is done unasked
    if sentence.has(Kind.LATE):
        return Intent.LATE
    if (sentence.has(Kind.COMING) and not sentence.has(Kind.BOOK)) or _just_comes(sentence):
        return Intent.COMING if not asks(sentence) else None
    return Intent.APPOINTMENTS if _looks_up(sentence, question) else None


def _is_late(sentence: Sentence) -> bool:
    """堵车，估计晚半小时, 我晚5分钟: the change of the hour is how late somebody will be, no wish for another hour."""
    if sentence.has(Kind.MOVE_TO, Kind.MOVE, Kind.ANOTHER, Kind.CANCEL, Kind.CANNOT_COME):
        return False
    shifts = [token for token in sentence.tokens if isinstance(token.value, Shift)]
    if sentence.has(Kind.LATE):
        return bool(shifts) and not sentence.has(Kind.BOOK)
    if sentence.has(Kind.COMING) and any(shift.value.later for shift in shifts if isinstance(shift.value, Shift)):
        return True  # 我会来，但是晚一点
    told = not asks(sentence) and not sentence.has(Kind.ABLE, Kind.BOOK) and "book.wish" not in sentence.rules
    return told and any(
        token.words.startswith(("晚", "迟")) and shift.by is not None and shift.by < LATEST
        for token in shifts
        if isinstance(shift := token.value, Shift)
    )


def _just_comes(sentence: Sentence) -> bool:
    """来, 没问题我来: nothing but that, and nothing asked."""
    if not sentence.read_whole:
        return False
    silent = {Kind.FILLER, Kind.MARK, Kind.ABLE, Kind.POSSESSIVE}
    words = [token.words for token in sentence.tokens if token.kind not in silent]
    return bool(words) and all(each in {"来", "去", "要来", "要去", "过来", "过去", "嚟"} for each in words)


def _changes(sentence: Sentence, question: str) -> bool:
    """Whether the words for a change mean one: 早一点 beside 约 or 有号 is a wish for an early hour."""
    if sentence.has(Kind.MOVE_TO, Kind.MOVE, Kind.ANOTHER):
        return not sentence.has(Kind.LATE) or sentence.has(Kind.MOVE_TO)
    free = bool(sentence.rules & FREE) or (sentence.has(Kind.AVAILABLE) and asks(sentence))
    return not (sentence.has(Kind.BOOK, Kind.LATE) or free) or (question == "" and sentence.has(Kind.STANDING))


def _gives_up(sentence: Sentence, question: str) -> Intent:
    """CANCEL; MOVE when another hour is booked instead; LEAVE when it is the dialogue that is given up.

    While a booking is talked about, 下午三点我去不了 is about the hour that was offered.
    """
    if question.startswith(BOOKING) and not sentence.has(Kind.CANCEL, Kind.STANDING) and sentence.has(*PARTICULARS):
        return Intent.DETAILS
    if sentence.has(Kind.BOOK) and not _only_not_wanted(sentence):
        return Intent.MOVE
    if question.startswith(BOOKING) and not sentence.has(*PARTICULARS, Kind.STANDING, Kind.ORDINAL, Kind.EVERY):
        return Intent.LEAVE
    return Intent.CANCEL


def _only_not_wanted(sentence: Sentence) -> bool:
    """取消预约: 约 belongs to the cancelling, nothing new is named after it."""
    cancelled = sentence.first(Kind.CANCEL, Kind.CANNOT_COME)
    booked = max(place for place, token in enumerate(sentence.tokens) if token.kind is Kind.BOOK)
    later = [place for place in sentence.particulars() if place > booked]
    return cancelled is None or booked < cancelled or not later


def _looks_up(sentence: Sentence, question: str) -> bool:
    """几点来着, 我的预约: and 我约的 only where nothing new is wished."""
    if sentence.has(Kind.LOOK_UP):
        return True
    asked = WHEN in sentence.rules and not question.startswith(BOOKING)
    return asked and sentence.has(Kind.STANDING) and not sentence.has(Kind.AVAILABLE)


def _asks_for_hours(sentence: Sentence) -> bool:
    if not sentence.rules.isdisjoint(FREE_ASKED) or _offers(sentence):
        return True
    if not asks(sentence):
        return False
    if WHEN in sentence.rules:
        return sentence.has(Kind.AVAILABLE, Kind.ABLE, Kind.BOOK, *PARTICULARS)
    wished = sentence.has(Kind.BOOK, Kind.WISH) and not _asks_ability_first(sentence)
    told = (
        not sentence.read_whole or STORY in sentence.rules or sentence.has(Kind.OBSTACLE, Kind.PAST)
    )  # 来例假能拔牙吗
    return not (wished or told) and (sentence.has(*PARTICULARS) or "free.weak" in sentence.rules)


def _offers(sentence: Sentence) -> bool:
    """周五有号 asks even without a question mark; 礼拜三洗牙可以约 without one is a wish."""
    offers = [token.words for token in sentence.tokens if token.rule == "free.hours"]
    wish = sentence.has(Kind.BOOK) or all(words.startswith("可以") for words in offers)
    return bool(offers) and (asks(sentence) or not wish)


def _asks_ability_first(sentence: Sentence) -> bool:
    """能约周五吗, 周五可以洗牙吗 ask; 能帮我约周五吗 is a request, and 我想约周五，可以吗 a wish."""
    able = next(
        (place for place, token in enumerate(sentence.tokens) if token.kind is Kind.ABLE or token.rule == POLITE), None
    )
    verb = sentence.first(Kind.BOOK, Kind.WISH)
    if able is None or verb is None or able > verb:
        return False
    return not any(token.words.startswith(("帮", "给", "麻烦")) for token in sentence.tokens[able:verb])


def _books(sentence: Sentence, question: str) -> bool:
    if sentence.has(Kind.BOOK):
        return True
    if question.startswith(BOOKING):
        return False
    what = sentence.has(Kind.VISIT_TYPE, Kind.PRACTITIONER) or bool(sentence.unknown_people)
    if sentence.has(Kind.DAY, Kind.TIME):
        return what and not asks(sentence)
    return what and sentence.has(Kind.WISH) and sentence.read_whole and not asks(sentence)
