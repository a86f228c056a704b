"""What a patient answers when they are asked after a talk, or a visit, whether they were satisfied (A0-42).

A tap is an answer at any time. Words are one while the question is young, nobody of us talks with them, and no other
question is open; a bare number only as the next word after the question. What holds another wish beside 满意 or 一般
goes where that wish leads, and is no answer; what stands beside 不满意 goes to the supervisor with it. A complaint in
answer to our own question is that: it joins the task, which is settled as soon as a complaint's case.
"""

from handlers import fallback
from handlers.complaints import open_case
from handlers.consent import heed
from handlers.handoff import patient_words
from handlers.matching import answers_question, leaves, question_open, taps_entry, typed
from wxbot.booking.models import AppointmentId
from wxbot.conversations.models import EpisodeId, Satisfaction
from wxbot.conversations.surveys.service import ANSWERED_WITHIN, PREFIX
from wxbot.conversations.surveys.words import LISTS, SurveyAnswer, read_answer
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.history.models import Direction
from wxbot.understanding.models import Intent, Reading
from wxbot.visits.visit_surveys import MARK as VISIT_MARK
from wxbot.visits.visit_surveys import PREFIX as VISIT_PREFIX

DIALOG, WHY = "survey", "why"  # the question what was not done well
VISIT_QUESTION = "visit.survey"
OURS = "survey."  # the beginning of the templates of the question and its answers
LINES_LOOKED_AT = 10  # of the transcript
NO_OTHER_WISH = frozenset({Intent.NOTHING, Intent.THANKS, Intent.GOOD_NEWS, Intent.GREETING, Intent.YES})
THANKS = {Satisfaction.SATISFIED: "survey.thanks", Satisfaction.FAIR: "survey.thanks_fair"}


async def tapped(context: Context) -> Reply:
    """One of the three entries, of whichever talk it is."""
    update = context.update
    tapped_id = (update.menu_id or "") if isinstance(update, TextMessage) else ""
    episode_id, _, value = tapped_id[len(PREFIX) :].rpartition(":")
    answer = next((each for each in Satisfaction if each.value == value), None)
    if answer is None:
        return Reply(template="survey.too_late", dialog=context.dialog, beside_a_person=True)
    return await _answered(context, EpisodeId(episode_id), SurveyAnswer(answer=answer))


async def said(context: Context) -> Reply:
    """满意, 一般 or 不满意, also with what the patient adds."""
    found = _read(context)
    assert found is not None  # noqa: S101 - the filter has seen it
    reply = await _answered(context, _asked_about(context), found)
    if found.comment:
        await heed(context)
    return reply


async def numbered(context: Context) -> Reply | None:
    """1, 2 or 3 as the next word after the question; after anything else it is what it always is."""
    found = _read(context)
    if found is not None and await _is_next_word(context):
        return await _answered(context, _asked_about(context), found)
    otherwise = fallback.ROUTER.find(context)
    return None if otherwise is None else await otherwise.handler(context)


async def say_why(context: Context) -> Reply:
    """What was not done well: added to the supervisor's task."""
    task = str(context.dialog.data.get("task", "")) if context.dialog is not None else ""
    words = patient_words(context)
    if leaves(context) or context.reading.intent in {Intent.NO, Intent.THANKS, Intent.YES}:
        return Reply(template="survey.sorry_noted")
    if not words or not await context.services.chat.surveys.add_words(task, words[0]):
        await open_case(context)  # the task is done already: what they add is heard all the same
    return Reply(template="survey.sorry_noted")


async def tapped_visit(context: Context) -> Reply:
    """One of the three entries of the question after a visit."""
    update = context.update
    tapped_id = (update.menu_id or "") if isinstance(update, TextMessage) else ""
    appointment_id, _, value = tapped_id[len(VISIT_PREFIX) :].rpartition(":")
    answer = next((each for each in Satisfaction if each.value == value), None)
    if answer is None:
        return Reply(template="survey.too_late", dialog=context.dialog, beside_a_person=True)
    return await _answered_visit(context, AppointmentId(appointment_id), SurveyAnswer(answer=answer))


