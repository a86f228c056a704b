"""Booking, moving, cancelling, holding, waiting, offers, answers and a doctor's leave in any order.

After each step occupancy is exactly what appointments and holds claim, every open offer is held, and nobody waits twice
for the same. After each round of the job nobody waits for an hour that is free, and nobody was served out of turn.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.auditing import RECEPTION
from tests.bookings import CHECKUP, CHEN, JOINT, LASER, WANG, XRAY, ZHOU, audit_capacity
from tests.waitlists import WaitlistProcess
from wxbot.actors import PATIENT, SYSTEM
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, Booker
from wxbot.booking.stores.holds import HOLDS
from wxbot.booking.stores.occupancy import FREED, OCCUPANCY
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.clinic.models import Block, Closure, PractitionerId, VisitTypeId, Weekday
from wxbot.database import Database
from wxbot.errors import NotBookableError, SlotTakenError
from wxbot.history.models import PatientId
from wxbot.patients.models import Contact
from wxbot.waitlist.errors import OfferOverError
from wxbot.waitlist.models import Entry, EntryId, EntryState, Need
from wxbot.waitlist.rules import can_be_taken, fits, in_line, local_hour, overlaps, was_offered
from wxbot.waitlist.store import NAME

T = TypeVar("T")

DAY = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)
MONDAY = datetime.combine(DAY - timedelta(days=1), time(10), JOINT.timezone).astimezone(UTC)
SMALL = replace(  # a morning that fills up
    JOINT,
    practitioners=tuple(
        replace(each, hours=tuple(Block(day=day, start=time(9), end=time(10, 30)) for day in Weekday))
        for each in JOINT.practitioners
    ),
)
KINDS = st.sampled_from([LASER, XRAY, CHECKUP])
DOCTORS = st.sampled_from([None, CHEN, ZHOU, WANG])
STARTS = st.sampled_from([9 * 60, 9 * 60 + 30, 10 * 60]).map(
    lambda minute: datetime.combine(DAY, time(minute // 60, minute % 60), JOINT.timezone)
)
PEOPLE = st.integers(0, 4)
REFUSALS = (AlreadyBookedError, SlotTakenError, NotBookableError)


class StandingClock:
    """Stands until a step moves it."""

    def __init__(self) -> None:
        self.at = MONDAY

    def now(self) -> datetime:
        return self.at

    def machine_now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class WaitlistMachine(RuleBasedStateMachine):
    """One morning, its diary and who waits for it."""

    runner: ClassVar[asyncio.Runner]
    process: ClassVar[WaitlistProcess]
    people: ClassVar[list[tuple[Contact, PatientId]]]
    clock: ClassVar[StandingClock]

    def __init__(self) -> None:
        super().__init__()
        self.clock.at = MONDAY
        self.run(self.begin())
        self.live: dict[str, Appointment] = {}
        self.numbers = count()

    async def begin(self) -> None:
        for name in (APPOINTMENTS, HOLDS, OCCUPANCY, FREED, NAME):
            await self.process.database.collection(name).delete_many({})
        self.process.clinic._clinic = SMALL

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def now(self) -> datetime:
        self.clock.at += timedelta(milliseconds=1)  # no two things at one moment
        return self.clock.at

    # -- the diary --------------------------------------------------------------------------------------------

    @rule(who=PEOPLE, kind=KINDS, doctor=DOCTORS, start=STARTS)
    def book(self, who: int, kind: VisitTypeId, doctor: PractitionerId | None, start: datetime) -> None:
        contact, patient = self.people[who]
        try:
            made = self.run(
                self.process.booking.book(
                    request_key=f"b{next(self.numbers)}",
                    contact_id=contact.id,
                    patient_id=patient,
                    visit_type_id=kind,
                    practitioner_id=doctor,
                    start=start,
                    by=PATIENT,
                    now=self.now,
                )
            )
        except REFUSALS:
            return
        self.live[made.id] = made

    @rule(kind=KINDS, doctor=st.sampled_from([CHEN, ZHOU, WANG]))
    def fill(self, kind: VisitTypeId, doctor: PractitionerId) -> None:
        for slot in self.run(self.process.booking.slots(kind, doctor, DAY, self.now, booker=Booker.STAFF)):
            key = f"f{next(self.numbers)}"
            try:
                made = self.run(
                    self.process.booking.book(
                        request_key=key,
                        contact_id=None,
                        patient_id=PatientId(f"p-{key}"),
                        visit_type_id=kind,
                        practitioner_id=doctor,
                        start=slot.start,
                        by=RECEPTION,
                        now=self.now,
                    )
                )
            except REFUSALS:
                continue
            self.live[made.id] = made

    @rule(pick=st.integers(0, 30))
    def cancel(self, pick: int) -> None:
        if self.live:
            found = [*self.live][pick % len(self.live)]
            self.run(self.process.booking.cancel(self.live.pop(found).id, "", by=SYSTEM, now=self.now))

    @rule(pick=st.integers(0, 30), doctor=DOCTORS, start=STARTS)
    def move(self, pick: int, doctor: PractitionerId | None, start: datetime) -> None:
        if not self.live:
            return
        before = [*self.live.values()][pick % len(self.live)]
        key = f"m{next(self.numbers)}"
        work = self.process.booking.move(before.id, start, doctor, before.version, key, by=RECEPTION, now=self.now)
        try:
            self.live[before.id] = self.run(work)
        except REFUSALS:
            return

    @rule(who=PEOPLE, kind=KINDS, doctor=DOCTORS, start=STARTS)
    def hold(self, who: int, kind: VisitTypeId, doctor: PractitionerId | None, start: datetime) -> None:
        contact = self.people[who][0].id
        work = self.process.booking.hold(kind, doctor, start, contact_id=contact, by=PATIENT, now=self.now)
        try:
            self.run(work)
        except REFUSALS:
            return

    @rule(minutes=st.sampled_from([2, 5, 16]))
    def wait(self, minutes: int) -> None:
        self.clock.at += minutes * MINUTE

    @rule(doctor=st.sampled_from([CHEN, ZHOU]))
    def begin_or_end_a_leave(self, doctor: PractitionerId) -> None:
        kept = tuple(each for each in self.process.clinic.current.closures if each.practitioner_id != doctor)
        leave = Closure(first=DAY, last=DAY, reason="外出学习", practitioner_id=doctor)
        ended = len(kept) != len(self.process.clinic.current.closures)
        self.process.clinic._clinic = replace(SMALL, closures=kept if ended else (*kept, leave))

    # -- the waitlist -----------------------------------------------------------------------------------------

    @rule(who=PEOPLE, kind=KINDS, doctor=DOCTORS)
    def join(self, who: int, kind: VisitTypeId, doctor: PractitionerId | None) -> None:
        contact, patient = self.people[who]
        need = Need(visit_type_id=kind, first=DAY, last=DAY, practitioners=() if doctor is None else (doctor,))
        self.run(
            self.process.waitlist.join(need=need, contact_id=contact.id, patient_id=patient, by=PATIENT, now=self.now)
        )

    @rule(pick=st.integers(0, 30))
    def leave(self, pick: int) -> None:
        if found := self.entries():
            entry = found[pick % len(found)]
            self.run(self.process.waitlist.leave(entry.id, by=PATIENT, now=self.now, contact_id=entry.contact_id))

    @rule(pick=st.integers(0, 30), wants=st.booleans())
    def answer(self, pick: int, wants: bool) -> None:
        found = [each for each in self.entries() if each.offer is not None]
        if not found:
            return
        entry = found[pick % len(found)]
        assert entry.offer is not None
        offer, now = entry.offer, self.now
        deed = self.process.waitlist.accept if wants else self.process.waitlist.decline
        try:
            done = self.run(deed(entry.id, offer.number, by=PATIENT, now=now, contact_id=entry.contact_id))
        except OfferOverError:
            assert offer.until <= now  # an offer that stands is never refused
        except AlreadyBookedError:
            assert overlaps(self.slot(offer), self.visits_of(entry), but=None)
        except NotBookableError:
            closed = {each.practitioner_id for each in self.process.clinic.current.closures}
            assert offer.practitioner_id in closed
        else:
            assert offer.until > now
            if isinstance(done, Appointment):
                self.live[done.id] = done

    @rule()
    def offer_hours(self) -> None:
        before = {each.id: each for each in self.entries()}
        now = self.now + MINUTE  # a look at every day, whatever was freed
        self.clock.at = now
        self.run(self.process.offering.run(now))
        free = {each: self.free(each, now) for each in (LASER, XRAY, CHECKUP)}
        left = in_line(self.entries())
        for entry in left:
            if entry.state is EntryState.WAITING:
                assert [each for each in free[entry.need.visit_type_id] if self.suits(entry, each, now)] == []
        self.nobody_was_served_out_of_turn(before, left, now)

    def nobody_was_served_out_of_turn(self, before: Mapping[EntryId, Entry], left: list[Entry], now: datetime) -> None:
        """Who got an hour in this round did not get one that somebody before them in the line would have had."""
        for position, entry in enumerate(left):
            was = before.get(entry.id)
            if entry.offer is None or was is None or was.made == entry.made:
                continue
            for earlier in left[:position]:
                same = earlier.need.visit_type_id == entry.need.visit_type_id
                passed_over = earlier.state is EntryState.WAITING
                assert not (same and passed_over and self.suits(earlier, self.slot(entry.offer), now))

    # -- what is known ----------------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        return self.run(self.process.waitlist.waiting(by=SYSTEM))

    def free(self, kind: VisitTypeId, now: datetime) -> list[Any]:
        try:
            return self.run(self.process.booking.every_free(kind, [DAY], now, booker=Booker.RETURNING))
        except NotBookableError:
            return []

    def visits_of(self, entry: Entry) -> list[Appointment]:
        return [each for each in self.live.values() if each.patient_id == entry.patient_id]

    def suits(self, entry: Entry, slot: Any, now: datetime) -> bool:
        clinic = self.process.clinic.current
        return (
            fits(entry.need, local_hour(slot, clinic.timezone))
            and not was_offered(entry, slot)
            and not overlaps(slot, self.visits_of(entry), but=None)
            and can_be_taken(clinic, entry.need, slot.start, now + 15 * MINUTE, Booker.RETURNING)
        )

    @staticmethod
    def slot(offer: Any) -> Any:
        return offer  # it has practitioner, start and end, as a slot

    # -- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def occupancy_is_what_stands(self) -> None:
        self.run(audit_capacity(self.process.database))

    @invariant()
    def every_open_offer_is_held_once(self) -> None:
        held = self.run(self.offered_holds())
        by_offer = {row["offer"]: row for row in held}
        assert len(by_offer) == len(held)
        for entry in self.entries():
            if entry.offer is not None and entry.offer.until > self.clock.at:
                row = by_offer.get(entry.id)
                taken = any(
                    each.patient_id == entry.patient_id and each.start == entry.offer.start
                    for each in self.live.values()
                )
                assert taken or (row is not None and row["slot"]["start"] == entry.offer.start)

    async def offered_holds(self) -> list[dict[str, Any]]:
        return list(await self.process.database.collection(HOLDS).find({"offer": {"$gt": ""}}).to_list(None))

    @invariant()
    def nobody_waits_twice_for_the_same(self) -> None:
        found = [(each.patient_id, each.need.visit_type_id) for each in self.entries()]
        assert len(found) == len(set(found))


@pytest.mark.usefixtures("database")
def test_any_sequence_with_a_waitlist_keeps_what_must_hold(mongo_uri: str) -> None:
    """Traps 3.15 and 3.16: a place that stays blocked; the last served first; an offer that is none."""
    with asyncio.Runner() as runner:
        WaitlistMachine.runner = runner
        WaitlistMachine.clock = StandingClock()

        async def connect() -> WaitlistProcess:
            process = WaitlistProcess(Database.connect(mongo_uri, "test_rooms"), SMALL, WaitlistMachine.clock)
            await process.prepare()
            return process

        WaitlistMachine.process = process = runner.run(connect())

        async def people() -> list[tuple[Contact, PatientId]]:
            return [await process.person(f"p{number}") for number in range(5)]

        WaitlistMachine.people = runner.run(people())
        try:
            run_state_machine_as_test(
                WaitlistMachine,
                settings=settings(
                    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            process.database.close()
