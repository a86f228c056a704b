"""Booking, moving, cancelling, holding, letting holds expire and overbooking in any order, against a model.

The model knows only what stands: who has which resource from when to when. After each step the database's occupancy
is exactly what appointments and holds claim, and what was refused was not to be had.
"""

import asyncio
from collections.abc import Coroutine
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.auditing import RECEPTION
from tests.bookings import CHECKUP, CHEN, JOINT, LASER, WANG, XRAY, ZHOU, audit_capacity, open_booking
from wxbot.actors import PATIENT, Actor
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, Booker, Hold
from wxbot.booking.service import Booking
from wxbot.booking.stores.holds import HOLDS
from wxbot.booking.stores.occupancy import OCCUPANCY
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Database
from wxbot.errors import DomainError, SlotTakenError
from wxbot.history.models import ContactId, PatientId

T = TypeVar("T")

DAY = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)
KINDS = st.sampled_from([LASER, XRAY, CHECKUP])
DOCTORS = st.sampled_from([None, CHEN, ZHOU, WANG])
STARTS = st.sampled_from([9 * 60, 9 * 60 + 30, 10 * 60, 10 * 60 + 30]).map(
    lambda minute: datetime.combine(DAY, time(minute // 60, minute % 60), JOINT.timezone)
)
PEOPLE = st.integers(0, 5)


class BookingMachine(RuleBasedStateMachine):
    """The diary of one morning."""

    runner: ClassVar[asyncio.Runner]
    database: ClassVar[Database]
    booking: ClassVar[Booking]

    def __init__(self) -> None:
        super().__init__()
        self.run(self.begin())
        self.now = datetime.combine(DAY - timedelta(days=1), time(10), JOINT.timezone)
        self.live: dict[str, Appointment] = {}
        self.holds: dict[int, Hold] = {}
        self.numbers = count()

    async def begin(self) -> None:
        for name in (APPOINTMENTS, HOLDS, OCCUPANCY):
            await self.database.collection(name).delete_many({})

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    # -- the model --------------------------------------------------------------------------------------------

    def claims(self, but: Appointment | None, who: int | None) -> list[tuple[str, datetime, datetime]]:
        """Who has what from when to when, apart from one appointment and what one person holds."""
        standing: list[tuple[PractitionerId, Appointment | Hold]] = [
            (each.practitioner_id, each)
            for each in self.live.values()
            if not each.overbooked and (but is None or each.id != but.id)
        ]
        standing += [
            (each.slot.practitioner_id, each)
            for whose, each in self.holds.items()
            if whose != who and each.until > self.now
        ]
        found = []
        for doctor, each in standing:
            assert each.busy_from is not None
            assert each.busy_until is not None
            names = (f"doctor {doctor}", f"room {each.room}", *(f"device {device}" for device in each.devices))
            found += [(name, each.busy_from, each.busy_until) for name in names]
        return found

    def possible(
        self, kind_id: VisitTypeId, wanted: PractitionerId | None, start: datetime, claims: list[Any]
    ) -> set[PractitionerId]:
        """Which doctors could take it."""
        kind = JOINT.visit_type(kind_id)
        assert kind is not None
        begins = start - kind.before_minutes * MINUTE
        ends = start + (kind.minutes + kind.after_minutes) * MINUTE

        def is_free(name: str) -> bool:
            return not any(each == name and since < ends and until > begins for each, since, until in claims)

        def has_room(doctor: PractitionerId) -> bool:
            return any(map(is_free, ("room x1", "room x2") if kind_id == XRAY else (f"room {doctor}室",)))

        has_device = kind_id != LASER or is_free("device l1") or is_free("device l2")
        return {
            each
            for each in (CHEN, ZHOU, WANG)
            if wanted in {None, each} and is_free(f"doctor {each}") and has_room(each) and has_device
        }

    def elsewhere(self, who: int, kind_id: VisitTypeId, start: datetime, but: str = "") -> bool:
        """Whether the patient has another visit then."""
        kind = JOINT.visit_type(kind_id)
        assert kind is not None
        end = start + kind.minutes * MINUTE
        return any(
            each.patient_id == f"p{who}" and each.id != but and each.start < end and each.end > start
            for each in self.live.values()
        )

    # -- what people do ---------------------------------------------------------------------------------------

    @rule(who=PEOPLE, kind=KINDS, doctor=DOCTORS, start=STARTS, desk=st.booleans(), names_hold=st.booleans())
    def book(  # noqa: PLR0917 - each a strategy
        self,
        who: int,
        kind: VisitTypeId,
        doctor: PractitionerId | None,
        start: datetime,
        desk: bool,
        names_hold: bool,
    ) -> None:
        possible = self.possible(kind, doctor, start, self.claims(None, who))
        elsewhere = self.elsewhere(who, kind, start)
        contact, patient = ContactId(f"c{who}"), PatientId(f"p{who}")
        why = self.run(self.booking.why_not(kind, doctor, start, now=self.now, contact_id=contact, patient_id=patient))
        slots = self.run(self.booking.slots(kind, doctor, DAY, self.now, booker=Booker.STAFF, contact_id=contact))
        assert (start in [slot.start for slot in slots]) is bool(possible)
        assert (why == ()) is (bool(possible) and not elsewhere)
        before, hold = self.holds.get(who), None
        error: DomainError | None = None
        if names_hold and before is not None:
            hold = before.id
        try:
            made = self.run(
                self.booking.book(
                    request_key=f"b{next(self.numbers)}",
                    contact_id=contact,
                    patient_id=patient,
                    visit_type_id=kind,
                    practitioner_id=doctor,
                    start=start,
                    by=self.by(desk=desk),
                    now=self.now,
                    hold=hold,
                )
            )
        except (AlreadyBookedError, SlotTakenError) as refused:
            error = refused
        if error is not None:
            assert isinstance(error, AlreadyBookedError) is elsewhere
            assert elsewhere or not possible
            if isinstance(error, SlotTakenError):
                self.offers_hold(kind, doctor, start, who, [slot.start for slot in error.alternatives])
            return
        assert not elsewhere
        assert made.practitioner_id in possible
        self.live[made.id] = made
        if before is not None and not self.run(self.booking._store.holds.of_contact(contact)):
            del self.holds[who]  # it became the appointment, or was for the same morning

    def offers_hold(
        self, kind: VisitTypeId, doctor: PractitionerId | None, start: datetime, who: int, offered: list[datetime]
    ) -> None:
        """What is offered instead is to be had."""
        for each in offered:
            assert each >= start
            if each.astimezone(JOINT.timezone).date() == DAY:
                assert self.possible(kind, doctor, each, self.claims(None, who))

    @rule(who=PEOPLE, kind=KINDS, doctor=DOCTORS, start=STARTS)
    def hold(self, who: int, kind: VisitTypeId, doctor: PractitionerId | None, start: datetime) -> None:
        possible = self.possible(kind, doctor, start, self.claims(None, who))
        try:
            held = self.run(
                self.booking.hold(kind, doctor, start, contact_id=ContactId(f"c{who}"), by=PATIENT, now=self.now)
            )
        except SlotTakenError:
            assert not possible
            return
        assert held.slot.practitioner_id in possible
        self.holds[who] = held

    @rule(who=PEOPLE)
    def release(self, who: int) -> None:
        if who in self.holds:
            self.run(self.booking.release_hold(self.holds.pop(who).id, contact_id=ContactId(f"c{who}"), by=PATIENT))

    @rule(minutes=st.sampled_from([2, 5, 7]), clears=st.booleans())
    def wait(self, minutes: int, clears: bool) -> None:
        self.now += minutes * MINUTE
        if clears:
            self.run(self.booking.end_expired_holds(self.now))
            self.holds = {who: each for who, each in self.holds.items() if each.until > self.now}

    @rule(pick=st.integers(0, 30), doctor=DOCTORS, start=STARTS)
    def move(self, pick: int, doctor: PractitionerId | None, start: datetime) -> None:
        if not self.live:
            return
        before = [*self.live.values()][pick % len(self.live)]
        who = int(before.patient_id[1:])
        holder = None if before.contact_id is None else who  # what the contact holds is not in the way of their visit
        possible = self.possible(before.visit_type_id, doctor, start, self.claims(before, holder))
        elsewhere = self.elsewhere(who, before.visit_type_id, start, before.id)
        stays = before.start == start and doctor in {None, before.practitioner_id}
        key = f"m{next(self.numbers)}"
        try:
            moved = self.run(self.booking.move(before.id, start, doctor, before.version, key, by=PATIENT, now=self.now))
        except (AlreadyBookedError, SlotTakenError):
            assert elsewhere or not possible
            return
        assert stays or (not elsewhere and moved.practitioner_id in possible)
        self.live[moved.id] = moved
        if who in self.holds and not self.run(self.booking._store.holds.of_contact(ContactId(f"c{who}"))):
            del self.holds[who]

    @rule(pick=st.integers(0, 30))
    def cancel(self, pick: int) -> None:
        if self.live:
            found = [*self.live][pick % len(self.live)]
            self.run(self.booking.cancel(self.live.pop(found).id, "", by=PATIENT, now=self.now))

    @rule(who=PEOPLE, kind=KINDS, doctor=st.sampled_from([CHEN, ZHOU]), start=STARTS)
    def overbook(self, who: int, kind: VisitTypeId, doctor: PractitionerId, start: datetime) -> None:
        possible = self.possible(kind, doctor, start, self.claims(None, who))
        try:
            made = self.run(
                self.booking.book(
                    request_key=f"o{next(self.numbers)}",
                    contact_id=None,
                    patient_id=PatientId(f"p{who}"),
                    visit_type_id=kind,
                    practitioner_id=doctor,
                    start=start,
                    by=RECEPTION,
                    now=self.now,
                    overbooked="急诊",
                )
            )
        except AlreadyBookedError:
            assert self.elsewhere(who, kind, start)
            return
        held_by_them = doctor in self.possible(kind, doctor, start, self.claims(None, None))
        assert bool(made.overbooked) is not held_by_them
        assert possible or made.overbooked
        self.live[made.id] = made

    @staticmethod
    def by(*, desk: bool) -> Actor:
        return RECEPTION if desk else PATIENT

    # -- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def occupancy_is_what_stands(self) -> None:
        self.run(audit_capacity(self.database))


@pytest.mark.usefixtures("database")
def test_any_sequence_leaves_exactly_what_stands_occupied(mongo_uri: str) -> None:
    """Trap of booking 3.15: a place stayed blocked after it was cancelled."""
    with asyncio.Runner() as runner:
        BookingMachine.runner = runner

        async def connect() -> Database:
            return Database.connect(mongo_uri, "test_rooms")

        BookingMachine.database = runner.run(connect())
        BookingMachine.booking = runner.run(open_booking(BookingMachine.database))
        try:
            run_state_machine_as_test(
                BookingMachine,
                settings=settings(
                    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            BookingMachine.database.close()