async def _answered_visit(context: Context, appointment_id: AppointmentId, found: SurveyAnswer) -> Reply:
    update = context.update
    kept = await context.services.visit_room.news.surveys.answer(
        context.contact,
        appointment_id,
        found.answer.value,
        words=update.text if isinstance(update, TextMessage) else "",
        line_id=update.key,
        now=context.now,
    )
    if kept is None:
        return Reply(template="survey.too_late", dialog=context.dialog, beside_a_person=True)
    return _thanked(context, found, kept.followup_id)


def _thanked(context: Context, found: SurveyAnswer, task: str) -> Reply:
    if found.answer in THANKS:
        return Reply(template=THANKS[found.answer], dialog=context.dialog, beside_a_person=True)
    if found.comment or context.episode is not None or question_open(context):
        return Reply(template="survey.sorry_noted", dialog=context.dialog, beside_a_person=True)
    why = Dialog(name=DIALOG, step=WHY, data={"task": task})
    return Reply(template="survey.sorry", dialog=why, beside_a_person=True)


async def _answered(context: Context, episode_id: EpisodeId, found: SurveyAnswer) -> Reply:
    if episode_id.startswith(VISIT_MARK):
        return await _answered_visit(context, AppointmentId(episode_id.removeprefix(VISIT_MARK)), found)
    services, contact, update = context.services, context.contact, context.update
    kept = await services.chat.surveys.answer(
        contact,
        episode_id,
        found.answer,
        words=update.text if isinstance(update, TextMessage) else "",
        line_id=update.key,
        now=context.now,
    )
    if kept is None:
        return Reply(template="survey.too_late", dialog=context.dialog, beside_a_person=True)
    if context.episode is None and contact.conversation == episode_id:
        await services.patients.forget_conversation(contact.id, episode_id)  # the talk is over on both sides
    return _thanked(context, found, kept.followup_id)


async def _is_next_word(context: Context) -> bool:
    lines = await context.services.history.timeline(context.contact.id, limit=LINES_LOOKED_AT)
    told = next((line for line in lines if line.direction is Direction.OUT), None)
    template = "" if told is None else str(told.payload.get("template", ""))
    return template == VISIT_QUESTION or template.startswith(OURS)


def _read(context: Context) -> SurveyAnswer | None:
    """The answer that typed words give, while one is waited for."""
    update, asked = context.update, context.contact.survey
    if asked is None or context.episode is not None or not typed(context) or not isinstance(update, TextMessage):
        return None
    if context.now - asked.at > ANSWERED_WITHIN:
        return None
    words = context.services.reader.vocabulary.words
    return read_answer(update.text, {each: words.of(key) for each, key in LISTS.items()}, words.of("thanks"))


def _asked_about(context: Context) -> EpisodeId:
    asked = context.contact.survey
    return EpisodeId(asked.episode if asked is not None else "")


def _reading_of(context: Context, words: str) -> Reading:
    today = context.now.astimezone(context.services.clinic.timezone).date()
    return context.services.reader.read(words, today=today, question="")


def _intents(reading: Reading) -> set[Intent]:
    return {reading.intent, *reading.others}


def _says(context: Context) -> bool:
    found = _read(context)
    if found is None or found.by_number or answers_question(context):
        return False
    if not found.comment or found.answer is Satisfaction.DISSATISFIED:
        return True
    return _intents(_reading_of(context, found.comment)) <= NO_OTHER_WISH


def _numbers(context: Context) -> bool:
    found = _read(context)
    return found is not None and found.by_number and not question_open(context)


def _tells_why(context: Context) -> bool:
    if not typed(context) or not in_dialog(DIALOG, WHY)(context):
        return False
    return leaves(context) or context.reading.intent in {*NO_OTHER_WISH, Intent.NO, Intent.COMPLAINT}


ROUTER = Router(
    name="satisfaction",
    routes=(
        Route(TextMessage, tapped, (taps_entry(PREFIX),)),
        Route(TextMessage, tapped_visit, (taps_entry(VISIT_PREFIX),)),
        Route(TextMessage, said, (_says,)),
        Route(TextMessage, say_why, (_tells_why,)),
    ),
)
NUMBERS = Router(name="satisfaction_numbers", routes=(Route(TextMessage, numbered, (_numbers,)),))
