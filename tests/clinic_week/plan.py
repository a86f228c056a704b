"""Who comes in the week, and what becomes of each visit; drawn from a seed. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from random import Random

from wxbot.clinic.models import Clinic, PractitionerId, VisitTypeId

MINUTE = timedelta(minutes=1)
LONGEST_MINUTES = 60  # of what somebody comes for; a few of the long treatments would fill a doctor's days
SPREAD = 0.18  # of the length of treatments around what is usual for a practitioner
PACE: Mapping[str, float] = {"chen": 0.95, "zhou": 1.15, "lin": 0.85, "gu": 1.05}  # … against the planned length


class Fate(Enum):
    """What becomes of a visit."""

    COMES = "comes"
    LATE = "late"
    MISSED = "missed"
    MISSED_THEN_CAME = "missed_then_came"  # marked missed, and the mark is taken back
    CANCELLED = "cancelled"  # by the patient, the day before or on the day
    LEAVE = "leave"  # the practitioner is away: the clinic moves or cancels it
    WALK_IN = "walk_in"


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the week is."""

    days: int = 6
    visits: int = 120


@dataclass(frozen=True, kw_only=True)
class Person:
    """One patient with their visit."""

    number: int
    fate: Fate
    visit_type_id: VisitTypeId
    practitioner_id: PractitionerId
    first: bool
    confirmed: bool  # reached by telephone the day before
    comes: timedelta  # against the hour
    treated_for: timedelta
    books_again: bool  # at checkout

    @property
    def patient(self) -> str:
        """Their record."""
        return f"patient-{self.number:03d}"


def people_of(clinic: Clinic, size: Size, chance: Random) -> list[Person]:
    """The week's patients, the troubles among them in fixed shares."""
    shares = Counter(
        {
            Fate.LATE: size.visits * 12 // 100,
            Fate.MISSED: size.visits * 6 // 100,
            Fate.MISSED_THEN_CAME: max(1, size.visits * 2 // 100),
            Fate.CANCELLED: size.visits * 8 // 100,
            Fate.LEAVE: size.visits * 5 // 100,
            Fate.WALK_IN: size.visits * 5 // 100,
        }
    )
    fates = [*shares.elements()]
    fates += [Fate.COMES] * (size.visits - len(fates))
    chance.shuffle(fates)
    doctors = list(clinic.practitioners)
    return [
        _person(number, fate, doctors[number % len(doctors)].id, clinic, chance) for number, fate in enumerate(fates)
    ]


def length_of(clinic: Clinic, kind: VisitTypeId, who: PractitionerId, chance: Random) -> timedelta:
    """How long one treatment takes, in whole seconds."""
    planned = clinic.visit_type(kind)
    assert planned is not None
    usual = planned.minutes * PACE.get(who, 1.0)
    return timedelta(seconds=round(60 * max(3.0, chance.gauss(usual, usual * SPREAD))))


def _person(number: int, fate: Fate, who: PractitionerId, clinic: Clinic, chance: Random) -> Person:
    doctor = clinic.practitioner(who)
    assert doctor is not None
    minutes = {each.id: each.minutes for each in clinic.visit_types}
    kind = chance.choice([each for each in doctor.visit_types if minutes[each] <= LONGEST_MINUTES])
    seconds = timedelta(seconds=chance.randrange(1, 59))  # nothing happens on the very minute of a limit
    early = -timedelta(minutes=chance.randrange(1, 15)) + seconds
    late = timedelta(minutes=chance.choice([6, 9, 11, 13, 17, 22])) + seconds
    comes = {Fate.LATE: late, Fate.MISSED_THEN_CAME: timedelta(minutes=38) + seconds}.get(fate, early)
    return Person(
        number=number,
        fate=fate,
        visit_type_id=kind,
        practitioner_id=who,
        first=chance.random() < 0.35,
        confirmed=chance.random() < 0.9,
        comes=comes,
        treated_for=length_of(clinic, kind, who, chance),
        books_again=chance.random() < 0.4,
    )
