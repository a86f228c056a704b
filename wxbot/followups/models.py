"""Follow-ups: things only a person can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum

FollowUpId = NewType("FollowUpId", str)

MOST_WORDS = 50  # of one follow-up are kept; what comes after is counted, the conversation has it all


class FollowUpKind(StrEnum):
    """What a person has to do."""

    PHONE = "phone"  # a message found no channel: call this patient
    HANDOFF = "handoff"  # 转人工: the patient asked for, or needs, a person
    CHECK = "check"  # something went wrong that a person must look at
    DANGER = "danger"  # the patient wrote of a danger sign (A2-74)
    COMPLAINT = "complaint"  # to be settled within 48 hours (A4-44)
    RECALL = "recall"  # 计划回访: a step of a care plan asks to ring the patient up
    CORRECTION = "correction"  # what a colleague told a patient was wrong: apologise and say it right (A2-85)


KIND_NAMES: Mapping[FollowUpKind, str] = {
    FollowUpKind.PHONE: "打电话",
    FollowUpKind.HANDOFF: "请求人工",
    FollowUpKind.CHECK: "需要核实",
    FollowUpKind.DANGER: "危险征兆",
    FollowUpKind.COMPLAINT: "投诉",
    FollowUpKind.RECALL: "计划回访",
    FollowUpKind.CORRECTION: "纠正",
}


CALLED = frozenset(
    {
        FollowUpKind.PHONE,
        FollowUpKind.RECALL,
        FollowUpKind.DANGER,
        FollowUpKind.COMPLAINT,
        FollowUpKind.CORRECTION,
    }
)
"""What is done by reaching the patient: each try is recorded, and one without an answer ends nothing."""


class ToDecide(LabelledEnum):
    """Why a person must decide how a call goes on: another one would be no use."""

    EXHAUSTED = ("exhausted", "打满次数没有接通")
    WRONG_NUMBER = ("wrong_number", "电话号码不对")


class ComplaintStep(LabelledEnum):
    """How far a complaint is, from the first listening to its solution (A1-30, A4-44)."""

    NEW = ("new", "还没有听")
    HEARD = ("heard", "已听完并记下")
    PROPOSED = ("proposed", "已给出办法")
    SOLVED = ("solved", "已解决")


class FollowUpState(StrEnum):
    """The state of a follow-up."""

    OPEN = "open"
    DONE = "done"
    OBSOLETE = "obsolete"  # nobody has to do it any more: its cause went away, or its contact was erased


@dataclass(frozen=True, kw_only=True)
class PatientWords:
    """What a patient wrote or sent while the follow-up was open. `line_id` is its line of the transcript."""

    at: datetime
    text: str  # of a photo or voice: [图片], [语音]
    line_id: str


@dataclass(frozen=True, kw_only=True)
class FollowUpChange:
    """One change of a follow-up and what caused it; `due_at` is when it was due from then on."""

    at: datetime
    by: str
    cause: str  # in words staff understand
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """回访: one thing for one person to do. `key` is unique: the same cause opens it once.

    Causes on one `topic` of a contact join the follow-up on it that is open: `count` says how many there were,
    `latest_key` and `latest_at` which was the last and when.
    """

    id: FollowUpId
    key: str
    kind: FollowUpKind
    reason: str  # in words staff understand
    contact_id: ContactId | None
    patient_id: PatientId | None
    opened_at: datetime
    due_at: datetime
    state: FollowUpState = FollowUpState.OPEN
    closed_at: datetime | None = None
    outcome: str | None = None
    by: str = "system"
    topic: str = ""  # the contact and what it is about; empty: every cause opens one of its own
    count: int = 1
    latest_key: str = ""
    latest_at: datetime | None = None
    owner: str = ""  # the account that is to do it; empty: whoever comes first
    urgent: bool = False  # stands on top of every list, in red
    about: str = ""  # the treatment it follows and its day, e.g. 智齿拔除（12月1日，2天前）
    words: tuple[PatientWords, ...] = ()  # the patient's own, oldest first
    unlisted: int = 0  # words that came after the kept ones
    subject: str = ""  # what it is derived from, e.g. appointment:<id>; whoever derives it closes it when that changes
    script: str = ""  # key of `FollowUpRules.scripts`: how it is talked about; empty: by its kind
    attempts: int = 0  # telephone calls since the patient was last reached
    to_decide: ToDecide | None = None  # a person must decide how it goes on
    step: ComplaintStep = ComplaintStep.NEW  # of a complaint
    on_wechat: bool = False  # somebody decided to write instead of calling
    changes: tuple[FollowUpChange, ...] = ()  # the latest, oldest first
    escalated_at: datetime | None = None  # when the head was told that its time is over
    quote: int | None = None  # yuan that an undecided patient was told
    refused: bool = False  # the patient said that they want no more of it
    revision: int = 0  # grows with each attempt and decision: a stale page is told

    @property
    def repeated(self) -> str:
        """How often it was asked for or happened, for staff; empty for once."""
        what = "已请求" if self.kind is FollowUpKind.HANDOFF else "已发生"
        return f"{what} {self.count} 次" if self.count > 1 else ""

    @property
    def tried(self) -> str:
        """How often nobody was reached, for staff; empty for never."""
        return f"已打过 {self.attempts} 次，没有接听" if self.attempts else ""
