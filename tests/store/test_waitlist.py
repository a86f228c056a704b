"""The waitlist over a real mongod: who is offered what, for how long, by any number of processes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from tests.auditing import NOBODY, RECEPTION, entries
from tests.bookings import audit_capacity
from tests.store.test_booking import CHECKUP, CHEN, CLEANING, CLINIC, TUESDAY, ZHOU, local
from tests.waitlists import WaitlistProcess, open_waitlist
from wxbot.actors import PATIENT, SYSTEM
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, Booker
from wxbot.booking.stores.holds import HOLDS
from wxbot.booking.stores.occupancy import FREED
from wxbot.clinic.models import Closure, PractitionerId
from wxbot.clock import Clock
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, SlotTakenError
from wxbot.followups.models import FollowUpKind
from wxbot.waitlist.errors import NotWaitingError, OfferOverError
from wxbot.waitlist.models import Entry, EntryState, Need, Notified, OfferOutcome, PartOfDay
from wxbot.waitlist.offering import FULL_LOOK
from wxbot.waitlist.rules import MOST_UNANSWERED, NEVER_ANSWERED, OFFER_TIME, PAST_DAYS

WEDNESDAY = TUESDAY + timedelta(days=1)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 at the clinic


class MovingClock(Clock, Protocol):
    def move(self, by: timedelta) -> None: ...


@pytest.fixture
async def two(database: Database, clock: MovingClock) -> list[WaitlistProcess]:
    clock.move(MONDAY_TEN - clock.now())
    return await open_waitlist(database, CLINIC, clock, processes=2)


@pytest.fixture
async def room(two: list[WaitlistProcess], database: Database) -> AsyncIterator[WaitlistProcess]:
    yield two[0]
    await audit_capacity(database)  # trap 3.15: no place stays blocked, whatever was done


async def offered(room: WaitlistProcess, name: str = "li", at: int = 0) -> tuple[Entry, Appointment]:
    """Somebody waits for a full Tuesday, and one of its hours becomes free: the entry with its offer, and the visit."""
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits(name, CLEANING, TUESDAY)
    await room.run()
    await room.cancel(visits[at])
    await room.run()
    return await room.entry(entry), visits[at]


# -- an hour that becomes free ------------------------------------------------------------------------------------


async def test_a_freed_hour_is_offered_in_the_next_round_for_fifteen_minutes(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    assert dict(await room.run()) == {"ended": 0, "over": 0, "offered": 0}
    await room.cancel(visits[2])
    room.clock.move(3 * SECOND)  # type: ignore[attr-defined]
    assert (await room.run())["offered"] == 1
    found = await room.entry(entry)
    assert found.offer is not None
    assert (found.state, found.offer.start) == (EntryState.OFFERED, visits[2].start)
    assert found.offer.until - found.offer.at == OFFER_TIME == 15 * MINUTE
    assert found.offer.notified is Notified.MESSAGE
    (text,) = room.read_by("li")
    assert text == "您在等的洁牙空出一个号：明天 11月24日 周二 上午10:00 chen医生，留到上午10:15"
    assert dict(await room.run()) == {"ended": 0, "over": 0, "offered": 0}  # a second run does nothing
    assert room.read_by("li") == [text]


async def test_what_is_offered_is_held_for_nobody_else_and_can_be_had(room: WaitlistProcess) -> None:
    entry, visit = await offered(room)
    _, other = await room.person("wang")
    with pytest.raises(SlotTakenError):
        await room.booking.book(
            request_key="x",
            contact_id=None,
            patient_id=other,
            visit_type_id=CLEANING,
            practitioner_id=None,
            start=visit.start,
            by=PATIENT,
            now=room.clock.now(),
        )
    room.clock.move(15 * MINUTE - SECOND)  # type: ignore[attr-defined]
    made = await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)
    assert (made.start, made.patient_id, made.live) == (visit.start, entry.patient_id, True)
    found = await room.entry(entry)
    assert (found.state, found.appointment_id, found.offers[-1].outcome) == (
        EntryState.BOOKED,
        made.id,
        OfferOutcome.TAKEN,
    )
    assert await room.database.collection(HOLDS).count_documents({}) == 0


@pytest.mark.parametrize("how", ["moved", "hold released", "hold ended"])
async def test_an_hour_is_offered_however_it_became_free(room: WaitlistProcess, how: str) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    contact, _ = await room.person("wang")
    now = room.clock.now()
    if how != "moved":
        await room.cancel(visits[1])
        hold = await room.booking.hold(CLEANING, None, visits[1].start, contact_id=contact.id, by=PATIENT, now=now)
    entry = await room.waits("li", CLEANING, TUESDAY)
    assert (await room.run())["offered"] == 0
    if how == "moved":
        wednesday = visits[1].start + timedelta(days=1)
        await room.booking.move(visits[1].id, wednesday, None, 1, "m", by=SYSTEM, now=now)
    elif how == "hold released":
        await room.booking.release_hold(hold.id, contact_id=contact.id, by=PATIENT)
    else:
        room.clock.move(5 * MINUTE)  # type: ignore[attr-defined]
    assert (await room.run())["offered"] == 1
    assert (await room.entry(entry)).offers[-1].start == visits[1].start


async def test_a_withdrawn_leave_and_new_hours_are_offered(room: WaitlistProcess) -> None:
    open_clinic = room.clinic.current
    closed = replace(open_clinic, closures=(Closure(first=TUESDAY, last=TUESDAY, reason="外出学习"),))
    room.clinic._clinic = closed
    entry = await room.waits("li", CLEANING, TUESDAY)
    assert (await room.run())["offered"] == 0
    room.clinic._clinic = open_clinic
    assert (await room.run())["offered"] == 1
    assert (await room.entry(entry)).state is EntryState.OFFERED


async def test_an_hour_that_was_free_before_somebody_waited_is_offered(room: WaitlistProcess) -> None:
    await room.run()
    await room.waits("li", CLEANING, TUESDAY)
    assert (await room.run())["offered"] == 1


# -- who is next --------------------------------------------------------------------------------------------------


async def test_trap_3_16_the_first_in_the_list_is_served_first(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    first = await room.waits("first", CLEANING, TUESDAY)
    room.clock.move(MINUTE)  # type: ignore[attr-defined]
    second = await room.waits("second", CLEANING, TUESDAY)
    await room.run()
    await room.cancel(visits[0])
    await room.run()
    assert [(await room.entry(each)).state for each in (first, second)] == [EntryState.OFFERED, EntryState.WAITING]
    await room.waitlist.decline(first.id, 1, by=PATIENT, now=room.clock.now(), contact_id=first.contact_id)
    await room.run()
    assert [(await room.entry(each)).state for each in (first, second)] == [EntryState.WAITING, EntryState.OFFERED]


async def test_staff_put_somebody_first_with_a_reason(room: WaitlistProcess, database: Database) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    await room.waits("first", CLEANING, TUESDAY)
    room.clock.move(MINUTE)  # type: ignore[attr-defined]
    second = await room.waits("second", CLEANING, TUESDAY)
    now = room.clock.now()
    await room.waitlist.put_first(second.id, "术后疼痛", by=RECEPTION, now=now)
    assert (await room.waitlist.waiting(by=RECEPTION))[0].id == second.id
    await room.run()
    await room.cancel(visits[0])
    await room.run()
    assert (await room.entry(second)).state is EntryState.OFFERED
    (noted,) = await entries(database, "waitlist:ordered")
    assert noted.by == RECEPTION.by
    (stored,) = await database.collection("waitlist").find({"_id": second.id}).to_list(None)
    assert "术后疼痛" not in str(stored)  # what staff write freely is encrypted
    with pytest.raises(NotWaitingError):
        await room.waitlist.put_first(second.id, "急", by=PATIENT, now=now)


async def test_trap_3_16_an_hour_goes_by_need_not_by_product(room: WaitlistProcess) -> None:
    visits = [*await room.fill(CHECKUP, TUESDAY), *await room.fill(CHECKUP, WEDNESDAY)]
    others = [
        await room.waits("doctor", CHECKUP, TUESDAY, WEDNESDAY, doctors=(ZHOU,)),
        await room.waits("day", CHECKUP, TUESDAY),
        await room.waits("weekday", CHECKUP, TUESDAY, WEDNESDAY, weekdays=(TUESDAY.weekday(),)),
        await room.waits("part", CHECKUP, TUESDAY, WEDNESDAY, parts=(PartOfDay.AFTERNOON,)),
        await room.waits("kind", CLEANING, TUESDAY, WEDNESDAY, doctors=(CHEN,), parts=(PartOfDay.EVENING,)),
    ]
    fits = await room.waits("fits", CHECKUP, TUESDAY, WEDNESDAY, doctors=(CHEN,), parts=(PartOfDay.MORNING,))
    await room.run()
    freed = next(
        each for each in visits if each.practitioner_id == CHEN and each.start.astimezone(UTC).date() == WEDNESDAY
    )
    await room.cancel(freed)
    assert (await room.run())["offered"] == 1
    assert (await room.entry(fits)).state is EntryState.OFFERED
    assert {(await room.entry(each)).state for each in others} == {EntryState.WAITING}


async def test_trap_3_1_an_offer_with_any_doctor_binds_one(room: WaitlistProcess) -> None:
    for name in ("a", "b", "c"):
        await room.waits(name, CHECKUP, TUESDAY)
    await room.run()
    found = [each.offers[-1] for each in await room.waitlist.waiting(by=SYSTEM)]
    assert {each.start for each in found[:2]} == {local(TUESDAY, 9)}
    assert {each.practitioner_id for each in found[:2]} == {CHEN, ZHOU}
    assert found[2].start > local(TUESDAY, 9)


async def test_who_has_another_visit_then_is_offered_another_hour(room: WaitlistProcess) -> None:
    _, patient = await room.person("li")
    await room.booking.book(
        request_key="x",
        contact_id=None,
        patient_id=patient,
        visit_type_id=CHECKUP,
        practitioner_id=ZHOU,
        start=local(TUESDAY, 9),
        by=SYSTEM,
        now=room.clock.now(),
    )
    await room.waits("li", CLEANING, TUESDAY)
    await room.run()
    (entry,) = await room.waitlist.waiting(by=SYSTEM)
    assert entry.offers[-1].start == local(TUESDAY, 10)


# -- the end of an offer ------------------------------------------------------------------------------------------


async def test_an_unanswered_offer_goes_to_the_next_in_line_and_not_back(room: WaitlistProcess) -> None:
    entry, visit = await offered(room, "first")
    room.clock.move(MINUTE)  # type: ignore[attr-defined]
    second = await room.waits("second", CLEANING, TUESDAY)
    room.clock.move(14 * MINUTE)  # type: ignore[attr-defined]
    counts = await room.run()
    assert (counts["over"], counts["offered"]) == (1, 1)
    assert (await room.entry(second)).offers[-1].start == visit.start
    first = await room.entry(entry)
    assert (first.state, first.unanswered, first.offers[-1].outcome) == (
        EntryState.WAITING,
        1,
        OfferOutcome.UNANSWERED,
    )
    room.clock.move(15 * MINUTE)  # type: ignore[attr-defined]
    assert (await room.run())["offered"] == 0  # both had it: it is free for everybody
    room.clock.move(FULL_LOOK)  # type: ignore[attr-defined]
    assert (await room.run())["offered"] == 0
    assert room.read_by("first") == room.read_by("second")[:0] + room.read_by("first")[:1]


async def test_trap_3_16_an_offer_cannot_be_taken_after_its_deadline(room: WaitlistProcess) -> None:
    entry, _ = await offered(room)
    room.clock.move(15 * MINUTE)  # type: ignore[attr-defined]
    with pytest.raises(OfferOverError):
        await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)
    with pytest.raises(OfferOverError):
        await room.waitlist.decline(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)
    await room.run()
    with pytest.raises(OfferOverError):
        await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)


async def test_trap_3_20_an_offer_that_is_over_is_not_shown_as_taken(room: WaitlistProcess) -> None:
    _, visit = await offered(room)
    now = room.clock.now() + 15 * MINUTE
    free = await room.booking.slots(CLEANING, None, TUESDAY, now, booker=Booker.RETURNING)
    assert [each.start for each in free] == [visit.start]  # also before any job has run


async def test_an_old_offer_is_not_the_new_one(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    await room.run()
    await room.cancel(visits[0])
    await room.run()
    now = room.clock.now()
    await room.waitlist.decline(entry.id, 1, by=PATIENT, now=now, contact_id=entry.contact_id)
    assert (await room.waitlist.decline(entry.id, 1, by=PATIENT, now=now, contact_id=entry.contact_id)).is_open
    await room.cancel(visits[3])
    await room.run()
    with pytest.raises(OfferOverError):
        await room.waitlist.accept(entry.id, 1, by=PATIENT, now=now, contact_id=entry.contact_id)
    made = await room.waitlist.accept(entry.id, 2, by=PATIENT, now=now, contact_id=entry.contact_id)
    assert made.start == visits[3].start


async def test_who_never_answers_is_not_asked_for_ever(room: WaitlistProcess) -> None:
    await room.waits("li", CLEANING, TUESDAY)
    for _ in range(MOST_UNANSWERED):
        assert (await room.run())["offered"] == 1
        room.clock.move(15 * MINUTE)  # type: ignore[attr-defined]
    await room.run()
    (entry,) = await room.waitlist.ended(MONDAY_TEN, by=SYSTEM)
    assert (entry.state, entry.end_reason) == (EntryState.EXPIRED, NEVER_ANSWERED)
    assert len(room.read_by("li")) == MOST_UNANSWERED


# -- never a past hour, never at night ----------------------------------------------------------------------------


async def test_trap_3_16_no_hour_is_offered_that_is_past_or_too_near(room: WaitlistProcess) -> None:
    lead = timedelta(minutes=CLINIC.lead_minutes)
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    room.clock.move(visits[4].start - lead - OFFER_TIME + SECOND - room.clock.now())  # type: ignore[attr-defined]
    await room.run()
    await room.cancel(visits[4])  # it could be offered still, but not be taken until the end of the offer
    assert (await room.run())["offered"] == 0
    await room.cancel(visits[5])
    assert (await room.run())["offered"] == 1
    assert (await room.entry(entry)).offers[-1].start == visits[5].start


async def test_at_night_an_hour_waits_for_the_morning(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, WEDNESDAY)
    await room.waits("li", CLEANING, WEDNESDAY)
    await room.run()
    room.clock.move(local(TUESDAY, 3) - room.clock.now())  # type: ignore[attr-defined]
    await room.cancel(visits[0])
    assert (await room.run())["offered"] == 0
    assert (room.read_by("li"), await room.calls()) == ([], [])
    room.clock.move(local(TUESDAY, 8, 30) - room.clock.now())  # type: ignore[attr-defined]
    assert (await room.run())["offered"] == 1


async def test_an_hour_that_cannot_wait_for_the_morning_is_a_call(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    room.clock.move(MINUTE)  # type: ignore[attr-defined]
    await room.waits("wang", CLEANING, TUESDAY)
    await room.run()
    room.clock.move(local(TUESDAY, 3) - room.clock.now())  # type: ignore[attr-defined]
    await room.cancel(visits[0])
    await room.run()
    await room.run()
    (call,) = await room.calls()
    assert (call.kind, call.patient_id, call.due_at) == (FollowUpKind.PHONE, entry.patient_id, local(TUESDAY, 8, 30))
    assert room.read_by("li") == room.read_by("wang") == []


# -- who cannot be written to -------------------------------------------------------------------------------------


async def test_who_cannot_be_reached_is_to_be_called_and_blocks_nobody(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    silent = await room.waits("silent", CLEANING, TUESDAY, wrote=False)
    room.clock.move(MINUTE)  # type: ignore[attr-defined]
    second = await room.waits("second", CLEANING, TUESDAY)
    await room.run()
    await room.cancel(visits[0])
    await room.run()
    (call,) = await room.calls()
    assert call.patient_id == silent.patient_id
    assert "9:00" in call.reason
    assert (await room.entry(silent)).offers[-1].notified is Notified.CALL
    room.clock.move(15 * MINUTE)  # type: ignore[attr-defined]
    await room.run()
    assert await room.calls() == []  # nobody calls about an hour that went to the next
    assert (await room.entry(silent)).unanswered == 0  # nobody called: that is no silence of theirs
    assert (await room.entry(second)).state is EntryState.OFFERED


async def test_a_patient_without_wechat_is_called_and_booked_by_staff(room: WaitlistProcess) -> None:
    now = room.clock.now()
    _, patient = await room.person("li")
    need = Need(visit_type_id=CLEANING, first=TUESDAY, last=TUESDAY)
    entry = await room.waitlist.join(need=need, contact_id=None, patient_id=patient, by=RECEPTION, now=now)
    await room.run()
    (call,) = await room.calls()
    assert call.patient_id == patient
    made = await room.waitlist.accept(entry.id, 1, by=RECEPTION, now=now)
    assert (made.patient_id, made.by) == (patient, RECEPTION.by)
    assert await room.calls() == []


# -- the end of an entry ------------------------------------------------------------------------------------------


async def test_an_entry_ends_when_its_last_day_has_passed(room: WaitlistProcess) -> None:
    await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    room.clock.move(local(TUESDAY, 23, 59) - room.clock.now())  # type: ignore[attr-defined]
    assert (await room.run())["ended"] == 0
    room.clock.move(MINUTE)  # type: ignore[attr-defined]
    assert (await room.run())["ended"] == 1
    assert (await room.run())["ended"] == 0
    found = await room.entry(entry)
    assert (found.state, found.end_reason) == (EntryState.EXPIRED, PAST_DAYS)


async def test_who_books_elsewhere_leaves_the_list_and_their_offer_is_free(room: WaitlistProcess) -> None:
    entry, visit = await offered(room)
    room.clock.move(SECOND)  # type: ignore[attr-defined]
    second = await room.waits("second", CLEANING, TUESDAY)
    await room.booking.book(
        request_key="elsewhere",
        contact_id=entry.contact_id,
        patient_id=entry.patient_id,
        visit_type_id=CLEANING,
        practitioner_id=None,
        start=visit.start + timedelta(days=1),
        by=PATIENT,
        now=room.clock.now(),
    )
    await room.run()
    found = await room.entry(entry)
    assert (found.state, found.offers[-1].outcome) == (EntryState.BOOKED, OfferOutcome.WITHDRAWN)
    assert (await room.entry(second)).offers[-1].start == visit.start


async def test_who_cancels_what_they_got_is_not_offered_it_again(room: WaitlistProcess) -> None:
    """pretix #1163: offered again after cancelling."""
    entry, _ = await offered(room)
    made = await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)
    await room.booking.cancel(made.id, "", by=PATIENT, now=room.clock.now())
    room.clock.move(FULL_LOOK)  # type: ignore[attr-defined]
    assert (await room.run())["offered"] == 0
    assert (await room.entry(entry)).state is EntryState.BOOKED


