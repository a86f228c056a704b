"""Base dates of every kind of anchor: how colleagues and patients set, move and take back each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tests.auditing import RECEPTION
from tests.store.test_care import Room, here, visit
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.care.dates import PatientDate
from wxbot.clinic.models import VisitTypeId
from wxbot.followups.leads import INVITES, LEAD_SCRIPT, UNDECIDED, UNDECIDED_SCRIPT
from wxbot.followups.models import FollowUpKind
from wxbot.patients.models import Birthday, Calendar, Contact, Patient

BOOKED, COMPLETED, NO_SHOW, CANCELLED = (
    AppointmentState.BOOKED,
    AppointmentState.COMPLETED,
    AppointmentState.NO_SHOW,
    AppointmentState.CANCELLED,
)
FRIDAY = date(2026, 11, 27)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One patient of a test."""

    number: int
    contact: Contact
    patient: Patient


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A local hour."""
    return here(day.day, hour, minute, day.month, day.year)


class BaseDate:
    """One kind of them, of one patient each. `set`, `move` and `remove` are what colleagues and patients do."""

    day = FRIDAY  # the base date
    shift = 0  # days by which the steps of a plan lie earlier than after the base date
    moves: tuple[int, ...] = (3, -1)  # days by which it can be moved
    another = False  # on another day it is another fact, with messages of its own
    treatment: str | None = None  # what its plan is limited to
    of_visit = False  # there is a visit, which has a class and a project
    gone = ""  # why a message that waits is not sent once it was taken back
    over = ""  # why a step that falls due later is not sent then; empty: it falls due no more
    replaced = ""  # the same, of one that another took the place of

    async def set(self, room: Room, who: Person) -> None:
        raise NotImplementedError

    async def move(self, room: Room, who: Person, days: int, now: datetime) -> None:
        raise NotImplementedError

    async def remove(self, room: Room, who: Person, now: datetime) -> None:
        raise NotImplementedError


class OfVisit(BaseDate):
    """The hour of a visit that came to pass."""

    of_visit = True

    def __init__(
        self, state: AppointmentState, after: AppointmentState, gone: str, treatment: str | None = None
    ) -> None:
        self.state, self.after, self.gone, self.treatment = state, after, gone, treatment

    def visit(self, who: Person, day: date) -> Appointment:
        start = moment(day, 14, 30)
        times = {"start": start, "end": start + timedelta(hours=1)}
        arrived = start if self.state is not NO_SHOW else None
        return visit(who.contact, who.patient, who.number, state=self.state, arrived_at=arrived, **times)

    async def set(self, room: Room, who: Person) -> None:
        await room.keep(self.visit(who, self.day))

    async def move(self, room: Room, who: Person, days: int, now: datetime) -> None:
        del now
        await room.keep(self.visit(who, self.day + timedelta(days=days)))

    async def remove(self, room: Room, who: Person, now: datetime) -> None:
        taken_back = replace(self.visit(who, self.day), state=self.after, arrived_at=None, closed_at=now)
        await room.keep(taken_back)

    async def other_project(self, room: Room, who: Person) -> None:
        """It was about something else."""
        await room.keep(replace(self.visit(who, self.day), visit_type_id=VisitTypeId("cleaning")))


class HourToCome(OfVisit):
    """The hour of a visit to come: another hour is another version of it."""

    shift, another = -11, True

    def __init__(self) -> None:
        super().__init__(BOOKED, CANCELLED, "appointment_cancelled")

    def visit(self, who: Person, day: date) -> Appointment:
        return replace(super().visit(who, day), arrived_at=None, created_at=moment(self.day, 9) - timedelta(days=20))

    async def move(self, room: Room, who: Person, days: int, now: datetime) -> None:
        moved = self.visit(who, self.day + timedelta(days=days))
        await room.keep(replace(moved, version=2, changed_at=now, moved_from=moment(self.day, 14, 30)))


class WhenBooked(HourToCome):
    """The moment at which a visit was booked or moved."""

    shift, moves = 0, (1,)  # to the present moment

    def visit(self, who: Person, day: date) -> Appointment:
        later = super().visit(who, day + timedelta(days=30))
        return replace(later, created_at=moment(self.day, 9))


class Noted(BaseDate):
    """A day that a colleague noted."""

    gone = "date_removed"

    def __init__(self, kind: str, treatment: str | None = None) -> None:
        self.kind, self.treatment = kind, treatment

    async def _noted(self, room: Room, who: Person) -> PatientDate:
        (noted,) = await room.store.dates.of_patients([who.patient.id])
        return noted

    async def set(self, room: Room, who: Person) -> None:
        now = moment(self.day, 9)
        await room.care.dates.note([who.patient.id], self.kind, self.day, "", by=RECEPTION, now=now)

    async def move(self, room: Room, who: Person, days: int, now: datetime) -> None:
        noted, day = await self._noted(room, who), self.day + timedelta(days=days)
        await room.care.dates.change(
            [who.patient.id], noted.id, day, "", revision=noted.revision, by=RECEPTION, now=now
        )

    async def remove(self, room: Room, who: Person, now: datetime) -> None:
        noted = await self._noted(room, who)
        await room.care.dates.remove([who.patient.id], noted.id, revision=noted.revision, by=RECEPTION, now=now)


class Born(BaseDate):
    """The day on which a birthday is celebrated: another birthday is another day to wish."""

    another, gone = True, "no_birthday"

    async def _on(self, room: Room, who: Person, day: date, now: datetime) -> None:
        born = Birthday(calendar=Calendar.SOLAR, year=1990, month=day.month, day=day.day)
        await room.patients.set_birthday(who.patient.id, born, now=now)

    async def set(self, room: Room, who: Person) -> None:
        await self._on(room, who, self.day, moment(self.day, 9))

    async def move(self, room: Room, who: Person, days: int, now: datetime) -> None:
        await self._on(room, who, self.day + timedelta(days=days), now)

    async def remove(self, room: Room, who: Person, now: datetime) -> None:
        await self._on(room, who, self.day - timedelta(days=200), now)


class Followed(BaseDate):
    """The moment of following: who follows again begins again."""

    moves, another, gone = (1,), True, "unfollowed"

    async def set(self, room: Room, who: Person) -> None:
        """They follow since the beginning of the test."""

    async def move(self, room: Room, who: Person, days: int, now: datetime) -> None:
        del days
        await self.remove(room, who, now)
        await room.patients.follow(who.contact.openid or "", now)

    async def remove(self, room: Room, who: Person, now: datetime) -> None:
        (contact,) = (await room.patients.contacts([who.contact.id])).values()
        await room.patients.unfollow(contact, now)


class Festive(Followed):
    """A festival's day stays where it is; who leaves is greeted no more, and who is back is not greeted twice."""

    day, moves, another, treatment = date(2027, 1, 1), (0,), False, "new_year"


