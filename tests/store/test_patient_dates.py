"""Dates of patients over a real mongod: what hangs on them falls due, moves, and goes with them."""

import asyncio
from datetime import date, datetime, time

import pytest

from tests.auditing import NOBODY, RECEPTION, entries
from tests.holds import stored
from tests.store.test_care import STORES, here, somebody, step
from tests.store.test_care_course import Ward
from wxbot.audit.store import AuditStore
from wxbot.care.date_shifts import Effect
from wxbot.care.dates import DateKind, PatientDate
from wxbot.care.models import CarePlan, Offset, StepKind
from wxbot.care.service import Care
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.patients.models import Birthday, Calendar, HoldKind, Patient
from wxbot.patients.stores.patients import PATIENTS
from wxbot.templates.models import Template

CARE = Purpose.CARE
DISCHARGE = CarePlan(
    key="discharge",
    title="出院回访",
    anchor="discharge",
    steps=(
        step("day_3", CARE, Offset(days=3), at=time(10)),
        step("call_week", CARE, Offset(days=7), at=time(9), kind=StepKind.CALL, script="discharge"),
        step("month_1", CARE, Offset(months=1), at=time(10)),
    ),
)
WORDINGS = tuple(
    Template(key=each.template, purpose=CARE, text="{name}您好", fallbacks={"name": "朋友"}) for each in DISCHARGE.steps
)
DAY = date(2026, 11, 20)
NOW = here(20, 15)


@pytest.fixture
async def ward(database: Database) -> Ward:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    return Ward(database, DISCHARGE, WORDINGS)


async def noted(ward: Ward, patient: Patient, day: date = DAY, now: datetime = NOW) -> PatientDate:
    return await ward.room.care.dates.note([patient.id], "discharge", day, "", by=RECEPTION, now=now)


async def test_what_hangs_on_a_date_falls_due_and_is_handed_over_once(ward: Ward) -> None:
    contact, patient = await somebody(ward.room)
    kept = await noted(ward, patient)
    assert await ward.at(contact, here(23, 9, 59)) == {}
    assert await ward.at(contact, here(23, 10)) == {"day_3": "accepted"}
    assert await ward.room.engine().enqueue_due(here(23, 11)) == 0
    assert await ward.at(contact, here(27, 9)) == {"day_3": "accepted", "call_week": "call"}
    (call,) = await ward.calls()
    assert (call.script, call.patient_id) == ("discharge", patient.id)
    assert await ward.room.keys() == [f"discharge/{each}/date:{kept.id}" for each in ("call_week", "day_3")]


async def test_what_had_fallen_due_before_it_was_noted_is_not_sent_late(ward: Ward) -> None:
    contact, patient = await somebody(ward.room)
    await noted(ward, patient, now=here(23, 12))
    assert await ward.at(contact, here(23, 13)) == {}
    assert list(await ward.at(contact, here(27, 9))) == ["call_week"]


async def test_the_same_date_noted_twice_or_by_two_at_once_is_one(ward: Ward, database: Database) -> None:
    _, patient = await somebody(ward.room)
    found = await asyncio.gather(*(noted(ward, patient) for _ in range(4)))
    assert len({each.id for each in (*found, await noted(ward, patient, now=here(21, 9)))}) == 1
    assert [each.day for each in await ward.room.store.dates.of_patients([patient.id])] == [DAY]
    (entry,) = await entries(database, "care_date:noted")
    assert (entry.subject, entry.summary) == (f"patient:{patient.id}", "记日期：出院 2026-11-20")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(1900, 1, 1), "请填写 1946 年到 2036 年之间的日期。"),
        (date(2200, 1, 1), "请填写 1946 年到 2036 年之间的日期。"),
        (date(1990, 4, 30), "比患者的出生日期（1990年5月1日）还早，请核对日期。"),
    ],
)
async def test_a_day_that_nobody_can_mean_is_refused(ward: Ward, day: date, words: str) -> None:
    _, patient = await somebody(ward.room)
    born = Birthday(calendar=Calendar.SOLAR, year=1990, month=5, day=1)
    await ward.room.patients.set_birthday(patient.id, born, now=NOW)
    with pytest.raises(FieldErrors) as error:
        await noted(ward, patient, day)
    assert error.value.fields == {"day": words}
    assert await ward.room.store.dates.of_patients([patient.id]) == []