async def test_who_leaves_gives_the_offered_hour_back(room: WaitlistProcess) -> None:
    entry, visit = await offered(room)
    second = await room.waits("second", CLEANING, TUESDAY)
    now = room.clock.now()
    await room.waitlist.leave(entry.id, by=PATIENT, now=now, contact_id=entry.contact_id)
    assert (await room.waitlist.leave(entry.id, by=PATIENT, now=now, contact_id=entry.contact_id)).state is (
        EntryState.LEFT
    )
    await room.run()
    assert (await room.entry(second)).offers[-1].start == visit.start
    with pytest.raises(OfferOverError):
        await room.waitlist.accept(entry.id, 1, by=PATIENT, now=now, contact_id=entry.contact_id)


async def test_an_entry_for_a_visit_that_stands_moves_it(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    contact, patient = await room.person("li")
    now = room.clock.now()
    mine = await room.booking.book(
        request_key="mine",
        contact_id=contact.id,
        patient_id=patient,
        visit_type_id=CLEANING,
        practitioner_id=CHEN,
        start=local(WEDNESDAY, 9),
        by=PATIENT,
        now=now,
    )
    need = Need(visit_type_id=CLEANING, first=TUESDAY, last=TUESDAY)
    room.clock.move(SECOND)  # type: ignore[attr-defined]
    entry = await room.waitlist.join(
        need=need, contact_id=contact.id, patient_id=patient, by=PATIENT, now=room.clock.now(), moving=mine.id
    )
    await room.run()
    await room.cancel(visits[0])
    await room.run()
    room.clock.move(SECOND)  # type: ignore[attr-defined]
    moved = await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=contact.id)
    assert (moved.id, moved.start) == (mine.id, visits[0].start)
    assert (await room.entry(entry)).state is EntryState.BOOKED


