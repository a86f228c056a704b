"""What is left of a visit's hour when the patient does not come or leaves early, and taking it back."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.auditing import RECEPTION
from tests.bookings import CHECKUP, CHEN, JOINT, LASER, XRAY, audit_capacity, open_booking
from tests.clinics import FixedClinic
from tests.store.test_booking import TUESDAY, local
from wxbot.actors import PATIENT
from wxbot.booking.claims import claims_of
from wxbot.booking.errors import GivenAwayError
from wxbot.booking.freeing import claims_again, freed, taken_again
from wxbot.booking.models import Appointment, AppointmentId, Booker, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.occupancy import FREED
from wxbot.booking.stores.stages import StageStore
from wxbot.booking.ticks import TICK_SECONDS
from wxbot.booking.visit_stages import VisitStages
from wxbot.clinic.models import VisitTypeId
from wxbot.database import Database
from wxbot.errors import SlotTakenError
from wxbot.history.models import ContactId, PatientId

NOW = local(TUESDAY, 8)
TEN, HALF_PAST = local(TUESDAY, 10), local(TUESDAY, 10, 30)
EXPECTED, _, _, IN_TREATMENT, LEFT = VisitStage


@pytest.fixture
async def booking(database: Database) -> Booking:
    return await open_booking(database)


@pytest.fixture
def stages(database: Database, booking: Booking) -> VisitStages:
    return VisitStages(StageStore(database), BookingStore(database), FixedClinic(JOINT), booking.recorder)


async def book(
    booking: Booking, who: str, start: datetime, *, kind: VisitTypeId = CHECKUP, now: datetime = NOW
) -> Appointment:
    return await booking.book(
        request_key=f"test:{who}:{start.isoformat()}",
        contact_id=None,
        patient_id=PatientId(who),
        visit_type_id=kind,
        practitioner_id=CHEN,
        start=start,
        by=RECEPTION,
        now=now,
    )


async def free(booking: Booking, kind: VisitTypeId, now: datetime) -> list[str]:
    slots = await booking.slots(kind, CHEN, TUESDAY, now, booker=Booker.STAFF)
    return [slot.start.astimezone(JOINT.timezone).strftime("%H:%M") for slot in slots]


async def test_what_is_left_of_a_missed_hour_can_be_booked(booking: Booking, database: Database) -> None:
    """Trap of booking 3.8: a missed visit kept its hour."""
    missed = await book(booking, "li", TEN)  # until 11
    at = TEN + timedelta(minutes=12)
    with pytest.raises(SlotTakenError):
        await book(booking, "zhao", HALF_PAST, kind=XRAY, now=at)

    gone = await booking.mark_no_show(missed.id, by=RECEPTION, now=at)

    assert gone.freed_from == TEN + timedelta(minutes=15)
    assert await database.collection(FREED).count_documents({}) == 1  # so that the waitlist hears of it
    assert "10:30" in await free(booking, XRAY, at)
    await book(booking, "zhao", HALF_PAST, kind=XRAY, now=at)
    await audit_capacity(database)
    again = await booking.mark_no_show(missed.id, by=RECEPTION, now=at + timedelta(minutes=1))
    assert again.version == gone.version
    await audit_capacity(database)


async def test_who_leaves_early_leaves_room_and_device_when_they_are_clean(
    booking: Booking, stages: VisitStages, database: Database
) -> None:
    visit = await book(booking, "li", TEN, kind=LASER)  # until 10:30, cleaned by 10:35
    for to, seen in ((IN_TREATMENT, EXPECTED), (LEFT, IN_TREATMENT)):
        visit = await stages.advance(visit.id, to, seen=seen, by=RECEPTION, now=TEN + timedelta(minutes=8))

    assert visit.freed_from == TEN + timedelta(minutes=15)
    await audit_capacity(database)


async def test_after_the_hour_nothing_is_left_to_free(booking: Booking, database: Database) -> None:
    missed = await book(booking, "li", TEN)
    before = await audit_capacity(database)
    gone = await booking.mark_no_show(missed.id, by=RECEPTION, now=local(TUESDAY, 11, 30))
    assert (gone.freed_from, await audit_capacity(database)) == (None, before)


async def test_an_undo_takes_what_is_left_again(booking: Booking, stages: VisitStages, database: Database) -> None:
    visit = await book(booking, "li", TEN)
    await booking.mark_no_show(visit.id, by=RECEPTION, now=TEN + timedelta(minutes=12))
    later = TEN + timedelta(minutes=26)
    expected = await stages.undo_no_show(visit.id, by=RECEPTION, now=later)
    await audit_capacity(database)
    assert (expected.live, expected.taken_again_from) == (True, TEN + timedelta(minutes=25))
    with pytest.raises(SlotTakenError):
        await book(booking, "zhao", HALF_PAST, kind=XRAY, now=later)

    gone = await stages.advance(visit.id, LEFT, seen=EXPECTED, by=RECEPTION, now=TEN + timedelta(minutes=40))
    await audit_capacity(database)
    assert (gone.freed_from, gone.taken_again_from) == (TEN + timedelta(minutes=15), None)
    back = await stages.step_back(visit.id, seen=LEFT, by=RECEPTION, now=TEN + timedelta(minutes=41))
    await audit_capacity(database)
    await booking.move(visit.id, local(TUESDAY, 11), CHEN, back.version, "m1", by=RECEPTION, now=later)
    await audit_capacity(database)


async def test_what_was_given_away_is_not_taken_back_and_it_is_said_who_has_it(
    booking: Booking, stages: VisitStages, database: Database
) -> None:
    missed, left = await book(booking, "li", TEN), await book(booking, "he", local(TUESDAY, 9))
    at = local(TUESDAY, 9, 20)
    left = await stages.advance(left.id, LEFT, seen=EXPECTED, by=RECEPTION, now=at)
    other = await book(booking, "zhao", local(TUESDAY, 9, 30), kind=XRAY, now=at)
    with pytest.raises(GivenAwayError) as refused:
        await stages.step_back(left.id, seen=LEFT, by=RECEPTION, now=at)
    assert ([each.id for each in refused.value.others], refused.value.held) == ([other.id], False)

    at = TEN + timedelta(minutes=12)
    await booking.mark_no_show(missed.id, by=RECEPTION, now=at)
    held = await booking.hold(XRAY, CHEN, HALF_PAST, contact_id=ContactId("c"), by=PATIENT, now=at)
    with pytest.raises(GivenAwayError) as refused:
        await stages.undo_no_show(missed.id, by=RECEPTION, now=at)
    assert (refused.value.others, refused.value.held) == ((), True)

    found = await booking.by_ids([missed.id, left.id])
    assert [each.live for each in found.values()] == [False, False]
    await audit_capacity(database)
    await booking.release_hold(held.id, contact_id=ContactId("c"), by=PATIENT)
    assert (await stages.undo_no_show(missed.id, by=RECEPTION, now=at)).live
    await audit_capacity(database)


async def test_an_undo_and_a_booking_at_the_same_moment_leave_one_holder(
    booking: Booking, stages: VisitStages, database: Database
) -> None:
    missed, at = await book(booking, "li", TEN), TEN + timedelta(minutes=12)
    await booking.mark_no_show(missed.id, by=RECEPTION, now=at)
    results = await asyncio.gather(
        stages.undo_no_show(missed.id, by=RECEPTION, now=at),
        book(booking, "zhao", HALF_PAST, kind=XRAY, now=at),
        return_exceptions=True,
    )
    refusals = [each for each in results if isinstance(each, BaseException)]
    assert [isinstance(each, GivenAwayError | SlotTakenError) for each in refusals] == [True]
    await audit_capacity(database)


@given(minutes=st.lists(st.integers(-30, 90), min_size=1, max_size=6), cleaning=st.booleans(), over=st.booleans())
def test_whatever_is_freed_and_taken_again_only_the_time_to_come_changes(
    minutes: list[int], cleaning: bool, over: bool
) -> None:
    visit = Appointment(
        id=AppointmentId("a"),
        request_key="k",
        contact_id=None,
        patient_id=PatientId("p"),
        visit_type_id=LASER,
        practitioner_id=CHEN,
        room="x1",
        start=TEN,
        end=HALF_PAST,
        busy_from=TEN - timedelta(minutes=10),
        busy_until=HALF_PAST + timedelta(minutes=5),
        created_at=NOW,
        new_patient=False,
        overbooked="急诊" if over else "",
    )
    whole = {(each.resource, tick) for each in claims_of(visit) for tick in each.ticks}
    now = TEN
    for number, minute in enumerate(minutes):
        now = max(now, TEN + timedelta(minutes=minute))
        before = [(each.resource, tick) for each in claims_of(visit) for tick in each.ticks]
        after = freed(visit, now, cleaning=cleaning) if number % 2 == 0 else taken_again(visit, now)
        claimed = [(each.resource, tick) for each in claims_of(after) for tick in each.ticks]
        assert len(set(claimed)) == len(claimed)
        assert set(claimed) <= whole
        this = int(now.timestamp()) // TICK_SECONDS
        if number % 2 == 0:
            assert set(claimed) <= set(before)
            assert cleaning or all(tick <= this for _, tick in claimed)
        else:
            again = {(each.resource, tick) for each in claims_again(after) for tick in each.ticks}
            assert {each for each in whole if each[1] >= this} <= set(claimed)
            assert set(claimed) - set(before) == again
        visit = after
