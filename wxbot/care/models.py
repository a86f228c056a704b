"""Care plans and the anchors they hang on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose


class Audience(StrEnum):
    """Whom a step is for."""

    EVERYONE = "everyone"
    NEW = "new"  # a first visit
    RETURNING = "returning"


@dataclass(frozen=True, kw_only=True)
class Offset:
    """When a step falls, relative to its anchor. Exactly one of the fields is set; negative is before.

    `window_days` is (first, last) in days: due from the first day on, worth sending until the end of the last.
    """

    hours: float | None = None
    days: int | None = None
    months: int | None = None
    window_days: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """步骤: one message of a plan. `at` is the local hour (None keeps the anchor's own)."""

    key: str
    template: str
    purpose: Purpose
    offset: Offset
    grace_hours: float  # how late it is still worth sending
    at: time | None = None
    audience: Audience = Audience.EVERYONE
    answer: bool = False  # sent at once even in quiet hours: the patient has just acted
    greeting: bool = False  # birthday or holiday greeting: never by template message


@dataclass(frozen=True, kw_only=True)
class CarePlan:
    """关怀计划: steps around one kind of anchor, by its key in `anchors.ANCHORS`.

    `treatment` limits it to visits with that aftercare.
    """

    key: str
    title: str
    anchor: str
    steps: tuple[Step, ...]
    treatment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A present fact that steps are relative to.

    `kind` is a key of `anchors.ANCHORS`, `ref` names the fact stably (it is part of the outbox key), `precondition` is
    what must still hold when a message leaves.
    """

    kind: str
    ref: str
    at: datetime
    contact_id: ContactId
    patient_id: PatientId | None
    new_patient: bool = False
    treatment: str | None = None
    precondition: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None  # when the fact came to be: what had fallen due before is not sent late
    latest: datetime | None = None  # after this moment no message about it makes sense
    ends_reminders: bool = False  # a step that falls before `at` is not worth sending from `at` on
    source: object = None  # what it was derived from; its kind knows the type


@dataclass(frozen=True, kw_only=True)
class Due:
    """A step that is due for an anchor. `key` is `plan/step/ref`, unique for ever."""

    key: str
    plan: CarePlan
    step: Step
    anchor: Anchor
    due_at: datetime
    expires_at: datetime