# -- joining ------------------------------------------------------------------------------------------------------


async def test_joining_again_keeps_the_place_and_changes_the_wish(two: list[WaitlistProcess]) -> None:
    contact, patient = await two[0].person("li")
    now = two[0].clock.now()
    needs = [Need(visit_type_id=CLEANING, first=TUESDAY, last=TUESDAY + timedelta(days=ahead)) for ahead in range(4)]
    made = await asyncio.gather(
        *(
            each.waitlist.join(need=need, contact_id=contact.id, patient_id=patient, by=PATIENT, now=now)
            for each in two
            for need in needs[:2]
        )
    )
    assert len({each.id for each in made}) == 1
    again = await two[0].waitlist.join(need=needs[3], contact_id=contact.id, patient_id=patient, by=PATIENT, now=now)
    assert (again.since, again.need) == (made[0].since, needs[3])


async def test_a_wish_that_cannot_be_is_refused_in_sentences(room: WaitlistProcess) -> None:
    _, patient = await room.person("li")
    now = room.clock.now()
    need = Need(
        visit_type_id=CLEANING,
        first=TUESDAY - timedelta(days=9),
        last=TUESDAY - timedelta(days=8),
        practitioners=(PractitionerId("nobody"),),
    )
    with pytest.raises(FieldErrors) as refused:
        await room.waitlist.join(need=need, contact_id=None, patient_id=patient, by=RECEPTION, now=now)
    assert set(refused.value.fields) == {"last", "practitioners"}


