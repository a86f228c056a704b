"""Greetings, thanks, what cannot be read, and the answer to what nothing else understands."""

from handlers import entrances
from handlers.care_answers import answer_to_care
from handlers.free_text import GREETINGS, THANKS, gives_thanks
from handlers.matching import OFFER
from handlers.questions import note_unknown_question
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router, in_dialog, says
from wxbot.logs import get_logger

log = get_logger(__name__)

# What WeChat sends in place of stickers, files and calls (reference §2.1).
UNSUPPORTED = "【收到不支持的消息类型"

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
    """Pictures, voices and the like arrive, and we say what we can do with them. A dialog stays open."""
    if passed_on := await answer_to_care(context):
        return passed_on
    return Reply(template=ACKNOWLEDGED[type(context.update)], dialog=context.dialog)


async def unreadable(context: Context) -> Reply:
    """A sticker or file that WeChat does not pass on."""
    return Reply(template="fallback.unreadable", dialog=context.dialog)


async def not_understood(context: Context) -> Reply:
    """Anything else: to a person when it follows a care message, else an apology and the three main entries."""
    if isinstance(context.update, u.PatientMessage) and (passed_on := await answer_to_care(context)):
        return passed_on
    await note_unknown_question(context)
    return _offering(context, "fallback.not_understood")


async def say_nothing(context: Context) -> None:
    """Updates that take no reply (reference §1.6)."""
    log.debug("update_acknowledged", key=context.update.key, kind=type(context.update).__name__)


def _offering(context: Context, template: str) -> Reply:
    options = entrances.offered(context)
    return Reply(template=template, options=options, dialog=entrances.offering(options))


def _chosen(context: Context) -> bool:
    return context.choice is not None


def _unsupported(context: Context) -> bool:
    return isinstance(context.update, u.TextMessage) and context.update.text.startswith(UNSUPPORTED)


def _thanks(context: Context) -> bool:
    return isinstance(context.update, u.TextMessage) and gives_thanks(context.update.text)


def _waits(context: Context) -> bool:
    return isinstance(context.update, u.CodeScanned) and context.update.waits_for_reply


ROUTER = Router(
    name="fallback",
    routes=(
        Route(u.TextMessage, enter, (in_dialog(OFFER), _chosen)),
        Route(u.TextMessage, unreadable, (_unsupported,)),
        Route(u.TextMessage, greet, (says(*GREETINGS),)),
        Route(u.TextMessage, thank, (says(*THANKS),)),
        Route(u.TextMessage, thank, (_thanks,)),
        Route(tuple(ACKNOWLEDGED), acknowledge),
        Route((u.PatientMessage, u.MenuClicked), not_understood),
        Route(u.CodeScanned, not_understood, (_waits,)),
        Route(u.Update, say_nothing),
    ),
)
