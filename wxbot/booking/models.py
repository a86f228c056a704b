"""Appointments and slots."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from wxbot.clinic.models import DeviceId, PractitionerId, VisitTypeId
from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum

AppointmentId = NewType("AppointmentId", str)
HoldId = NewType("HoldId", str)
SeriesId = NewType("SeriesId", str)


class AppointmentState(StrEnum):
    """The state of an appointment."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"  # the patient came
    NO_SHOW = "no_show"  # the patient did not come


class VisitStage(LabelledEnum):
    """Where a patient is on the day of the visit; each later one follows from the earlier by a hand at the desk."""

    EXPECTED = ("expected", "未到")
    ARRIVED = ("arrived", "已到")
    WAITING = ("waiting", "候诊")
    IN_TREATMENT = ("in_treatment", "就诊中")
    LEFT = ("left", "已离开")


class Booker(StrEnum):
    """Who asks for an hour: what the clinic's booking windows mean for them (`BookingWindow`)."""

    NEW = "new"  # a patient who was never seen here
    RETURNING = "returning"
    STAFF = "staff"  # bound by hours and resources, not by lead time, horizon and cut-off


@dataclass(frozen=True, kw_only=True)
class Slot:
    """号源: an hour that can be booked. Times are aware UTC."""

    practitioner_id: PractitionerId
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Day:
    """A local day on which at least one hour is free."""

    date: date
    free_count: int  # free starts, however many practitioners share one


class ClinicDecision(LabelledEnum):
    """What was done with an appointment that a change of the clinic's own days fell upon."""

    MOVED = ("moved", "已改期")
    CANCELLED = ("cancelled", "已取消")
    KEPT = ("kept", "照常接诊")


@dataclass(frozen=True, kw_only=True)
class ClinicChange:
    """A decision about an appointment for the clinic's sake. It never counts against the patient."""

    decision: ClinicDecision
    reason: str  # what fell upon it, e.g. 休诊：外出学习
    at: datetime
    by: str  # staff:<id>
    by_name: str = ""


@dataclass(frozen=True, kw_only=True)
class SeriesPlace:
    """疗程第2次，共6次: which visit of a series an appointment is, and the interval at which they follow."""

    id: SeriesId
    number: int  # 1 is the first
    count: int
    every_days: int
    within_days: int = 0


class DepositMethod(LabelledEnum):
    """How a deposit was taken at the desk."""

    CASH = ("cash", "现金")
    WECHAT = ("wechat", "微信")
    ALIPAY = ("alipay", "支付宝")
    CARD = ("card", "刷卡")
    OTHER = ("other", "其他")


class DepositOutcome(LabelledEnum):
    """What became of a deposit."""

    RECEIVED = ("received", "已收")
    USED = ("used", "已抵扣")
    REFUNDED = ("refunded", "已退")
    KEPT = ("kept", "不退")
    TRANSFERRED = ("transferred", "已转到另一次预约")


@dataclass(frozen=True, kw_only=True)
class Deposit:
    """押金: money that was taken at the desk for a visit. It is recorded here and never paid here."""

    id: str
    amount: int  # 分
    method: DepositMethod
    received_at: datetime
    received_by: str  # staff:<id>
    outcome: DepositOutcome = DepositOutcome.RECEIVED
    reason: str = ""  # why it was refunded or kept
    settled_at: datetime | None = None
    settled_by: str | None = None
    moved_from: AppointmentId | None = None  # the appointment that it was taken for first


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """预约. `version` grows with every change; `request_key` makes one request book once."""

    id: AppointmentId
    request_key: str
    contact_id: ContactId | None
    patient_id: PatientId
    visit_type_id: VisitTypeId
    practitioner_id: PractitionerId
    room: str
    start: datetime
    end: datetime
    created_at: datetime
    new_patient: bool  # the patient had not been seen here before
    state: AppointmentState = AppointmentState.BOOKED
    version: int = 1
    changed_at: datetime | None = None
    closed_at: datetime | None = None
    by: str = "patient"  # who made it
    changed_by: str | None = None  # who made the latest change
    move_key: str | None = None  # the request that moved it last, so that one request moves once
    moved_from: datetime | None = None  # the hour before the last move
    cancel_reason: str = ""
    hour_version: int | None = None  # the version since which this hour stands, where later changes kept it
    move_not_announced: bool = (
        False  # staff moved it last and will tell the patient themselves: no message about the move
    )
    confirmed_at: datetime | None = None  # 确认到诊: the patient said that they will come (A4-14); a move undoes it
    confirmed_by: str | None = None
    devices: tuple[DeviceId, ...] = ()  # what it occupies beside practitioner and room
    busy_from: datetime | None = None  # from when these are occupied, preparation included; None: from `start`
    busy_until: datetime | None = None  # until when, cleaning up included; None: until `end`
    overbooked: str = ""  # why staff put it beside another visit; such a one claims nobody's time but the patient's
    freed_from: datetime | None = None  # the patient did not come or left early: from then on its time is free again
    taken_again_from: datetime | None = None  # that was taken back: from then on its time is taken again
    stage: VisitStage = VisitStage.EXPECTED  # COMPLETED once left; one whose stage moved is never assumed attended
    arrived_at: datetime | None = None
    waiting_at: datetime | None = None
    treated_at: datetime | None = None  # when the treatment began
    departed_at: datetime | None = None
    stage_by: str | None = None  # who moved the stage last
    clinic_change: ClinicChange | None = None  # the latest move, cancellation or keeping was for the clinic's sake
    series: SeriesPlace | None = None
    deposits: tuple[Deposit, ...] = ()  # in the order in which they were taken; at most one is held

    @property
    def standing_since(self) -> int:
        """The version since which its hour stands: what messages about that hour are called by."""
        return self.version if self.hour_version is None else self.hour_version

    @property
    def held_deposit(self) -> Deposit | None:
        """The deposit about which nothing is decided yet."""
        return next((each for each in self.deposits if each.outcome is DepositOutcome.RECEIVED), None)

    @property
    def live(self) -> bool:
        """Whether the patient is still expected."""
        return self.state is AppointmentState.BOOKED


@dataclass(frozen=True, kw_only=True)
class HeldTicks:
    """A stretch of one resource's time, in ticks (`wxbot.booking.ticks`)."""

    resource: str
    first: int
    count: int

    @property
    def ticks(self) -> range:
        """The same as ticks."""
        return range(self.first, self.first + self.count)


@dataclass(frozen=True, kw_only=True)
class Hold:
    """锁号: an hour kept for one contact while they fill in the rest. From `until` on it is nobody's.

    A contact has one of their own, and one for each `offer` that was made to them.
    """

    id: HoldId
    contact_id: ContactId | None  # None: offered to a patient who is only known by telephone
    visit_type_id: VisitTypeId
    slot: Slot
    room: str
    devices: tuple[DeviceId, ...]
    busy_from: datetime
    busy_until: datetime
    until: datetime
    claims: tuple[HeldTicks, ...]
    moving: AppointmentId | None = None  # the appointment that shall get this hour; what it has already is not held
    offer: str = ""  # what offered it, e.g. an entry of the waitlist; empty: the contact chose it

    def ended(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.until <= now