async def test_nobody_without_the_right_and_no_other_patient_touches_an_entry(room: WaitlistProcess) -> None:
    entry, _ = await offered(room)
    other, _ = await room.person("wang")
    now = room.clock.now()
    for deed in (room.waitlist.accept, room.waitlist.decline):
        with pytest.raises(NotFoundError):
            await deed(entry.id, 1, by=PATIENT, now=now, contact_id=other.id)
        with pytest.raises(ForbiddenError):
            await deed(entry.id, 1, by=NOBODY, now=now)
    with pytest.raises(NotFoundError):
        await room.waitlist.leave(entry.id, by=PATIENT, now=now, contact_id=other.id)
    with pytest.raises(FieldErrors):
        await room.waitlist.leave(entry.id, by=RECEPTION, now=now)
    with pytest.raises(ForbiddenError):
        await room.waitlist.waiting(by=NOBODY)


async def test_who_waits_for_an_hour_is_told_for_an_appointment(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    await room.waits("wang", CLEANING, WEDNESDAY)
    found = await room.waitlist.waiting_for(visits[0], by=RECEPTION)
    assert [each.id for each in found] == [entry.id]


# -- erasure and merges -------------------------------------------------------------------------------------------


async def test_an_erased_contact_leaves_no_entry_and_no_hold(room: WaitlistProcess) -> None:
    entry, _ = await offered(room)
    _, staff_patient = await room.person("wang")
    need = Need(visit_type_id=CHECKUP, first=TUESDAY, last=TUESDAY)
    await room.waitlist.join(need=need, contact_id=None, patient_id=staff_patient, by=RECEPTION, now=room.clock.now())
    assert entry.contact_id is not None
    assert await room.waitlist.erase(entry.contact_id, {staff_patient}) == 2
    assert await room.waitlist.waiting(by=SYSTEM) == []
    assert await room.database.collection(HOLDS).count_documents({"offer": entry.id}) == 0


async def test_an_entry_of_a_merged_duplicate_is_the_survivors(room: WaitlistProcess) -> None:
    entry, _ = await offered(room)
    _, survivor = await room.person("survivor")
    await room.database.collection("patients").update_one(
        {"_id": entry.patient_id}, {"$set": {"merged_into": survivor}}
    )
    made = await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)
    assert made.patient_id == survivor


