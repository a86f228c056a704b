"""What reception notes about a visit on its day."""

from dataclasses import dataclass, field
from datetime import datetime

from wxbot.booking.models import AppointmentId
from wxbot.history.models import ContactId
from wxbot.labels import LabelledEnum

MOST_WORDS = 200  # characters of each thing that is written freely


@dataclass(frozen=True, kw_only=True)
class ArrivalForm:
    """到诊登记. Choices are keys of the clinic's lists (`VisitDayRules`)."""

    first_visit: bool  # 您是第一次来我们医院吗 (A4-26)
    channel: str = ""  # of a first visit always given (A4-11)
    visit_class: str = ""  # M/C (A4-10)
    complaint: str = ""  # by the taxonomy (A4-35)
    keep_practitioner: str = ""  # why it stays with a practitioner whom the triage table does not name (A4-28)
    needs: tuple[str, ...] = ()  # who needs help (A2-93)
    remarks: str = ""  # wishes and means of transport, for the clinicians (A4-36)
    social_status: str = ""  # 身份: only those who treat read it (A4-36)
    feels_now: str = ""  # how somebody who was here before has felt since (A4-29)
    work_wechat: bool = False  # 留微: they are a contact of the working telephone's WeChat now (A4-49)


@dataclass(frozen=True, kw_only=True)
class NotedArrival:
    """An arrival as it is kept."""

    said: ArrivalForm
    preset_channel: str  # what the scene that they came by means; kept beside what was chosen
    fits: bool  # whether the practitioner was one whom the triage table names
    at: datetime
    by: str

    @property
    def mismatch(self) -> bool:
        """Whether reception chose another channel than the scene says."""
        return bool(self.preset_channel and self.said.channel and self.preset_channel != self.said.channel)


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """离开前: the next visit, or why there is none (A4-19)."""

    next_visit: AppointmentId | None
    reason: str  # a key of `VisitDayRules.no_next`; empty with a next visit
    words: str
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class Noted:
    """That somebody did something, and what they said about it."""

    at: datetime
    by: str
    words: str = ""


class OfferAnswer(LabelledEnum):
    """What a patient said to an offer."""

    WANTED = ("wanted", "需要")
    REFUSED = ("refused", "不需要")
    THINKING = ("thinking", "再考虑")


@dataclass(frozen=True, kw_only=True)
class MadeOffer:
    """推荐: the one offer of a visit and what the patient said (A4-20)."""

    offer: str  # a key of `VisitDayRules.offers`
    answer: OfferAnswer
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class VisitRecord:
    """What is known of a visit beside its appointment, whose id it has. Each part is written by itself."""

    id: AppointmentId
    contact_id: ContactId | None = None  # of the appointment, so that an erasure finds it
    arrival: NotedArrival | None = None
    checkout: Checkout | None = None
    decision: Noted | None = None  # what the supervisor decided about a cancellation (A4-17)
    recheck: Noted | None = None  # the patient was asked again on the morning of the visit (A4-15)
    comforted: Noted | None = None  # somebody spoke with a first visit that waits (A4-31)
    unwell: Noted | None = None  # they felt unwell while they were here (A2-92)
    offer: MadeOffer | None = None


@dataclass(frozen=True, kw_only=True)
class ArrivalCard:
    """到诊卡: what the clinicians are told before the patient comes in (A4-18). Names, not keys."""

    first_visit: bool
    channel: str = ""
    visit_class: str = ""
    complaint: str = ""
    needs: tuple[str, ...] = field(default=())
    remarks: str = ""
    social_status: str = ""  # empty for those who do not treat
    feels_now: str = ""
