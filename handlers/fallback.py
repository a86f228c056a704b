"""Greetings, thanks, what cannot be read, and the answer to what nothing else understands.

Never silence, never a loop: a first miss is met with an apology and the main entries, a second one in a row with a
person, to whom the words go.
"""

from dataclasses import replace

from handlers import entrances
from handlers.care_answers import answer_to_care
from handlers.handoff import add_to_awaited, add_to_urgent, answered_when, call_a_person, waiting
from handlers.matching import OFFER, typed
from handlers.questions import note_unknown_question
from wxbot.conversations.models import Cause
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Filter, Route, Router, in_dialog
from wxbot.logs import get_logger
from wxbot.understanding.models import Intent
from wxbot.understanding.unread import Unread, unread_kind

log = get_logger(__name__)

# What WeChat sends in place of stickers, files and calls (reference §2.1).
UNSUPPORTED = "【收到不支持的消息类型"

MOST_MISSES = 1  # messages in a row that may be missed before a person is called
MISSED_REASON = "系统连续两次没有读懂患者的话，请回复。"
SHOWN_REASONS: dict[type[u.Update], str] = {
    u.ImageMessage: "患者发来图片，请查看并回复。",
    u.VoiceMessage: "患者发来语音，请收听并回复。",
}
SORRY = {
    Unread.WORDLESS: "fallback.wordless",
    Unread.STORY: "fallback.story",
    Unread.FOREIGN: "fallback.foreign",
    Unread.PLAIN: "fallback.not_understood",
}

ACKNOWLEDGED: dict[type[u.Update], str] = {
    u.ImageMessage: "fallback.image",
    u.VoiceMessage: "fallback.voice",
    u.VideoMessage: "fallback.video",
    u.LocationMessage: "fallback.location",
    u.LinkMessage: "fallback.link",
    u.UnknownMessage: "fallback.unreadable",
}


async def enter(context: Context) -> Reply | None:
    """A number that means one of the offered entrances leads to its handler."""
    handler = entrances.chosen(context) or not_understood
    return await handler(context)


async def greet(context: Context) -> Reply:
    """A greeting is greeted, with the main entries."""
    return _offering(context, "fallback.greeting")


async def thank(context: Context) -> Reply:
    """Thanks and 好的 need no menu; a dialog that is open stays open."""
    return Reply(template="fallback.thanks", dialog=context.dialog)


async def acknowledge(context: Context) -> Reply:
    """Pictures, voices and the like arrive, and we say what we can do with them. A dialog stays open.

    A picture or voice is for a person to look at, whatever it follows.
    """
    if passed_on := await answer_to_care(context):
        return passed_on
    reason = SHOWN_REASONS.get(type(context.update))
    if reason is not None:
        await call_a_person(context, reason, Cause.MEDIA)
    return Reply(template=ACKNOWLEDGED[type(context.update)], dialog=context.dialog)


async def unreadable(context: Context) -> Reply:
    """A sticker or file that WeChat does not pass on."""
    return Reply(template="fallback.unreadable", dialog=context.dialog)


async def not_understood(context: Context) -> Reply:
    """Anything else: added to what a person sees to, sent to one after a care message or another miss, else offered.

    What holds no words at all is nothing to be missed.
    """
    if isinstance(context.update, u.PatientMessage) and (passed_on := await _followed(context)):
        return passed_on
    if not typed(context):
        return _offering(context, SORRY[Unread.PLAIN])
    dialog, kind = context.dialog, unread_kind(context.update.text if isinstance(context.update, u.TextMessage) else "")
    missed = dialog.misses if dialog is not None and dialog.name == OFFER else 0
    if kind is Unread.WORDLESS:
        return _offering(context, SORRY[kind], missed)
    return await add_to_awaited(context) or await _missed(context, SORRY[kind], missed)


async def _followed(context: Context) -> Reply | None:
    """Words that follow a danger sign, a complaint or a care message."""
    added = await add_to_urgent(context) if typed(context) else None
    return added or await answer_to_care(context)


async def _missed(context: Context, template: str, missed: int) -> Reply:
    """The apology with the main entries; the second time in a row a person."""
    await note_unknown_question(context)
    if missed < MOST_MISSES:
        return _offering(context, template, missed + 1)
    followup = await call_a_person(context, MISSED_REASON, Cause.MISSED)
    reply = answered_when(context, here="fallback.person_here", later="fallback.person_later")
    return waiting(context, followup, reply)


async def say_nothing(context: Context) -> None:
    """Updates that take no reply (reference §1.6)."""
    log.debug("update_acknowledged", key=context.update.key, kind=type(context.update).__name__)


def _offering(context: Context, template: str, misses: int = 0) -> Reply:
    options = entrances.offered(context)
    return Reply(template=template, options=options, dialog=replace(entrances.offering(options), misses=misses))


def _chosen(context: Context) -> bool:
    return context.choice is not None


def _unsupported(context: Context) -> bool:
    return isinstance(context.update, u.TextMessage) and context.update.text.startswith(UNSUPPORTED)


def _reads(*intents: Intent) -> Filter:
    def accept(context: Context) -> bool:
        return context.reading.intent in intents

    return accept


def _waits(context: Context) -> bool:
    return isinstance(context.update, u.CodeScanned) and context.update.waits_for_reply


ROUTER = Router(
    name="fallback",
    routes=(
        Route(u.TextMessage, enter, (in_dialog(OFFER), _chosen)),
        Route(u.TextMessage, unreadable, (_unsupported,)),
        Route(u.TextMessage, greet, (_reads(Intent.GREETING),)),
        Route(u.TextMessage, thank, (_reads(Intent.THANKS, Intent.GOOD_NEWS, Intent.YES),)),
        Route(tuple(ACKNOWLEDGED), acknowledge),
        Route((u.PatientMessage, u.MenuClicked), not_understood),
        Route(u.CodeScanned, not_understood, (_waits,)),
        Route(u.Update, say_nothing),
    ),
)
