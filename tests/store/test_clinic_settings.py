"""The clinic's settings over a real mongod: seeding, two editors, two processes, leaving."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.booking.affected_appointments import AffectedAppointments
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.stores.appointments import BookingStore
from wxbot.change_counter import FULL_LOOK
from wxbot.clinic.closing import Closures
from wxbot.clinic.dated_days import DatedDays
from wxbot.clinic.editing import Editing
from wxbot.clinic.errors import InUseError
from wxbot.clinic.holidays import Holidays
from wxbot.clinic.models import (
    Block,
    Clinic,
    Closure,
    DatedHours,
    Device,
    DeviceId,
    Practitioner,
    PractitionerId,
    Room,
    RoomId,
    SpecialDay,
    VisitType,
    VisitTypeId,
    Weekday,
    YearTable,
)
from wxbot.clinic.parts import SettingKind
from wxbot.clinic.photos import photo_of
from wxbot.clinic.service import Clinics
from wxbot.clinic.settings import ClinicSettings
from wxbot.clinic.store import ClinicStore
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import PatientId

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
CLEANING = VisitType(id=VisitTypeId("cleaning"), name="洁牙", minutes=30)
CHEN = Practitioner(
    id=PractitionerId("chen"),
    name="陈晓晴",
    title="主治医师",
    speciality="口腔内科",
    room="1诊室",
    visit_types=(CLEANING.id,),
    hours=(Block(day=Weekday.MON, start=time(9), end=time(12)),),
)
FILES = Clinic(
    name="晨光诊所",
    address="晨光路1号",
    phone="010-0000-0000",
    privacy_contact="privacy@example.com",
    timezone=ZONE,
    visit_types=(CLEANING,),
    practitioners=(CHEN,),
    rooms=(Room(id=RoomId("1诊室"), name="1诊室"),),
    closures=(Closure(first=date(2027, 6, 30), last=date(2027, 6, 30), reason="年检"),),
)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
READER = Actor(id="r", name="小林", permissions=frozenset({"settings:clinic:read"}))


@dataclass
class Process:
    """What one process holds of the clinic."""

    database: Database
    clock: ManualClock
    files: Clinic = FILES
    audits: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = ClinicStore(self.database)
        self.audit = AuditTrail(AuditStore(self.database), timezone=ZONE, keys=KEYS)
        self.clinics = Clinics(self.store, self.files, self.audit, self.clock)
        editing = Editing(self.store, self.clinics, self.audit)
        standing = AffectedAppointments(BookingStore(self.database), self.clinics)
        self.settings = ClinicSettings(editing, standing, {"surgery": "术后关怀"})
        self.closures = Closures(editing, standing)
        self.dated = DatedDays(editing, standing)
        self.holidays = Holidays(editing)

    async def deeds(self) -> list[tuple[str, str, str]]:
        rows = await self.database.collection("audit").find({}).sort("seq", 1).to_list(None)
        return [(row["action"], row["subject"], row["by"]) for row in rows]


@pytest.fixture
async def process(database: Database, clock: ManualClock) -> Process:
    await database.create_indexes([ClinicStore, AuditStore, BookingStore])  # type: ignore[list-item]
    made = Process(database, clock)
    await made.clinics.start(NOW)
    return made


def booked(number: int, start: datetime, **facts: Any) -> Appointment:
    given = {
        "id": AppointmentId(f"a{number}"),
        "request_key": f"r{number}",
        "contact_id": None,
        "patient_id": PatientId(f"p{number}"),
        "visit_type_id": CLEANING.id,
        "practitioner_id": CHEN.id,
        "room": "1诊室",
        "start": start,
        "end": start + timedelta(minutes=30),
        "created_at": NOW,
        "new_patient": False,
        **facts,
    }
    return Appointment(**given)


async def keep(process: Process, *appointments: Appointment) -> None:
    store = BookingStore(process.database)
    for each in appointments:
        await store.book(each)


# -- starting -----------------------------------------------------------------------------------------------------


async def test_before_the_database_is_there_the_files_count(database: Database, clock: ManualClock) -> None:
    assert Process(database, clock).clinics.current == FILES


async def test_the_files_are_taken_over_once_and_read_back_the_same(process: Process) -> None:
    assert process.clinics.current == FILES
    before = await process.store.read()
    await process.clinics.start(NOW + timedelta(days=1))
    assert await process.store.read() == before
    assert await process.deeds() == [("settings:seeded", "settings:clinic", "staff:config")]


async def test_several_processes_may_start_at_once(database: Database, clock: ManualClock) -> None:
    await database.create_indexes([AuditStore])  # type: ignore[list-item]
    processes = [Process(database, clock) for _ in range(5)]
    await asyncio.gather(*(each.clinics.start(NOW) for each in processes))
    assert [each.clinics.current for each in processes] == [FILES] * 5
    stored = await processes[0].store.read()
    assert stored is not None
    assert [each.revision for each in stored.practitioners] == [1]


async def test_what_only_files_have_written_follows_them(process: Process, database: Database) -> None:
    changed = replace(FILES, name="晨光口腔", practitioners=(replace(CHEN, title="副主任医师"),))
    later = Process(database, process.clock, changed)
    await later.clinics.start(NOW)
    assert later.clinics.current == changed


async def test_what_the_console_changed_or_removed_does_not_follow_the_files(
    process: Process, database: Database
) -> None:
    stored = await process.settings.stored(by=COMMAND_LINE)
    profile = replace(stored.profile.value, name="新名字")
    await process.settings.save_profile(profile, 1, by=COMMAND_LINE, now=NOW)
    (closure,) = stored.closures
    await process.closures.remove(closure.id, 1, by=COMMAND_LINE, now=NOW)
    later = Process(database, process.clock, replace(FILES, name="文件里的名字"))
    await later.clinics.start(NOW)
    assert (later.clinics.current.name, later.clinics.current.closures) == ("新名字", ())


# -- two processes, two editors -------------------------------------------------------------------------------------


async def test_another_process_sees_a_change_at_its_next_look(process: Process, database: Database) -> None:
    other = Process(database, process.clock)
    await other.clinics.start(NOW)
    assert await other.clinics.refresh(NOW) is False
    closure = Closure(first=date(2026, 11, 24), last=date(2026, 11, 24), reason="学习", practitioner_id=CHEN.id)
    await process.closures.add(closure, by=COMMAND_LINE, now=NOW)
    assert closure in process.clinics.current.closures
    assert closure not in other.clinics.current.closures
    assert await other.clinics.refresh(NOW) is True
    assert closure in other.clinics.current.closures


async def test_a_look_that_finds_nothing_new_leaves_the_same_clinic(process: Process) -> None:
    await process.clinics.start(NOW)
    before = process.clinics.current
    process.clock.move(FULL_LOOK)
    assert await process.clinics.refresh(NOW) is True
    assert process.clinics.current is before  # else all that is compiled for it would be compiled again each minute


async def test_a_change_whose_process_died_before_telling_is_found_a_minute_later(
    process: Process, database: Database
) -> None:
    other = Process(database, process.clock)
    await other.clinics.start(NOW)
    await database.collection("clinic").update_one({"_id": "profile"}, {"$set": {"value.name": "悄悄改的"}})
    assert await other.clinics.refresh(NOW) is False
    process.clock.move(FULL_LOOK)
    assert await other.clinics.refresh(NOW) is True
    assert other.clinics.current.name == "悄悄改的"


async def test_the_second_of_two_editors_is_told(process: Process) -> None:
    stored = await process.settings.stored(by=COMMAND_LINE)
    first = replace(stored.rules.value, horizon_days=60)
    second = replace(stored.rules.value, lead_minutes=0)
    await process.settings.save_rules(first, 1, by=COMMAND_LINE, now=NOW)
    with pytest.raises(StaleError):
        await process.settings.save_rules(second, 1, by=COMMAND_LINE, now=NOW)
    assert (process.clinics.current.horizon_days, process.clinics.current.lead_minutes) == (60, 60)


async def test_saving_the_same_again_changes_nothing(process: Process) -> None:
    stored = await process.settings.stored(by=COMMAND_LINE)
    kept = await process.settings.save_profile(stored.profile.value, 1, by=COMMAND_LINE, now=NOW)
    assert kept.revision == 1
    assert len(await process.deeds()) == 1


async def test_every_change_is_noted_with_old_and_new(process: Process, database: Database) -> None:
    stored = await process.settings.stored(by=COMMAND_LINE)
    await process.settings.save_profile(replace(stored.profile.value, name="新名字"), 1, by=COMMAND_LINE, now=NOW)
    entry = await database.collection("audit").find_one({"action": "settings:edited"})
    assert entry is not None
    assert (entry["subject"], entry["changes"]) == (
        "clinic:profile",
        [{"field": "名称", "old": "晨光诊所", "new": "新名字"}],
    )
    kept = (await process.settings.stored(by=COMMAND_LINE)).profile
    assert (kept.by, kept.by_name, kept.at, kept.revision) == (COMMAND_LINE.by, COMMAND_LINE.name, NOW, 2)


async def test_a_reader_changes_nothing(process: Process) -> None:
    stored = await process.settings.stored(by=READER)
    with pytest.raises(ForbiddenError):
        await process.settings.save_profile(replace(stored.profile.value, name="x"), 1, by=READER, now=NOW)
    with pytest.raises(ForbiddenError):
        await process.closures.remove(stored.closures[0].id, 1, by=READER, now=NOW)
    assert await process.store.read() == stored


# -- people, rooms, visit types ---------------------------------------------------------------------------------------


async def test_a_new_practitioner_comes_after_the_others_and_offers_hours_at_once(process: Process) -> None:
    lin = replace(CHEN, id=PractitionerId("lin"), name="林若溪")
    await process.settings.add_practitioner(lin, by=COMMAND_LINE, now=NOW)
    assert process.clinics.current.who_offers(CLEANING.id) == (CHEN, lin)
    with pytest.raises(FieldErrors):
        await process.settings.add_practitioner(lin, by=COMMAND_LINE, now=NOW)


async def test_overlapping_hours_are_refused(process: Process) -> None:
    hours = (*CHEN.hours, Block(day=Weekday.MON, start=time(11), end=time(13)))
    with pytest.raises(FieldErrors) as refused:
        await process.settings.save_hours(CHEN.id, hours, 1, by=COMMAND_LINE, now=NOW)
    assert list(refused.value.fields) == ["hours.mon"]
    assert process.clinics.current == FILES


async def test_a_practitioner_with_appointments_to_come_may_be_retired_but_not_removed(process: Process) -> None:
    await keep(process, booked(1, NOW + timedelta(days=1)), booked(2, NOW + timedelta(days=2)))
    with pytest.raises(InUseError) as refused:
        await process.settings.remove(SettingKind.PRACTITIONERS, "chen", 1, by=COMMAND_LINE, now=NOW)
    assert [each.appointment_id for each in refused.value.affected] == ["a1", "a2"]
    assert "陈晓晴医生 洁牙" in refused.value.affected[0].words
    await process.settings.retire(SettingKind.PRACTITIONERS, "chen", 1, retired=True, by=COMMAND_LINE, now=NOW)
    clinic = process.clinics.current
    assert clinic.who_offers(CLEANING.id) == ()
    assert clinic.practitioner(CHEN.id) == replace(CHEN, retired=True)
    await process.settings.retire(SettingKind.PRACTITIONERS, "chen", 2, retired=False, by=COMMAND_LINE, now=NOW)
    assert process.clinics.current == FILES


async def test_past_appointments_keep_the_name_too(process: Process) -> None:
    await keep(process, booked(1, NOW - timedelta(days=30)))
    for place, part_id in (
        (SettingKind.PRACTITIONERS, "chen"),
        (SettingKind.VISIT_TYPES, "cleaning"),
        (SettingKind.ROOMS, "1诊室"),
    ):
        with pytest.raises(InUseError) as refused:
            await process.settings.remove(place, part_id, 1, by=COMMAND_LINE, now=NOW)
        assert refused.value.affected == ()


async def test_what_nobody_ever_used_may_go(process: Process) -> None:
    with pytest.raises(FieldErrors):  # somebody receives there
        await process.settings.remove(SettingKind.ROOMS, "1诊室", 1, by=COMMAND_LINE, now=NOW)
    await process.settings.remove(SettingKind.PRACTITIONERS, "chen", 1, by=COMMAND_LINE, now=NOW)
    await process.settings.remove(SettingKind.ROOMS, "1诊室", 1, by=COMMAND_LINE, now=NOW)
    assert (process.clinics.current.practitioners, process.clinics.current.rooms) == ((), ())
    with pytest.raises(NotFoundError):
        await process.settings.remove(SettingKind.ROOMS, "1诊室", 1, by=COMMAND_LINE, now=NOW)


async def test_a_device_is_added_changed_retired_and_removed(process: Process) -> None:
    laser = Device(id=DeviceId("laser1"), name="激光仪1号", kind="激光仪")
    await process.settings.add_device(laser, by=COMMAND_LINE, now=NOW)
    await process.settings.save_device(replace(laser, note="周一保养"), 1, by=COMMAND_LINE, now=NOW)
    await process.settings.retire(SettingKind.DEVICES, "laser1", 2, retired=True, by=COMMAND_LINE, now=NOW)
    assert list(process.clinics.current.devices) == [replace(laser, note="周一保养", retired=True)]
    with pytest.raises(StaleError):
        await process.settings.remove(SettingKind.DEVICES, "laser1", 2, by=COMMAND_LINE, now=NOW)
    await process.settings.remove(SettingKind.DEVICES, "laser1", 3, by=COMMAND_LINE, now=NOW)
    assert not process.clinics.current.devices
    assert [deed[:2] for deed in await process.deeds()][-4:] == [
        ("settings:created", "device:laser1"),
        ("settings:edited", "device:laser1"),
        ("settings:edited", "device:laser1"),
        ("settings:deleted", "device:laser1"),
    ]


async def test_a_device_that_visits_or_visit_types_need_is_not_removed(process: Process) -> None:
    for number in (1, 2):
        laser = Device(id=DeviceId(f"laser{number}"), name=f"激光仪{number}号", kind="激光仪")
        await process.settings.add_device(laser, by=COMMAND_LINE, now=NOW)
    kind = replace(CLEANING, devices=("激光仪",))
    await process.settings.save_visit_type(kind, 1, by=COMMAND_LINE, now=NOW)
    await keep(process, booked(1, NOW + timedelta(days=1), devices=(DeviceId("laser1"),)))
    with pytest.raises(InUseError) as refusal:
        await process.settings.remove(SettingKind.DEVICES, "laser1", 1, by=COMMAND_LINE, now=NOW)
    assert [each.appointment_id for each in refusal.value.affected] == ["a1"]
    await process.settings.remove(SettingKind.DEVICES, "laser2", 1, by=COMMAND_LINE, now=NOW)
    await process.settings.add_device(
        Device(id=DeviceId("laser3"), name="激光仪3号", kind="激光仪"), by=COMMAND_LINE, now=NOW
    )
    await process.settings.remove(SettingKind.DEVICES, "laser3", 1, by=COMMAND_LINE, now=NOW)


async def test_the_only_room_or_device_of_a_kind_that_is_needed_is_not_removed(process: Process) -> None:
    laser = Device(id=DeviceId("laser1"), name="激光仪1号", kind="激光仪")
    room = Room(id=RoomId("6诊室"), name="6诊室", kinds=("手术室",))
    await process.settings.add_device(laser, by=COMMAND_LINE, now=NOW)
    await process.settings.add_room(room, by=COMMAND_LINE, now=NOW)
    kind = replace(CLEANING, devices=("激光仪",), room_kind="手术室")
    await process.settings.save_visit_type(kind, 1, by=COMMAND_LINE, now=NOW)
    for part, part_id in ((SettingKind.DEVICES, "laser1"), (SettingKind.ROOMS, "6诊室")):
        with pytest.raises(FieldErrors) as refusal:
            await process.settings.remove(part, part_id, 1, by=COMMAND_LINE, now=NOW)
        assert "项目「洁牙」只能用它" in " ".join(refusal.value.fields.values())
    await process.settings.save_visit_type(CLEANING, 2, by=COMMAND_LINE, now=NOW)
    await process.settings.remove(SettingKind.DEVICES, "laser1", 1, by=COMMAND_LINE, now=NOW)
    await process.settings.remove(SettingKind.ROOMS, "6诊室", 1, by=COMMAND_LINE, now=NOW)


async def test_the_questions_about_appointments_use_indexes(process: Process, database: Database) -> None:
    await keep(process, *(booked(number, NOW + timedelta(days=number)) for number in range(1, 6)))
    plans = []
    for name, value in (
        ("practitioner_id", "chen"),
        ("room", "1诊室"),
        ("devices", "laser1"),
        ("visit_type_id", "cleaning"),
    ):
        query = {name: value, "start": {"$gte": NOW}, "state": "booked"}
        plan = await database.collection("appointments").find(query).sort("start", 1).limit(3).explain()
        plans.append(stages(plan["queryPlanner"]["winningPlan"]))
    assert all("COLLSCAN" not in plan and "SORT" not in plan and "IXSCAN" in plan for plan in plans)


def stages(plan: dict[str, Any]) -> Sequence[str]:
    below = [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", [])
    return [plan["stage"], *(stage for each in below for stage in stages(each))]


# -- photos -----------------------------------------------------------------------------------------------------------


async def test_a_photo_is_kept_served_replaced_and_forgotten(process: Process, database: Database) -> None:
    kept = await process.settings.save_photo(CHEN.id, PNG, 1, by=COMMAND_LINE, now=NOW)
    first = kept.value.photo
    assert first is not None
    served = await process.settings.photo(first)
    assert served is not None
    assert (served.content_type, served.data) == ("image/png", PNG)
    second = (await process.settings.save_photo(CHEN.id, PNG + b"1", 2, by=COMMAND_LINE, now=NOW)).value.photo
    assert second is not None
    assert await process.settings.photo(first) is None
    await process.settings.save_photo(CHEN.id, None, 3, by=COMMAND_LINE, now=NOW)
    assert await database.collection("photos").count_documents({}) == 0
    assert process.clinics.current == FILES


async def test_what_is_no_picture_is_not_kept(process: Process, database: Database) -> None:
    with pytest.raises(FieldErrors):
        await process.settings.save_photo(CHEN.id, b"<svg/>", 1, by=COMMAND_LINE, now=NOW)
    assert await database.collection("photos").count_documents({}) == 0


async def test_a_picture_beside_the_files_is_taken_over(process: Process) -> None:
    picture = photo_of(PNG, "chen")
    files = replace(FILES, practitioners=(replace(CHEN, photo=picture.id),))
    later = Clinics(process.store, files, process.audit, process.clock, (picture,))
    for _ in range(2):
        await later.start(NOW)
    assert await process.settings.photo(picture.id) == picture
    assert later.current == files


# -- closures and holidays --------------------------------------------------------------------------------------------


async def test_a_closure_knows_whose_appointments_fall_inside(process: Process) -> None:
    other = {"practitioner_id": PractitionerId("lin"), "room": "2诊室"}
    tomorrow = NOW + timedelta(days=1)
    await keep(process, booked(1, tomorrow), booked(2, tomorrow, **other), booked(3, tomorrow + timedelta(days=1)))
    day = date(2026, 11, 24)
    whole = Closure(first=day, last=day, reason="盘点")
    found = await process.closures.inside(whole, by=READER, now=NOW)
    assert sorted(each.appointment_id for each in found) == ["a1", "a2"]
    mine = await process.closures.inside(replace(whole, practitioner_id=CHEN.id), by=READER, now=NOW)
    assert [each.appointment_id for each in mine] == ["a1"]
    past = Closure(first=date(2026, 11, 1), last=date(2026, 11, 2), reason="盘点")
    assert await process.closures.inside(past, by=READER, now=NOW) == []


async def test_the_double_tap_closes_once(process: Process) -> None:
    closure = Closure(first=date(2026, 12, 1), last=date(2026, 12, 2), reason="盘点")
    kept = [await process.closures.add(closure, by=COMMAND_LINE, now=NOW) for _ in range(2)]
    assert kept[0].id == kept[1].id
    assert [each.value for each in await process.closures.coming(NOW, by=READER)] == [closure, FILES.closures[0]]


async def test_a_year_is_previewed_applied_changed_and_taken_back(process: Process) -> None:
    by = COMMAND_LINE
    table = YearTable(year=2027, days=(SpecialDay(day=date(2027, 2, 6), off=True, name="春节"),))
    assert len(process.clinics.warnings(NOW)) == 1
    preview = await process.holidays.preview(table, by=by)
    assert (preview.revision, process.clinics.current.year_table(2027)) == (0, None)
    for _ in range(2):  # a double tap
        await process.holidays.apply(table, 0, by=by, now=NOW)
    assert (process.clinics.current.year_table(2027), process.clinics.warnings(NOW)) == (table, ())
    longer = replace(table, days=(*table.days, SpecialDay(day=date(2027, 2, 20), off=False)))
    with pytest.raises(StaleError):
        await process.holidays.apply(longer, 0, by=by, now=NOW)
    shown = await process.holidays.preview(longer, by=by)
    assert shown.changes == ((date(2027, 2, 20), None, longer.days[1]),)
    await process.holidays.apply(longer, shown.revision, by=by, now=NOW)
    assert process.clinics.current.year_table(2027) == longer
    await process.holidays.forget(2027, 2, by=by, now=NOW)
    assert process.clinics.current.year_table(2027) is None


# -- single days ------------------------------------------------------------------------------------------------------


async def test_a_day_of_its_own_is_entered_changed_and_taken_back(process: Process) -> None:
    monday, tuesday = date(2026, 11, 30), date(2026, 12, 1)
    first = DatedHours(day=tuesday, spans=((time(14), time(17)), (time(9), time(11))), reason="加班")
    await process.dated.keep(CHEN.id, first, 1, by=COMMAND_LINE, now=NOW)
    await process.dated.keep(CHEN.id, DatedHours(day=monday), 2, by=COMMAND_LINE, now=NOW)
    (chen,) = process.clinics.current.practitioners
    assert [(each.day, each.spans) for each in chen.dated] == [
        (monday, ()),
        (tuesday, ((time(9), time(11)), (time(14), time(17)))),
    ]
    with pytest.raises(StaleError):
        await process.dated.keep(CHEN.id, replace(first, day=date(2026, 12, 2)), 1, by=COMMAND_LINE, now=NOW)
    with pytest.raises(FieldErrors):
        await process.dated.keep(CHEN.id, replace(first, day=monday), 3, by=COMMAND_LINE, now=NOW)
    moved = replace(first, day=date(2026, 12, 2))
    await process.dated.keep(CHEN.id, moved, 3, by=COMMAND_LINE, now=NOW, instead_of=tuesday)
    with pytest.raises(NotFoundError):
        await process.dated.keep(CHEN.id, first, 4, by=COMMAND_LINE, now=NOW, instead_of=date(2026, 12, 9))
    await process.dated.remove(CHEN.id, monday, 4, by=COMMAND_LINE, now=NOW)
    assert [each.day for each in process.clinics.current.practitioners[0].dated] == [date(2026, 12, 2)]
    with pytest.raises(NotFoundError):
        await process.dated.remove(CHEN.id, monday, 5, by=COMMAND_LINE, now=NOW)
    with pytest.raises(ForbiddenError):
        await process.dated.keep(CHEN.id, first, 5, by=READER, now=NOW)


async def test_a_day_knows_which_appointments_do_not_lie_within_its_hours(process: Process) -> None:
    day = date(2026, 11, 30)
    starts = [datetime.combine(day, clock, ZONE) for clock in (time(9), time(11, 45), time(14))]
    await keep(process, *(booked(number, start) for number, start in enumerate(starts)))
    await keep(process, booked(9, starts[0] + timedelta(days=1)))
    shorter = DatedHours(day=day, spans=((time(9), time(12)),))
    outside = await process.dated.outside(CHEN.id, shorter, by=READER, now=NOW)
    assert [each.appointment_id for each in outside] == ["a1", "a2"]  # one runs over the end, one lies after it
    assert len(await process.dated.outside(CHEN.id, DatedHours(day=day), by=READER, now=NOW)) == 3
    assert await process.dated.outside(PractitionerId("zhou"), DatedHours(day=day), by=READER, now=NOW) == []
