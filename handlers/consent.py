"""Stop, resume and 消息设置: whether a patient gets care messages, in whatever words they say it.

A stop counts at once, whatever dialog is open; the dialog goes on after it. What may be a stop is asked, and counts
for marketing until it is answered. What a message wants beside a stop is not lost: it goes to a person with its words.
"""

from collections.abc import Mapping

from handlers.handoff import call_a_person
from handlers.matching import OFFER, answers_question
from wxbot.conversations.models import Cause
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Filter, Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.patients.consents import DOUBTFUL
from wxbot.patients.models import MESSAGE_TOPICS, TOPIC_NAMES, ConsentTopic
from wxbot.templates.models import Option
from wxbot.understanding.models import Intent

STOPPED = "consent.stopped"
TOPICS_STOPPED = "consent.topics_stopped"
RESUMED = "consent.resumed"
KEPT_ON = "consent.kept_on"
STOP = "consent:stop"
RESUME = "consent:resume"
KEEP_ON = "consent:keep_on"
DIALOG = "consent"
SHOWN, DOUBT = "shown", "doubt"  # its steps: the page of settings, and the question whether a stop was meant
NOTHING_NAMED: Mapping[str, str] = {}
LONGEST_SOURCE = 20  # characters of the patient's words that the record of a consent quotes

ENTRANCE_FOR: Mapping[Intent, str] = {
    Intent.BOOK: "BOOK",
    Intent.FREE_HOURS: "BOOK",
    Intent.DETAILS: "BOOK",
    Intent.MOVE: "MY_APPOINTMENTS",
    Intent.CANCEL: "MY_APPOINTMENTS",
    Intent.LATE: "MY_APPOINTMENTS",
    Intent.COMING: "MY_APPOINTMENTS",
    Intent.APPOINTMENTS: "MY_APPOINTMENTS",
    Intent.NAME: "PROFILE",
    Intent.BIRTHDAY: "PROFILE",
}
"""The entrance that helps with what was wanted beside a stop; for anything else a person answers."""


async def stop(context: Context) -> Reply:
    """Stop care and marketing, or only the kinds that are named, and say so; pass on what else was wanted."""
    topics = _topics(context)
    await _stop(context)
    if not topics:
        return await _with_rest(context, STOPPED)
    names = "、".join(TOPIC_NAMES[topic] for topic in topics)
    return await _with_rest(context, TOPICS_STOPPED, {"topics": names})


async def resume(context: Context) -> Reply:
    """Care messages again, because they asked."""
    await _resume(context)
    return await _with_rest(context, RESUMED)


async def keep_on(context: Context) -> Reply:
    """No stop was meant."""
    patients = context.services.patients
    await patients.keep_messages(context.contact, context.now, _source(context), wording=_version(context, KEPT_ON))
    return Reply(template=KEPT_ON, dialog=_going_on(context))


async def ask_whether_stop(context: Context) -> Reply | None:
    """Ask whether a stop was meant; until it is answered there is no marketing. The dialog that is open goes on."""
    await _withhold(context)
    if context.with_a_person:
        return None
    if context.reading.angry or context.reading.intent is not Intent.NOTHING:
        await _pass_rest_on(context, "患者嫌消息多，话里有气或还有别的事，请看原话并回复。")
    templates = context.services.templates
    options = (
        Option(id=STOP, label=templates.get("consent.doubtful_stop_label").text),
        Option(id=KEEP_ON, label=templates.get("consent.doubtful_keep_label").text),
    )
    question = Dialog(name=DIALOG, step=DOUBT, options=options, interrupted=_going_on(context))
    return Reply(template=DOUBTFUL, options=options, dialog=question)


async def heed(context: Context) -> None:
    """Do what the message says about being written to, where another handler answers it: danger comes first."""
    reading = context.reading
    said = {reading.intent, *reading.others}
    if Intent.STOP in said:
        await _stop(context)
    elif Intent.RESUME in said:
        await _resume(context)
    elif _may_be_stop(context):
        await _withhold(context)


async def show(context: Context) -> Reply:
    """What they get at present, and both entries: stopping is as easy as resuming (PIPL 15)."""
    templates = context.services.templates
    options = (
        Option(id=STOP, label=templates.get("consent.stop_label").text),
        Option(id=RESUME, label=templates.get("consent.resume_label").text),
    )
    on = context.contact.allows(ConsentTopic.CARE)
    return Reply(
        template="consent.state_on" if on else "consent.state_off",
        options=options,
        dialog=Dialog(name=DIALOG, step=SHOWN, options=options),
    )


def _topics(context: Context) -> tuple[ConsentTopic, ...]:
    """The kinds of messages that their own words name; an entry means all."""
    said = context.reading.intent is Intent.STOP or Intent.STOP in context.reading.others
    return context.reading.stop_topics if said and context.choice is None else ()


async def _stop(context: Context) -> None:
    if topics := _topics(context):
        await context.services.patients.stop_topics(
            context.contact, topics, context.now, _source(context), wording=_version(context, TOPICS_STOPPED)
        )
        return
    await context.services.patients.stop_messages(
        context.contact, context.now, _source(context), wording=_version(context, STOPPED)
    )


