"""The next steps of one patient. Pure; whether a message may leave is the outbox's forecast."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.care.calendar import Calendar
from wxbot.care.models import Anchor, CarePlan, Due
from wxbot.care.planner import schedule
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


def coming(plans: Sequence[CarePlan], anchors: Iterable[Anchor], now: datetime, calendar: Calendar) -> list[Due]:
    """The steps that are due now or later, earliest first; what had passed when its fact came to be is none."""
    return sorted(_coming(plans, anchors, now, calendar), key=lambda each: (each.due_at, each.key))


def step_of(due: Due, forecast: Forecast | None, message: Message | None) -> NextStep:
    """A step as staff read it: by the outbox's row where there is one, else by its forecast."""
    facts = {"plan": due.plan.title, "step": due.step.key, "template": due.step.template, "purpose": due.step.purpose}
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


def _coming(plans: Sequence[CarePlan], anchors: Iterable[Anchor], now: datetime, calendar: Calendar) -> Iterator[Due]:
    for anchor in anchors:
        for plan in plans:
            for each in schedule(plan, anchor, calendar):
                late = anchor.created_at is not None and each.due_at < anchor.created_at
                if each.expires_at > now and not late:
                    yield each
