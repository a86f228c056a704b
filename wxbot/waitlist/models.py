"""Entries of the waitlist and the offers made to them."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NewType

from wxbot.booking.models import AppointmentId, HoldId
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum

EntryId = NewType("EntryId", str)

MOST_OFFERS = 20  # of one entry are kept, the latest


class EntryState(LabelledEnum):
    """Where an entry stands. The first two are open, the others ends."""

    WAITING = ("waiting", "等候中")
    OFFERED = ("offered", "已通知，等回复")
    BOOKED = ("booked", "已约上")
    LEFT = ("left", "已退出")
    EXPIRED = ("expired", "已过期")


OPEN = frozenset({EntryState.WAITING, EntryState.OFFERED})


class OfferOutcome(LabelledEnum):
    """What became of an offer."""

    OPEN = ("open", "等回复")
    TAKEN = ("taken", "已接受")
    DECLINED = ("declined", "不用了")
    UNANSWERED = ("unanswered", "没有回复")
    WITHDRAWN = ("withdrawn", "已收回")


class PartOfDay(LabelledEnum):
    """Parts of the day, as patients name them; they overlap (`wxbot.understanding.which_appointment.in_part`)."""

    MORNING = ("morning", "上午")
    NOON = ("noon", "中午")
    AFTERNOON = ("afternoon", "下午")
    EVENING = ("evening", "晚上")


class Notified(LabelledEnum):
    """By which way the patient learns of an offer."""

    NOT_YET = ("not_yet", "还没有通知")
    MESSAGE = ("message", "微信消息")
    CALL = ("call", "需要打电话")


@dataclass(frozen=True, kw_only=True)
class Need:
    """What somebody waits for. Days are the clinic's, both ends included; empty tuples mean any."""

    visit_type_id: VisitTypeId
    first: date
    last: date
    practitioners: tuple[PractitionerId, ...] = ()
    weekdays: tuple[int, ...] = ()  # as `date.weekday`: 0 is Monday
    parts: tuple[PartOfDay, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An hour that is held for an entry until `until`. `number` counts the offers of the entry, from 1."""

    number: int
    hold_id: HoldId
    practitioner_id: PractitionerId
    start: datetime
    end: datetime
    at: datetime
    until: datetime
    notified: Notified = Notified.NOT_YET
    outcome: OfferOutcome = OfferOutcome.OPEN
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """候补: one patient waits for one visit type. `version` grows with every change."""

    id: EntryId
    contact_id: ContactId | None  # None: only known by telephone
    patient_id: PatientId
    need: Need
    since: datetime
    by: str
    priority: int = 0  # the higher is served first; staff only, with a reason
    priority_reason: str = ""
    state: EntryState = EntryState.WAITING
    offers: tuple[Offer, ...] = field(default=())
    made: int = 0  # how many offers it had in all
    unanswered: int = 0  # the latest offers in a row that nobody answered
    moving: AppointmentId | None = None  # the visit that shall get the hour; None: a new one
    appointment_id: AppointmentId | None = None  # what was booked
    ended_at: datetime | None = None
    ended_by: str = ""
    end_reason: str = ""
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it still waits, or has an offer."""
        return self.state in OPEN

    @property
    def offer(self) -> Offer | None:
        """The offer that waits for an answer."""
        latest = self.offers[-1] if self.offers else None
        return latest if self.state is EntryState.OFFERED and latest is not None else None


@dataclass(frozen=True, kw_only=True)
class LocalHour:
    """A free hour as the clinic's wall clock shows it."""

    practitioner_id: PractitionerId
    day: date
    clock: time
