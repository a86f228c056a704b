"""Holds, joint resources, windows, overbooking and what is audited of them, over a real mongod."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from tests.auditing import RECEPTION, entries
from tests.bookings import CHECKUP, CHEN, JOINT, LASER, WANG, XRAY, ZHOU, audit_capacity, open_booking
from tests.store.test_booking import CLINIC, NINE, NOW, TUESDAY, local
from wxbot.actors import PATIENT, Actor
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, Booker, Hold
from wxbot.booking.obstacles import ObstacleKind
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.holds import HOLDS
from wxbot.booking.stores.occupancy import OCCUPANCY
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.clinic.models import (
    BookingWindow,
    DeviceId,
    PractitionerId,
    VisitType,
    VisitTypeId,
)
from wxbot.database import Database, DuplicateKeyError
from wxbot.errors import FieldErrors, ForbiddenError, NotBookableError, SlotTakenError
from wxbot.history.models import ContactId, PatientId

FIVE = timedelta(minutes=5)


@pytest.fixture
async def booking(database: Database) -> Booking:
    return await open_booking(database)


@pytest.fixture
def store(database: Database) -> BookingStore:
    return BookingStore(database)


async def book(  # noqa: PLR0917 - short calls keep the tests readable
    booking: Booking,
    who: str,
    kind: VisitTypeId = LASER,
    doctor: PractitionerId | None = None,
    start: datetime = NINE,
    by: Actor = PATIENT,
    **more: object,
) -> Appointment:
    return await booking.book(
        request_key=f"{who}:{kind}:{start}:{doctor}",
        contact_id=ContactId(who),
        patient_id=PatientId(f"p-{who}"),
        visit_type_id=kind,
        practitioner_id=doctor,
        start=start,
        by=by,
        now=more.pop("now", NOW),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


async def hold(  # noqa: PLR0917 - the same
    booking: Booking,
    who: str,
    kind: VisitTypeId = CHECKUP,
    doctor: PractitionerId | None = None,
    start: datetime = NINE,
    now: datetime = NOW,
) -> Hold:
    return await booking.hold(kind, doctor, start, contact_id=ContactId(who), by=PATIENT, now=now)


def starts(found: Sequence[object]) -> list[str]:
    return [f"{slot.start.astimezone(CLINIC.timezone):%H:%M}" for slot in found]  # type: ignore[attr-defined]


# -- joint resources ------------------------------------------------------------------------------------------------


async def test_a_visit_claims_practitioner_room_and_device_with_its_buffers_and_frees_exactly_these(
    booking: Booking, database: Database
) -> None:
    made = await book(booking, "li", LASER, CHEN)

    assert (made.room, made.devices) == ("chen室", (DeviceId("l1"),))
    assert (made.busy_from, made.busy_until) == (NINE - timedelta(minutes=10), NINE + timedelta(minutes=35))
    assert await audit_capacity(database) == 6 + 3 * 9  # the patient half an hour; the others with ten and five minutes
    moved = await booking.move(made.id, local(TUESDAY, 9, 30), ZHOU, made.version, "m:1", by=PATIENT, now=NOW)
    assert (moved.room, moved.devices, moved.busy_from) == ("zhou室", (DeviceId("l1"),), NINE + timedelta(minutes=20))
    assert await audit_capacity(database) == 6 + 3 * 9
    await booking.cancel(made.id, "", by=PATIENT, now=NOW)
    assert await audit_capacity(database) == 0


async def test_two_devices_serve_two_of_three_doctors(booking: Booking, database: Database) -> None:
    """Capacity is what is free of everything that is needed, not the number of doctors."""
    first, second = await book(booking, "a"), await book(booking, "b")

    assert {first.devices, second.devices} == {(DeviceId("l1"),), (DeviceId("l2"),)}
    assert starts(await booking.slots(LASER, None, TUESDAY, NOW))[0] == "10:00"  # 9:30 would be prepared at 9:20
    with pytest.raises(SlotTakenError) as refused:
        await book(booking, "c")
    assert starts(refused.value.alternatives) == ["10:00", "10:30", "11:00"]
    (found,) = await booking.why_not(LASER, WANG, NINE, now=NOW)
    assert (found.kind, found.resource, found.until) == (
        ObstacleKind.DEVICE_BUSY,
        "device:l1",
        NINE + timedelta(minutes=35),
    )
    assert await audit_capacity(database) == 2 * (6 + 3 * 9)


async def test_a_kind_of_room_is_given_in_order_and_never_a_retired_one(booking: Booking) -> None:
    rooms = [(await book(booking, who, XRAY)).room for who in "ab"]

    assert rooms == ["x1", "x2"]
    with pytest.raises(SlotTakenError):
        await book(booking, "c", XRAY)
    assert {each.kind for each in await booking.why_not(XRAY, WANG, NINE, now=NOW)} == {ObstacleKind.ROOM_BUSY}


async def test_a_race_for_the_last_rooms_gives_each_once(booking: Booking, database: Database) -> None:
    outcomes = await asyncio.gather(*(book(booking, str(n), XRAY) for n in range(30)), return_exceptions=True)

    won = [each for each in outcomes if isinstance(each, Appointment)]
    assert sorted(each.room for each in won) == ["x1", "x2"]
    assert sum(isinstance(each, SlotTakenError) for each in outcomes) == 28
    assert await audit_capacity(database) == 2 * 3 * 6


async def test_who_finds_a_room_gone_takes_the_next_one(database: Database) -> None:
    """Each of two processes saw both rooms free: nobody is told no while one is left."""
    processes = [await open_booking(database) for _ in range(2)]
    for day in range(24, 29):
        start = local(date(2026, 11, day), 9)
        made = await asyncio.gather(*(book(each, f"{n}", XRAY, None, start) for n, each in enumerate(processes)))
        assert sorted(each.room for each in made) == ["x1", "x2"]
    await audit_capacity(database)


async def test_the_devices_of_a_service_bar_those_of_another_that_needs_the_same_doctor(booking: Booking) -> None:
    """Trap of booking 3.6: a booking of one visit type is seen by every other."""
    await book(booking, "li", LASER, CHEN)

    assert starts(await booking.slots(CHECKUP, CHEN, TUESDAY, NOW))[0] == "10:00"  # cleaning up lasts until 9:35
    assert starts(await booking.slots(XRAY, CHEN, TUESDAY, NOW))[0] == "10:00"


async def test_an_appointment_of_an_earlier_version_keeps_its_hour_and_can_be_moved(
    booking: Booking, store: BookingStore, database: Database
) -> None:
    made = await book(booking, "li", CHECKUP, CHEN)
    old = ("devices", "busy_from", "busy_until", "overbooked", "stage")
    await database.collection(APPOINTMENTS).update_one({"_id": made.id}, {"$unset": dict.fromkeys(old, "")})
    occupancy = database.collection(OCCUPANCY)
    rows = await occupancy.find().to_list(None)
    former = [("resource", 1), ("tick", 1)]
    await occupancy.create_index(former, unique=True)
    await occupancy.delete_many({})
    await occupancy.insert_many([{k: v for k, v in row.items() if k not in {"_id", "ticks"}} for row in rows])

    assert await store.occupancy.key_ticks() == 3 * 12
    assert "resource_1_tick_1" in await occupancy.index_information()  # a process of that version may still claim
    with pytest.raises(DuplicateKeyError):
        await occupancy.insert_one({"resource": rows[0]["resource"], "tick": rows[0]["tick"], "appointment_id": "x"})
    assert await store.occupancy.key_ticks() == 0
    assert "resource_1_tick_1" not in await occupancy.index_information()
    assert await store.occupancy.mark_first_ticks() == 3
    await booking.prepare()
    assert await audit_capacity(database) == 3 * 12
    assert starts(await booking.slots(CHECKUP, CHEN, TUESDAY, NOW))[0] == "10:00"
    before = (await booking.by_ids([made.id]))[made.id]
    assert (before.busy_from, before.devices) == (None, ())
    await booking.move(made.id, local(TUESDAY, 11), CHEN, made.version, "m:1", by=PATIENT, now=NOW)
    assert await audit_capacity(database) == 3 * 12


async def test_the_least_busy_of_the_weeks_around_takes_a_quiet_day(booking: Booking) -> None:
    """Trap of booking 3.3: with one booking a day, the first of the list got them all."""
    days = [date(2026, 11, 24) + timedelta(days=number) for number in range(6)]
    taken = [await book(booking, str(n), CHECKUP, None, local(day, 9)) for n, day in enumerate(days)]

    assert [each.practitioner_id for each in taken] == [CHEN, ZHOU, WANG, CHEN, ZHOU, WANG]


# -- windows --------------------------------------------------------------------------------------------------------


async def test_what_is_offered_to_new_and_returning_patients_and_staff_is_what_each_can_book(
    database: Database,
) -> None:
    """Trap of booking 3.2: the picker offers by one rule and the write refuses by another."""
    kind = VisitType(
        id=CHECKUP,
        name="检查",
        minutes=60,
        window=BookingWindow(lead_minutes=60),
        new_window=BookingWindow(lead_minutes=26 * 60, horizon_days=3),
    )
    booking = await open_booking(database, replace(JOINT, visit_types=(kind,)))
    known = await book(booking, "known", CHECKUP, CHEN, NINE, by=RECEPTION)
    assert await booking.close_past(NINE + timedelta(hours=4)) == 1
    wednesday = date(2026, 11, 25)
    soon, later = local(wednesday, 11), local(date(2026, 11, 28), 9)
    now = local(wednesday, 9, 30)

    assert known.patient_id == PatientId("p-known")
    assert (await booking.booker(known.patient_id), await booking.booker(PatientId("p-new"))) == (
        Booker.RETURNING,
        Booker.NEW,
    )
    first = {}
    for who in ("known", "new"):
        days = await booking.days(CHECKUP, CHEN, now, patient_id=PatientId(f"p-{who}"))
        slots = await booking.slots(CHECKUP, CHEN, days[0].date, now, patient_id=PatientId(f"p-{who}"))
        first[who] = (days[0].date.day, days[-1].date.day, starts(slots)[0])
    assert first == {"known": (25, 2, "10:30"), "new": (27, 28, "09:00")}
    with pytest.raises(NotBookableError):
        await book(booking, "new", CHECKUP, CHEN, soon, now=now)
    with pytest.raises(NotBookableError):
        await book(booking, "new", CHECKUP, CHEN, soon, now=now, booker=Booker.STAFF)  # a patient is no staff
    assert (await book(booking, "known", CHECKUP, CHEN, soon, now=now)).start == soon
    assert (await book(booking, "new", CHECKUP, ZHOU, later, now=now)).start == later
    quarter = local(wednesday, 9, 45)
    assert quarter in [s.start for s in await booking.slots(CHECKUP, ZHOU, wednesday, now, booker=Booker.STAFF)]
    assert (await book(booking, "desk", CHECKUP, ZHOU, quarter, by=RECEPTION, now=now)).start == quarter
    with pytest.raises(NotBookableError):
        await book(booking, "past", CHECKUP, ZHOU, local(wednesday, 9), by=RECEPTION, now=now)


# -- holds ----------------------------------------------------------------------------------------------------------


async def test_a_hold_binds_one_doctor_and_leaves_the_hour_to_the_others(booking: Booking, database: Database) -> None:
    """Trap of booking 3.1: one hold on "any doctor" hid the hour for everybody."""
    held = [await hold(booking, who) for who in "ab"]

    assert [each.slot.practitioner_id for each in held] == [CHEN, ZHOU]
    assert starts(await booking.slots(CHECKUP, None, TUESDAY, NOW))[0] == "09:00"
    assert starts(await booking.slots(CHECKUP, CHEN, TUESDAY, NOW))[0] == "10:00"
    assert starts(await booking.slots(CHECKUP, CHEN, TUESDAY, NOW, contact_id=ContactId("a")))[0] == "09:00"
    assert (await hold(booking, "c")).slot.practitioner_id == WANG
    with pytest.raises(SlotTakenError):
        await hold(booking, "d")
    assert await audit_capacity(database) == 3 * 2 * 12


async def test_a_held_hour_becomes_the_appointment_and_nobody_elses(booking: Booking, database: Database) -> None:
    held = await hold(booking, "a", LASER, CHEN)
    with pytest.raises(SlotTakenError):
        await book(booking, "b", LASER, CHEN)

    made = await book(booking, "a", LASER, None, hold=held.id)

    assert (made.practitioner_id, made.room, made.devices) == (CHEN, held.room, held.devices)
    assert await database.collection(HOLDS).count_documents({}) == 0
    assert await audit_capacity(database) == 6 + 3 * 9


async def test_a_hold_is_free_at_once_when_it_ends_and_cleared_away_once(booking: Booking, database: Database) -> None:
    """Trap of booking 3.20: an expired hold was still shown as reserved."""
    held = await hold(booking, "a", CHECKUP, CHEN)
    last, over = held.until - timedelta(milliseconds=1), held.until

    assert held.until == NOW + FIVE
    assert starts(await booking.slots(CHECKUP, CHEN, TUESDAY, last))[0] == "10:00"
    assert starts(await booking.slots(CHECKUP, CHEN, TUESDAY, over))[0] == "09:00"
    assert await booking.why_not(CHECKUP, CHEN, NINE, now=over) == ()
    assert [await booking.held_by(ContactId("a"), when) for when in (last, over)] == [held, None]
    made = await book(booking, "b", CHECKUP, CHEN, now=over)
    assert made.practitioner_id == CHEN
    assert await audit_capacity(database) == 3 * 12
    other = await hold(booking, "a", CHECKUP, ZHOU)
    assert [await booking.end_expired_holds(when) for when in (last, over, over)] == [0, 1, 0]
    assert other.id != held.id
    assert await audit_capacity(database) == 3 * 12
    with pytest.raises(SlotTakenError):  # who held it hears it once, with other hours
        await book(booking, "a", CHECKUP, CHEN, now=over, hold=held.id)


async def test_a_new_hold_replaces_the_old_one_and_the_same_one_keeps_its_end(
    booking: Booking, database: Database
) -> None:
    first = await hold(booking, "a", CHECKUP, CHEN)
    again = await hold(booking, "a", CHECKUP, None, now=NOW + timedelta(minutes=2))
    assert again == first
    other = await hold(booking, "a", CHECKUP, CHEN, local(TUESDAY, 9, 30))

    assert (other.id != first.id, await audit_capacity(database)) == (True, 2 * 12)
    together = await asyncio.gather(*(hold(booking, "b", CHECKUP, ZHOU) for _ in range(8)))
    assert len({each.id for each in together}) == 1
    assert await audit_capacity(database) == 2 * 2 * 12
    await booking.release_hold(other.id, contact_id=ContactId("b"), by=PATIENT)  # not theirs
    assert await booking.held_by(ContactId("a"), NOW) == other
    await booking.release_hold(other.id, contact_id=ContactId("a"), by=PATIENT)
    assert await booking.detach(ContactId("b")) == 0
    assert await audit_capacity(database) == 0


async def test_an_hour_is_held_for_an_appointment_that_overlaps_it(booking: Booking, database: Database) -> None:
    made = await book(booking, "a", CHECKUP, CHEN)
    half_past = local(TUESDAY, 9, 30)
    held = await booking.hold(CHECKUP, CHEN, half_past, contact_id=ContactId("a"), by=PATIENT, now=NOW, moving=made.id)
    assert await audit_capacity(database) == 3 * 12 + 2 * 6

    moved = await booking.move(made.id, half_past, CHEN, made.version, "m:1", by=PATIENT, now=NOW, hold=held.id)

    assert moved.start == half_past
    assert await audit_capacity(database) == 3 * 12


async def test_of_many_who_want_to_hold_the_last_hour_one_does(booking: Booking, database: Database) -> None:
    outcomes = await asyncio.gather(*(hold(booking, str(n), CHECKUP, CHEN) for n in range(30)), return_exceptions=True)

    assert sum(isinstance(each, Hold) for each in outcomes) == 1
    assert sum(isinstance(each, SlotTakenError) for each in outcomes) == 29
    assert await audit_capacity(database) == 2 * 12


# -- overbooking ----------------------------------------------------------------------------------------------------


async def test_staff_overbook_with_a_reason_where_it_is_not_free(booking: Booking, database: Database) -> None:
    await book(booking, "a", LASER, CHEN)

    made = await book(booking, "b", LASER, CHEN, by=RECEPTION, overbooked=" 急性 牙痛 ")

    assert (made.overbooked, made.room, made.devices) == ("急性 牙痛", "chen室", ())
    assert await audit_capacity(database) == 6 + 3 * 9 + 6
    (noted,) = [each for each in await entries(database) if each.action == "appointment:overbooked"]
    assert noted.summary == "为患者加号：急性 牙痛"
    moved = await booking.move(made.id, local(TUESDAY, 11), CHEN, made.version, "m:1", by=RECEPTION, now=NOW)
    assert (moved.overbooked, moved.devices) == ("", (DeviceId("l1"),))
    assert await audit_capacity(database) == 2 * (6 + 3 * 9)
    back = await booking.move(moved.id, NINE, CHEN, moved.version, "m:2", by=RECEPTION, now=NOW, overbooked="医生同意")
    assert back.overbooked == "医生同意"
    assert await audit_capacity(database) == 6 + 3 * 9 + 6


async def test_an_hour_that_is_free_is_booked_whatever_reason_was_given(booking: Booking, database: Database) -> None:
    made = await book(booking, "a", LASER, CHEN, by=RECEPTION, overbooked="医生同意")

    assert made.overbooked == ""
    assert await audit_capacity(database) == 6 + 3 * 9


async def test_overbooking_demands_staff_a_reason_a_doctor_and_an_offered_hour(booking: Booking) -> None:
    await book(booking, "a", LASER, CHEN)

    with pytest.raises(ForbiddenError):
        await book(booking, "b", LASER, CHEN, overbooked="求求了")
    with pytest.raises(FieldErrors):
        await book(booking, "b", LASER, CHEN, by=RECEPTION, overbooked="  ")
    with pytest.raises(FieldErrors):
        await book(booking, "b", LASER, None, by=RECEPTION, overbooked="急")
    with pytest.raises(NotBookableError):
        await book(booking, "b", LASER, CHEN, local(TUESDAY, time(20).hour), by=RECEPTION, overbooked="急")
    with pytest.raises(AlreadyBookedError):
        await book(booking, "a", LASER, CHEN, NINE + timedelta(minutes=15), by=RECEPTION, overbooked="急")
