"""The day board as it is drawn: who receives when, whose visit lies where, what is shut and why. Pure.

Places are minutes of the local day, since the board shows wall-clock hours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.clinic.hours import Absence, DayOff, dated_hours, day_off, hours_on
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId
from wxbot.visits.models import VisitRecord
from wxbot.web.console.board_signs import NO_RECORDS, Sign, signs_of

ROW_MINUTES = 15
LATE_AFTER = timedelta(minutes=10)  # nobody came by then: reception calls
HOUR = 60
FIRST_HOUR, LAST_HOUR = 9, 18  # of a day on which nobody receives
NOT_RECEIVING = "不出诊"

TONES: Mapping[VisitStage, str] = {
    VisitStage.EXPECTED: "expected",
    VisitStage.ARRIVED: "arrived",
    VisitStage.WAITING: "waiting",
    VisitStage.IN_TREATMENT: "treated",
    VisitStage.LEFT: "left",
}
ABSENCES = {Absence.CLOSURE: "休诊", Absence.HOLIDAY: "法定节假日", Absence.DATED: NOT_RECEIVING}


@dataclass(frozen=True, kw_only=True)
class CardState:
    """Where a visit stands, in a word and a tone (a class of board.css). `late`: nobody has come for it."""

    words: str
    tone: str
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """What a card says of the patient."""

    name: str
    age: int | None = None


@dataclass(frozen=True, kw_only=True)
class VisitCard:
    """One visit. `at` and `minutes` place it; it takes lane `lane` of `lanes` where visits lie beside each other."""

    visit: Appointment
    person: Person
    kind: str
    standing: CardState
    at: int
    minutes: int
    lane: int = 1
    lanes: int = 1
    signs: tuple[Sign, ...] = ()

    @property
    def movable(self) -> bool:
        """Whether it may be put elsewhere: the patient is expected and has not come."""
        return self.visit.live and self.visit.stage is VisitStage.EXPECTED


@dataclass(frozen=True, kw_only=True)
class Shut:
    """A stretch in which nobody is received, and why."""

    at: int
    minutes: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One quarter of an hour of a column. `shut` is why nobody is received then; empty when somebody is."""

    at: int
    shut: str = ""

    @property
    def clock(self) -> str:
        """09:15."""
        return clock_of(self.at)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One practitioner on one local day."""

    practitioner_id: PractitionerId
    name: str
    day: date
    cards: tuple[VisitCard, ...]
    cancelled: tuple[VisitCard, ...]
    shut: tuple[Shut, ...]
    cells: tuple[Cell, ...]

    @property
    def key(self) -> str:
        """What tells it apart on a page."""
        return f"{self.practitioner_id}-{self.day.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Columns beside each other, from one full hour to another."""

    columns: tuple[Column, ...]
    first_hour: int
    last_hour: int

    @property
    def hours(self) -> range:
        """The hours that label the rows."""
        return range(self.first_hour, self.last_hour)


def clock_of(minute: int) -> str:
    """09:15 of a minute of the day."""
    return f"{minute // HOUR:02d}:{minute % HOUR:02d}"


def standing_of(visit: Appointment, now: datetime) -> CardState:
    """Where it stands: the stage while the patient is expected or here, else what became of it."""
    if visit.state is AppointmentState.CANCELLED:
        return CardState(words="已取消", tone="cancelled")
    if visit.state is AppointmentState.NO_SHOW:
        return CardState(words="未到诊", tone="missed")
    if visit.state is AppointmentState.COMPLETED and visit.stage is VisitStage.EXPECTED:
        return CardState(words="已就诊", tone="left")
    late = visit.live and visit.stage is VisitStage.EXPECTED and now >= visit.start + LATE_AFTER
    return CardState(words=visit.stage.label, tone=TONES[visit.stage], late=late)


