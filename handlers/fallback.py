"""The doors that are always open, and what is said when nothing else fits: never silence."""

from dataclasses import replace

from handlers import entrances
from handlers.appointments import ROUTER as APPOINTMENTS
from handlers.booking import ROUTER as BOOKING
from handlers.care_answers import answer_to_care
from handlers.consent import ROUTER as CONSENT
from handlers.handoff import call_a_person
from handlers.opening_words import weekly_hours
from handlers.own_words import gives_thanks
from handlers.profile import ROUTER as PROFILE
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router, first_match, in_dialog, says
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

_DOORS = (CONSENT, BOOKING, APPOINTMENTS, PROFILE)  # where an offered entry leads


async def clinic_info(context: Context) -> Reply:
    """Where we are, when somebody receives, how to reach us."""
    hours = weekly_hours(context.services.clinic)
    return Reply(template="clinic.info", variables={"hours": hours}, dialog=context.dialog)


async def call_human(context: Context) -> Reply:
    """A person is called. The words promise only what is there: hours and a telephone."""
    await call_a_person(context, "患者请求人工服务，请查看对话并回复。")
    return Reply(template="human.called", variables={"hours": weekly_hours(context.services.clinic)})


async def enter(context: Context) -> Reply | None:
    """A number that means one of the offered entries: go where its words would have gone."""
    update, choice = context.update, context.choice
    if not isinstance(update, u.TextMessage) or choice is None:
        return await not_understood(context)
    if choice.id == entrances.HUMAN:
        return await call_human(context)
    if choice.id == entrances.CLINIC_INFO:
        return await clinic_info(context)
    meant = replace(context, update=replace(update, text=choice.label, menu_id=choice.id), dialog=None, choice=None)
    found = first_match(_DOORS, meant)
    return await (found[1].handler(meant) if found is not None else not_understood(context))


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


_TEXT_OR_TAP = (u.TextMessage, u.MenuClicked)

ROUTER = Router(
    name="fallback",
    routes=(
        Route(_TEXT_OR_TAP, call_human, (entrances.enters(entrances.HUMAN, *entrances.HUMAN_WORDS),)),
        Route(_TEXT_OR_TAP, clinic_info, (entrances.enters(entrances.CLINIC_INFO, *entrances.INFO_WORDS),)),
        Route(u.TextMessage, enter, (in_dialog(entrances.DIALOG), _chosen)),
        Route(u.TextMessage, unreadable, (_unsupported,)),
        Route(u.TextMessage, greet, (says(*entrances.GREETINGS),)),
        Route(u.TextMessage, thank, (says(*entrances.THANKS),)),
        Route(u.TextMessage, thank, (_thanks,)),
        Route(tuple(ACKNOWLEDGED), acknowledge),
        Route((u.PatientMessage, u.MenuClicked), not_understood),
        Route(u.CodeScanned, not_understood, (_waits,)),
        Route(u.Update, say_nothing),
    ),
)
