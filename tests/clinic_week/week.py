"""The week itself: everybody books, comes or does not, waits, is treated and leaves, by the real services."""

import heapq
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from config.content import load_content
from config.settings import Settings
from tests.auditing import RECEPTION, audit_of
from tests.clinic_week.plan import MINUTE, Fate, Person, Size, length_of, people_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.unasked import Unasked
from wxbot.actors import PATIENT, Actor
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, Booker, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.days import DayReading
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.booking.stores.stages import StageStore
from wxbot.booking.visit_stages import VisitStages
from wxbot.clinic.models import Clinic, PractitionerId
from wxbot.database import Database, Mapper
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.installation import read_installation
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.staff.permissions import Role, permissions_of
from wxbot.visits.days import VisitDays
from wxbot.visits.learnt_times import LearntTimes
from wxbot.visits.models import ArrivalForm
from wxbot.visits.rules import VisitDayRules, rules_of
from wxbot.visits.service import VisitDay
from wxbot.visits.store import VisitRecordStore
from wxbot.visits.tasks import VisitTasks

MONDAY = date(2026, 11, 23)  # an ordinary week follows
LEARNT = 20  # past treatments of each visit type with each practitioner
AWAY = "医生临时外出"
MANAGER = Actor(id="3", name="主管", permissions=permissions_of(Role.MANAGER))
TICK = timedelta(minutes=5)  # so often the calls that are due are derived

Step = Callable[[datetime], Coroutine[Any, Any, None]]


class NoScenes:
    """Nobody came by a code. Implements `SceneLabels`."""

    async def label_of(self, scene: str) -> str:
        del scene
        return ""


@dataclass
class Guess:
    """What a patient was told at the door, and how long it then was."""

    said: timedelta
    at: datetime
    queued: bool  # somebody was treated or waited before them
    waited: timedelta | None = None

    @property
    def off_by(self) -> float:
        """Minutes."""
        assert self.waited is not None
        return abs((self.said - self.waited).total_seconds()) / 60


