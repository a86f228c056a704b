"""What the transcript says about an outgoing message. Each line's id is fixed, so a repeated write keeps one line."""

from datetime import datetime
from typing import Any

from wxbot.history.models import By, Direction, Interaction, Kind
from wxbot.messaging import Channel
from wxbot.outbox.channels import Choice
from wxbot.outbox.models import Message, MessageId
from wxbot.templates.models import Rendered

AUTHORED_WORDS = "words"  # the variable that holds what a colleague wrote
TO_STAFF = "给同事的提醒"  # all that a colleague's own transcript keeps of one


def sent_id(message_id: MessageId) -> str:
    """The id of the line that says the platform took the message."""
    return f"outbox:{message_id}:sent"


def ended_ids(message_id: MessageId) -> tuple[str, str]:
    """The ids of the lines that say it did not leave, or that nobody knows."""
    return f"outbox:{message_id}:dropped", f"outbox:{message_id}:unknown"


def sent_line(
    message: Message, rendered: Rendered, choice: Choice, platform_id: str | None, now: datetime
) -> Interaction:
    """The message as the patient sees it: the text, or the card's title and values.

    What a colleague is told about a patient is that patient's, and not kept in the transcript of the colleague.
    """
    payload: dict[str, Any] = {
        "channel": choice.channel.value,
        "template": rendered.key,
        "version": rendered.version,
        "purpose": message.purpose.value,
        "explanation": choice.explanation,
        **_episode(message),
    }
    text = rendered.text
    if choice.card is not None:
        text = "\n".join([part for part in (choice.card.title, *choice.card.fields.values()) if part])
        payload["fields"] = dict(choice.card.fields)
    elif rendered.options:
        payload["options"] = [option.label for option in rendered.options]
    if message.to_staff:
        text = TO_STAFF
        payload.pop("fields", None)
    if platform_id is not None:
        payload["platform_id"] = platform_id
    return _line(message, "sent", Kind.MESSAGE_SENT, now, payload, direction=Direction.OUT, text=text)


def ended_line(message: Message, reason: str, explanation: str, now: datetime) -> Interaction:
    """A message that was not sent, or that the platform refused, and why."""
    return _line(message, "dropped", Kind.MESSAGE_DROPPED, now, _why(message, reason, explanation), text=_kept(message))


def unknown_line(message: Message, reason: str, explanation: str, now: datetime) -> Interaction:
    """A message that may or may not have arrived."""
    return _line(message, "unknown", Kind.MESSAGE_UNKNOWN, now, _why(message, reason, explanation), text=_kept(message))


def settled_line(message: Message, words: str, platform_status: str, *, ok: bool, at: datetime) -> Interaction:
    """The platform's receipt, in words staff understand and in its own."""
    payload = {
        "status": words,
        "platform_status": platform_status,
        "ok": ok,
        "template": message.template,
        **_version(message),
    }
    return _line(message, "settled", Kind.MESSAGE_SETTLED, at, payload)


def _why(message: Message, reason: str, explanation: str) -> dict[str, Any]:
    return {
        "template": message.template,
        **_version(message),
        "purpose": message.purpose.value,
        "reason": reason,
        "explanation": explanation,
        "channel": (message.channel or (Channel.CUSTOMER if message.author else Channel.PHONE)).value,
        **_episode(message),
    }


def _kept(message: Message) -> str | None:
    """What a colleague wrote and the patient may not have read: it must not be lost."""
    return str(message.variables.get(AUTHORED_WORDS, "")) or None if message.author else None


def _episode(message: Message) -> dict[str, str]:
    """The episode of a talk that a colleague's message belongs to."""
    return {"episode": str(message.precondition.get("episode", ""))} if message.author else {}


def _version(message: Message) -> dict[str, int]:
    return {} if message.template_version is None else {"version": message.template_version}


def _line(  # noqa: PLR0913, PLR0917 - one line's facts
    message: Message,
    what: str,
    kind: Kind,
    at: datetime,
    payload: dict[str, Any],
    direction: Direction = Direction.NONE,
    text: str | None = None,
) -> Interaction:
    return Interaction(
        id=f"outbox:{message.id}:{what}",
        at=at,
        kind=kind,
        direction=direction,
        contact_id=message.contact_id,
        patient_id=message.patient_id,
        by=message.author or (By.BOT if message.answer else By.SYSTEM),
        text=text,
        payload=payload,
        ref=message.id,
    )
