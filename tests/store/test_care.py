"""The care engine over a real mongod: what is enqueued, once, and what is still wanted when it leaves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.holds import stored
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.care.models import Audience, CarePlan, Offset, Step
from wxbot.care.plans.live import LivePlans
from wxbot.care.service import Care
from wxbot.care.stores.care import CareStore
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.clock import Clock, SystemClock
from wxbot.database import Database, Mapper
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.messaging import Purpose
from wxbot.outbox.forecast import Will
from wxbot.outbox.models import Envelope, Message, Outcome
from wxbot.outbox.ports import Sender
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OUTBOX, OutboxStore
from wxbot.patients.models import Birthday, Calendar, Contact, HoldKind, Patient
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PATIENTS, PatientStore
from wxbot.templates.models import Template
from wxbot.templates.service import Templates

ZONE = ZoneInfo("Asia/Shanghai")
STORES = (PatientStore, HistoryStore, BookingStore, OutboxStore, FollowUpStore, CareStore)
WISDOM = VisitTypeId("wisdom_tooth")
CLINIC = Clinic(
    name="测试诊所",
    address="测试路1号",
    phone="000",
    privacy_contact="privacy@example.com",
    timezone=ZONE,
    visit_types=(VisitType(id=WISDOM, name="智齿拔除", minutes=60, aftercare="surgery"),),
    practitioners=(
        Practitioner(
            id=PractitionerId("zhou"),
            name="周明远",
            title="副主任医师",
            speciality="口腔",
            room="2诊室",
            visit_types=(WISDOM,),
            hours=(),
        ),
    ),
)


def step(key: str, purpose: Purpose, offset: Offset, **more: Any) -> Step:
    return Step(key=key, template=f"care.{key}", purpose=purpose, offset=offset, **{"grace_hours": 8.0, **more})


PLANS = (
    CarePlan(
        key="booked",
        title="预约确认",
        anchor="booked",
        steps=(step("confirmed", Purpose.SERVICE, Offset(hours=0), grace_hours=2.0, answer=True),),
    ),
    CarePlan(
        key="appointment",
        title="就诊提醒",
        anchor="appointment",
        steps=(
            step("three_days", Purpose.REMINDER, Offset(days=-3), at=time(10), audience=Audience.NEW),
            step("day_before", Purpose.REMINDER, Offset(days=-1), at=time(10)),
        ),
    ),
    CarePlan(
        key="surgery",
        title="术后关怀",
        anchor="treatment",
        treatment="surgery",
        steps=(
            step("day_1", Purpose.CARE, Offset(days=1), at=time(10)),
            step("month_6", Purpose.CARE, Offset(months=6), at=time(10)),
        ),
    ),
    CarePlan(
        key="birthday",
        title="生日祝福",
        anchor="birthday",
        steps=(step("wish", Purpose.CARE, Offset(days=0), at=time(9, 30), greeting=True),),
    ),
)
WORDINGS = tuple(
    Template(key=each.template, purpose=each.purpose, text="{name}您好", fallbacks={"name": "朋友"})
    for plan in PLANS
    for each in plan.steps
)


class NoTasks:
    async def open(self, **facts: Any) -> None:
        raise AssertionError(facts)


class NoSender:
    async def send(self, envelope: Envelope) -> Outcome:
        raise AssertionError(envelope)


class Room:
    """Everything care works with, over one database."""

    def __init__(
        self,
        database: Database,
        plans: Sequence[CarePlan] = PLANS,
        wordings: Sequence[Template] = WORDINGS,
        sender: Sender | None = None,
        clock: Clock | None = None,
    ) -> None:
        """With a sender, calls are opened as follow-ups and messages are judged before they leave."""
        self.plans, self.wordings = plans, wordings
        self.history = history = History(HistoryStore(database))
        self.store = CareStore(database, KEYS)
        self.audit = audit_of(database)
        self.followups = FollowUps(FollowUpStore(database), history=history, audit=audit_of(database))
        self.patients = Patients(PatientStore(database, KEYS), history)
        self.booking = Booking(BookingStore(database), FixedClinic(CLINIC), history=history, audit=audit_of(database))
        self.outbox = Outbox(
            OutboxStore(database),
            templates=Templates(wordings),
            patients=self.patients,
            history=history,
            audit=audit_of(database),
            tasks=NoTasks() if sender is None else self.followups,
            sender=sender or NoSender(),
            clock=clock or SystemClock(),
            clinics=FixedClinic(CLINIC),
        )
        self.care = self.engine()
        if sender is not None:
            self.outbox.bind(self.care)
        self._outbox_rows = database.collection(OUTBOX)
        self._message, self._appointment = Mapper(Message), Mapper(Appointment)  # slow to make
        self._appointments = database.collection(APPOINTMENTS)
        self._patients = database.collection(PATIENTS)

    def engine(self) -> Care:
        """Another process' engine."""
        return self.engine_of(self.plans, self.wordings)

    def engine_of(self, plans: LivePlans | Sequence[CarePlan], wordings: Sequence[Template], **more: Any) -> Care:
        """The same with other plans."""
        return Care(
            plans,
            self.store,
            clinics=FixedClinic(CLINIC),
            patients=self.patients,
            booking=self.booking,
            history=self.history,
            followups=self.followups,
            audit=self.audit,
            outbox=self.outbox,
            templates=Templates(wordings),
            **more,
        )

    async def keys(self) -> list[str]:
        return sorted([row["key"] async for row in self._outbox_rows.find({})])

    async def messages(self) -> list[Message]:
        return [self._message.thing(row) async for row in self._outbox_rows.find({}).sort("key", 1)]

    async def keep(self, *appointments: Appointment) -> None:
        for appointment in appointments:
            document = self._appointment.document(appointment)
            await self._appointments.replace_one({"_id": appointment.id}, document, upsert=True)

    async def reasons(self) -> list[str]:
        messages = await self.messages()
        verdicts = await self.care.verdicts(messages)
        return [verdicts[message.id].reason for message in messages]

    async def hold(self, patient_id: PatientId, reason: str) -> None:
        await self._patients.update_one({"_id": patient_id}, {"$set": stored(HoldKind.PAUSED, MADE, reason)})