# -- several processes, and ones that die -------------------------------------------------------------------------


async def test_two_processes_never_offer_one_hour_twice(two: list[WaitlistProcess], database: Database) -> None:
    for name in range(6):
        await two[0].waits(f"p{name}", CHECKUP, TUESDAY)
    await asyncio.gather(*(each.run() for each in two for _ in range(2)))
    found = await two[0].waitlist.waiting(by=SYSTEM)
    offers = [(each.offers[-1].start, each.offers[-1].practitioner_id) for each in found if each.offer is not None]
    assert len(offers) == len(set(offers)) == 6
    assert [len(each.offers) for each in found] == [1] * 6
    assert all(len([*two[0].read_by(f"p{name}"), *two[1].read_by(f"p{name}")]) == 1 for name in range(6))
    assert await database.collection(HOLDS).count_documents({}) == 6
    await audit_capacity(database)


async def test_taking_declining_and_expiring_at_once_have_one_result(
    two: list[WaitlistProcess], database: Database
) -> None:
    entry, visit = await offered(two[0])
    now, late = two[0].clock.now() + 15 * MINUTE - SECOND, two[0].clock.now() + 15 * MINUTE
    results = await asyncio.gather(
        two[0].waitlist.accept(entry.id, 1, by=PATIENT, now=now, contact_id=entry.contact_id),
        two[1].waitlist.accept(entry.id, 1, by=PATIENT, now=now, contact_id=entry.contact_id),
        two[1].waitlist.decline(entry.id, 1, by=PATIENT, now=now, contact_id=entry.contact_id),
        two[0].offering.run(late),
        two[1].offering.run(late),
        return_exceptions=True,
    )
    unexpected = [each for each in results if isinstance(each, Exception) and not isinstance(each, OfferOverError)]
    assert unexpected == []
    visits = await database.collection("appointments").find({"patient_id": entry.patient_id}).to_list(None)
    assert len(visits) <= 1
    await two[0].offering.run(late)
    found = await two[0].entry(entry)
    assert found.state is (EntryState.BOOKED if visits else EntryState.WAITING)
    assert [each["start"] for each in visits] in ([], [visit.start])
    await audit_capacity(database)