async def test_who_may_not_and_what_is_not_there_are_refused(ward: Ward) -> None:
    _, patient = await somebody(ward.room)
    kept, dates = await noted(ward, patient), ward.room.care.dates
    with pytest.raises(ForbiddenError):
        await dates.note([patient.id], "discharge", DAY, "", by=NOBODY, now=NOW)
    with pytest.raises(FieldErrors) as error:
        await dates.note([patient.id], "moon", DAY, "字" * 41, by=RECEPTION, now=NOW)
    assert sorted(error.value.fields) == ["kind", "note"]
    with pytest.raises(NotFoundError):
        await dates.remove([PatientId("another")], kept.id, revision=0, by=RECEPTION, now=NOW)


async def moved(ward: Ward, patient: Patient, kept: PatientDate, day: date, now: datetime) -> PatientDate:
    change = ward.room.care.dates.change
    return await change([patient.id], kept.id, day, "", revision=kept.revision, by=RECEPTION, now=now)


async def test_another_day_moves_what_was_not_sent_and_the_difference_is_told_before(ward: Ward) -> None:
    contact, patient = await somebody(ward.room)
    kept = await noted(ward, patient)
    await ward.at(contact, here(23, 10))
    shifts = await ward.room.care.dates.preview(
        [patient.id], kept.id, date(2026, 11, 26), by=RECEPTION, now=here(24, 9)
    )
    assert [(each.after.step.key, each.before, each.after.due_at, each.effect) for each in shifts] == [
        ("day_3", here(23, 10), here(29, 10), Effect.STAYS),
        ("call_week", here(27, 9), here(3, 9, month=12), Effect.MOVES),
        ("month_1", here(20, 10, month=12), here(26, 10, month=12), Effect.MOVES),
    ]
    assert (await ward.room.store.dates.of_patients([patient.id])) == [kept]  # nothing was written
    await moved(ward, patient, kept, date(2026, 11, 26), here(24, 9))
    assert await ward.at(contact, here(27, 9)) == {"day_3": "accepted"}
    assert await ward.at(contact, here(29, 10)) == {"day_3": "accepted"}
    assert len(ward.phone.sent) == 1
    assert "call_week" in await ward.at(contact, here(3, 9, month=12))


async def test_what_waits_in_the_outbox_goes_along_and_what_is_too_late_then_is_not_sent(ward: Ward) -> None:
    contact, patient = await somebody(ward.room)
    kept = await noted(ward, patient)
    await ward.room.care.enqueue_due(here(23, 10))  # nobody delivers it yet
    kept = await moved(ward, patient, kept, date(2026, 11, 22), here(23, 10, 1))
    (row,) = await ward.room.messages()
    assert (row.due_at, row.expires_at) == (here(25, 10), here(25, 18))
    assert await ward.at(contact, here(24, 12)) == {"day_3": "waiting"}
    kept = await moved(ward, patient, kept, date(2026, 11, 19), here(24, 13))
    assert await ward.at(contact, here(24, 14)) == {"day_3": "expired"}
    assert ward.phone.sent == []


async def test_a_step_whose_time_was_set_by_hand_stays_where_it_is(ward: Ward) -> None:
    contact, patient = await somebody(ward.room)
    kept = await noted(ward, patient)
    pin = here(28, 16)
    key = f"discharge/day_3/date:{kept.id}"
    await ward.room.care.changes.move([patient.id], key, pin, "周六再问", by=RECEPTION, now=here(21, 9))
    await moved(ward, patient, kept, date(2026, 11, 24), here(21, 10))
    assert await ward.at(contact, here(27, 10)) == {}
    assert await ward.at(contact, pin) == {"day_3": "accepted"}


