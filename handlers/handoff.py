"""A person answers: when one is asked for or needed, when they will, and what is written until they have.

A follow-up in 待办 and an episode at the desk are opened side by side. While nobody has taken it the bot acknowledges
once a day, says once in every stretch of closed hours when somebody answers, and adds every word, photo and voice to
the follow-up. Danger signs, refusals, tapped entries and the exact words of entrances are met before; 不用了 ends the
waiting. Once a colleague has the chat, `handlers/conversation.py` comes before this.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.matching import answers_question, typed
from handlers.progress import in_progress
from wxbot.actors import PATIENT
from wxbot.booking.sentences import clock_words
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Cause, Priority
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import WAITING, Dialog
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.transcript import WORDS
from wxbot.errors import ContactBlockedError
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, FollowUpState, PatientWords
from wxbot.understanding.models import Intent

TOPIC = "person"  # one follow-up for all that a contact needs a person for
ASKED = "患者请求人工服务，请回复。"
ANGRY = "患者对自动回复不满，请尽快亲自回复。"
ACKNOWLEDGED = "acknowledged"  # the day on which further words were acknowledged
TOLD = "told"  # the opening that was told last: one stretch of closed hours, one telling
SPOKEN_OF = timedelta(hours=48)  # as long as a complaint may take; later words are about something else
FOLLOWED_BY = {FollowUpKind.DANGER: "danger.again", FollowUpKind.COMPLAINT: "complaint.again"}
ENDS_WAITING = "person.not_needed"  # the list of words


# -- the routes ---------------------------------------------------------------------------------------------------


async def call_human(context: Context) -> Reply:
    """The patient asked for a person: one line that says when somebody answers."""
    if context.with_a_person:
        return Reply(template="human.with_you", dialog=context.dialog)
    followup = await call_a_person(context, ASKED, Cause.ASKED)
    return waiting(context, followup, answered_when(context))


async def calm(context: Context) -> Reply:
    """Anger at the answers: a person, without having been asked for."""
    followup = await call_a_person(context, ANGRY, Cause.ANGRY)
    return waiting(context, followup, answered_when(context, here="human.sorry_here", later="human.sorry_later"))


async def join(context: Context) -> Reply | None:
    """What comes while a person is to answer goes to them.

    Acknowledged once a day, and once in every stretch of closed hours with when somebody answers; else in silence.
    """
    dialog = context.dialog
    if dialog is None or await _added(context, dialog.task) is None:
        return await call_human(context)  # closed in this very moment
    today = context.now.astimezone(context.services.clinic.timezone).date().isoformat()
    told = told_opening(context)
    after = replace(dialog, data={ACKNOWLEDGED: today, TOLD: told})
    if told and dialog.data.get(TOLD) != told:
        return replace(answered_when(context), dialog=after)
    return None if dialog.data.get(ACKNOWLEDGED) == today else Reply(template="human.joined", dialog=after)


async def end(context: Context) -> Reply:
    """不用了: nobody needs to answer. With photos or voices somebody looks at it all the same."""
    task = "" if context.dialog is None else context.dialog.task
    followup = await _added(context, task)
    if followup is not None and followup.kind is FollowUpKind.HANDOFF and not _holds_media(followup):
        await context.services.followups.withdraw(followup.id, context.now)
        episode, line_ids = context.episode, (context.update.key,)
        if episode is not None and episode.followup_id == followup.id and episode.priority is not Priority.URGENT:
            await context.services.chat.desk.end_by_patient(context.contact.id, line_ids=line_ids, now=context.now)
    return Reply(template="human.ended", needed=False)


# -- for other handlers -------------------------------------------------------------------------------------------


async def call_a_person(
    context: Context, reason: str, cause: Cause, *, key: str | None = None, topic: str = TOPIC
) -> FollowUp:
    """Open the follow-up and the episode for staff, due now; `reason` is in their words. Once per update, or per `key`.

    It quotes what the patient wrote or sent and names what they were in the middle of. While one on the same topic is
    open, further updates of the patient are counted and quoted there; one of that `key` that is done stays done.

    Raises ContactBlockedError: the contact is blocked; they are told once a day where to turn.
    """
    if context.kept_from_people:
        line = context.services.chat.rules.emergency_line
        raise ContactBlockedError("the contact is blocked", emergency_line=line)
    why = reason + in_progress(context)

    async def opened(cause_key: str) -> FollowUp:
        return await context.services.followups.open(
            key=cause_key,
            kind=FollowUpKind.HANDOFF,
            reason=why,
            contact_id=context.contact.id,
            patient_id=None,
            due_at=context.now,
            now=context.now,
            topic=topic,
            words=patient_words(context),
        )

    own = f"handoff:{context.update.key}"
    followup = await opened(key or own)
    if followup.state is not FollowUpState.OPEN:
        followup = await opened(own)
    await open_episode(context, cause, why, followup_id=followup.id)
    return followup


async def open_episode(
    context: Context, cause: Cause, reason: str, *, followup_id: str = "", priority: Priority = Priority.NORMAL
) -> None:
    """Let the desk know that a person is needed; an open episode is joined.

    Of a blocked contact only danger signs open one; what is written to a task in 待办 stays there.
    """
    if context.kept_from_people and cause is not Cause.DANGER:
        return
    words = " ".join(each.text for each in patient_words(context))
    await context.services.chat.desk.open(
        key=f"{cause.value}:{context.update.key}",
        contact_id=context.contact.id,
        cause=cause,
        reason=reason,
        words=words,
        followup_id=followup_id,
        priority=priority,
        by=PATIENT,
        now=context.now,
    )


async def add_to_urgent(context: Context) -> Reply | None:
    """Words that follow an open danger sign or complaint (还在流, a telephone) are added there; None without one.

    The answer says what to do meanwhile; the dialogue goes on.
    """
    followup = await _open_of(context, FOLLOWED_BY)
    if followup is None or await _added(context, followup.id) is None:
        return None
    return Reply(template=FOLLOWED_BY[followup.kind], dialog=context.dialog)


async def add_to_awaited(context: Context) -> Reply | None:
    """Words that follow a photo or voice (严重吗) are added to what a person looks at; None without that."""
    followup = await _open_of(context, {FollowUpKind.HANDOFF}, TOPIC)
    if followup is None or await _added(context, followup.id) is None:
        return None
    return waiting(context, followup, Reply(template="human.joined"))


def patient_words(context: Context) -> tuple[PatientWords, ...]:
    """What this update says, for a follow-up: typed or tapped words, [图片], [语音]; nothing for an event."""
    update = context.update
    if not isinstance(update, u.PatientMessage):
        return ()
    text = update.text if isinstance(update, u.TextMessage) else WORDS.get(type(update), "")
    return (PatientWords(at=context.now, text=text, line_id=update.key),) if text.strip() else ()


def waiting(context: Context, followup: FollowUp, reply: Reply) -> Reply:
    """The same reply, after which the patient waits for a person: any other dialog is over."""
    data = {TOLD: told} if (told := told_opening(context)) else {}
    return replace(reply, dialog=Dialog(name=WAITING, step="waits", task=followup.id, data=data))


def answered_when(
    context: Context, *, here: str = "human.here", later: str = "human.later", some_day: str = "human.noted"
) -> Reply:
    """Somebody is `here`, or answers `later` from an hour on, or on `some_day` when no opening is near."""
    clinic = context.services.clinic
    moment = desk_time(context).opens_at(context.now)
    line = {"emergency_line": context.services.chat.rules.emergency_line}
    if moment is None:
        return Reply(template=some_day, variables=line)
    if moment <= context.now:
        return Reply(template=here)
    return Reply(template=later, variables={"reply_from": clock_words(moment, clinic.timezone, context.now), **line})


def desk_time(context: Context) -> BusinessTime:
    """When the desk answers."""
    return BusinessTime(context.services.clinic, context.services.chat.rules)


def told_opening(context: Context) -> str:
    """Which stretch of closed hours it is, by the opening that ends it; empty while somebody answers."""
    moment = desk_time(context).opens_at(context.now)
    if moment is None:
        return "none"
    return "" if moment <= context.now else moment.isoformat()


# -- what is met --------------------------------------------------------------------------------------------------


def _waits(context: Context) -> bool:
    """A message, not a tap, of a patient to whom a person will answer, while no question is open."""
    dialog = context.dialog
    if dialog is None or dialog.name != WAITING or not dialog.task:
        return False
    return not isinstance(context.update, u.TextMessage) or context.update.menu_id is None


def _not_needed(context: Context) -> bool:
    return typed(context) and context.words in context.services.reader.vocabulary.words.of(ENDS_WAITING)


def _wants(found: Callable[[Context], bool]) -> Callable[[Context], bool]:
    def accept(context: Context) -> bool:
        return typed(context) and found(context) and not answers_question(context)

    return accept


def _for_a_person(context: Context) -> bool:
    reading = context.reading
    return Intent.PERSON in {reading.intent, *reading.others}


async def _added(context: Context, task: str) -> FollowUp | None:
    return await context.services.followups.add_words(FollowUpId(task), *patient_words(context)) if task else None


async def _open_of(context: Context, kinds: Collection[FollowUpKind], topic: str = "") -> FollowUp | None:
    """The contact's latest open follow-up of those kinds (and on that topic) that may still be spoken of."""
    contact = context.contact
    found = [
        each
        for each in await context.services.followups.open_of(contact.patient_ids, (contact.id,))
        if each.contact_id == contact.id
        and each.kind in kinds
        and each.topic.endswith(topic)
        and context.now - _latest(each) <= SPOKEN_OF
    ]
    return max(found, key=_latest, default=None)


def _latest(followup: FollowUp) -> datetime:
    return followup.latest_at or followup.opened_at


def _holds_media(followup: FollowUp) -> bool:
    media = {WORDS[u.ImageMessage], WORDS[u.VoiceMessage], WORDS[u.VideoMessage]}
    return any(each.text in media for each in followup.words)


ROUTER = Router(
    name="handoff",
    routes=(
        Route(u.TextMessage, end, (_waits, _not_needed)),
        Route(u.PatientMessage, join, (_waits,)),
        Route(u.TextMessage, calm, (_wants(lambda context: context.reading.angry),)),
        Route(u.TextMessage, call_human, (_wants(_for_a_person),)),
    ),
)