async def test_a_process_that_dies_between_hold_and_entry_loses_nothing(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    await room.run()
    await room.cancel(visits[0])
    now = room.clock.now()
    await room.booking.offer(  # … and dies
        entry.id,
        CLEANING,
        CHEN,
        visits[0].start,
        until=now + OFFER_TIME,
        contact_id=entry.contact_id,
        booker=Booker.RETURNING,
        by=SYSTEM,
        now=now,
    )
    await room.run()
    assert await room.database.collection(HOLDS).count_documents({}) == 1
    room.clock.move(15 * MINUTE)  # type: ignore[attr-defined]
    await room.run()
    assert (await room.entry(entry)).offers[-1].start == visits[0].start


async def test_a_process_that_dies_between_appointment_and_entry_loses_nothing(room: WaitlistProcess) -> None:
    entry, visit = await offered(room)
    made = await room.booking.book(
        request_key=f"waitlist:{entry.id}:1",
        contact_id=entry.contact_id,
        patient_id=entry.patient_id,
        visit_type_id=CLEANING,
        practitioner_id=CHEN,
        start=visit.start,
        by=PATIENT,
        now=room.clock.now(),
        hold=entry.offers[-1].hold_id,
    )  # … and dies
    again = await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)
    assert again.id == made.id
    assert (await room.entry(entry)).appointment_id == made.id