@pytest.fixture
async def room(database: Database) -> Room:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    return Room(database)


def here(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


MADE = here(20, 9)
START = here(27, 14, 30)


async def somebody(room: Room, openid: str = "oPatient1") -> tuple[Contact, Patient]:
    contact, _ = await room.patients.follow(openid, MADE)
    return contact, await room.patients.self_patient(contact, MADE)


def visit(contact: Contact, patient: Patient, number: int = 1, **changes: Any) -> Appointment:
    appointment = Appointment(
        id=AppointmentId(f"a{number}"),
        request_key=f"r{number}",
        contact_id=contact.id,
        patient_id=patient.id,
        visit_type_id=WISDOM,
        practitioner_id=PractitionerId("zhou"),
        room="2诊室",
        start=START,
        end=START + timedelta(hours=1),
        created_at=MADE,
        new_patient=True,
    )
    return replace(appointment, **changes)


async def test_a_booking_gets_its_confirmation_and_its_reminders_in_time(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.patients.set_name(patient.id, "张三", now=MADE)
    await room.keep(visit(contact, patient))
    assert await room.care.enqueue_due(MADE) == 1
    assert await room.care.enqueue_due(here(24, 9, 59)) == 0
    assert await room.care.enqueue_due(here(24, 10)) == 1
    assert await room.care.enqueue_due(here(26, 10, 5)) == 1
    assert await room.keys() == [
        "appointment/day_before/appointment:a1:v1",
        "appointment/three_days/appointment:a1:v1",
        "booked/confirmed/appointment:a1:v1",
    ]
    day_before, three_days, confirmed = await room.messages()
    assert (day_before.contact_id, day_before.patient_id) == (contact.id, patient.id)
    assert (day_before.due_at, day_before.expires_at) == (here(26, 10), here(26, 18))
    assert (day_before.template, day_before.purpose) == ("care.day_before", Purpose.REMINDER)
    assert day_before.variables["time_field"] == "2026年11月27日 14:30"
    assert (day_before.variables["name"], day_before.variables["practitioner"]) == ("张三", "周明远医生")
    assert dict(day_before.precondition) == {
        "kind": "appointment",
        "id": "a1",
        "version": 1,
        "plan": "appointment",
        "step": "day_before",
        "ref": "appointment:a1:v1",
    }
    assert (confirmed.answer, three_days.answer) == (True, False)


async def test_a_second_look_and_a_second_process_add_nothing(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient))
    assert await room.care.enqueue_due(here(26, 10)) == 1
    assert await room.care.enqueue_due(here(26, 10, 1)) == 0
    assert await room.engine().enqueue_due(here(26, 10, 2)) == 0


async def test_a_moved_visit_gets_new_messages_and_the_old_ones_are_not_wanted_any_more(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient))
    await room.care.enqueue_due(here(26, 10))
    assert await room.reasons() == [""]
    moved = visit(
        contact, patient, start=here(29, 9), end=here(29, 10), version=2, changed_at=here(26, 11), moved_from=START
    )
    await room.keep(moved)
    assert await room.reasons() == ["appointment_moved"]
    assert await room.care.enqueue_due(here(26, 11)) == 1
    assert await room.care.enqueue_due(here(28, 10)) == 1
    assert await room.keys() == [
        "appointment/day_before/appointment:a1:v1",
        "appointment/day_before/appointment:a1:v2",
        "booked/confirmed/appointment:a1:v2",
    ]


async def test_a_cancelled_visit_gets_nothing_and_what_waits_is_not_wanted(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient))
    await room.care.enqueue_due(here(24, 10))
    await room.keep(visit(contact, patient, state=AppointmentState.CANCELLED, version=2, closed_at=here(24, 11)))
    assert await room.reasons() == ["appointment_cancelled"]
    assert await room.care.enqueue_due(here(26, 10)) == 0