def grid_of(  # noqa: PLR0913, PLR0917 - what is drawn
    clinic: Clinic,
    wanted: Sequence[tuple[PractitionerId, date]],
    visits: Iterable[Appointment],
    people: Mapping[str, Person],
    now: datetime,
    records: Mapping[AppointmentId, VisitRecord] = NO_RECORDS,
) -> Grid:
    """The columns for those practitioners and local days. `people` is by patient id, `records` of who is here."""
    placed: dict[tuple[PractitionerId, date], list[VisitCard]] = {each: [] for each in wanted}
    for visit in visits:
        local = visit.start.astimezone(clinic.timezone)
        cards = placed.get((visit.practitioner_id, local.date()))
        if cards is not None:
            kind = clinic.visit_type(visit.visit_type_id)
            card = VisitCard(
                visit=visit,
                person=people.get(visit.patient_id, Person(name="未登记姓名")),
                kind=kind.name if kind else visit.visit_type_id,
                standing=standing_of(visit, now),
                at=local.hour * HOUR + local.minute,
                minutes=int((_drawn_until(visit) - visit.start).total_seconds() // HOUR),
                signs=signs_of(visit, records.get(visit.id)),
            )
            cards.append(card)
    opened = {each: _opened(clinic, *each) for each in wanted}
    first, last = _bounds(opened.values(), placed.values())
    return Grid(
        columns=tuple(
            _column(clinic, each, placed[each], opened[each], (first * HOUR, last * HOUR)) for each in wanted
        ),
        first_hour=first,
        last_hour=last,
    )


def shown_on(clinic: Clinic, day: date, visits: Iterable[Appointment]) -> list[PractitionerId]:
    """Who has a column that day, in the clinic's order: who would receive, and who has a visit nevertheless."""
    booked = {visit.practitioner_id for visit in visits if visit.state is not AppointmentState.CANCELLED}
    known = [
        person.id
        for person in clinic.practitioners
        if person.id in booked or (not person.retired and (hours_on(person, day) or dated_hours(person, day)))
    ]
    return [*known, *sorted(booked.difference(known))]


def load_of(visits: Iterable[Appointment]) -> int:
    """How many visits stand or took place."""
    return sum(visit.state in {AppointmentState.BOOKED, AppointmentState.COMPLETED} for visit in visits)


def shut_words(clinic: Clinic, person: Practitioner | None, day: date) -> str:
    """Why a practitioner does not receive on a whole day; empty when they do."""
    off = day_off(clinic, person, day) if person is not None else None
    if off is not None:
        return _off_words(off)
    return "" if person is not None and hours_on(person, day) else NOT_RECEIVING


def _drawn_until(visit: Appointment) -> datetime:
    """Until when its card reaches: one that was freed leaves the rest of its hour to be clicked."""
    if visit.live or visit.freed_from is None:
        return visit.end
    return min(visit.end, max(visit.freed_from, visit.start + timedelta(minutes=ROW_MINUTES)))


# -- inside ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Opened:
    spans: tuple[tuple[int, int], ...]  # minutes of the day, earliest first
    planned: tuple[tuple[int, int], ...]  # the same if nothing were shut, so that a shut day keeps its height
    words: str  # why the rest is shut


def _opened(clinic: Clinic, practitioner_id: PractitionerId, day: date) -> _Opened:
    person = clinic.practitioner(practitioner_id)
    if person is None:
        return _Opened(spans=(), planned=(), words=NOT_RECEIVING)
    planned = tuple(
        sorted((start.hour * HOUR + start.minute, end.hour * HOUR + end.minute) for start, end in hours_on(person, day))
    )
    off = day_off(clinic, person, day)
    if off is not None or person.retired:
        return _Opened(spans=(), planned=planned, words=NOT_RECEIVING if off is None else _off_words(off))
    dated = dated_hours(person, day)
    reason = f"：{dated.reason}" if dated is not None and dated.reason else ""
    return _Opened(spans=planned, planned=planned, words=NOT_RECEIVING + reason)


def _off_words(off: DayOff) -> str:
    return ABSENCES[off.why] + (f"：{off.reason}" if off.reason else "")


def _bounds(opened: Iterable[_Opened], placed: Iterable[Sequence[VisitCard]]) -> tuple[int, int]:
    spans = [span for each in opened for span in each.planned]
    spans += [(card.at, card.at + card.minutes) for cards in placed for card in cards]
    if not spans:
        return FIRST_HOUR, LAST_HOUR
    first, last = min(start for start, _ in spans) // HOUR, -(-max(end for _, end in spans) // HOUR)
    return first, min(max(last, first + 1), 24)


def _column(
    clinic: Clinic,
    whose: tuple[PractitionerId, date],
    cards: Sequence[VisitCard],
    opened: _Opened,
    bounds: tuple[int, int],
) -> Column:
    practitioner_id, day = whose
    person = clinic.practitioner(practitioner_id)
    shut = _shut(opened, bounds)
    shown = sorted(
        (card for card in cards if card.visit.state is not AppointmentState.CANCELLED),
        key=lambda card: (card.at, -card.minutes, card.visit.id),
    )
    return Column(
        practitioner_id=practitioner_id,
        name=person.name if person else practitioner_id,
        day=day,
        cards=tuple(_beside(shown)),
        cancelled=tuple(card for card in cards if card.visit.state is AppointmentState.CANCELLED),
        shut=shut,
        cells=tuple(
            Cell(at=at, shut=next((each.words for each in shut if each.at <= at < each.at + each.minutes), ""))
            for at in range(*bounds, ROW_MINUTES)
        ),
    )


def _shut(opened: _Opened, bounds: tuple[int, int]) -> tuple[Shut, ...]:
    """The stretches of the board between the spans."""
    found: list[Shut] = []
    at, last = bounds
    for start, end in (*opened.spans, (last, last)):
        if start > at:
            found.append(Shut(at=at, minutes=start - at, words=opened.words))
        at = max(at, end)
    return tuple(found)


def _beside(cards: Sequence[VisitCard]) -> list[VisitCard]:
    """Each with its lane: visits of one practitioner that overlap (加号) lie beside each other."""
    found: list[VisitCard] = []
    group: list[VisitCard] = []
    ends: list[int] = []  # by lane
    for card in cards:
        if group and card.at >= max(ends):
            found += [replace(each, lanes=len(ends)) for each in group]
            group, ends = [], []
        lane = next((number for number, end in enumerate(ends) if end <= card.at), len(ends))
        ends[lane : lane + 1] = [card.at + card.minutes]
        group.append(replace(card, lane=lane + 1))
    return found + [replace(each, lanes=len(ends)) for each in group]
