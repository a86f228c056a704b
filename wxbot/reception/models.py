"""What the front desk keeps beside appointments and what was asked at arrival."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wxbot.booking.models import AppointmentId
from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum
from wxbot.visits.models import Noted


class EntryKind(LabelledEnum):
    """By which entry somebody first reached the clinic (A4-53)."""

    PHONE = ("phone", "电话")
    ONLINE = ("online", "网络")
    WALK_IN = ("walk_in", "现场")


@dataclass(frozen=True, kw_only=True)
class FirstContact:
    """首次联系: how a patient first reached the clinic, and their class then (A4-03). `id` is the patient's."""

    id: PatientId
    entry: EntryKind
    lead_class: str  # a key of `ReceptionRules.lead_classes`
    at: datetime  # when it was first noted
    by: str
    contact_id: ContactId | None = None  # so that an erasure finds it
    changed_at: datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class ClassLabel:
    """A class that somebody gave a patient: a key of `VisitDayRules.classes`."""

    label: str
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class ReceptionRecord:
    """What the front desk keeps of a visit, whose appointment's id it has. Each part is written by itself."""

    id: AppointmentId
    clinician_label: ClassLabel | None = None  # who treated confirmed reception's class, or chose another (A4-04)
    first_label: ClassLabel | None = None  # reception's class when the visit was drawn for the blind check (A4-10)
    second_label: ClassLabel | None = None  # the class that a colleague gave without seeing the first
    to_label: bool = False  # drawn, and nobody has labelled it yet
    intake_entered: Noted | None = None  # the paper questionnaire was entered (A4-13)


@dataclass(frozen=True, kw_only=True)
class Tick:
    """Who ticked something, and when."""

    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class DayChecklist:
    """The checklist of one local day; `id` is its ISO date. Keys of `ReceptionRules.checklist` → who ticked."""

    id: str
    ticks: Mapping[str, Tick] = field(default_factory=dict)
