"""Answers to questions of care plans: a tap, a number, the words of a choice, a photo, any words (A2-74, A4-46).

A tap names its question. What is typed or sent answers the last care message, if that was a question of its kind; only
a whole message is a number or a choice, and only while nothing else was asked since. The bot thanks and never
diagnoses; an answer that the plan's authors marked as a danger sign gets their advice at once, and a person.
"""

from collections.abc import Sequence
from datetime import timedelta

from handlers.handoff import open_episode
from handlers.matching import taps_entry, typed
from wxbot.care.answers import Asked
from wxbot.care.models import AnswerKind
from wxbot.care.questions import PREFIX, is_number, value_of
from wxbot.care.records import CareAnswer
from wxbot.clinic.desk_hours import answered_from
from wxbot.conversations.models import Cause, Priority
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router, first_match
from wxbot.followups.models import FollowUpKind, PatientWords
from wxbot.history.models import Direction
from wxbot.logs import get_logger
from wxbot.outbox.lines import sent_id
from wxbot.understanding.message import normalise

log = get_logger(__name__)

ANSWERS_COUNT_FOR = timedelta(days=7)  # later words are about something else
LONGEST_ANSWER = 30  # characters of a number or a choice; a longer message says more
LINES_LOOKED_AT = 10
NOTED, ADVICE, PASSED_ON = "care.answer_noted", "care.answer_danger", "care.answer_passed_on"
CONCERN = "objection"  # key of followups.toml


async def note_answer(context: Context) -> CareAnswer | None:
    """Keep what answers the last care message, if it is of the kind that was asked for; None where it is none."""
    found = await _found(context)
    return None if found is None else await _kept(context, *found)


async def answer_tapped(context: Context) -> Reply | None:
    """A choice that was tapped, however old its message is."""
    update = context.update
    menu_id = update.menu_id or "" if isinstance(update, u.TextMessage) else ""
    found = await context.services.care.answers.tapped(menu_id, context.contact.id)
    if found is None:
        return Reply(template=NOTED, dialog=context.dialog)
    asked, value = found
    return await _answered(context, asked, value)


def router_of(rest: Sequence[Router]) -> Router:
    """The router of answers; what answers no question goes where it would go without it, to the `rest`."""

    async def answer(context: Context) -> Reply | None:
        found = await _found(context)
        if found is not None and found[0].question.kind in {AnswerKind.NUMBER, AnswerKind.CHOICE}:
            return await _answered(context, *found)
        otherwise = first_match(rest, context)
        return None if otherwise is None else await otherwise[1].handler(context)

    return Router(
        name="care_questions",
        routes=(
            Route(u.TextMessage, answer_tapped, (taps_entry(PREFIX),)),
            Route(u.TextMessage, answer, (_may_answer,)),
        ),
    )


async def _answered(context: Context, asked: Asked, value: str) -> Reply:
    kept = await _kept(context, asked, value)
    if value in asked.question.concern and not kept.danger:
        return await _passed_on(context, asked, value)
    if not kept.danger:
        return Reply(template=NOTED, dialog=context.dialog)
    words = PatientWords(at=context.now, text=value, line_id=context.update.key)
    name = context.services.templates.name_of(asked.message.template)
    followup = await context.services.danger_signs.report_answer(
        context.contact, asked.message.patient_id, name, words, context.now
    )
    try:
        await open_episode(context, Cause.DANGER, followup.reason, followup_id=followup.id, priority=Priority.URGENT)
    except Exception:  # the follow-up stands and colleagues are told; the patient must have the advice
        log.exception("danger_episode_failed", followup_id=followup.id)
    return Reply(template=ADVICE, dialog=context.dialog, beside_a_person=True)


async def _passed_on(context: Context, asked: Asked, value: str) -> Reply:
    """Who has not recovered or is not content: a clinician sees to it within a working day (A1-22, A1-24)."""
    message = asked.message
    services, name = context.services, context.services.templates.name_of(message.template)
    await services.followups.open(
        key=f"{CONCERN}/{message.key}",
        kind=FollowUpKind.PHONE,
        reason=f"患者对「{name}」的回答是「{value}」：请医生看一下，打电话问清楚，需要的话约复查",
        contact_id=context.contact.id,
        patient_id=message.patient_id,
        due_at=answered_from(services.clinic, context.now) or context.now,
        now=context.now,
        about=str(message.variables.get("visit_type", "")),
        words=(PatientWords(at=context.now, text=value, line_id=context.update.key),),
        script=CONCERN,
    )
    return Reply(template=PASSED_ON, dialog=context.dialog)


async def _kept(context: Context, asked: Asked, value: str) -> CareAnswer:
    return await context.services.care.answers.note(asked, value, context.update.key, context.now)


async def _found(context: Context) -> tuple[Asked, str] | None:
    """The question that this update answers, and the value it gives."""
    cared_at = await context.services.outbox.rights.cared_for(context.contact.id)
    if cared_at is None or context.now - cared_at > ANSWERS_COUNT_FOR:
        return None
    asked = await context.services.care.answers.last_asked(context.contact.id, context.now - ANSWERS_COUNT_FOR)
    if asked is None:
        return None
    update, kind = context.update, asked.question.kind
    if kind is AnswerKind.PHOTO:
        return (asked, "") if isinstance(update, u.ImageMessage) else None
    if not isinstance(update, u.TextMessage) or not typed(context):
        return None
    if kind is AnswerKind.WORDS:
        return (asked, update.text.strip()) if update.text.strip() else None
    value = value_of(asked.question, update.text)
    return None if value is None or await _asked_since(context, asked) else (asked, value)


async def _asked_since(context: Context, asked: Asked) -> bool:
    """Whether something else was asked after the question, which a number would answer."""
    survey = context.contact.survey
    if context.dialog is None and (survey is None or survey.at <= asked.sent_at):
        return False
    lines = await context.services.history.timeline(context.contact.id, limit=LINES_LOOKED_AT)
    latest = next((line.id for line in lines if line.direction is Direction.OUT), "")
    return latest != sent_id(asked.message.id)


def _may_answer(context: Context) -> bool:
    """Whether it reads as a number, or as a choice of any question: only then is looked for what was asked."""
    update = context.update
    if not isinstance(update, u.TextMessage) or not typed(context) or len(update.text) > LONGEST_ANSWER:
        return False
    return is_number(update.text) or normalise(update.text).words in context.services.care.answers.choice_words
