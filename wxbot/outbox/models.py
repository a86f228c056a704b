"""Messages on their way out, and the decisions taken about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, TypeAlias

from wxbot.errors import Reaction
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Channel, Purpose
from wxbot.templates.models import FilledCard, Option

MessageId = NewType("MessageId", str)


class State(StrEnum):
    """waiting → claimed → accepted → delivered, or an end with a reason."""

    WAITING = "waiting"  # due now or later
    CLAIMED = "claimed"  # a process is working on it; `lease_until` says how long
    ACCEPTED = "accepted"  # the platform took it; a receipt may still come
    DELIVERED = "delivered"  # the platform's receipt says it arrived
    FAILED = "failed"  # the platform refused for good
    DROPPED = "dropped"  # we decided not to send
    UNKNOWN = "unknown"  # sent or not, nobody can say; never repeated automatically


@dataclass(frozen=True, kw_only=True)
class Message:
    """One intended message. `key` is unique: the same intent is stored once.

    `precondition` names what must still be true when it is sent (checked by a `PreconditionChecker`), for instance
    {"kind": "appointment", "id": …, "version": …}; empty means that nothing is checked.
    """

    id: MessageId
    key: str
    contact_id: ContactId
    purpose: Purpose
    template: str
    variables: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    expires_at: datetime
    patient_id: PatientId | None = None
    options: tuple[Option, ...] = ()
    answer: bool = False  # the patient has just asked for it: quiet hours do not apply
    greeting: bool = False  # birthday or holiday greeting: never by template message (reference §5.4)
    survey: bool = False  # asks whether they were satisfied: a topic of its own
    unsolicited: bool = (
        False  # follows from no service the patient used: never by template message either (reference §5.4)
    )
    author: str = ""  # `staff:<id>` of who wrote it at the desk: customer-service message or nothing, nobody phones
    photo: bool = False  # a photo, kept in `media` under the id of its line of the transcript
    put_away: bool = False  # of an author: it did not arrive, and a colleague has seen to it
    optional: bool = False  # where no channel is open it is left out: nobody phones in its place
    to_staff: bool = False  # a colleague is told: where no channel is open, nobody is phoned
    about: str = ""  # of one to a colleague: the contact whose words or name it repeats; erased with them
    call: str = ""  # a call instead of a message: what the colleague's follow-up is derived from
    asks: str = ""  # a survey instead of a message: its key; the template is said before its first question
    script: str = ""  # how a colleague talks who rings up, instead of it or because nothing carried it (followups.toml)
    url: str = ""  # what a card opens when it is tapped
    precondition: Mapping[str, Any] = field(default_factory=dict)
    state: State = State.WAITING
    reason: str = ""  # the rule or code that decided, e.g. "quiet_hours", "45047"
    explanation: str = ""  # the same in words staff understand
    attempts: int = 0
    channel: Channel | None = None
    platform_id: str | None = None  # the platform's msgid, kept as text
    claim: str | None = None  # which claim holds it
    lease_until: datetime | None = None
    sending_since: datetime | None = None  # set just before the call leaves: from here on it may have arrived
    settled_at: datetime | None = None
    sent_at: datetime | None = None  # clinic time at which the platform took it, or may have: what the caps count
    card_id: str | None = None  # the platform template it left on; notices carry no id, their receipt is found by this
    awaits_contact: bool = False  # waits for the patient's next action, which makes it due at once
    blocks_contact: bool = False  # in a short back-off: the contact's later messages wait behind it
    template_version: int | None = None  # the wording it left with; None until it leaves


class Call(StrEnum):
    """What a send attempt came to."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # the platform answered with an error; `reaction` says what next
    UNKNOWN = "unknown"  # no answer: it may have arrived


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the sender reports of one call."""

    call: Call
    platform_id: str | None = None
    code: int | None = None
    reaction: Reaction | None = None
    advice: str = ""  # a sentence staff understand
    retry_after_seconds: float | None = None
    alarm: bool = False  # an operator must be notified, also if the message is sent later


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What a sender needs: whom, by which channel, and exactly what.

    For CUSTOMER: `text` and optional `options` (shown as tappable entries). For NOTICE and TEMPLATE: `card`.
    `client_id` is stable across retries of the same message (reference §5.1: deduplicates for 10 minutes).
    """

    openid: str
    channel: Channel
    client_id: str
    text: str = ""
    options: tuple[Option, ...] = ()
    card: FilledCard | None = None
    url: str = ""
    photo: bytes = b""  # of a customer-service message: this picture instead of the text


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What a patient's own actions allow us now (reference §4.1, §6.1)."""

    contact_id: ContactId
    customer_left: int = 0
    customer_until: datetime | None = None
    acted_at: datetime | None = None  # the patient's latest action
    grants: Mapping[str, int] = field(default_factory=dict)  # subscription template id → accepts not yet used
    cared_at: datetime | None = None  # when a care message last left: what the patient says next is about it


DeliveryCounts: TypeAlias = Mapping[str, int]
"""What one delivery run did: accepted, waited (put back), dropped, failed, unknown. Zeros are left out."""


@dataclass(frozen=True, kw_only=True)
class OutboxCounts:
    """The state of the outbox for /metrics.

    Waiting, due and claimed messages and the oldest age are read from the database; the rest is counted by this
    process since its start.
    """

    oldest_due_seconds: float  # age of the oldest message that is due and not yet taken up; 0 when there is none
    by_state: Mapping[str, int]  # state, and "due" → messages
    by_reason: Mapping[str, int]  # reason → messages that ended without delivery
    by_code: Mapping[str, int]  # the platform's answers: "0" accepted, "unknown", else the error code
    rights_blocks: Mapping[
        str, int
    ]  # what had no right left when it was to be sent: "ledger", "45015", "45047", "43101"
