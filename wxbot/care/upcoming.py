"""The next steps of one patient. Pure; whether a message may leave is the outbox's forecast."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wxbot.care.course import enrolment_of
from wxbot.care.models import Due
from wxbot.care.planner import is_too_late
from wxbot.care.records import Pin
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.forecast import Forecast, Will
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.reasons import reason_sentence

GONE = frozenset({State.CLAIMED, State.ACCEPTED, State.DELIVERED, State.UNKNOWN})  # on their way: no next step any more


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """A step that is coming, or was decided against, and why; for staff to read.

    `message_id` is set once the step is in the outbox.
    """

    plan: str  # the plan's title
    step: str
    template: str
    purpose: Purpose
    at: datetime
    will: Will
    channel: Channel | None
    reason: str
    explanation: str
    message_id: MessageId | None = None
    key: str = ""  # plan/step/ref
    enrolment: str = ""  # plan/ref
    pin: Pin | None = None  # its time was set by hand


def coming(steps: Iterable[Due], now: datetime) -> list[Due]:
    """The steps that are due now or later, earliest first; what had passed when its fact came to be is none."""
    found = [each for each in steps if each.expires_at > now and not is_too_late(each)]
    return sorted(found, key=lambda each: (each.due_at, each.key))


def step_of(due: Due, forecast: Forecast | None, message: Message | None, pin: Pin | None = None) -> NextStep:
    """A step as staff read it: by the outbox's row where there is one, else by its forecast."""
    facts = {
        "plan": due.plan.title,
        "step": due.step.key,
        "template": due.step.template,
        "purpose": due.step.purpose,
        "key": due.key,
        "enrolment": enrolment_of(due.plan.key, due.anchor.ref),
        "pin": pin,
    }
    if message is not None:
        waits = message.state is State.WAITING
        return NextStep(
            **facts,  # type: ignore[arg-type]
            at=message.due_at,
            will=Will.WAIT if waits else Will.DROP,
            channel=message.channel,
            reason=message.reason,
            explanation=reason_sentence(message),
            message_id=message.id,
        )
    if forecast is None:
        raise ValueError(due.key)  # every step has a row in the outbox or a forecast
    return NextStep(
        **facts,  # type: ignore[arg-type]
        at=forecast.at,
        will=forecast.will,
        channel=forecast.channel,
        reason=forecast.reason,
        explanation=forecast.explanation,
    )
