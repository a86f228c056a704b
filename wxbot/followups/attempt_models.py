"""联系记录: one try to reach a patient, and what came of it. There is no contact without a record (A4-47)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from wxbot.followups.models import ComplaintStep, FollowUpId
from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum

AttemptId = NewType("AttemptId", str)


class AttemptChannel(LabelledEnum):
    """How a patient was reached."""

    PHONE = ("phone", "电话")
    WECHAT = ("wechat", "微信")


class Outcome(LabelledEnum):
    """What came of a try."""

    REACHED = ("reached", "接通")
    NO_ANSWER = ("no_answer", "未接")
    LATER = ("later", "改天")  # not convenient now: the patient named another time
    REFUSED = ("refused", "拒绝")
    WRONG_NUMBER = ("wrong_number", "空号")


class Mood(LabelledEnum):
    """How the patient felt (A1-26)."""

    CALM = ("calm", "安心")
    WORRIED = ("worried", "担心")
    DOUBTFUL = ("doubtful", "怀疑")
    UNHAPPY = ("unhappy", "不满")


class Reason(LabelledEnum):
    """Why somebody has not decided (A1-09)."""

    PRICE = ("price", "价格")
    PLAN = ("plan", "方案")
    TRUST = ("trust", "信任")
    TIME = ("time", "时间")
    COMPARING = ("comparing", "比较")
    OTHER = ("other", "其他")


class Effort(LabelledEnum):
    """What the work is spent on (A1-01 to A1-05)."""

    UNDECIDED = ("undecided", "邀约未成交")
    AFTERCARE = ("aftercare", "术后关怀")
    FURTHER = ("further", "二次开发")
    LEAD = ("lead", "未上门初诊")


class Group(LabelledEnum):
    """Colleagues whose work is divided alike."""

    ONSITE = ("onsite", "现场咨询")
    DESK = ("desk", "客服")
    ONLINE = ("online", "网电")
    OTHERS = ("others", "其他同事")


class Clock(LabelledEnum):
    """Within which hours something must be done."""

    COMPLAINT = ("complaint", "投诉处理")  # A4-44
    FIRST_VISIT = ("first_visit", "初诊后联系")  # A4-41
    AFTERCARE = ("aftercare", "术后随访")  # A4-45


@dataclass(frozen=True, kw_only=True)
class Competitor:
    """Where else an undecided patient was, as far as they say it (A1-12)."""

    clinic: str = ""
    price: str = ""
    plan: str = ""
    surgeon: str = ""

    @property
    def known(self) -> bool:
        """Whether anything is."""
        return bool(self.clinic or self.price or self.plan or self.surgeon)


@dataclass(frozen=True, kw_only=True)
class AttemptForm:
    """What a colleague writes while calling. `key` names the form: sent twice it is one attempt."""

    key: str
    outcome: Outcome
    way: AttemptChannel = AttemptChannel.PHONE
    key_points: str = ""
    mood: Mood | None = None
    next_at: datetime | None = None
    reason: Reason | None = None
    competitor: Competitor = Competitor()
    step: ComplaintStep | None = None  # how far a complaint is now
    started_at: datetime | None = None  # when the form was opened
    revision: int = 0  # of the follow-up that the page showed


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try. `weekday` (Monday is 0) and `hour` are the clinic's."""

    id: AttemptId
    followup_id: FollowUpId | None  # None: a call that no task asked for
    patient_id: PatientId | None
    contact_id: ContactId | None
    at: datetime
    by: str  # `staff:<id>`
    group: Group
    way: AttemptChannel
    outcome: Outcome
    weekday: int
    hour: int
    key_points: str = ""
    mood: Mood | None = None
    next_at: datetime | None = None
    reason: Reason | None = None
    competitor: Competitor = Competitor()
    effort: Effort | None = None
    seconds: int | None = None  # how long the form was open
