"""What is asked for and proposed of a series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from wxbot.booking.series_placement import LONGEST, MOST_VISITS, Interval
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.errors import DomainError, FieldErrors
from wxbot.history.models import ContactId, PatientId

MOST_INTERVAL = 366  # days
MOST_PLAY = 30  # days


class SeriesTakenError(DomainError):
    """Some visits of a series cannot be had, so none was booked or moved. `numbers` are those."""

    code = "series_taken"
    wording = "error.slot_taken"
    sentence = "有几次的时间刚刚被约走了，这个疗程一次也没有约。请重新排一遍。"

    def __init__(self, numbers: Sequence[int]) -> None:
        which = "、".join(f"第{number}次" for number in numbers)
        super().__init__(
            f"visits {list(numbers)} are taken",
            sentence=f"{which}的时间约不上了，其余的也没有动。请重新排一遍。",
        )
        self.numbers = tuple(numbers)


@dataclass(frozen=True, kw_only=True)
class SeriesRequest:
    """A course that somebody wants to book. `practitioner_id` None: whoever is free for the first visit does all."""

    patient_id: PatientId
    contact_id: ContactId | None
    visit_type_id: VisitTypeId
    practitioner_id: PractitionerId | None
    start: datetime  # aware: the first visit
    interval: Interval
    count: int

    def check(self) -> None:
        """Raise FieldErrors for an interval or a number of visits that cannot be meant."""
        faults: dict[str, str] = {}
        every, within = self.interval.every_days, self.interval.within_days
        if not 1 <= every <= MOST_INTERVAL:
            faults["every"] = f"间隔在 1 到 {MOST_INTERVAL} 天之间。"
        if not 0 <= within <= MOST_PLAY or within >= every:
            faults["within"] = f"前后浮动要比间隔短，最多 {MOST_PLAY} 天。"
        if not 2 <= self.count <= MOST_VISITS:  # noqa: PLR2004 - one visit is no series
            faults["count"] = f"疗程要有 2 到 {MOST_VISITS} 次。"
        if not faults and (self.count - 1) * (every + within) > LONGEST:
            faults["count"] = f"整个疗程最多排 {LONGEST} 天，请减少次数或缩短间隔。"
        if faults:
            raise FieldErrors(faults)


@dataclass(frozen=True, kw_only=True)
class ProposedVisit:
    """One visit of a proposal. `start` None: none of the days from `first` to `last` can be had, and why."""

    number: int
    first: date
    last: date
    start: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The whole list, before anything is booked."""

    request: SeriesRequest  # with the practitioner who does all of it
    visits: tuple[ProposedVisit, ...]

    @property
    def missing(self) -> tuple[ProposedVisit, ...]:
        """The visits that cannot be placed."""
        return tuple(each for each in self.visits if each.start is None)
