"""Booking over a real mongod: races, repeats, moves, closing."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.auditing import NOBODY, RECEPTION, audit_of, entries
from tests.clinics import FixedClinic
from wxbot.actors import PATIENT
from wxbot.booking.errors import AlreadyBookedError, TooLateError
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, Day
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.occupancy import OCCUPANCY
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.clinic.models import Block, Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId, Weekday
from wxbot.database import Database
from wxbot.errors import ForbiddenError, NotBookableError, NotFoundError, SlotTakenError, StaleError
from wxbot.history.models import ContactId, Kind, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 at the clinic
CLEANING, CHECKUP = VisitTypeId("cleaning"), VisitTypeId("checkup")
CHEN, ZHOU = PractitionerId("chen"), PractitionerId("zhou")
EVERY_MORNING = tuple(Block(day=day, start=time(9), end=time(12)) for day in Weekday)
TUESDAY = date(2026, 11, 24)


def person(practitioner_id: PractitionerId, room: str, *visit_types: VisitTypeId) -> Practitioner:
    return Practitioner(
        id=practitioner_id,
        name=f"{practitioner_id}医生",
        title="主治医师",
        speciality="口腔",
        room=room,
        visit_types=visit_types,
        hours=EVERY_MORNING,
    )


CLINIC = Clinic(
    name="测试诊所",
    address="测试路1号",
    phone="000",
    privacy_contact="privacy@example.com",
    timezone=ZONE,
    visit_types=(
        VisitType(id=CLEANING, name="洁牙", minutes=30),
        VisitType(id=CHECKUP, name="检查", minutes=60),
    ),
    practitioners=(person(CHEN, "1诊室", CLEANING, CHECKUP), person(ZHOU, "2诊室", CHECKUP)),
    horizon_days=7,
)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


NINE = local(TUESDAY, 9)


@pytest.fixture
async def history(database: Database) -> History:
    store = HistoryStore(database)
    await database.create_indexes([store])
    return History(store)


@pytest.fixture
async def booking(database: Database, history: History) -> Booking:
    store = BookingStore(database)
    await database.create_indexes([store])
    return Booking(store, FixedClinic(CLINIC), history=history, audit=audit_of(database))


async def book(  # noqa: PLR0917 - short calls keep the tests readable
    booking: Booking,
    who: str,
    start: datetime = NINE,
    practitioner_id: PractitionerId | None = CHEN,
    visit_type_id: VisitTypeId = CLEANING,
    key: str | None = None,
) -> Appointment:
    return await booking.book(
        request_key=key or f"m:{who}:{start.isoformat()}:{practitioner_id}",
        contact_id=ContactId(f"contact-{who}"),
        patient_id=PatientId(f"patient-{who}"),
        visit_type_id=visit_type_id,
        practitioner_id=practitioner_id,
        start=start,
        now=NOW,
        by=PATIENT,
    )


async def ticks_held(database: Database) -> int:
    return await database.collection(OCCUPANCY).count_documents({})


async def kinds(history: History, who: str) -> list[Kind]:
    return sorted(line.kind for line in await history.timeline(ContactId(f"contact-{who}")))


async def test_of_fifty_claims_on_one_slot_exactly_one_wins_and_the_others_hear_the_next_three(
    booking: Booking, database: Database
) -> None:
    outcomes = await asyncio.gather(*(book(booking, str(n)) for n in range(50)), return_exceptions=True)

    won = [outcome for outcome in outcomes if isinstance(outcome, Appointment)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, SlotTakenError)]
    assert (len(won), len(lost)) == (1, 49)
    next_three = [NINE + timedelta(minutes=30 * n) for n in (1, 2, 3)]
    assert {tuple(slot.start for slot in error.alternatives) for error in lost} == {tuple(next_three)}
    assert await database.collection(APPOINTMENTS).count_documents({}) == 1
    assert await ticks_held(database) == 3 * 6  # practitioner, room and patient for half an hour


async def test_claims_that_overlap_without_starting_together_leave_one_winner(booking: Booking) -> None:
    starts = [NINE + timedelta(minutes=30 * (n % 2)) for n in range(20)]

    outcomes = await asyncio.gather(
        *(book(booking, str(n), start, CHEN, CHECKUP) for n, start in enumerate(starts)), return_exceptions=True
    )

    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SlotTakenError) for outcome in outcomes) == 19


async def test_fifty_who_take_any_practitioner_fill_both(booking: Booking) -> None:
    outcomes = await asyncio.gather(
        *(book(booking, str(n), NINE, None, CHECKUP) for n in range(50)), return_exceptions=True
    )

    won = [outcome for outcome in outcomes if isinstance(outcome, Appointment)]
    assert sorted(appointment.practitioner_id for appointment in won) == [CHEN, ZHOU]
    assert sum(isinstance(outcome, SlotTakenError) for outcome in outcomes) == 48


async def test_the_same_request_books_once_however_often_it_comes(
    booking: Booking, database: Database, history: History
) -> None:
    together = await asyncio.gather(*(book(booking, "li", key="m:1") for _ in range(10)))
    again = await book(booking, "li", key="m:1")

    assert {appointment.id for appointment in together} == {again.id}
    assert await database.collection(APPOINTMENTS).count_documents({}) == 1
    assert await kinds(history, "li") == [Kind.APPOINTMENT_BOOKED]


async def test_a_lost_line_of_the_transcript_is_written_when_the_request_comes_again(
    booking: Booking, database: Database, history: History
) -> None:
    first = await book(booking, "li", key="m:1")
    await database.collection("interactions").delete_many({})

    again = await book(booking, "li", key="m:1")

    assert again == first
    assert await kinds(history, "li") == [Kind.APPOINTMENT_BOOKED]


async def test_a_patient_cannot_be_in_two_places_at_once(booking: Booking, database: Database) -> None:
    first = await book(booking, "li", NINE, CHEN, CLEANING)

    with pytest.raises(AlreadyBookedError) as refused:
        await book(booking, "li", NINE, ZHOU, CHECKUP)

    assert refused.value.existing == first
    assert await database.collection(APPOINTMENTS).count_documents({}) == 1


async def test_two_taps_at_the_same_moment_on_two_practitioners_give_one_appointment(
    booking: Booking, database: Database
) -> None:
    outcomes = await asyncio.gather(
        book(booking, "li", NINE, CHEN, CHECKUP, key="m:1"),
        book(booking, "li", NINE, ZHOU, CHECKUP, key="m:2"),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyBookedError", "Appointment"]
    assert await database.collection(APPOINTMENTS).count_documents({}) == 1


@pytest.mark.parametrize(
    ("start", "practitioner_id", "visit_type_id"),
    [
        (local(TUESDAY, 9, 10), CHEN, CLEANING),  # off the grid
        (local(TUESDAY, 12), CHEN, CLEANING),  # after closing
        (local(TUESDAY, 11, 30), CHEN, CHECKUP),  # would not fit
        (local(date(2026, 11, 23), 10, 30), CHEN, CLEANING),  # inside the lead time
        (local(date(2026, 11, 20), 9), CHEN, CLEANING),  # past
        (local(date(2026, 12, 1), 9), CHEN, CLEANING),  # beyond the horizon
        (NINE, ZHOU, CLEANING),  # does not offer it
        (NINE, PractitionerId("gone"), CLEANING),
        (NINE, CHEN, VisitTypeId("gone")),
    ],
)
async def test_what_is_not_offered_cannot_be_booked(
    booking: Booking, database: Database, start: datetime, practitioner_id: PractitionerId, visit_type_id: VisitTypeId
) -> None:
    with pytest.raises(NotBookableError):
        await book(booking, "li", start, practitioner_id, visit_type_id)

    assert await ticks_held(database) == 0


async def test_days_and_slots_shrink_as_hours_are_taken(booking: Booking) -> None:
    before = await booking.days(CLEANING, CHEN, NOW)
    await book(booking, "li")
    after = await booking.days(CLEANING, CHEN, NOW)

    assert before[:2] == [Day(date=date(2026, 11, 23), free_count=2), Day(date=TUESDAY, free_count=6)]
    assert after[:2] == [Day(date=date(2026, 11, 23), free_count=2), Day(date=TUESDAY, free_count=5)]
    starts = [slot.start for slot in await booking.slots(CLEANING, CHEN, TUESDAY, NOW)]
    assert starts == [NINE + timedelta(minutes=30 * n) for n in range(1, 6)]


async def test_any_practitioner_means_the_least_busy_one_that_day_and_else_the_first(booking: Booking) -> None:
    fresh = await booking.slots(CHECKUP, None, TUESDAY, NOW)
    await book(booking, "li", local(TUESDAY, 11), CHEN, CHECKUP)
    later = await booking.slots(CHECKUP, None, TUESDAY, NOW)

    assert {slot.practitioner_id for slot in fresh} == {CHEN}
    assert {slot.practitioner_id for slot in later} == {ZHOU}
    assert [slot.start for slot in later] == [slot.start for slot in fresh]
    booked = await book(booking, "wang", local(TUESDAY, 9), None, CHECKUP)
    assert booked.practitioner_id == ZHOU


async def test_a_shared_room_is_not_given_twice(database: Database, history: History) -> None:
    shared = replace(CLINIC, practitioners=(person(CHEN, "1诊室", CHECKUP), person(ZHOU, "1诊室", CHECKUP)))
    store = BookingStore(database)
    await database.create_indexes([store])
    booking = Booking(store, FixedClinic(shared), history=history, audit=audit_of(database))

    await book(booking, "li", NINE, CHEN, CHECKUP)

    with pytest.raises(SlotTakenError):
        await book(booking, "wang", NINE, ZHOU, CHECKUP)


async def test_a_move_frees_the_old_hour_and_takes_the_new_in_one_step(
    booking: Booking, database: Database, history: History
) -> None:
    first = await book(booking, "li")
    ten = NINE + timedelta(hours=1)

    moved = await booking.move(first.id, ten, CHEN, 1, "m:move", now=NOW, by=PATIENT)
    repeated = await booking.move(first.id, ten, CHEN, 1, "m:move", now=NOW, by=PATIENT)

    assert (moved.id, moved.start, moved.version, moved.moved_from) == (first.id, ten, 2, NINE)
    assert repeated == moved
    assert (await book(booking, "wang", NINE)).start == NINE
    with pytest.raises(SlotTakenError):
        await book(booking, "zhao", ten)
    assert await ticks_held(database) == 2 * 18
    assert await kinds(history, "li") == [Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_MOVED]


async def test_a_move_by_half_its_own_length_is_possible(booking: Booking) -> None:
    first = await book(booking, "li", NINE, CHEN, CHECKUP)
    half_past = NINE + timedelta(minutes=30)

    plain = [slot.start for slot in await booking.slots(CHECKUP, CHEN, TUESDAY, NOW)]
    moving = [slot.start for slot in await booking.slots(CHECKUP, CHEN, TUESDAY, NOW, moving=first.id)]
    moved = await booking.move(first.id, half_past, CHEN, 1, "m:move", now=NOW, by=PATIENT)

    assert half_past not in plain
    assert half_past in moving
    assert moved.start == half_past


async def test_a_move_that_loses_the_race_leaves_everything_as_it_was(booking: Booking, database: Database) -> None:
    first = await book(booking, "li")
    ten = NINE + timedelta(hours=1)
    await book(booking, "wang", ten)

    with pytest.raises(SlotTakenError) as refused:
        await booking.move(first.id, ten, CHEN, 1, "m:move", now=NOW, by=PATIENT)

    assert (await booking.by_ids([first.id]))[first.id] == first
    assert [slot.start for slot in refused.value.alternatives] == [ten + timedelta(minutes=30 * n) for n in (1, 2, 3)]
    assert await ticks_held(database) == 2 * 18


async def test_a_move_and_a_booking_that_race_for_one_hour_leave_one_holder(
    booking: Booking, database: Database
) -> None:
    first = await book(booking, "li")
    ten = NINE + timedelta(hours=1)

    outcomes = await asyncio.gather(
        booking.move(first.id, ten, CHEN, 1, "m:move", now=NOW, by=PATIENT),
        *(book(booking, str(n), ten) for n in range(10)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SlotTakenError) for outcome in outcomes) == 10
    live = await database.collection(APPOINTMENTS).count_documents({"state": "booked"})
    assert await ticks_held(database) == live * 18


async def test_moving_what_changed_meanwhile_is_refused(booking: Booking) -> None:
    first = await book(booking, "li")
    await booking.move(first.id, NINE + timedelta(hours=1), CHEN, 1, "m:move", now=NOW, by=PATIENT)

    with pytest.raises(StaleError):
        await booking.move(first.id, NINE + timedelta(hours=2), CHEN, 1, "m:late", now=NOW, by=PATIENT)
    with pytest.raises(StaleError):
        await booking.cancel(first.id, now=NOW, by=PATIENT, reason="", version=1)


async def test_two_moves_at_once_move_once(booking: Booking, database: Database) -> None:
    first = await book(booking, "li")
    targets = [NINE + timedelta(hours=1), NINE + timedelta(hours=2)]

    outcomes = await asyncio.gather(
        *(booking.move(first.id, start, CHEN, 1, f"m:{start}", now=NOW, by=PATIENT) for start in targets),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Appointment", "StaleError"]
    assert await ticks_held(database) == 18


async def test_a_cancelled_hour_is_free_again_and_cancelling_twice_is_no_error(
    booking: Booking, database: Database, history: History
) -> None:
    first = await book(booking, "li")

    cancelled = await booking.cancel(first.id, now=NOW, by=PATIENT, reason="有事", version=1)
    again = await booking.cancel(first.id, now=NOW + timedelta(minutes=1), by=PATIENT, reason="又点了", version=1)

    assert (cancelled.state, cancelled.version, cancelled.cancel_reason) == (AppointmentState.CANCELLED, 2, "有事")
    assert again == cancelled
    assert await ticks_held(database) == 0
    assert (await book(booking, "wang")).start == NINE
    assert await kinds(history, "li") == [Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_CANCELLED]


async def test_a_visit_that_began_is_not_cancelled_by_the_patient_but_by_staff(booking: Booking) -> None:
    first = await book(booking, "li")
    begun = NINE + timedelta(minutes=1)

    with pytest.raises(TooLateError):
        await booking.cancel(first.id, now=begun, by=PATIENT, reason="")
    with pytest.raises(TooLateError):
        await booking.move(first.id, NINE + timedelta(hours=2), CHEN, 1, "m:late", now=begun, by=PATIENT)

    cancelled = await booking.cancel(first.id, now=begun, by=RECEPTION, reason="来电")
    assert cancelled.state is AppointmentState.CANCELLED


async def test_an_unknown_appointment_is_not_found(booking: Booking) -> None:
    nowhere = AppointmentId("nowhere")

    with pytest.raises(NotFoundError):
        await booking.cancel(nowhere, now=NOW, by=PATIENT, reason="")
    with pytest.raises(NotFoundError):
        await booking.move(nowhere, NINE, CHEN, 1, "m:1", now=NOW, by=PATIENT)
    with pytest.raises(NotFoundError):
        await booking.mark_no_show(nowhere, now=NOW, by=RECEPTION)
    assert await booking.by_ids([nowhere]) == {}


async def test_past_visits_count_as_attended_after_the_clinics_patience(
    booking: Booking, database: Database, history: History
) -> None:
    first = await book(booking, "li")
    patience = timedelta(minutes=CLINIC.assume_attended_after_minutes)

    early = await booking.close_past(first.end + patience)
    moment = first.end + patience + timedelta(minutes=1)
    due = await booking.close_past(moment)
    again = await booking.close_past(moment + timedelta(minutes=1))

    assert (early, due, again) == (0, 1, 0)
    closed = (await booking.by_ids([first.id]))[first.id]
    assert (closed.state, closed.closed_at, closed.version) == (AppointmentState.COMPLETED, moment, 2)
    assert await kinds(history, "li") == [Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_CLOSED]
    assert await database.collection(APPOINTMENTS).count_documents({"history_pending": True}) == 0


async def test_a_crash_between_closing_and_telling_is_made_good_by_the_next_run(
    booking: Booking, database: Database, history: History
) -> None:
    first = await book(booking, "li")
    later = first.end + timedelta(days=2)
    await BookingStore(database).complete_ended(ended_before=later, left_before=later, now=later, by="system")

    closed = await booking.close_past(later + timedelta(minutes=1))

    assert closed == 0
    assert await kinds(history, "li") == [Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_CLOSED]
    assert await ticks_held(database) == 0  # the past is forgotten


async def test_a_returning_patient_is_known_by_a_completed_visit(booking: Booking) -> None:
    first = await book(booking, "li")
    second = await book(booking, "li", local(date(2026, 11, 25), 9))
    await booking.close_past(first.end + timedelta(hours=3))
    third = await book(booking, "li", local(date(2026, 11, 26), 9))

    assert [first.new_patient, second.new_patient, third.new_patient] == [True, True, False]


async def test_after_a_visit_the_patients_other_visits_are_no_first_ones(booking: Booking) -> None:
    first = await book(booking, "li")
    second = await book(booking, "li", local(date(2026, 11, 26), 9))
    other = await book(booking, "wang", local(date(2026, 11, 26), 10))
    assert (second.new_patient, other.new_patient) == (True, True)
    await booking.close_past(first.end + timedelta(hours=3))
    found = await booking.by_ids([second.id, other.id])
    assert (found[second.id].new_patient, found[other.id].new_patient) == (False, True)
    await booking.mark_no_show(first.id, now=first.end + timedelta(hours=4), by=RECEPTION)
    assert (await booking.by_ids([second.id]))[second.id].new_patient


async def test_an_assumed_visit_may_turn_out_missed_but_not_before_its_hour(booking: Booking) -> None:
    first = await book(booking, "li")

    with pytest.raises(NotBookableError):
        await booking.mark_no_show(first.id, now=NOW, by=RECEPTION)
    await booking.close_past(first.end + timedelta(hours=3))
    missed = await booking.mark_no_show(first.id, now=first.end + timedelta(hours=4), by=RECEPTION)
    again = await booking.mark_no_show(first.id, now=first.end + timedelta(hours=5), by=RECEPTION)

    assert missed.state is AppointmentState.NO_SHOW
    assert again == missed
    assert (await book(booking, "li", local(date(2026, 11, 25), 9))).new_patient


async def test_care_finds_what_it_asks_for(booking: Booking) -> None:
    first = await book(booking, "li")
    second = await book(booking, "wang", NINE + timedelta(hours=1))
    gone = await book(booking, "zhao", NINE + timedelta(hours=2))
    await booking.cancel(gone.id, now=NOW, by=PATIENT, reason="")

    assert [found.id for found in await booking.around(NINE, NINE + timedelta(hours=3))] == [first.id, second.id]
    assert [found.id for found in await booking.around(NINE, NINE + timedelta(hours=1))] == [first.id]
    assert {found.id for found in await booking.changed_since(NOW)} == {first.id, second.id}
    assert await booking.changed_since(NOW + timedelta(seconds=1)) == []
    moved_at = NOW + timedelta(minutes=5)
    moved = await booking.move(first.id, NINE + timedelta(hours=2), CHEN, 1, "m:move", now=moved_at, by=PATIENT)
    assert await booking.changed_since(NOW + timedelta(seconds=1)) == [moved]
    later = NINE + timedelta(days=1)
    assert await booking.treated_between(NINE, later) == []
    await booking.close_past(later)
    assert {found.id for found in await booking.treated_between(NINE, later)} == {first.id, second.id}
    assert [found.id for found in await booking.treated_between(second.end, moved.end)] == [second.id]
    assert await booking.treated_between(moved.end + timedelta(seconds=1), later) == []


async def test_upcoming_is_the_contacts_own_in_order_until_the_end(booking: Booking) -> None:
    late = await book(booking, "li", NINE + timedelta(hours=2))
    soon = await book(booking, "li", NINE)
    await book(booking, "wang", NINE + timedelta(hours=1))
    contact = ContactId("contact-li")

    assert await booking.upcoming(contact, NOW) == [soon, late]
    assert await booking.upcoming(contact, soon.start + timedelta(minutes=1)) == [soon, late]
    assert await booking.upcoming(contact, soon.end) == [late]


async def test_an_erased_contacts_bookings_stay_without_the_contact(booking: Booking, database: Database) -> None:
    first = await book(booking, "li")

    parted = await booking.detach(ContactId("contact-li"))

    kept = (await booking.by_ids([first.id]))[first.id]
    assert (parted, kept) == (1, replace(first, contact_id=None))
    assert await booking.upcoming(ContactId("contact-li"), NOW) == []
    assert await ticks_held(database) == 18


async def test_an_erasure_learns_whose_record_must_stay_even_after_the_contact_is_parted(booking: Booking) -> None:
    first = await book(booking, "li")
    await booking.cancel(first.id, now=NOW, by=PATIENT, reason="")
    await booking.detach(ContactId("contact-li"))

    kept = await booking.with_appointments([PatientId("patient-li"), PatientId("patient-nobody")])

    assert kept == {PatientId("patient-li")}


async def test_the_questions_of_every_tick_are_answered_from_indexes(booking: Booking, database: Database) -> None:
    await book(booking, "li")
    appointments = database.collection(APPOINTMENTS)
    queries = [
        {"move_key": "m:1"},
        {"history_pending": True},
        {"state": "booked", "end": {"$lt": NOW}},
        {"state": "booked", "$or": [{"created_at": {"$gte": NOW}}, {"changed_at": {"$gte": NOW}}]},
        {"contact_id": "contact-li", "state": "booked", "end": {"$gt": NOW}},
        {"state": "completed", "end": {"$gte": NOW, "$lt": NINE}},
        {"patient_id": {"$in": ["patient-li"]}},
    ]

    plans = [str((await appointments.find(query).explain())["queryPlanner"]["winningPlan"]) for query in queries]

    assert ["COLLSCAN" in plan for plan in plans] == [False] * len(queries)


async def test_what_staff_do_to_an_appointment_is_in_the_audit_once(booking: Booking, database: Database) -> None:
    it = await booking.book(
        request_key="desk:1",
        contact_id=None,
        patient_id=PatientId("patient-li"),
        visit_type_id=CLEANING,
        practitioner_id=CHEN,
        start=NINE,
        by=RECEPTION,
        now=NOW,
    )
    ten = NINE + timedelta(hours=1)
    for _ in range(2):
        await booking.confirm(it.id, by=RECEPTION, now=NOW)
    for _ in range(2):
        await booking.move(it.id, ten, CHEN, 1, "desk:move", by=RECEPTION, now=NOW)
    for _ in range(2):
        await booking.mark_no_show(it.id, by=RECEPTION, now=ten)
    other = await book(booking, "wang")
    for _ in range(2):
        await booking.cancel(other.id, "来电", by=RECEPTION, now=NOW)

    noted = [(each.action, each.subject, each.by) for each in reversed(await entries(database))]
    assert noted == [
        ("appointment:booked", f"appointment:{it.id}", RECEPTION.by),
        ("appointment:confirmed", f"appointment:{it.id}", RECEPTION.by),
        ("appointment:moved", f"appointment:{it.id}", RECEPTION.by),
        ("appointment:missed", f"appointment:{it.id}", RECEPTION.by),
        ("appointment:cancelled", f"appointment:{other.id}", RECEPTION.by),
    ]


async def test_what_patients_do_themselves_is_not_in_the_audit(booking: Booking, database: Database) -> None:
    it = await book(booking, "li")
    moved = await booking.move(it.id, NINE + timedelta(hours=1), CHEN, 1, "m:move", by=PATIENT, now=NOW)
    await booking.cancel(moved.id, "有事", by=PATIENT, now=NOW)
    assert moved.changed_by == "patient"
    assert await entries(database) == []


async def test_without_the_permission_no_appointment_changes(booking: Booking) -> None:
    it = await book(booking, "li")
    later = it.end + timedelta(hours=1)
    for refused in (
        booking.move(it.id, NINE + timedelta(hours=1), CHEN, 1, "m:move", by=NOBODY, now=NOW),
        booking.cancel(it.id, "来电", by=NOBODY, now=NOW),
        booking.confirm(it.id, by=NOBODY, now=NOW),
        booking.mark_no_show(it.id, by=NOBODY, now=later),
    ):
        with pytest.raises(ForbiddenError):
            await refused
    assert await booking.by_ids([it.id]) == {it.id: it}
