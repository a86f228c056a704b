"""What a patient asked about, or was offered, and did not do (A1-28)."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.clinic.models import VisitTypeId
from wxbot.history.models import PatientId
from wxbot.labels import LabelledEnum


class InterestSource(LabelledEnum):
    """How it is known."""

    NOTED = ("noted", "同事记录")
    UNDECIDED = ("undecided", "登记未成交")
    OFFER = ("offer", "推荐过")
    WAITLIST = ("waitlist", "候补过，没有约上")
    CANCELLED = ("cancelled", "取消后没有再约")
    MISSED = ("missed", "没有来，没有再约")


class InterestEnd(LabelledEnum):
    """Why nobody mentions it any more."""

    DONE = ("done", "做了")
    DROPPED = ("dropped", "不再提")


@dataclass(frozen=True, kw_only=True)
class Interest:
    """One project that may be brought up. `key` names the fact that it follows from."""

    key: str
    project: str  # as it was written, or the visit type's name
    source: InterestSource
    at: datetime  # when it was asked about
    since: datetime  # a visit of that type from then on means that it was done
    visit_types: frozenset[VisitTypeId]  # that it may mean; empty where none has such a name
    by: str = ""  # who noted it: staff:<id>; empty where the patient did it themselves
    words: str = ""  # what else is known, for staff


@dataclass(frozen=True, kw_only=True)
class InterestNote:
    """What colleagues wrote: a project by hand, or the end of one. `id` is the key of the interest that it is about."""

    id: str
    patient_id: PatientId
    project: str
    by_hand: bool  # False: it is only the end of one that follows from another fact
    noted_by: str
    noted_at: datetime
    end: InterestEnd | None = None
    ended_by: str = ""
    ended_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, kw_only=True)
class InterestList:
    """Of one patient: what may be brought up, the latest first, and what was ended lately."""

    open: tuple[Interest, ...]
    ended: tuple[InterestNote, ...]