async def test_a_process_that_dies_before_telling_is_finished(room: WaitlistProcess) -> None:
    visits = await room.fill(CLEANING, TUESDAY)
    entry = await room.waits("li", CLEANING, TUESDAY)
    await room.run()
    await room.cancel(visits[0])

    async def dies(entry: Entry, now: datetime) -> None:  # noqa: ARG001 - as it is called
        if entry.offer is not None:
            raise ConnectionError

    tell, room.offering._news.tell = room.offering._news.tell, dies  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await room.run()
    room.offering._news.tell = tell  # type: ignore[method-assign]
    assert (await room.entry(entry)).offers[-1].notified is Notified.NOT_YET
    assert await room.database.collection(FREED).count_documents({}) > 0  # what was freed is looked at again
    await room.run()
    assert len(room.read_by("li")) == 1
    assert await room.database.collection(FREED).count_documents({}) == 0


async def test_an_answer_that_overlaps_another_visit_books_nothing(room: WaitlistProcess) -> None:
    entry, visit = await offered(room)
    await room.booking.book(
        request_key="other",
        contact_id=None,
        patient_id=entry.patient_id,
        visit_type_id=CHECKUP,
        practitioner_id=ZHOU,
        start=visit.start,
        by=SYSTEM,
        now=room.clock.now(),
    )
    with pytest.raises(AlreadyBookedError):
        await room.waitlist.accept(entry.id, 1, by=PATIENT, now=room.clock.now(), contact_id=entry.contact_id)
    assert (await room.entry(entry)).state is EntryState.OFFERED
