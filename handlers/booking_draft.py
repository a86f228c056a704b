"""What the patient has chosen so far in the booking dialog, and how it is stored in it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from wxbot.booking.models import AppointmentId
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.dispatch.dialogs import Dialog
from wxbot.history.models import PatientId
from wxbot.patients.models import Birthday, Calendar, GuardianRelation, Relation
from wxbot.understanding.models import ANYONE, Relationship, TimeWords

ANY = ANYONE  # instead of a practitioner's id: any who is free


@dataclass(frozen=True, kw_only=True)
class Whom:
    """For whom it is. `words` are what the patient calls them (妈妈); who is found has a `patient_id`.

    Of a child is asked, where the record does not say it, when it was born and who consents for it.
    """

    relation: Relation = Relation.OTHER
    words: str = ""
    name: str = ""
    patient_id: PatientId | None = None
    born: Birthday | None = None
    guardian: GuardianRelation | None = None
    guardian_name: str = ""

    @property
    def known(self) -> bool:
        """Whether it is clear which record it is, or will be."""
        return self.relation is Relation.SELF or self.patient_id is not None or bool(self.name)

    @property
    def shown(self) -> str:
        """妈妈（李桂兰）, as the read-back names them."""
        if not self.words or not self.name:
            return self.words or self.name
        return f"{self.words}（{self.name}）"


@dataclass(frozen=True, kw_only=True)
class BookingDraft:
    """What the patient has chosen so far. `moving` and `version` name the appointment that gets a new hour.

    Days and hours that were only narrowed (周五或周六, 三点以后) stand in `among` and `times`; what does not suit
    the patient in `without` and `not_times`. `start` is the hour that was read back and waits for a yes, with the
    practitioner named on it.
    """

    visit_type_id: VisitTypeId | None = None
    who: str | None = None  # a practitioner's id, or ANY
    day: date | None = None
    only_day: bool = False  # the day was not asked, there was but one
    among: tuple[date, ...] = ()  # the days to choose from; empty for any
    first_free: bool = False  # `among` are readings of one day (周五: this one or the next): the first free is meant
    without: tuple[date, ...] = ()
    times: tuple[TimeWords, ...] = ()
    not_times: tuple[TimeWords, ...] = ()
    whom: Whom | None = None  # None: for themselves
    start: datetime | None = None
    named_practitioner: PractitionerId | None = None
    page: int = 0
    moving: AppointmentId | None = None
    version: int = 0
    asked_on: date | None = None  # the clinic's date when the question was asked

    @property
    def practitioner_id(self) -> PractitionerId | None:
        """The practitioner asked for; None for any."""
        return None if self.who in {None, ANY} else PractitionerId(str(self.who))

    @property
    def for_other(self) -> bool:
        """Whether it is for somebody else than the contact themselves."""
        return self.whom is not None and self.whom.relation is not Relation.SELF

    def data(self) -> dict[str, Any]:
        """As stored in the dialog; what is not chosen is left out."""
        everything: dict[str, Any] = {
            "type": self.visit_type_id,
            "who": self.who,
            "day": _iso(self.day),
            "only_day": self.only_day,
            "among": [day.isoformat() for day in self.among],
            "first_free": self.first_free,
            "without": [day.isoformat() for day in self.without],
            "times": [_stored(wish) for wish in self.times],
            "not_times": [_stored(wish) for wish in self.not_times],
            "whom": None if self.whom is None else _whom_stored(self.whom),
            "start": None if self.start is None else self.start.astimezone(UTC).isoformat(),
            "with": self.named_practitioner,
            "page": self.page,
            "moving": self.moving,
            "version": self.version,
            "asked_on": _iso(self.asked_on),
        }
        return {key: value for key, value in everything.items() if value not in (None, [], False)}

    @classmethod
    def of(cls, dialog: Dialog) -> "BookingDraft":
        """As read from a dialog."""
        return cls.read(dialog.data)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "BookingDraft":
        """As read from what `data` stored."""
        start = data.get("start")
        return cls(
            visit_type_id=data.get("type"),
            who=data.get("who"),
            day=_day(data.get("day")),
            only_day=bool(data.get("only_day")),
            among=_days(data.get("among", ())),
            first_free=bool(data.get("first_free")),
            without=_days(data.get("without", ())),
            times=tuple(_read(each) for each in data.get("times", ())),
            not_times=tuple(_read(each) for each in data.get("not_times", ())),
            whom=_whom_read(data.get("whom")),
            start=None if start is None else datetime.fromisoformat(start),
            named_practitioner=data.get("with"),
            page=int(data.get("page", 0)),
            moving=data.get("moving"),
            version=int(data.get("version", 0)),
            asked_on=_day(data.get("asked_on")),
        )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _days(texts: Sequence[str]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(each) for each in texts)


def _stored(wish: TimeWords) -> dict[str, Any]:
    return {
        "times": [clock.isoformat() for clock in wish.times],
        "part": wish.part,
        "relationship": wish.relationship.value,
        "until": [clock.isoformat() for clock in wish.until],
    }


def _read(data: Mapping[str, Any]) -> TimeWords:
    return TimeWords(
        times=tuple(time.fromisoformat(each) for each in data.get("times", ())),
        part=data.get("part"),
        relationship=Relationship(data.get("relationship", Relationship.AT.value)),
        until=tuple(time.fromisoformat(each) for each in data.get("until", ())),
    )


def _whom_stored(whom: Whom) -> dict[str, Any]:
    stored = {
        "relation": whom.relation.value,
        "words": whom.words,
        "name": whom.name,
        "patient_id": whom.patient_id,
        "born": None if whom.born is None else asdict(whom.born),
        "guardian": None if whom.guardian is None else whom.guardian.value,
        "guardian_name": whom.guardian_name,
    }
    return {key: value for key, value in stored.items() if value}


def _whom_read(data: Mapping[str, Any] | None) -> Whom | None:
    if data is None:
        return None
    born, guardian = data.get("born"), data.get("guardian")
    return Whom(
        relation=Relation(data.get("relation", Relation.OTHER.value)),
        words=data.get("words", ""),
        name=data.get("name", ""),
        patient_id=data.get("patient_id"),
        born=None if born is None else Birthday(**{**born, "calendar": Calendar(born["calendar"])}),
        guardian=None if guardian is None else GuardianRelation(guardian),
        guardian_name=data.get("guardian_name", ""),
    )
