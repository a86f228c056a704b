"""Frequent questions: answered from the reviewed list, offered where two are near, passed on where a review has ended.

An answer never ends a dialog: the question that was open stays open and is recalled in one sentence.
"""

from handlers import entrances
from handlers.appointments import show_all
from handlers.care_answers import answer_to_care
from handlers.handoff import answered_when, call_a_person, open_episode, waiting
from handlers.matching import OFFER, answers_question, question_open, taps_entry, typed
from wxbot.conversations.models import Cause
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import WAITING
from wxbot.dispatch.router import Route, Router
from wxbot.followups.models import FollowUpKind
from wxbot.questions.models import Button
from wxbot.questions.service import rule_of
from wxbot.templates.models import Option
from wxbot.understanding.models import Intent

PREFIX = "QUESTION:"  # of the entries of 您想问的是; then the question's id, and the visit types that were named
LONGEST_LABEL = 20  # characters of an entry to tap that stay on one line of a phone
SYMPTOM_REASON = "患者描述不适并问要不要紧，请看原话并回复。"
ASKED_ALMOST_SO = 0.9  # the score from which a question is asked nearly in our own words
CHANGES = frozenset({Intent.MOVE, Intent.CANCEL})
BUTTONS = {
    Button.BOOK: entrances.BOOK,
    Button.MAP: entrances.CLINIC_INFO,
    Button.PERSON: entrances.HUMAN,
    Button.MY_APPOINTMENTS: entrances.MY_APPOINTMENTS,
}


async def answer(context: Context) -> Reply:
    """The answer to the question that was surely asked; 能改时间吗 of somebody who has a visit is about that visit."""
    changes = CHANGES & {*context.reading.others} and not question_open(context)
    if changes and await context.services.booking.upcoming(context.contact.id, context.now):
        return await show_all(context)
    found = context.reading.question
    assert found is not None  # noqa: S101 - the filter has seen it
    if _says(context, "symptom") and not question_open(context):
        if passed_on := await answer_to_care(context):
            return passed_on
        if _says(context, "worried") and found.scores[0] < ASKED_ALMOST_SO:
            followup = await call_a_person(context, SYMPTOM_REASON, Cause.QUESTION)
            return waiting(context, followup, answered_when(context))
    return await _answered(context, found.ids[0], found.visit_types, rule_of(found))


async def answer_chosen(context: Context) -> Reply:
    """The answer to the one that was tapped, or whose number was written."""
    update = context.update
    tapped = (update.menu_id or "") if isinstance(update, u.TextMessage) else ""
    if not tapped.startswith(PREFIX) and context.choice is not None:
        tapped = context.choice.id
    question_id, _, named = tapped.removeprefix(PREFIX).partition(":")
    rule = f"依据 常见问题 {question_id}（患者自己选的）"
    return await _answered(context, question_id, tuple(filter(None, named.split(","))), rule)


async def offer(context: Context) -> Reply:
    """您想问的是: the questions that are near, and a person. It is kept as one that has no answer yet."""
    found = context.reading.question
    assert found is not None  # noqa: S101 - the filter has seen it
    await note_unknown_question(context)
    named = ",".join(found.visit_types)
    options = tuple(
        Option(id=f"{PREFIX}{each}:{named}", label=_label(question.question))
        for each in found.ids
        if (question := context.services.questions.live.question(each)) is not None
    )
    options += entrances.offered(context, entrances.HUMAN)
    return Reply(
        template="question.near",
        options=options,
        dialog=entrances.offering(options),
        explanation=f"{rule_of(found)}；不够确定，请患者选择",
    )


async def note_unknown_question(context: Context) -> bool:
    """Keep what looks like a question and found no answer, for the list in the console; whether it was kept."""
    if (
        not typed(context)
        or context.reading.intent is not Intent.NOTHING
        or not isinstance(context.update, u.TextMessage)
    ):
        return False
    return await context.services.questions.note_unknown(context.update.text, context.contact.id, context.now)


async def _answered(context: Context, question_id: str, visit_types: tuple[str, ...], rule: str) -> Reply:
    found = context.services.questions.answer(question_id, visit_types, context.now)
    if found is None:
        return await _passed_on(context, question_id, rule)
    variables = {"answer": found.text}
    dialog = context.dialog
    if dialog is not None and dialog.name not in {OFFER, WAITING}:
        return Reply(
            template="question.answer_within",
            variables=variables,
            options=dialog.options,
            dialog=dialog,
            explanation=rule,
        )
    entrance = entrances.BOOK if Intent.BOOK in context.reading.others else BUTTONS.get(found.button)
    options = entrances.offered(context, entrance) if entrance is not None else ()
    return Reply(
        template="question.answer",
        variables=variables,
        options=options,
        dialog=entrances.offering(options) if options else dialog,
        explanation=rule,
    )


async def _passed_on(context: Context, question_id: str, rule: str) -> Reply:
    """The review of the answer has ended, or it is gone: a person answers."""
    question = context.services.questions.live.question(question_id)
    asked = question.question if question is not None else question_id
    reason = f"患者问「{asked}」，这个回答的审核已到期，请回复患者，并到「设置 · 常见问题」重新审核。"
    followup = await context.services.followups.open(
        key=f"question:{context.update.key}",
        kind=FollowUpKind.CHECK,
        reason=reason,
        contact_id=context.contact.id,
        patient_id=None,
        due_at=context.now,
        now=context.now,
        topic=f"question:{question_id}",
    )
    await open_episode(context, Cause.QUESTION, reason, followup_id=followup.id)
    return Reply(template="question.passed_on", dialog=context.dialog, explanation=f"{rule}；审核已到期，转给同事")


def _says(context: Context, key: str) -> bool:
    """Whether a word of that list stands in the message: 伤口有点肿，正常吗 tells of a symptom, and of a worry."""
    words = context.services.reader.vocabulary.words.of(key)
    return any(each in context.reading.text for each in words)


def _label(question: str) -> str:
    return question if len(question) <= LONGEST_LABEL else question[: LONGEST_LABEL - 1] + "…"


def _asked(context: Context) -> bool:
    reading = context.reading
    sure = reading.intent is Intent.QUESTION and reading.question is not None and reading.question.sure
    if context.dialog is not None and context.dialog.name != OFFER and context.choice is not None:
        return False  # words that lie in an entry of the open question answer it
    return sure and not answers_question(context)


def _near(context: Context) -> bool:
    """Near ones are offered only while nothing else is asked: a dialog has its own way with what it cannot read."""
    reading = context.reading
    near = reading.intent is Intent.NOTHING and reading.question is not None and not reading.question.sure
    return near and (context.dialog is None or context.dialog.name == OFFER) and context.choice is None


def _chose(context: Context) -> bool:
    choice, dialog = context.choice, context.dialog
    return dialog is not None and dialog.name == OFFER and choice is not None and choice.id.startswith(PREFIX)


ROUTER = Router(
    name="questions",
    routes=(
        Route(u.TextMessage, answer_chosen, (taps_entry(PREFIX),)),
        Route(u.TextMessage, answer_chosen, (_chose,)),
        Route(u.TextMessage, answer, (_asked,)),
        Route(u.TextMessage, offer, (_near,)),
    ),
)
"""Asked before the dialogs, so that no question about prices is taken for the answer to one of theirs."""
