"""What a patient answers to a survey, one question after another (A0-42, A4-40).

A tap names its question and is an answer at any time. Words answer the first open question while the survey is young,
nobody of us talks with them, and no other question is open; a bare number, and what is written freely, only as the next
word after the question. What holds another wish beside an answer goes where that wish leads, and is no answer; what
stands beside a bad one goes to the case with it. A complaint in answer to our own question is that: it joins the case.
"""

from collections.abc import Sequence

from handlers.complaints import open_case
from handlers.consent import heed
from handlers.handoff import patient_words
from handlers.matching import answers_question, leaves, question_open, taps_entry, typed
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Route, Router, first_match, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.history.models import Direction
from wxbot.surveys.answering import Asked, Said
from wxbot.surveys.asking import PREFIX, chat_id, options_of, visit_id
from wxbot.surveys.models import Occasion, Question, QuestionKind, Satisfaction
from wxbot.surveys.reading import LONGEST, NOTHING, STOP, read_answer
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent, Reading

DIALOG, WHY = "survey", "why"  # the question what was not done well
OURS = "survey."  # the beginning of the templates of questions and what is said to answers
FORMER = "visit_survey:"  # of the entries of questions after a visit that were sent before surveys
FORMER_ANSWERS = tuple(each.value for each in Satisfaction)  # in the order of those entries
LINES_LOOKED_AT = 10  # of the transcript
NO_OTHER_WISH = frozenset({Intent.NOTHING, Intent.THANKS, Intent.GOOD_NEWS, Intent.GREETING, Intent.YES, Intent.NO})
POLITE = frozenset({Intent.THANKS, Intent.GOOD_NEWS, Intent.GREETING})
UNDERSTOOD_BY_NOBODY = frozenset({"care_answers", "fallback"})
"""Routers whose match says nothing about what the words mean: they may as well answer what was asked."""


async def tapped(context: Context) -> Reply:
    """One of the entries, of whichever survey and question it is."""
    update = context.update
    response_id, key, place = _named((update.menu_id or "") if isinstance(update, TextMessage) else "")
    asked = await context.services.surveys.answers.asked(context.contact.id, response_id, context.now)
    if asked is None:
        return Reply(template="survey.too_late", dialog=context.dialog, beside_a_person=True)
    question = asked.survey.question(key) if key else asked.survey.questions[0]
    offered = options_of(response_id, question) if question is not None else ()
    if question is None or place >= len(offered):
        return Reply(template="survey.too_late", dialog=context.dialog, beside_a_person=True)
    chosen = question.choices[place].label if question.kind is QuestionKind.CHOICE else str(question.low + place)
    return await _answered(context, asked, question, Said(value=chosen, text=offered[place].label))


def router_of(rest: Sequence[Router]) -> Router:
    """The router of answers; what answers no question goes where it would go without it, to the `rest`."""

    async def answer(context: Context) -> Reply | None:
        found = first_match(rest, context)
        reply = await _typed_answer(context, understood=found is not None and found[0].name not in UNDERSTOOD_BY_NOBODY)
        if reply is not None:
            return reply
        return None if found is None else await found[1].handler(context)

    return Router(
        name="satisfaction",
        routes=(
            Route(TextMessage, tapped, (taps_entry(PREFIX),)),
            Route(TextMessage, tapped, (taps_entry(FORMER),)),
            Route(TextMessage, say_why, (_tells_why,)),
            Route(TextMessage, answer, (_may_answer,)),
        ),
    )


async def say_why(context: Context) -> Reply:
    """What was not done well: added to the case."""
    task = str(context.dialog.data.get("task", "")) if context.dialog is not None else ""
    words = patient_words(context)
    if leaves(context) or context.reading.intent in {Intent.NO, Intent.THANKS, Intent.YES}:
        return Reply(template="survey.sorry_noted")
    if not words or not await context.services.surveys.answers.add_words(task, words[0]):
        await open_case(context)  # the case is closed already: what they add is heard all the same
    return Reply(template="survey.sorry_noted")


async def _typed_answer(context: Context, *, understood: bool) -> Reply | None:
    """The reply to words that answer the open question of the latest survey, or stop it; None to any others.

    `understood`: without a survey the words would mean something of their own.
    """
    asked = await _waited_for(context)
    if asked is None:
        return None
    next_word = not question_open(context) and await _is_next_word(context)
    if asked.open is not None and next_word and _stops(context):
        await context.services.surveys.answers.stop(asked)
        return Reply(template="survey.stopped", dialog=context.dialog)
    question = asked.open or asked.survey.headline
    if question is None:
        return None
    if question.kind is QuestionKind.WORDS:
        return await _words(context, asked, question, understood=understood) if next_word else None
    return await _chosen(context, asked, question, next_word=next_word)


async def _waited_for(context: Context) -> Asked | None:
    """The latest survey of the contact, while its answers count."""
    mark = context.contact.survey
    if mark is None:
        return None
    return await context.services.surveys.answers.asked(context.contact.id, mark.episode, context.now)