async def test_who_saw_an_older_date_is_told_and_a_day_that_is_taken_is_refused(ward: Ward) -> None:
    _, patient = await somebody(ward.room)
    kept = await noted(ward, patient)
    await noted(ward, patient, date(2026, 11, 1))
    await moved(ward, patient, kept, date(2026, 11, 21), NOW)
    with pytest.raises(StaleError):
        await moved(ward, patient, kept, date(2026, 11, 22), NOW)
    current = (await ward.room.store.dates.by_ids([kept.id]))[kept.id]
    with pytest.raises(FieldErrors) as error:
        await moved(ward, patient, current, date(2026, 11, 1), NOW)
    assert error.value.fields == {"day": "这位患者的「出院」已经有 2026-11-01 这一天了。"}


async def test_a_removed_date_sends_nothing_and_the_removal_can_be_taken_back(ward: Ward, database: Database) -> None:
    contact, patient = await somebody(ward.room)
    kept, dates = await noted(ward, patient), ward.room.care.dates
    await ward.room.care.enqueue_due(here(23, 10))
    await dates.remove([patient.id], kept.id, revision=0, by=RECEPTION, now=here(23, 10, 1))
    with pytest.raises(StaleError):
        await dates.remove([patient.id], kept.id, revision=0, by=RECEPTION, now=here(23, 10, 1))
    assert await ward.at(contact, here(23, 10, 2)) == {"day_3": "date_removed"}
    assert await ward.at(contact, here(27, 9)) == {"day_3": "date_removed"}
    await dates.restore([patient.id], kept.id, by=RECEPTION, now=here(28, 9))
    assert await ward.at(contact, here(28, 9)) == {"day_3": "date_removed"}  # the call of the 27th is not made late
    assert (await ward.at(contact, here(20, 10, month=12)))["month_1"] == "accepted"
    actions = [each.action for each in await entries(database)]
    assert actions == ["care_date:restored", "care_date:removed", "care_date:noted"]


async def test_a_removed_date_that_is_noted_again_is_the_same(ward: Ward) -> None:
    contact, patient = await somebody(ward.room)
    kept = await noted(ward, patient)
    await ward.at(contact, here(23, 10))
    await ward.room.care.dates.remove([patient.id], kept.id, revision=0, by=RECEPTION, now=here(23, 11))
    assert (await noted(ward, patient, now=here(23, 12))).id == kept.id
    assert await ward.at(contact, here(23, 13)) == {"day_3": "accepted"}
    assert len(ward.phone.sent) == 1


@pytest.mark.parametrize("kind", [HoldKind.DECEASED, HoldKind.PAUSED])
async def test_a_due_step_of_who_is_dead_or_on_hold_is_no_message_and_no_call(
    ward: Ward, database: Database, kind: HoldKind
) -> None:
    contact, patient = await somebody(ward.room)
    await noted(ward, patient)
    held = stored(kind, here(21, 9), "家人来电话说的")
    await database.collection(PATIENTS).update_one({"_id": patient.id}, {"$set": held})
    reason = "deceased" if kind is HoldKind.DECEASED else "hold"
    assert await ward.at(contact, here(23, 10)) == {"day_3": reason}
    assert await ward.at(contact, here(27, 9)) == {"day_3": reason, "call_week": reason}
    assert (ward.phone.sent, await ward.calls()) == ([], [])


