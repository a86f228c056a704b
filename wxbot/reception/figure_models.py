"""A number of the front desk with the visits behind it, and what numbers are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum
from wxbot.reception.models import ReceptionRecord
from wxbot.visits.models import ArrivalForm, VisitRecord
from wxbot.visits.waiting import is_first


class FigureKey(LabelledEnum):
    """A number of the front desk."""

    RETENTION = ("retention", "留存")
    FOLLOWING = ("following", "关注公众号")
    CLASSED = ("classed", "客户分类")
    ACCURATE = ("accurate", "分类准确（抽查）")
    CONFIRMED = ("confirmed", "医护确认分类")
    CHANNEL = ("channel", "初诊渠道标注")
    MATCHING = ("matching", "渠道和二维码一致")
    WAITS = ("waits", "等候达标")
    INTAKE = ("intake", "初诊问诊表")
    WORK_WECHAT = ("work_wechat", "留微")
    ON_TIME = ("on_time", "准时到诊")
    KEPT = ("kept", "没有取消")


MEANINGS: Mapping[FigureKey, str] = {
    FigureKey.RETENTION: "就诊过的患者里，已经约好下一次、或者在期限内又来过的。治疗结束的不计；每位患者算最近一次。",
    FigureKey.FOLLOWING: "到诊的患者里，关注着公众号的。",
    FigureKey.CLASSED: "到诊的患者里，登记了客户分类的。",
    FigureKey.ACCURATE: "抽查的患者里，另一位同事没看第一次的分类、也给出同样分类的。",
    FigureKey.CONFIRMED: "登记了分类的患者里，接诊的医护确认过、并且没有改的。",
    FigureKey.CHANNEL: "初诊患者里，登记了来院渠道的。",
    FigureKey.MATCHING: "扫码来的初诊患者里，登记的渠道和二维码一致的。",
    FigureKey.WAITS: "知道等了多久的患者里，没有超过目标的。",
    FigureKey.INTAKE: "初诊患者里，问诊表已经录入的。当天要录入。",
    FigureKey.WORK_WECHAT: "到诊的患者里，加了工作手机微信的。",
    FigureKey.ON_TIME: "到诊的患者里，没有迟到的。",
    FigureKey.KEPT: "所有预约里，没有取消、也没有失约的。",
}


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A visit that a number counts: whether it is one of the good ones, and why, for staff."""

    visit: Appointment
    good: bool
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A share, and the visits behind it: those that fall short first, each part by its hour."""

    key: FigureKey
    rows: tuple[Counted, ...]
    goal: int | None = None  # percent

    @property
    def good(self) -> int:
        """How many are as they should be."""
        return sum(each.good for each in self.rows)

    @property
    def among(self) -> int:
        """How many it is a share of."""
        return len(self.rows)

    @property
    def short(self) -> int:
        """How many fall short."""
        return self.among - self.good

    @property
    def percent(self) -> float | None:
        """The share; None of nothing."""
        return 100 * self.good / self.among if self.rows else None

    @property
    def missed(self) -> bool:
        """Whether the goal is not reached. Of nothing nothing is missed."""
        return self.goal is not None and self.percent is not None and self.percent < self.goal


@dataclass(frozen=True, kw_only=True)
class FrontDeskDays:
    """What the figures of some days are made of."""

    visits: Sequence[Appointment]
    records: Mapping[AppointmentId, VisitRecord]
    noted: Mapping[AppointmentId, ReceptionRecord]
    later: Mapping[PatientId, Sequence[Appointment]]  # booked or taken place, from the first of the days on
    following: frozenset[ContactId]
    intakes: frozenset[AppointmentId]  # whose questionnaire is there
    now: datetime
    zone: tzinfo

    def said(self, visit: Appointment) -> ArrivalForm | None:
        """What reception asked at arrival."""
        record = self.records.get(visit.id)
        return None if record is None or record.arrival is None else record.arrival.said

    def first(self, visit: Appointment) -> bool:
        """Whether it is a first visit."""
        return is_first(visit, self.records.get(visit.id))

    def day(self, visit: Appointment) -> date:
        """The local day of a visit."""
        return visit.start.astimezone(self.zone).date()