@dataclass
class Week:
    """The services of a clinic over one database, its people, and what they were told."""

    database: Database
    clinic: Clinic
    rules: VisitDayRules
    booking: Booking
    stages: VisitStages
    notes: VisitDay
    days: VisitDays
    tasks: VisitTasks
    followups: FollowUpStore
    people: dict[AppointmentId, Person] = field(default_factory=dict)
    guesses: dict[AppointmentId, Guess] = field(default_factory=dict)
    moved: list[AppointmentId] = field(default_factory=list)  # for the clinic's sake
    treating: dict[PractitionerId, AppointmentId] = field(default_factory=dict)
    agenda: list[tuple[datetime, int, Step]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=count)

    def plan(self, at: datetime, step: Step) -> None:
        """Something happens at that moment; what is planned first for one moment happens first."""
        heapq.heappush(self.agenda, (at, next(self.order), step))

    def local(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment by the clinic's clock."""
        return datetime.combine(day, time(hour, minute), self.clinic.timezone)

    async def visit(self, visit_id: AppointmentId) -> Appointment:
        """As it stands."""
        return (await self.booking.by_ids([visit_id]))[visit_id]


async def open_week(database: Database) -> Week:
    """The services, wired as the service wires them, of the shipped clinic with its four practitioners."""
    clinic = read_installation(Settings.model_construct()).clinic
    rules = rules_of(load_content().visit_day.model_dump())
    stores = (
        BookingStore(database),
        VisitRecordStore(database, KEYS),
        HistoryStore(database),
        FollowUpStore(database),
        PatientStore(database, KEYS),
    )
    await database.create_indexes(stores)
    bookings, records, lines, tasks, patients = stores
    history, clinics, audit = History(lines), FixedClinic(clinic), audit_of(database)
    booking = Booking(bookings, clinics, history=history, audit=audit)
    stages = VisitStages(StageStore(database), bookings, clinics, booking.recorder)
    visits = DayVisits(DayReading(database))
    notes = VisitDay(
        records,
        stages=stages,
        booking=booking,
        visits=visits,
        patients=Patients(patients, history),
        clinics=clinics,
        scenes=NoScenes(),
        audit=audit,
        rules=rules,
    )
    followups = FollowUps(tasks, history=history, audit=audit)
    return Week(
        database=database,
        clinic=clinic,
        rules=rules,
        booking=booking,
        stages=stages,
        notes=notes,
        days=VisitDays(
            booking=booking, visits=visits, notes=notes, clinics=clinics, times=LearntTimes(visits), surveys=Unasked()
        ),
        tasks=VisitTasks(booking=booking, visits=visits, followups=followups, clinics=clinics, rules=rules),
        followups=tasks,
    )


async def live(week: Week, size: Size, seed: int, look: Callable[[Week, datetime], Coroutine[Any, Any, None]]) -> None:
    """The whole week; `look` is called at some hours of each day with what then stands."""
    chance = Random(seed)
    await _learn(week, chance)
    await _book(week, size, chance)
    for day in (MONDAY + timedelta(days=number) for number in range(size.days)):
        for hour, minute in ((9, 1), (11, 2), (14, 31), (17, 3), (23, 5)):
            week.plan(week.local(day, hour, minute), _looking(week, look))
        opening, closing = week.local(day, 8), week.local(day, 23)
        for number in range(int((closing - opening) / TICK)):
            week.plan(opening + number * TICK, _calls(week))
    while week.agenda:
        at, _, step = heapq.heappop(week.agenda)
        await step(at)


def _looking(week: Week, look: Callable[[Week, datetime], Coroutine[Any, Any, None]]) -> Step:
    async def step(now: datetime) -> None:
        await look(week, now)

    return step


def _calls(week: Week) -> Step:
    async def step(now: datetime) -> None:
        await week.tasks.run(now)

    return step


async def _learn(week: Week, chance: Random) -> None:
    """Treatments of the weeks before, which estimates go by."""
    mapper, rows = Mapper(Appointment), []
    for doctor in week.clinic.practitioners:
        for kind in doctor.visit_types:
            for number in range(LEARNT):
                start = week.local(MONDAY - timedelta(days=3 + number), 9)
                took = length_of(week.clinic, kind, doctor.id, chance)
                key = AppointmentId(f"past-{doctor.id}-{kind}-{number}")
                past = Appointment(
                    id=key,
                    request_key=key,
                    contact_id=None,
                    patient_id=PatientId(f"earlier-{number}"),
                    visit_type_id=kind,
                    practitioner_id=doctor.id,
                    room=doctor.room,
                    start=start,
                    end=start + 30 * MINUTE,
                    created_at=start,
                    new_patient=False,
                    state=AppointmentState.COMPLETED,
                    stage=VisitStage.LEFT,
                    arrived_at=start,
                    treated_at=start,
                    departed_at=start + took,
                    closed_at=start + took,
                )
                rows.append(mapper.document(past))
    await week.database.collection(APPOINTMENTS).insert_many(rows)


async def _book(week: Week, size: Size, chance: Random) -> None:
    """Everybody has an hour before the week begins, walk-ins apart; days are filled from the morning on."""
    before = week.local(MONDAY - timedelta(days=2), 10)
    for person in people_of(week.clinic, size, chance):
        days = [MONDAY + timedelta(days=number) for number in range(size.days)]
        chance.shuffle(days)
        for day in days:
            slots = await week.booking.slots(
                person.visit_type_id, person.practitioner_id, day, before, booker=Booker.STAFF
            )
            if slots:
                break
        else:
            raise AssertionError("the week is too small for its people")
        start = chance.choice(slots[: max(4, len(slots) // 2)]).start
        if person.fate is Fate.WALK_IN:
            week.plan(start - 20 * MINUTE, _walks_in(week, person, start))
            continue
        visit = await _booked(week, person, start, before)
        _expect(week, person, visit)


async def _booked(week: Week, person: Person, start: datetime, now: datetime) -> Appointment:
    visit = await week.booking.book(
        request_key=f"week-{person.number}",
        contact_id=None,
        patient_id=PatientId(person.patient),
        visit_type_id=person.visit_type_id,
        practitioner_id=person.practitioner_id,
        start=start,
        by=RECEPTION,
        now=now,
        booker=Booker.STAFF,
    )
    week.people[visit.id] = person
    return visit


def _walks_in(week: Week, person: Person, start: datetime) -> Step:
    async def step(now: datetime) -> None:
        slots = await week.booking.slots(
            person.visit_type_id,
            person.practitioner_id,
            start.astimezone(week.clinic.timezone).date(),
            now,
            booker=Booker.STAFF,
        )
        if slots:
            visit = await _booked(week, person, slots[0].start, now)
            week.plan(now + MINUTE + timedelta(seconds=7), _arrives(week, visit.id))

    return step


def _expect(week: Week, person: Person, visit: Appointment) -> None:
    """What will happen to that visit."""
    if person.confirmed and person.fate is not Fate.LEAVE:
        week.plan(visit.start - timedelta(hours=20), _confirmed(week, visit.id))
    if person.fate is Fate.CANCELLED:
        ahead = timedelta(hours=3 if person.number % 2 else 22)
        week.plan(visit.start - ahead, _cancels(week, visit.id))
    elif person.fate is Fate.LEAVE:
        week.plan(visit.start - timedelta(hours=23), _is_put_off(week, visit.id))
    elif person.fate in {Fate.MISSED, Fate.MISSED_THEN_CAME}:
        week.plan(visit.start + 31 * MINUTE + timedelta(seconds=3), _is_missed(week, visit.id))
        if person.fate is Fate.MISSED_THEN_CAME:
            week.plan(visit.start + person.comes, _came_after_all(week, visit.id))
    else:
        week.plan(visit.start + person.comes, _arrives(week, visit.id))


def _confirmed(week: Week, visit_id: AppointmentId) -> Step:
    async def step(now: datetime) -> None:
        if (await week.visit(visit_id)).live:
            await week.booking.confirm(visit_id, by=RECEPTION, now=now)

    return step


def _cancels(week: Week, visit_id: AppointmentId) -> Step:
    async def step(now: datetime) -> None:
        await week.booking.cancel(visit_id, "临时有事", by=PATIENT, now=now)
        if week.people[visit_id].number % 3:
            await week.notes.decide(visit_id, "已联系，改日再约", by=MANAGER, now=now + MINUTE)

    return step


def _is_put_off(week: Week, visit_id: AppointmentId) -> Step:
    """The practitioner is away: half are moved to another day, half cancelled, none of it the patient's doing."""

    async def step(now: datetime) -> None:
        visit, person = await week.visit(visit_id), week.people[visit_id]
        week.moved.append(visit_id)
        free = await week.booking.next_free(
            visit.visit_type_id, visit.practitioner_id, visit.end, now, count=9, booker=Booker.STAFF
        )
        today = visit.start.astimezone(week.clinic.timezone).date()
        later = [each.start for each in free if each.start.astimezone(week.clinic.timezone).date() > today]
        if person.number % 2 or not later:
            await week.booking.cancel(visit_id, AWAY, by=RECEPTION, now=now, clinic_reason=AWAY)
            return
        moved = await week.booking.move(
            visit_id,
            later[0],
            visit.practitioner_id,
            visit.version,
            f"away-{visit_id}",
            by=RECEPTION,
            now=now,
            booker=Booker.STAFF,
            clinic_reason=AWAY,
        )
        week.plan(moved.start + person.comes, _arrives(week, visit_id))

    return step


def _is_missed(week: Week, visit_id: AppointmentId) -> Step:
    async def step(now: datetime) -> None:
        await week.booking.mark_no_show(visit_id, by=RECEPTION, now=now)

    return step


def _came_after_all(week: Week, visit_id: AppointmentId) -> Step:
    async def step(now: datetime) -> None:
        await week.stages.undo_no_show(visit_id, by=RECEPTION, now=now)
        await _arrives(week, visit_id)(now)

    return step


def _arrives(week: Week, visit_id: AppointmentId) -> Step:
    async def step(now: datetime) -> None:
        visit, person = await week.visit(visit_id), week.people[visit_id]
        complaint = "follow_up"
        said = ArrivalForm(
            first_visit=person.first,
            channel="online" if person.first else "",
            visit_class="m" if person.number % 2 else "c",
            complaint=complaint,
        )
        there = await week.notes.arrive(visit_id, said, seen=VisitStage.EXPECTED, by=RECEPTION, now=now)
        found = (await week.days.estimates([there], now))[visit_id]
        queued = visit.practitioner_id in week.treating or found.likely > max(visit.start - now, timedelta())
        week.guesses[visit_id] = Guess(said=found.likely, at=now, queued=queued)
        week.plan(now + MINUTE, _sits_down(week, visit_id))
        week.plan(max(now + MINUTE, visit.start), _calls_next(week, visit.practitioner_id))

    return step


def _sits_down(week: Week, visit_id: AppointmentId) -> Step:
    async def step(now: datetime) -> None:
        visit = await week.visit(visit_id)
        if visit.stage is VisitStage.ARRIVED:
            await week.notes.advance(visit_id, VisitStage.WAITING, seen=visit.stage, by=RECEPTION, now=now)

    return step


def _calls_next(week: Week, who: PractitionerId) -> Step:
    """Who is free calls the one with the earliest hour among those who are here, none before their hour."""

    async def step(now: datetime) -> None:
        if who in week.treating:
            return
        day = await week.booking.on_day(now.astimezone(week.clinic.timezone).date())
        here = [
            each
            for each in day
            if each.practitioner_id == who
            and each.live
            and each.stage in {VisitStage.ARRIVED, VisitStage.WAITING}
            and each.start <= now
        ]
        if not here:
            return
        visit = min(here, key=lambda each: (each.start, each.arrived_at or each.start, each.id))
        week.treating[who] = visit.id
        await week.notes.advance(visit.id, VisitStage.IN_TREATMENT, seen=visit.stage, by=RECEPTION, now=now)
        guess = week.guesses[visit.id]
        guess.waited = now - guess.at
        week.plan(now + week.people[visit.id].treated_for, _leaves(week, visit.id))

    return step


def _leaves(week: Week, visit_id: AppointmentId) -> Step:
    async def step(now: datetime) -> None:
        visit, person = await week.visit(visit_id), week.people[visit_id]
        if person.books_again:
            free = await week.booking.next_free(
                visit.visit_type_id, visit.practitioner_id, now + timedelta(days=10), now, count=1, booker=Booker.STAFF
            )
            await week.booking.book(
                request_key=f"again-{person.number}",
                contact_id=None,
                patient_id=visit.patient_id,
                visit_type_id=visit.visit_type_id,
                practitioner_id=visit.practitioner_id,
                start=free[0].start,
                by=RECEPTION,
                now=now,
                booker=Booker.STAFF,
            )
        await week.notes.leave(visit_id, reason="will_call", seen=VisitStage.IN_TREATMENT, by=RECEPTION, now=now)
        del week.treating[visit.practitioner_id]
        await _calls_next(week, visit.practitioner_id)(now)

    return step