async def test_merged_duplicates_with_the_same_date_are_cared_for_once(ward: Ward, database: Database) -> None:
    contact, patient = await somebody(ward.room)
    double = PatientId("double")
    row = await database.collection(PATIENTS).find_one({"_id": patient.id})
    assert row is not None
    await database.collection(PATIENTS).insert_one({**row, "_id": double, "contact_id": None})
    dates = ward.room.care.dates
    await dates.note([double], "discharge", DAY, "", by=RECEPTION, now=here(20, 14))
    await noted(ward, patient)
    await database.collection(PATIENTS).update_one({"_id": double}, {"$set": {"merged_into": patient.id}})
    assert await ward.at(contact, here(23, 10)) == {"day_3": "accepted"}
    ids = [patient.id, double]
    (shown,) = await dates.of_patient(ids, by=RECEPTION)
    await dates.change(ids, shown.id, date(2026, 11, 26), "", revision=0, by=RECEPTION, now=here(24, 9))
    assert [each.day for each in await dates.of_patient(ids, by=RECEPTION) if each.live] == [date(2026, 11, 26)]
    assert await ward.at(contact, here(27, 9)) == {"day_3": "accepted"}


def _own(ward: Ward) -> Care:
    """A plan for the clinic's own kind 复查日, and the kinds 复查日 and 矫治开始."""
    plan = CarePlan(
        key="review",
        title="复查日",
        anchor="date",
        treatment="review",
        steps=(step("day", CARE, Offset(days=0), at=time(10)),),
    )
    words = [Template(key="care.day", purpose=CARE, text="{name}您好，{date}", fallbacks={"name": "朋友"})]
    kinds = (DateKind(key="review", name="复查日"), DateKind(key="braces", name="矫治开始"))
    return ward.room.engine_of((plan,), words, date_kinds=kinds)


async def test_a_plan_may_be_for_one_of_the_clinics_own_kinds(ward: Ward) -> None:
    _, patient = await somebody(ward.room)
    care, day = _own(ward), date(2026, 11, 24)
    for kind in ("review", "braces", "discharge"):
        await care.dates.note([patient.id], kind, day, "", by=RECEPTION, now=NOW)
    assert await care.enqueue_due(here(24, 10)) == 1
    (row,) = await ward.room.messages()
    assert row.variables["date"] == "11月24日 周二"


async def test_what_is_coming_is_shown_on_the_patients_page(ward: Ward) -> None:
    _, patient = await somebody(ward.room)
    await noted(ward, patient)
    steps = await ward.room.care.upcoming([patient.id], here(21, 9))
    assert [(each.step, each.at) for each in steps] == [
        ("day_3", here(23, 10)),
        ("call_week", here(27, 9)),
        ("month_1", here(20, 10, month=12)),
    ]


async def test_a_record_with_a_date_stays_when_its_contact_is_erased(ward: Ward) -> None:
    _, patient = await somebody(ward.room)
    kept, dates = await noted(ward, patient), ward.room.care.dates
    assert await dates.keepers({patient.id, PatientId("another")}) == {patient.id}
    await dates.remove([patient.id], kept.id, revision=0, by=RECEPTION, now=NOW)
    assert await dates.keepers({patient.id}) == set()
    assert await ward.room.store.dates.of_patients([patient.id]) == []


async def test_who_nobody_can_write_to_any_more_has_no_steps(ward: Ward, database: Database) -> None:
    _, patient = await somebody(ward.room)
    await noted(ward, patient)
    await database.collection(PATIENTS).update_one({"_id": patient.id}, {"$set": {"contact_id": None}})
    assert await ward.room.care.enqueue_due(here(23, 10)) == 0


async def test_what_a_colleague_wrote_beside_a_date_is_encrypted(ward: Ward, database: Database) -> None:
    _, patient = await somebody(ward.room)
    kept = await ward.room.care.dates.note([patient.id], "screening", DAY, "住了三天", by=RECEPTION, now=NOW)
    row = await database.collection("patient_dates").find_one({"_id": kept.id})
    assert row is not None
    assert (kept.note, row["day"]) == ("住了三天", "2026-11-20")
    assert "住了三天" not in str(row)
