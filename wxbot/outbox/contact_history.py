"""How a contact stands with us: what marketing and the caps are judged by. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.patients.models import Patient

LOOK_BACK = timedelta(days=90)  # what a contact received in this time is what the marketing share is counted over


@dataclass(frozen=True, kw_only=True)
class SentMessage:
    """A message that left without the patient having just asked: a reminder, care or marketing."""

    purpose: Purpose
    at: datetime
    greeting: bool = False  # a birthday or holiday greeting
    patient_id: PatientId | None = None  # whom it was about; None: the contact


@dataclass(frozen=True, kw_only=True)
class ContactHistory:
    """What stands about one contact now.

    `patients` are all they speak for, and whom the message is about: it is the contact who reads it, so what
    concerns any of them concerns the message. `treated` says when a patient's latest treatment with aftercare
    began, as far back as anybody needs. `departures` are those of the last 90 days, newest first.
    """

    patients: tuple[Patient, ...] = ()
    treated: Mapping[PatientId, datetime] = field(default_factory=dict)
    sent: tuple[SentMessage, ...] = ()