async def test_an_attended_visit_is_followed_by_its_aftercare_for_half_a_year(room: Room) -> None:
    contact, patient = await somebody(room)
    attended = visit(contact, patient, state=AppointmentState.COMPLETED, version=2, closed_at=here(27, 18))
    await room.keep(attended)
    assert await room.care.enqueue_due(here(27, 18)) == 0
    assert await room.care.enqueue_due(here(28, 10)) == 1
    assert await room.care.enqueue_due(here(15, 10, month=2, year=2027)) == 0
    assert await room.care.enqueue_due(here(27, 10, month=5, year=2027)) == 1
    assert await room.keys() == ["surgery/day_1/treatment:a1", "surgery/month_6/treatment:a1"]
    assert await room.reasons() == ["", ""]
    await room.keep(replace(attended, state=AppointmentState.NO_SHOW, version=3))
    assert await room.reasons() == ["not_treated", "not_treated"]


async def test_a_birthday_is_wished_once_and_not_after_it_was_corrected(room: Room) -> None:
    _, patient = await somebody(room)
    await room.patients.set_birthday(
        patient.id, Birthday(calendar=Calendar.LUNAR, year=1990, month=10, day=19), now=MADE
    )
    day = date(2026, 11, 27)  # lunar 10-19
    assert await room.care.enqueue_due(here(27, 9, 29)) == 0
    assert await room.care.enqueue_due(here(27, 9, 30)) == 1
    assert await room.engine().enqueue_due(here(27, 12)) == 0
    (wish,) = await room.messages()
    assert wish.key == f"birthday/wish/birthday:{patient.id}:{day.isoformat()}"
    assert (wish.greeting, wish.purpose) == (True, Purpose.CARE)
    assert await room.reasons() == [""]
    await room.patients.set_birthday(
        patient.id, Birthday(calendar=Calendar.SOLAR, year=1990, month=1, day=2), now=here(27, 12)
    )
    assert await room.reasons() == ["no_birthday"]


async def test_care_rests_for_a_patient_on_hold(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(
        visit(contact, patient, state=AppointmentState.COMPLETED, version=2),
        visit(contact, patient, number=2, start=here(29, 9), end=here(29, 10)),
    )
    await room.care.enqueue_due(here(28, 10))
    await room.hold(patient.id, "投诉处理中")
    assert await room.keys() == ["appointment/day_before/appointment:a2:v1", "surgery/day_1/treatment:a1"]
    room.outbox.bind(room.care)
    forecasts = await room.outbox.preview(await room.messages(), here(28, 10))
    assert [(each.will, each.reason) for each in forecasts][1] == (Will.DROP, "hold")
    assert forecasts[0].will is not Will.DROP


async def test_thousands_that_fall_due_at_once_are_handed_over_in_few_round_trips(
    room: Room, database: Database
) -> None:
    count = 2000
    contact, patient = await somebody(room)
    documents = [Mapper(Appointment).document(visit(contact, patient, number=number)) for number in range(count)]
    await database.collection(APPOINTMENTS).insert_many(documents)
    await database.client[database.name].command("profile", 2)
    assert await room.care.enqueue_due(here(26, 10)) == count
    await database.client[database.name].command("profile", 0)
    profile = database.client[database.name]["system.profile"]
    calls = await profile.count_documents({"op": {"$in": ["query", "insert", "update", "command"]}})
    assert len(await room.keys()) == count
    assert calls < 100


async def test_a_look_reads_by_indexes_alone_and_little_more_than_is_due(room: Room, database: Database) -> None:
    """The database writes down the plan of each operation: none reads a whole collection, none looks in vain."""
    contact, patient = await somebody(room)
    now, whole = here(28, 10), database.client[database.name]
    far = [START + timedelta(days=40 * turn, hours=number) for turn in (-9, -7, -3, 7) for number in range(100)]
    states = (AppointmentState.COMPLETED, AppointmentState.BOOKED)
    others = [
        visit(contact, patient, number=number, start=start, end=start + timedelta(hours=1), state=state)
        for number, (start, state) in enumerate(((start, state) for start in far for state in states), 2)
    ]
    await room.keep(visit(contact, patient, state=AppointmentState.COMPLETED), *others)
    await room.care.enqueue_due(here(28, 9, 59))
    await whole.command("profile", 2)
    assert await room.care.enqueue_due(now) == 1
    await whole.command("profile", 0)
    seen = await whole["system.profile"].find({"planSummary": {"$exists": True}}).to_list(None)
    assert len(seen) >= 8
    assert [each["ns"] for each in seen if "COLLSCAN" in each["planSummary"]] == []
    assert [each["ns"] for each in seen if each.get("docsExamined", 0) > 20] == []


async def test_the_engine_says_what_is_wrong_with_a_plan(room: Room) -> None:
    assert room.care.check() == []
    faulty = replace(PLANS[0], steps=(replace(PLANS[0].steps[0], template="care.none"),))
    assert room.care.check([faulty]) == ["Care plan 'booked', step 'confirmed': there is no template 'care.none'."]