async def _chosen(context: Context, asked: Asked, question: Question, *, next_word: bool) -> Reply | None:
    """A score or a choice, also with what the patient adds; None where the words say something else."""
    text = context.update.text if isinstance(context.update, TextMessage) else ""
    words = context.services.reader.vocabulary.words
    found = read_answer(question, text, words.of, words.of("thanks"))
    if found is None or (found.bare and not next_word) or (not found.bare and answers_question(context)):
        return None
    bad = question.opens_case(question.score_of(found.value))
    if found.comment and not bad and not _intents(_reading_of(context, found.comment)) <= NO_OTHER_WISH:
        return None
    reply = await _answered(context, asked, question, Said(value=found.value, comment=found.comment, text=text))
    if found.comment:
        await heed(context)
    return reply


async def _words(context: Context, asked: Asked, question: Question, *, understood: bool) -> Reply | None:
    """Words to a question that asks for some; None where they are a question, or another wish."""
    update = context.update
    if not isinstance(update, TextMessage):
        return None
    said = normalise(update.text)
    if said.words in context.services.reader.vocabulary.words.of(NOTHING):
        return await _answered(context, asked, question, Said(value="", text=update.text))
    intents = _intents(context.reading)
    complains = intents <= {*NO_OTHER_WISH, Intent.COMPLAINT} and bool(asked.response.followup_id)
    if "?" in said.text or not (complains or intents <= NO_OTHER_WISH):
        return None
    if understood and not complains and not intents <= POLITE:
        return None
    return await _answered(context, asked, question, Said(value=update.text.strip(), text=update.text))


async def _answered(context: Context, asked: Asked, question: Question, said: Said) -> Reply:
    """Keep it, and ask the next question; thanks after the last."""
    services, contact, update = context.services, context.contact, context.update
    after = await services.surveys.answers.answer(asked, question, said, line_id=update.key, now=context.now)
    response = after.response
    about_talk = response.occasion is Occasion.CHAT and contact.conversation == response.subject.episode_id
    if about_talk and context.episode is None:
        await services.patients.forget_conversation(contact.id, contact.conversation)  # it is over on both sides
    bad = question.opens_case(question.score_of(said.value))
    busy = context.episode is not None or question_open(context)
    following = after.open
    if following is not None and not busy:
        return Reply(
            template="survey.next_sorry" if bad else "survey.next",
            variables={"survey_question": following.ask},
            options=options_of(response.id, following),
            dialog=context.dialog,
            beside_a_person=True,
        )
    if not response.low:
        fair = response.satisfaction is Satisfaction.FAIR
        return Reply(
            template="survey.thanks_fair" if fair else "survey.thanks", dialog=context.dialog, beside_a_person=True
        )
    explained = any(each.words or (_freely(after, each.question) and each.value) for each in response.answers)
    if explained or busy:
        return Reply(template="survey.sorry_noted", dialog=context.dialog, beside_a_person=True)
    why = Dialog(name=DIALOG, step=WHY, data={"task": response.followup_id})
    return Reply(template="survey.sorry", dialog=why, beside_a_person=True)


def _freely(asked: Asked, key: str) -> bool:
    question = asked.survey.question(key)
    return question is not None and question.kind is QuestionKind.WORDS


def _named(menu_id: str) -> tuple[str, str, int]:
    """The response, question and place of a tapped entry; of one that was sent before surveys the first question."""
    former, _, value = menu_id.removeprefix(FORMER).removeprefix(PREFIX).rpartition(":")
    if value in FORMER_ANSWERS:
        place = FORMER_ANSWERS.index(value)
        return (visit_id(former) if menu_id.startswith(FORMER) else chat_id(former)), "", place
    response_id, _, key = former.rpartition(":")
    return response_id, key, int(value) if value.isdecimal() and len(value) <= 2 else LONGEST  # noqa: PLR2004


async def _is_next_word(context: Context) -> bool:
    lines = await context.services.history.timeline(context.contact.id, limit=LINES_LOOKED_AT)
    told = next((line for line in lines if line.direction is Direction.OUT), None)
    return told is not None and str(told.payload.get("template", "")).startswith(OURS)


def _stops(context: Context) -> bool:
    update = context.update
    stop = context.services.reader.vocabulary.words.of(STOP)
    return leaves(context) or (isinstance(update, TextMessage) and normalise(update.text).words in stop)


def _reading_of(context: Context, words: str) -> Reading:
    today = context.now.astimezone(context.services.clinic.timezone).date()
    return context.services.reader.read(words, today=today, question="")


def _intents(reading: Reading) -> set[Intent]:
    return {reading.intent, *reading.others}


def _may_answer(context: Context) -> bool:
    """Whether an answer is waited for at all: only then is looked for what was asked."""
    update, mark = context.update, context.contact.survey
    if mark is None or context.episode is not None or not typed(context) or not isinstance(update, TextMessage):
        return False
    return len(update.text) <= LONGEST and context.services.surveys.answers.waits(mark.at, context.now)


def _tells_why(context: Context) -> bool:
    if not typed(context) or not in_dialog(DIALOG, WHY)(context):
        return False
    return leaves(context) or context.reading.intent in {*NO_OTHER_WISH, Intent.COMPLAINT}
