"""Interactions: the values that make up the transcript."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, TypeAlias

from wxbot.actors import PATIENT, SYSTEM

ContactId = NewType("ContactId", str)
"""Whom we talk to: our own id for one follower of the account, kept apart from the openid."""

PatientId = NewType("PatientId", str)
"""Who is treated. One contact may speak for several patients."""


class Direction(StrEnum):
    """Which way a message went."""

    IN = "in"  # from the patient to us
    OUT = "out"  # from us to the patient
    NONE = "none"  # something that happened and was not a message


class By:
    """Who did it: the constant actors; staff are written `staff:<id>`."""

    PATIENT = PATIENT.by
    BOT = "bot"
    SYSTEM = SYSTEM.by


class Kind(StrEnum):
    """What happened: `subject:action`. Each has a sentence for staff and a rule for erasure in kinds.py."""

    MESSAGE_RECEIVED = "message:received"  # the patient wrote, tapped or scanned
    MESSAGE_SENT = "message:sent"  # we answered or sent
    MESSAGE_SETTLED = "message:settled"  # the platform's receipt arrived
    MESSAGE_DROPPED = "message:dropped"  # we decided not to send, or could not
    MESSAGE_UNKNOWN = "message:unknown"  # sent or not: the platform's answer never came
    CONTACT_FOLLOWED = "contact:followed"  # began to follow the account
    CONTACT_UNFOLLOWED = "contact:unfollowed"  # stopped following
    CONTACT_ERASED = "contact:erased"  # WeChat-side data was erased
    CONSENT_CHANGED = "consent:changed"  # care or marketing switched on or off
    PATIENT_UPDATED = "patient:updated"  # the patient gave or corrected name or birthday
    APPOINTMENT_BOOKED = "appointment:booked"
    APPOINTMENT_MOVED = "appointment:moved"
    APPOINTMENT_CONFIRMED = "appointment:confirmed"  # the patient said that they will come
    APPOINTMENT_CANCELLED = "appointment:cancelled"
    APPOINTMENT_STAGE = "appointment:stage"  # where the patient is on the day of the visit, or a step taken back
    APPOINTMENT_CLOSED = "appointment:closed"  # completed or missed
    CONVERSATION_OPENED = "conversation:opened"  # a person is needed
    CONVERSATION_TAKEN = "conversation:taken"  # somebody answers from now on
    CONVERSATION_HANDED_OVER = "conversation:handed_over"
    CONVERSATION_CLOSED = "conversation:closed"
    CONTACT_BLOCKED = "contact:blocked"  # people do not talk with them for a while
    CONTACT_UNBLOCKED = "contact:unblocked"
    SURVEY_ANSWERED = "survey:answered"  # whether they were satisfied with a talk
    FOLLOWUP_OPENED = "followup:opened"  # a person has something to do
    FOLLOWUP_POSTPONED = "followup:postponed"  # nobody was reached; tried again on another day
    FOLLOWUP_CLOSED = "followup:closed"
    ATTEMPT_RECORDED = "attempt:recorded"  # somebody tried to reach the patient


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One line of the transcript.

    The id is chosen by the writer so that writing the same event twice keeps one line:
    `<update key>` for what came in, `<update key>:reply` for its answer, `outbox:<id>:…` for what was sent.
    """

    id: str
    at: datetime
    kind: Kind
    direction: Direction = Direction.NONE
    contact_id: ContactId | None = None
    patient_id: PatientId | None = None
    by: str = By.SYSTEM
    text: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    ref: str | None = None


Position: TypeAlias = tuple[datetime, int, str]
"""Where a line stands in a timeline: its moment; within a millisecond what came in, then the others; its id."""


@dataclass(frozen=True, kw_only=True)
class TimelineCursor:
    """Where the next page of a timeline begins: not after `at`, without the lines of that moment already shown."""

    at: datetime
    shown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TimelineFilter:
    """Which lines a timeline shows; empty fields do not narrow."""

    kinds: tuple[Kind, ...] = ()
    purposes: tuple[str, ...] = ()  # of messages: service, reminder, care, marketing


@dataclass(frozen=True, kw_only=True)
class TimelinePage:
    """A page of a person's timeline, newest first. `older` is the cursor of the next page, None on the last."""

    lines: tuple[Interaction, ...]
    older: TimelineCursor | None
