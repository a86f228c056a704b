"""Care plans and the anchors they hang on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from wxbot.booking.models import Appointment
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Patient
from wxbot.templates.models import Purpose


class AnchorKind(StrEnum):
    """What a plan is relative to."""

    BOOKED = "booked"  # the moment an appointment was made or moved
    APPOINTMENT = "appointment"  # the hour of an appointment
    TREATMENT = "treatment"  # the end of an attended visit with aftercare
    BIRTHDAY = "birthday"  # this year's birthday, a local day


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
    """关怀计划: steps around one kind of anchor. `treatment` limits it to visits with that aftercare."""

    key: str
    title: str
    anchor: AnchorKind
    steps: tuple[Step, ...]
    treatment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A present fact that plans hang on.

    `ref` names it stably (it is part of the outbox key), `wanted` is what must still hold when a message
    leaves, `variables` fill the templates.
    """

    kind: AnchorKind
    ref: str
    at: datetime
    contact_id: ContactId
    patient_id: PatientId | None
    new_patient: bool = False
    treatment: str | None = None
    wanted: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None  # when the fact came to be: what had fallen due before is not sent late
    latest: datetime | None = None  # after this moment no message about it makes sense
    source: Appointment | Patient | None = None  # what it was derived from


@dataclass(frozen=True, kw_only=True)
class Due:
    """A step that is due for an anchor. `key` is `plan/step/ref`, unique for ever."""

    key: str
    plan: CarePlan
    step: Step
    anchor: Anchor
    due_at: datetime
    expires_at: datetime
