"""How long somebody waits, whether that is within the goal, and how long it will be: by real treatments. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby

from wxbot.booking.models import Appointment, VisitStage
from wxbot.clinic.models import VisitTypeId
from wxbot.visits.models import VisitRecord
from wxbot.visits.rules import VisitDayRules

LIKELY, CAREFUL = 0.5, 0.8  # quantiles: what is said, and what is hardly exceeded
FEWEST = 5  # treatments of a kind; with fewer the planned length is the better guess
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=4)  # what is outside was tapped at the wrong moment
LAST_MINUTES = timedelta(minutes=3)  # of a treatment that takes longer than any before
WAITING = (VisitStage.ARRIVED, VisitStage.WAITING)

ServiceTimes = Mapping[VisitTypeId, Sequence[timedelta]]
"""How long real treatments of each visit type took, the shortest first."""


class Wait(Enum):
    """How a wait stands against the goal (A4-32)."""

    FINE = "fine"
    NEAR = "near"  # over two thirds of the goal
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How long it will be until somebody is called: half the time less than `likely`, in 4 of 5 than `most`."""

    likely: timedelta
    most: timedelta

    @property
    def words(self) -> str:
        """For the desk and the patient, in whole minutes: 马上轮到, 还要约10分钟 (A4-30)."""
        low, high = (round(each.total_seconds() / 60) for each in (self.likely, self.most))
        if high <= 1:
            return "马上轮到"
        return f"还要约{high}分钟" if low in {0, high} else f"还要约{low}–{high}分钟"


def service_times(visits: Iterable[Appointment]) -> ServiceTimes:
    """How long the treatments of past visits took; those without both moments are left out."""
    took = [
        (each.visit_type_id, each.departed_at - each.treated_at)
        for each in visits
        if each.treated_at is not None and each.departed_at is not None
    ]
    fitting = sorted(each for each in took if SHORTEST <= each[1] <= LONGEST)
    return {kind: [length for _, length in group] for kind, group in groupby(fitting, key=lambda each: each[0])}


def quantile(ordered: Sequence[timedelta], share: float) -> timedelta:
    """The value below which that share of the lengths lies, between two of them in proportion; of none no time."""
    if not ordered:
        return timedelta()
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def estimate(visit: Appointment, day: Sequence[Appointment], times: ServiceTimes, now: datetime) -> Estimate:
    """How long a patient who is here still waits: the rest of the treatment that goes on, then all who come before.

    Before are those with the same practitioner who are here and have the earlier hour. Nobody is promised to be called
    before their own hour.
    """
    mine = [each for each in day if each.practitioner_id == visit.practitioner_id and each.live and each.id != visit.id]
    before = [each for each in mine if each.stage in WAITING and _place(each) < _place(visit)]
    treated = [each for each in mine if each.stage is VisitStage.IN_TREATMENT]
    until_hour = max(visit.start - now, timedelta())
    waits = [
        sum((_rest(each, times, share, now) for each in treated), timedelta())
        + sum((_length(each, times, share) for each in before), timedelta())
        for share in (LIKELY, CAREFUL)
    ]
    likely, most = (max(each, until_hour) for each in waits)
    return Estimate(likely=likely, most=most)


def waited(visit: Appointment, now: datetime) -> timedelta | None:
    """How long somebody has waited, or did until the treatment: from their hour when they came early; None: unknown."""
    came = min((each for each in (visit.arrived_at, visit.waiting_at) if each is not None), default=None)
    if came is None or (visit.stage not in WAITING and visit.treated_at is None):
        return None
    until = visit.treated_at if visit.treated_at is not None else now
    return max(until - max(came, visit.start), timedelta())


def goal(rules: VisitDayRules, *, first_visit: bool) -> timedelta:
    """How long a patient waits at most (A4-32)."""
    return rules.wait_first if first_visit else rules.wait_returning


def against_goal(length: timedelta, limit: timedelta) -> Wait:
    """How a wait stands against its goal."""
    if length > limit:
        return Wait.OVER
    return Wait.NEAR if length * 3 > limit * 2 else Wait.FINE


def is_first(visit: Appointment, record: VisitRecord | None) -> bool:
    """Whether it is a first visit: as asked at arrival (A4-26), before that as the appointment has it."""
    if record is not None and record.arrival is not None:
        return record.arrival.said.first_visit
    return visit.new_patient


def to_comfort(visit: Appointment, record: VisitRecord | None, rules: VisitDayRules, now: datetime) -> bool:
    """Whether somebody should speak with a first visit that waits (A4-31), and has not yet.

    It counts from when they came, also before their hour: they sit there alone.
    """
    if visit.stage not in WAITING or not is_first(visit, record) or visit.arrived_at is None:
        return False
    done = record is not None and record.comforted is not None
    return not done and now - visit.arrived_at >= rules.comfort_first


def _length(visit: Appointment, times: ServiceTimes, share: float) -> timedelta:
    known = times.get(visit.visit_type_id, ())
    return quantile(known, share) if len(known) >= FEWEST else visit.end - visit.start


def _rest(visit: Appointment, times: ServiceTimes, share: float, now: datetime) -> timedelta:
    """What is left of a treatment: by those that took at least as long as this one has."""
    begun = visit.treated_at or visit.start
    gone = max(now - begun, timedelta())
    known = times.get(visit.visit_type_id, ())
    if len(known) < FEWEST:
        return max(visit.end - visit.start - gone, LAST_MINUTES)
    longer = [each for each in known if each > gone]
    return quantile(longer, share) - gone if longer else LAST_MINUTES


def _place(visit: Appointment) -> tuple[datetime, datetime, str]:
    return (visit.start, visit.arrived_at or visit.start, visit.id)