async def _resume(context: Context) -> None:
    await context.services.patients.resume_messages(
        context.contact, context.now, _source(context), wording=_version(context, RESUMED)
    )


async def _withhold(context: Context) -> None:
    await context.services.patients.withhold_marketing(
        context.contact, context.now, _source(context), wording=_version(context, DOUBTFUL)
    )


async def _with_rest(context: Context, template: str, named: Mapping[str, str] = NOTHING_NAMED) -> Reply:
    """The answer to a stop or resume; what else was wanted is named, passed on, and where possible offered to tap."""
    rest = context.reading.rest
    going_on = _going_on(context)
    if not rest or context.with_a_person or context.kept_from_people:  # a colleague reads the rest, or nobody
        return Reply(template=template, variables=dict(named), dialog=going_on, beside_a_person=True)
    await _pass_rest_on(context, "患者调整消息接收的同时还说了别的事，请看原话并回复。")
    key = next((ENTRANCE_FOR[each] for each in context.reading.others if each in ENTRANCE_FOR), None)
    variables = {**named, "rest": rest[:LONGEST_SOURCE] + ("…" if len(rest) > LONGEST_SOURCE else "")}
    if key is None or (going_on is not None and going_on.name != OFFER):  # its numbers mean the open question's entries
        return Reply(template=f"{template}_and_more", variables=variables, dialog=going_on, beside_a_person=True)
    label = context.services.templates.get(f"entrance.{key.lower()}").text
    options = (Option(id=key, label=label),)
    offer = Dialog(name=OFFER, step="offered", options=options)
    return Reply(
        template=f"{template}_and_more", variables=variables, options=options, dialog=offer, beside_a_person=True
    )


async def _pass_rest_on(context: Context, reason: str) -> None:
    if context.kept_from_people:
        return  # what they said about messages counts; nobody is called for the rest
    await call_a_person(context, reason, Cause.REQUEST, key=f"beside_stop:{context.update.key}", topic="")


def _going_on(context: Context) -> Dialog | None:
    """The dialog that stands after the answer: the one that was open, under a question of ours."""
    dialog = context.dialog
    return dialog.interrupted if dialog is not None and dialog.name == DIALOG else dialog


def _chooses(entry: str) -> Filter:
    """By its number or its label while the entries are shown."""

    def accept(context: Context) -> bool:
        return context.choice is not None and context.choice.id == entry

    return accept


def _taps(entry: str) -> Filter:
    """A tap on an entry of an older message."""

    def accept(context: Context) -> bool:
        return isinstance(context.update, TextMessage) and context.update.menu_id == entry

    return accept


def _answers(*intents: Intent) -> Filter:
    """By a yes or no of any wording to the question whether a stop was meant."""

    def accept(context: Context) -> bool:
        return context.reading.intent in intents

    return accept


def _says(intent: Intent) -> Filter:
    """The message says so, and is no entry of a question that is open."""

    def accept(context: Context) -> bool:
        return context.reading.intent is intent and not answers_question(context)

    return accept


def _may_be_stop(context: Context) -> bool:
    """A doubtful stop of somebody who gets messages that are not about their own appointments."""
    reading, contact = context.reading, context.contact
    return reading.doubtful_stop and any(contact.allows(topic) for topic in MESSAGE_TOPICS)


def _is_asked(context: Context) -> bool:
    return _may_be_stop(context) and context.reading.intent is not Intent.DANGER and not answers_question(context)


def _source(context: Context) -> str:
    """How they said it, for the record: the words themselves where they are ours to know."""
    update = context.update
    if not isinstance(update, TextMessage) or update.menu_id is not None or context.choice is not None:
        return "menu"
    words = update.text.strip()
    if len(words) > LONGEST_SOURCE and context.reading.evidence:
        words = context.reading.evidence[0].words
    return f"chat:{words[:LONGEST_SOURCE]}"


def _version(context: Context, template: str) -> str:
    return f"{template}@{context.services.templates.get(template).version}"


ROUTER = Router(
    name="consent",
    routes=(
        Route(TextMessage, stop, (in_dialog(DIALOG), _chooses(STOP))),
        Route(TextMessage, resume, (in_dialog(DIALOG), _chooses(RESUME))),
        Route(TextMessage, keep_on, (in_dialog(DIALOG), _chooses(KEEP_ON))),
        Route(TextMessage, stop, (in_dialog(DIALOG, DOUBT), _answers(Intent.YES))),
        Route(TextMessage, keep_on, (in_dialog(DIALOG, DOUBT), _answers(Intent.NO, Intent.RESUME))),
        Route(TextMessage, stop, (_taps(STOP),)),
        Route(TextMessage, resume, (_taps(RESUME),)),
        Route(TextMessage, keep_on, (_taps(KEEP_ON),)),
        Route(TextMessage, stop, (_says(Intent.STOP),)),
        Route(TextMessage, resume, (_says(Intent.RESUME),)),
        Route(TextMessage, ask_whether_stop, (_is_asked,)),
    ),
)
