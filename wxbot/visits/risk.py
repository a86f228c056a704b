"""未到诊风险: how likely a patient is to stay away, in points that each have a sentence. Pure.

Points are counted, not learnt: history, how long ahead it was booked, whether it is a first visit, how long ago the
last one was. A change by the clinic never counts against the patient, nor does who cancelled in good time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment, AppointmentState, ClinicDecision
from wxbot.labels import LabelledEnum

LOOKED_BACK = timedelta(days=730)  # what is older says little about anybody
LATE_NOTICE = timedelta(hours=24)  # who cancels earlier leaves time to give the hour to somebody else
WEEK_AHEAD, MONTH_AHEAD = timedelta(days=7), timedelta(days=21)
LONG_AGO = timedelta(days=365)
RELIABLE = 2  # visits that were kept, from which on somebody is known to come


class RiskFactor(LabelledEnum):
    """What is counted."""

    MISSED = ("missed", "未到诊过")
    MISSED_AGAIN = ("missed_again", "不止一次未到诊")
    LATE_CANCEL = ("late_cancel", "临近就诊时自己取消过")
    NEW = ("new", "第一次来")
    WEEK_AHEAD = ("week_ahead", "提前一周以上约的")
    MONTH_AHEAD = ("month_ahead", "提前三周以上约的")
    LONG_AGO = ("long_ago", "一年以上没有来过")
    RELIABLE = ("reliable", "一向按时来")


DEFAULT_POINTS: Mapping[str, int] = {
    RiskFactor.MISSED: 3,
    RiskFactor.MISSED_AGAIN: 2,
    RiskFactor.LATE_CANCEL: 1,
    RiskFactor.NEW: 1,
    RiskFactor.WEEK_AHEAD: 1,
    RiskFactor.MONTH_AHEAD: 1,
    RiskFactor.LONG_AGO: 1,
    RiskFactor.RELIABLE: -1,
}


@dataclass(frozen=True, kw_only=True)
class RiskRules:
    """What the clinic sets: the points of each factor, and whom a person calls before the confirmation deadline."""

    points: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_POINTS))
    call_points: int = 4  # from here on somebody who has not confirmed is called
    calls_per_day: int = 5
    call_ahead: timedelta = timedelta(hours=4)  # before the deadline: by then the day's reminder has had its chance


class PastOutcome(Enum):
    """What became of an earlier visit, as far as it tells something."""

    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED_LATE = "cancelled_late"


@dataclass(frozen=True)
class PastVisit:
    """An earlier visit: when it would have begun, and what became of it."""

    at: datetime
    kept: PastOutcome


@dataclass(frozen=True, kw_only=True)
class RiskPoint:
    """One factor that applies, what it counts, and why, in words for staff."""

    factor: RiskFactor
    points: int
    sentence: str

    @property
    def words(self) -> str:
        """过去两年有 1 次未到诊（+3）."""
        return f"{self.sentence}（{self.points:+d}）"


@dataclass(frozen=True, kw_only=True)
class Risk:
    """The points of one visit; `because` is all they are made of."""

    because: tuple[RiskPoint, ...] = ()

    @property
    def points(self) -> int:
        """The sum; nobody has fewer than none."""
        return max(0, sum(each.points for each in self.because))


def past_visit(visit: Appointment) -> PastVisit | None:
    """What an ended visit says about the patient; None where it says nothing.

    A visit that the clinic moved or cancelled is never held against who did not come to it.
    """
    by_clinic = visit.clinic_change is not None and visit.clinic_change.decision is not ClinicDecision.KEPT
    if visit.state is AppointmentState.COMPLETED:
        return PastVisit(visit.start, PastOutcome.ATTENDED)
    if by_clinic:
        return None
    if visit.state is AppointmentState.NO_SHOW:
        return PastVisit(visit.start, PastOutcome.MISSED)
    late = visit.closed_at is not None and visit.closed_at > visit.start - LATE_NOTICE
    if visit.state is AppointmentState.CANCELLED and visit.changed_by == PATIENT.by and late:
        return PastVisit(visit.start, PastOutcome.CANCELLED_LATE)
    return None


def past_visits(visits: Iterable[Appointment]) -> list[PastVisit]:
    """What the ended ones among them say."""
    return [past for each in visits if (past := past_visit(each)) is not None]


def factors_of(visit: Appointment, history: Sequence[PastVisit]) -> Mapping[RiskFactor, str]:
    """The factors that apply to a visit, each with its sentence. `history` may hold later visits: they do not count."""
    earlier = [each for each in history if each.at < visit.start]
    before = [each for each in earlier if each.at >= visit.start - LOOKED_BACK]
    last = max((each.at for each in earlier if each.kept is PastOutcome.ATTENDED), default=None)
    missed = sum(each.kept is PastOutcome.MISSED for each in before)
    late = sum(each.kept is PastOutcome.CANCELLED_LATE for each in before)
    attended = sum(each.kept is PastOutcome.ATTENDED for each in before)
    ahead = _first_hour(visit) - visit.created_at
    found: dict[RiskFactor, str] = {}
    if missed:
        found[RiskFactor.MISSED] = f"过去两年有 {missed} 次未到诊"
    if missed > 1:
        found[RiskFactor.MISSED_AGAIN] = "不止一次未到诊"
    if late:
        found[RiskFactor.LATE_CANCEL] = f"有 {late} 次在就诊前一天之内自己取消"
    if visit.new_patient:
        found[RiskFactor.NEW] = "第一次来"
    if ahead >= WEEK_AHEAD:
        found[RiskFactor.WEEK_AHEAD] = f"提前 {ahead.days} 天约的"
    if ahead >= MONTH_AHEAD:
        found[RiskFactor.MONTH_AHEAD] = "约的时候离就诊还有三周以上"
    if last is not None and visit.start - last >= LONG_AGO:
        found[RiskFactor.LONG_AGO] = "上次来是一年以前"
    if not missed and attended >= RELIABLE:
        found[RiskFactor.RELIABLE] = f"过去两年按时来过 {attended} 次"
    return found


def risk_of(visit: Appointment, history: Sequence[PastVisit], points: Mapping[str, int]) -> Risk:
    """The points of a visit; a factor that counts nothing is not named."""
    named = factors_of(visit, history)
    return Risk(
        because=tuple(
            RiskPoint(factor=factor, points=points[factor], sentence=sentence)
            for factor, sentence in named.items()
            if points.get(factor)
        )
    )


def _first_hour(visit: Appointment) -> datetime:
    """The hour that was booked, as far as it is known: what the clinic put off counts as the hour it had before."""
    change = visit.clinic_change
    if change is not None and change.decision is ClinicDecision.MOVED and visit.moved_from is not None:
        return min(visit.moved_from, visit.start)
    return visit.start
