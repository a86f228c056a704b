"""How long somebody waits, whether that is within the goal, and how long it will be: by real treatments. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from wxbot.booking.models import Appointment, VisitStage
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.visits.models import VisitRecord
from wxbot.visits.rules import VisitDayRules

LOW, LIKELY, CAREFUL = 0.2, 0.5, 0.8  # quantiles: hardly ever less, what is likely, hardly ever more
FEWEST = 5  # treatments of a kind; with fewer the next wider kind is the better guess
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=4)  # what is outside was tapped at the wrong moment
LAST_MINUTES = timedelta(minutes=3)  # of a treatment that takes longer than any before
SAID_IN = 5  # minutes: nobody knows a wait to the minute, and none is said so
ABOUT_NOW = timedelta(minutes=2)
LONGEST_SAID = 120  # minutes
WAITING = (VisitStage.ARRIVED, VisitStage.WAITING)

Lengths = Sequence[timedelta]


@dataclass(frozen=True)
class ServiceTimes:
    """How long real treatments took, the shortest first: of a visit type with a practitioner, and with anybody."""

    with_whom: Mapping[tuple[VisitTypeId, PractitionerId], Lengths] = field(default_factory=dict)
    with_anybody: Mapping[VisitTypeId, Lengths] = field(default_factory=dict)

    def of(self, visit: Appointment) -> Lengths:
        """Those that tell how long it takes: of its practitioner where there are enough, else of its type; or none."""
        own = self.with_whom.get((visit.visit_type_id, visit.practitioner_id), ())
        known = own if len(own) >= FEWEST else self.with_anybody.get(visit.visit_type_id, ())
        return known if len(known) >= FEWEST else ()


class Wait(Enum):
    """How a wait stands against the goal (A4-32)."""

    FINE = "fine"
    NEAR = "near"  # over two thirds of the goal
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How long it will be until somebody is called: in one of five times less than `low`, in one more than `most`."""

    low: timedelta
    likely: timedelta
    most: timedelta

    @property
    def words(self) -> str:
        """For the desk and the patient, as a span of five minutes' steps: 马上轮到, 还要约10–20分钟 (A4-30)."""
        low = int(self.low.total_seconds() // 60) // SAID_IN * SAID_IN
        high = -(-int(self.most.total_seconds()) // (60 * SAID_IN)) * SAID_IN
        if self.most <= ABOUT_NOW:
            return "马上轮到"
        if low >= LONGEST_SAID:
            return f"还要{LONGEST_SAID // 60}小时以上"
        if not low:
            return f"还要{high}分钟以内"
        return f"还要约{low}–{max(high, low + SAID_IN)}分钟"


def service_times(visits: Iterable[Appointment]) -> ServiceTimes:
    """How long the treatments of past visits took; those without both moments are left out."""
    with_whom: dict[tuple[VisitTypeId, PractitionerId], list[timedelta]] = defaultdict(list)
    with_anybody: dict[VisitTypeId, list[timedelta]] = defaultdict(list)
    for each in visits:
        if each.treated_at is None or each.departed_at is None:
            continue
        took = each.departed_at - each.treated_at
        if SHORTEST <= took <= LONGEST:
            with_whom[each.visit_type_id, each.practitioner_id].append(took)
            with_anybody[each.visit_type_id].append(took)
    return ServiceTimes(
        {key: sorted(lengths) for key, lengths in with_whom.items()},
        {key: sorted(lengths) for key, lengths in with_anybody.items()},
    )


def quantile(ordered: Sequence[timedelta], share: float) -> timedelta:
    """The value below which that share of the lengths lies, between two of them in proportion; of none no time."""
    if not ordered:
        return timedelta()
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def estimate(
    visit: Appointment, day: Sequence[Appointment], times: ServiceTimes, now: datetime, *, given_up: timedelta
) -> Estimate:
    """How long a patient who is here still waits: the rest of the treatment that goes on, then all who come before.

    Before are those with the same practitioner and an earlier hour who are here, or still expected: whoever is
    `given_up` late is not waited for. Nobody is promised to be called before their own hour.
    """
    mine = [each for each in day if each.practitioner_id == visit.practitioner_id and each.live and each.id != visit.id]
    before = sorted((each for each in mine if _comes_first(each, visit, now, given_up)), key=_place)
    treated = [each for each in mine if each.stage is VisitStage.IN_TREATMENT]
    low, likely, most = (_called_in(visit, treated, before, times, share, now) for share in (LOW, LIKELY, CAREFUL))
    return Estimate(low=low, likely=likely, most=most)


def _comes_first(other: Appointment, visit: Appointment, now: datetime, given_up: timedelta) -> bool:
    here = other.stage in WAITING
    expected = other.stage is VisitStage.EXPECTED and now < other.start + given_up
    return (here or expected) and _place(other) < _place(visit)


def _called_in(  # noqa: PLR0913, PLR0917 - one queue
    visit: Appointment,
    treated: Sequence[Appointment],
    before: Sequence[Appointment],
    times: ServiceTimes,
    share: float,
    now: datetime,
) -> timedelta:
    """One after the other, none before their own hour."""
    free = now + sum((_rest(each, times, share, now) for each in treated), timedelta())
    for each in before:
        free = max(free, each.start) + _length(each, times, share)
    return max(free, visit.start) - now


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
    known = times.of(visit)
    return quantile(known, share) if known else visit.end - visit.start


def _rest(visit: Appointment, times: ServiceTimes, share: float, now: datetime) -> timedelta:
    """What is left of a treatment: by those that took at least as long as this one has."""
    begun = visit.treated_at or visit.start
    gone = max(now - begun, timedelta())
    known = times.of(visit)
    if not known:
        return max(visit.end - visit.start - gone, LAST_MINUTES)
    longer = [each for each in known if each > gone]
    return quantile(longer, share) - gone if longer else LAST_MINUTES


def _place(visit: Appointment) -> tuple[datetime, datetime, str]:
    return (visit.start, visit.arrived_at or visit.start, visit.id)
