"""What would become of messages: computed by the code that sends them; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from wxbot.messaging import Channel
from wxbot.outbox.attempt import Attempts
from wxbot.outbox.channels import Choice
from wxbot.outbox.contact_history import ContactHistory, SentMessage
from wxbot.outbox.ledger import after_notice_sent, after_send
from wxbot.outbox.models import Message
from wxbot.outbox.preparation import Facts, NotNow, Preparation
from wxbot.outbox.reactions import Finish, Retry
from wxbot.outbox.stores.reading import PROACTIVE
from wxbot.templates.models import Rendered

MOST_WAITS = 8  # the morning, then tomorrow's cap, … a message that waits longer is forecast as waiting
MOST_WAITS_ALONE = (
    200  # of one that nobody does anything about: two days of asking a colleague every half hour, and more
)


class Will(StrEnum):
    """What would become of a message."""

    SEND = "send"  # leaves at its due time
    WAIT = "wait"  # leaves later than its due time, or waits for the patient's next action
    DROP = "drop"  # is not sent
    PHONE = "phone"  # is not sent, and a person phones instead


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What would become of one message, and why.

    `at` is when (for WAIT: the later moment); `channel` by which way, None where nothing leaves; `reason` and
    `explanation` are the code and the words of the rule that decided, or of what it waits for; `rendered` is what
    the patient would read, where that could be filled.
    """

    message: Message
    will: Will
    at: datetime
    reason: str
    explanation: str
    channel: Channel | None = None
    rendered: Rendered | None = None


class Forecaster:
    """Forecasts messages one after the other from facts read once; what one spends is gone for the next.

    Where a message waits for somebody to act, that is the forecast; with `alone` it is what becomes of it if nobody
    does.
    """

    def __init__(
        self, preparation: Preparation, attempts: Attempts, facts: Facts, now: datetime, *, alone: bool = False
    ) -> None:
        self._alone = alone
        self._preparation = preparation
        self._attempts = attempts
        self._facts = facts
        self._now = now
        self._rights = dict(facts.rights)
        self._histories = dict(facts.histories)

    def forecast(self, message: Message) -> Forecast:
        """What becomes of it from its due time on; never before now. Counts it as sent for the ones that follow."""
        message = self._preparation.permitted(message)
        facts = replace(self._facts, rights=self._rights, histories=self._histories)
        at, waits = max(message.due_at, self._now), None
        for _ in range(MOST_WAITS_ALONE if self._alone else MOST_WAITS):
            prepared = self._preparation.judge(message, facts, at)
            rendered = None if isinstance(prepared, NotNow) else prepared.rendered
            what = prepared.next if isinstance(prepared, NotNow) else self._attempts.intend(prepared, at)
            if isinstance(what, Finish):
                will = Will.PHONE if what.phone and not message.optional else Will.DROP
                return _forecast(message, will, at, what, rendered=rendered)
            if isinstance(what, Choice):
                self._spend(message, what, at)
                return _leaving(message, what, at, waits, rendered)
            waits = waits or what
            if (what.awaits_contact and not self._alone) or what.at <= at:
                break
            at = what.at
        return _forecast(message, Will.WAIT, at, waits) if waits is not None else _stuck(message, at)

    def _spend(self, message: Message, choice: Choice, at: datetime) -> None:
        rights = self._rights[message.contact_id]
        if choice.channel is Channel.CUSTOMER:
            self._rights[message.contact_id] = after_send(rights)
        elif choice.channel is Channel.NOTICE and choice.card is not None:
            self._rights[message.contact_id] = after_notice_sent(rights, choice.card.template_id)
        if message.purpose in PROACTIVE and not message.answer:
            history = self._histories.get(message.contact_id)
            history = history if isinstance(history, ContactHistory) else ContactHistory()
            left = SentMessage(purpose=message.purpose, at=at, greeting=message.greeting, patient_id=message.patient_id)
            sent = tuple(sorted((left, *history.sent), key=lambda each: each.at, reverse=True))
            self._histories[message.contact_id] = replace(history, sent=sent)


async def forecaster(
    preparation: Preparation, attempts: Attempts, messages: Sequence[Message], now: datetime, *, alone: bool = False
) -> Forecaster:
    """Read the facts about these messages."""
    permitted = [preparation.permitted(message) for message in messages]
    return Forecaster(preparation, attempts, await preparation.facts(permitted, now), now, alone=alone)


def _leaving(
    message: Message, choice: Choice, at: datetime, waits: Retry | None, rendered: Rendered | None
) -> Forecast:
    if waits is None:
        reason, explanation = "", choice.explanation
    else:
        reason, explanation = waits.reason, f"{waits.explanation}；{choice.explanation}"
    return Forecast(
        message=message,
        will=Will.SEND if waits is None else Will.WAIT,
        at=at,
        reason=reason,
        explanation=explanation,
        channel=choice.channel,
        rendered=rendered,
    )


def _forecast(
    message: Message, will: Will, at: datetime, what: Retry | Finish, *, rendered: Rendered | None = None
) -> Forecast:
    return Forecast(
        message=message,
        will=will,
        at=at,
        reason=what.reason,
        explanation=what.explanation,
        channel=Channel.PHONE if will is Will.PHONE else None,
        rendered=rendered,
    )


def _stuck(message: Message, at: datetime) -> Forecast:
    return Forecast(message=message, will=Will.WAIT, at=at, reason="waits", explanation="暂时无法判断，稍后再看")
