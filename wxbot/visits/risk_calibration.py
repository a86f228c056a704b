"""What the points of the no-show risk should be by what really happened: counts per factor, small steps. Pure.

One point stands for half as much again of the odds. A month changes a factor by one point at most, and only where
enough visits with and without it were seen; nothing changes before somebody accepts it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import log

from wxbot.booking.models import Appointment
from wxbot.history.models import PatientId
from wxbot.labels import LabelledEnum
from wxbot.visits.risk import PastOutcome, PastVisit, RiskFactor, factors_of, past_visit

ODDS_PER_POINT = 1.5
MOST_CHANGE = 1  # points in a month
FEWEST, MOST = -3, 5  # points that a factor may have
ENOUGH = 30  # visits with, and as many without a factor, below which its points stay
SMOOTHING = 0.5  # added to each count, so that none is divided by nothing (Haldane and Anscombe)


class CalibrationState(LabelledEnum):
    """What became of a proposal."""

    PROPOSED = ("proposed", "待处理")
    ACCEPTED = ("accepted", "已采用")
    DECLINED = ("declined", "未采用")


@dataclass(frozen=True, kw_only=True)
class FactorCount:
    """Visits with and without a factor, how many of each were missed, and what its points are and should be."""

    factor: str
    seen: int
    missed: int
    others: int
    others_missed: int
    points: int
    proposed: int

    @property
    def label(self) -> str:
        """What staff call the factor; one that is no more keeps its key."""
        return next((each.label for each in RiskFactor if each == self.factor), self.factor)

    @property
    def share(self) -> int:
        """Percent of the visits with it that were missed."""
        return round(100 * self.missed / self.seen) if self.seen else 0

    @property
    def share_of_others(self) -> int:
        """Percent of the visits without it that were missed."""
        return round(100 * self.others_missed / self.others) if self.others else 0


@dataclass(frozen=True, kw_only=True)
class RiskCalibration:
    """A month's table, and what was decided about it. `id` is the month in which it was counted, e.g. 2026-11."""

    id: str
    at: datetime
    visits: int  # that were kept or missed within the year before
    missed: int
    rows: tuple[FactorCount, ...]
    state: CalibrationState = CalibrationState.PROPOSED
    decided_at: datetime | None = None
    decided_by: str = ""  # staff:<id>

    @property
    def changes(self) -> bool:
        """Whether it would change anything."""
        return any(each.points != each.proposed for each in self.rows)

    @property
    def points(self) -> Mapping[str, int]:
        """The points it proposes, by factor."""
        return {each.factor: each.proposed for each in self.rows}


class OutcomeCounter:
    """Counts visits in the order in which they began: each is judged by what was known of the patient before it."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._history: dict[PatientId, list[PastVisit]] = defaultdict(list)
        self._seen: Counter[RiskFactor] = Counter()
        self._missed: Counter[RiskFactor] = Counter()
        self.visits = 0
        self.missed = 0

    def add(self, visits: Iterable[Appointment]) -> None:
        """Count further visits, none earlier than those before; before `since` they are history only."""
        for visit in visits:
            past = past_visit(visit)
            if past is None:
                continue
            if visit.start >= self._since and past.kept is not PastOutcome.CANCELLED_LATE:
                self._count(visit, missed=past.kept is PastOutcome.MISSED)
            self._history[visit.patient_id].append(past)

    def rows(self, points: Mapping[str, int]) -> tuple[FactorCount, ...]:
        """What was counted, beside the points that hold now."""
        return tuple(self._row(factor, points.get(factor, 0)) for factor in RiskFactor)

    def _count(self, visit: Appointment, *, missed: bool) -> None:
        self.visits += 1
        self.missed += missed
        for factor in factors_of(visit, self._history[visit.patient_id]):
            self._seen[factor] += 1
            self._missed[factor] += missed

    def _row(self, factor: RiskFactor, points: int) -> FactorCount:
        seen, missed = self._seen[factor], self._missed[factor]
        others, others_missed = self.visits - seen, self.missed - missed
        return FactorCount(
            factor=factor.value,
            seen=seen,
            missed=missed,
            others=others,
            others_missed=others_missed,
            points=points,
            proposed=proposed_points(points, seen, missed, others, others_missed),
        )


def proposed_points(points: int, seen: int, missed: int, others: int, others_missed: int) -> int:
    """The points that the counts speak for, one step from the present ones at most; with too few, the present ones."""
    if min(seen, others) < ENOUGH:
        return points
    odds = [
        (gone + SMOOTHING) / (all_of_them - gone + SMOOTHING)
        for gone, all_of_them in ((missed, seen), (others_missed, others))
    ]
    wanted = round(log(odds[0] / odds[1]) / log(ODDS_PER_POINT))
    step = max(-MOST_CHANGE, min(MOST_CHANGE, wanted - points))
    return max(FEWEST, min(MOST, points + step))