class BecameLead(BaseDate):
    """What a colleague noted of somebody who is to be won: what is noted again later takes its place."""

    moves, another, gone, over, replaced = (1,), True, "lead_gone", "lead_gone", "lead_newer"

    def __init__(self, key: str, script: str) -> None:
        self.key, self.script = key, script

    async def _noted(self, room: Room, who: Person, now: datetime, number: int = 1) -> None:
        facts = {"kind": FollowUpKind.RECALL, "reason": "种植", "script": self.script, "due_at": now, "now": now}
        key = f"{self.key}{who.number}/{number}"
        await room.followups.open(key=key, contact_id=who.contact.id, patient_id=who.patient.id, **facts)  # type: ignore[arg-type]

    async def set(self, room: Room, who: Person) -> None:
        await self._noted(room, who, moment(self.day, 9))

    async def move(self, room: Room, who: Person, days: int, now: datetime) -> None:
        del days
        await self._noted(room, who, now, 2)

    async def remove(self, room: Room, who: Person, now: datetime) -> None:
        (noted,) = await room.followups.leads_of([who.patient.id])
        assert await room.followups.settle(noted.id, "登记错了", now)


CASES: Mapping[str, BaseDate] = {
    "follow": Followed(),
    "booked": WhenBooked(),
    "appointment": HourToCome(),
    "arrived": OfVisit(COMPLETED, BOOKED, "not_arrived"),
    "first_visit": OfVisit(COMPLETED, NO_SHOW, "not_attended"),
    "visit": OfVisit(COMPLETED, NO_SHOW, "not_attended"),
    "treatment": OfVisit(COMPLETED, NO_SHOW, "not_treated", "surgery"),
    "no_show": OfVisit(NO_SHOW, COMPLETED, "came_after_all"),
    "undecided": BecameLead(UNDECIDED, UNDECIDED_SCRIPT),
    "invited": BecameLead(INVITES, LEAD_SCRIPT),
    "discharge": Noted("discharge"),
    "screening": Noted("screening"),
    "date": Noted("review", "review"),
    "birthday": Born(),
    "festival": Festive(),
}
