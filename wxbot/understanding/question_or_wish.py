"""A frequent question beside a wish about appointments: which of the two a message is about. Pure."""

from dataclasses import replace

from wxbot.understanding.message import Message
from wxbot.understanding.models import Evidence, Intent, QuestionFound, Reading, Slots
from wxbot.understanding.vocabulary import ReadingContext

RULED = frozenset({Intent.BOOK, Intent.MOVE, Intent.CANCEL})  # whose rules of the house patients ask for
SHIFTED = frozenset({"question.polite", "question.ends", "able", "book.wish"})
LATER_BY = ("提", "推", "延", "顺", "往")  # 提前半个小时; 晚二十分钟 may tell that they are late
HOURS_ASKED = frozenset({"free.hours", "free.asked"})
WHEN = "question.when"
ABOUT_HOURS_OF_THE_HOUSE = 0.8  # the score from which 周日看诊吗 asks for the hours of the clinic, not for free ones
ASKED_ALMOST_SO = 0.95  # the score of what is one of the ways to ask, nearly word for word: 什么时候来拆线
WEAKER = frozenset({Intent.APPOINTMENTS, Intent.LATE})  # read from single words (耽误, 约好了), a question leads
TOLD_LATE = frozenset({"late.by", "late.late"})  # 晚到十分钟 is told, whatever is asked beside it
SOME_DAYS = "day.some_days"  # 几天后 names no day


def with_question(message: Message, context: ReadingContext, reading: Reading) -> Reading:
    """The reading with the frequent questions that the message asks; what it is about if all else is weak."""
    question = context.vocabulary.question_index.find(message)
    if question is None:
        return reading
    rule = Evidence(rule=f"question.{question.ids[0]}", words=message.text, start=0, end=len(message.text))
    if not question.sure:
        return replace(reading, question=question)
    evidence = (*reading.evidence, rule)
    if reading.intent is Intent.NOTHING or (reading.intent is Intent.DETAILS and not reading.sure):
        asked = Intent.QUESTION
        return replace(
            reading, intent=asked, question=question, evidence=evidence, slots=Slots(), doubts=(), leftover=()
        )
    reading = replace(reading, question=question, evidence=evidence)
    surely_books = reading.intent is Intent.BOOK and reading.sure
    if reading.intent in RULED and not surely_books and not named_when(reading):  # 怎么取消预约, 约好了还能改吗
        return replace(reading, intent=Intent.QUESTION, others=(*reading.others, reading.intent), doubts=())
    if _gives_way(reading, question):
        return replace(reading, intent=Intent.QUESTION, others=(*reading.others, reading.intent))
    return replace(reading, others=(*reading.others, Intent.QUESTION))


def _gives_way(reading: Reading, question: QuestionFound) -> bool:
    """Whether a wish that was read from single words gives way to a question that was surely asked."""
    rules = {each.rule for each in reading.evidence}
    if reading.intent in WEAKER:
        return not reading.sure and rules.isdisjoint(TOLD_LATE)
    return reading.intent is Intent.FREE_HOURS and not _asks_for_free_hours(reading, question)


def named_when(reading: Reading) -> bool:
    """Whether a day, an hour, a standing appointment or a shift (能不能提前半个小时) is named: no general question."""
    slots = reading.slots
    rules = {each.rule for each in reading.evidence if not each.words.startswith(LATER_BY)}
    shifted = slots.shift is not None and rules <= SHIFTED
    day = any(each.rule.startswith("day.") and each.rule != SOME_DAYS for each in reading.evidence)
    return bool((slots.days and day) or slots.times or slots.which.said or shifted)


def _asks_for_free_hours(reading: Reading, question: QuestionFound) -> bool:
    """Whether hours are asked for in so many words: 周日有号吗, 明天能洗牙吗; not 周日开门吗, 小孩能洗牙吗.

    Words for both (周日看诊吗) ask for the hours of the house where a frequent question is near enough.
    """
    slots = reading.slots
    rules = {each.rule for each in reading.evidence}
    in_words, when = not rules.isdisjoint(HOURS_ASKED), WHEN in rules
    named = bool(slots.visit_types or slots.practitioners)
    if named and (slots.days or slots.times):
        return True
    if when and reading.sure and (named or in_words):  # 洗牙最早什么时候, 医生哪天坐诊
        return question.scores[0] < ASKED_ALMOST_SO
    return in_words and question.scores[0] < ABOUT_HOURS_OF_THE_HOUSE
