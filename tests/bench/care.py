"""Care plans over a large base: a day's looks beside a bare insert of the same rows, twice the base, a dry run."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.clinics import FixedClinic
from tests.encryption import KEYS
from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.care.service import Care
from wxbot.care.stores.care import CareStore
from wxbot.clinic.models import VisitType
from wxbot.clock import SystemClock
from wxbot.database import Database, Mapper
from wxbot.demo.settings import DemoSettings
from wxbot.encryption.documents import EncryptedMapper
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.installation import Installation, read_installation
from wxbot.outbox.models import Envelope, Outcome
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OUTBOX, OutboxStore
from wxbot.patients.birthdays import keys_for
from wxbot.patients.models import Birthday, Calendar, Patient
from wxbot.patients.service import Patients
from wxbot.patients.stores.encrypted import PatientCipher
from wxbot.patients.stores.patients import PATIENTS, PatientStore
from wxbot.staff.permissions import Role, permissions_of
from wxbot.templates.service import Templates

from . import crowd, filling
from .figures import Figure, median_of
from .processes import cpu_seconds
from .stage import Stage

PLANS = ("aftercare_extraction", "aftercare_implant", "aftercare_laser", "appointment", "birthday", "booked")
MORNING = datetime(2026, 11, 30, 22, tzinfo=UTC)  # six in the morning of 1 December at the clinic
LOOKS, APART = 17, timedelta(hours=1)  # over everything, of a day until ten in the evening
MINUTE = timedelta(minutes=1)
PAST, COMING = timedelta(days=190), timedelta(days=30)  # over which visits are spread
DAYS = 2  # measured, of each size
FIRST_PERSON = 5_000_000  # numbers of people nobody else uses
DATABASE, BARE = "bench_care", "bench_care_bare"
INSERTED_AT_ONCE = 500  # as many as a look hands over in one go
LEAD = Actor(id="1", name="李主管", permissions=permissions_of(Role.MANAGER))


class NoSender:
    """Nothing is delivered here: `delivery` measures that."""

    async def send(self, envelope: Envelope) -> Outcome:
        """Never called."""
        raise AssertionError(envelope)


@dataclass
class Days:
    """What the days of one size took, in seconds; `work` is processor time of engine and mongod together."""

    looks: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    inserts: list[float] = field(default_factory=list)  # processor time of the same rows, bare
    rows: list[int] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)  # a look over everything that finds nothing new
    between: list[float] = field(default_factory=list)  # a look a minute after it


async def measure(stage: Stage) -> list[Figure]:
    """Half the base, then all of it; the same days in both."""
    people = stage.size.contacts
    small, large = Days(), Days()
    async with _opened(stage) as (database, bare, care):
        for size, first, last in ((small, 0, people // 2), (large, people // 2, people)):
            stage.say(f"care: making {last - first:,} patients with their visits")
            await _fill(database, first, last)
            for turn in range(DAYS):
                stage.say(f"care: {last:,} patients, day {turn + 1} of {DAYS}")
                await _live(stage, size, care, database, bare, MORNING + timedelta(days=turn))
                await database.collection(OUTBOX).delete_many({})
        stage.say("care: dry run of the whole base")
        began = time.perf_counter()
        dry = await care.dry_runs.run(MORNING, MORNING + timedelta(days=1), by=LEAD)
        dry_seconds = time.perf_counter() - began
    return [
        median_of(
            "a day's looks",
            large.looks,
            unit="s",
            note=f"{people:,} patients, {len(PLANS)} plans, {LOOKS} looks, {large.rows[0]:,} messages",
        ),
        median_of(
            "processor time ÷ bare insert of the same rows",
            [work / insert for work, insert in zip(large.work, large.inserts, strict=True)],
            unit="×",
        ),
        median_of(
            "processor time of a message",
            [work / rows * 1e6 for work, rows in zip(large.work, large.rows, strict=True)],
            unit="µs",
        ),
        median_of(
            "processor time, twice the patients ÷ once",
            [after / before for before, after in zip(small.work, large.work, strict=True)],
            unit="×",
            goal=2.2,
            at_least=False,
            note=f"{small.rows[0]:,} and {large.rows[0]:,} messages a day",
        ),
        median_of("a look over everything that finds nothing new", [each * 1e3 for each in large.whole], unit="ms"),
        median_of("a look a minute later", [each * 1e3 for each in large.between], unit="ms"),
        Figure(
            name="dry run of a day, whole base", value=dry_seconds, unit="s", note=f"{len(dry.outcomes):,} outcomes"
        ),
    ]


async def _live(  # noqa: PLR0917 - one day's circumstances
    stage: Stage, size: Days, care: Care, database: Database, bare: Database, begins: datetime
) -> None:
    """One day of looks, looks in vain, and the same rows into an empty collection with the same indexes."""
    gc.collect()
    began, worked, rows = time.perf_counter(), _worked(stage), 0
    for look in range(LOOKS):
        await care.catch_ups.note_look(begins + look * APART - MINUTE)  # no gap: somebody looked in between
        rows += await care.enqueue_due(begins + look * APART)
    size.looks.append(time.perf_counter() - began)
    size.work.append(_worked(stage) - worked)
    size.rows.append(rows)
    last = begins + (LOOKS - 1) * APART
    for found, later in ((size.whole, 10 * MINUTE), (size.between, 11 * MINUTE)):
        began = time.perf_counter()
        await care.enqueue_due(last + later)
        found.append(time.perf_counter() - began)
    documents = await database.collection(OUTBOX).find({}).to_list(None)
    await bare.collection(OUTBOX).delete_many({})
    worked = _worked(stage)
    for start in range(0, len(documents), INSERTED_AT_ONCE):
        await bare.collection(OUTBOX).insert_many(documents[start : start + INSERTED_AT_ONCE], ordered=False)
    size.inserts.append(_worked(stage) - worked)


def _worked(stage: Stage) -> float:
    """Processor seconds of this process and the mongod so far: they mean the same while others use the machine."""
    return time.process_time() + cpu_seconds(stage.mongo_pid)


# -- the base ----------------------------------------------------------------------------------------------------------


async def _fill(database: Database, first: int, last: int) -> None:
    """Patients with those numbers: each with a treatment in the past half year and a visit in the coming month."""
    ids = await filling.contacts(database, range(FIRST_PERSON + first, FIRST_PERSON + last), MORNING - PAST)
    await _patients(database, ids)
    mapper, kinds = Mapper(Appointment), [each for each in _visit_types(_shipped()) if each.aftercare in _treatments()]
    rows = []
    for number, contact_id in enumerate(ids):
        share = (number * 7919 % len(ids)) / len(ids)  # spread, and the same in every run
        for done, start in ((True, MORNING - share * PAST), (False, MORNING + share * COMING)):
            rows.append(mapper.document(_visit(contact_id, kinds[number % len(kinds)], _on_the_hour(start), done=done)))
        if len(rows) >= filling.BATCH:
            await database.collection(APPOINTMENTS).insert_many(rows, ordered=False)
            rows = []
            await asyncio.sleep(0)
    if rows:
        await database.collection(APPOINTMENTS).insert_many(rows, ordered=False)


async def _patients(database: Database, ids: Sequence[ContactId]) -> None:
    """A record for each of those contacts: what care reads of it, without the keys of the search box."""
    mapper, rows = EncryptedMapper(Patient, PatientCipher(KEYS)), database.collection(PATIENTS)
    documents = [mapper.document(_patient(number, each)) for number, each in enumerate(ids)]
    for start in range(0, len(documents), filling.BATCH):
        await rows.insert_many(documents[start : start + filling.BATCH], ordered=False)


def _patient(number: int, contact_id: ContactId) -> Patient:
    born = Birthday(calendar=Calendar.SOLAR, year=1950 + number % 60, month=number % 12 + 1, day=number % 28 + 1)
    return Patient(
        id=crowd.patient_id(contact_id),
        name=crowd.name(number),
        created_at=MORNING - PAST,
        birthday=born,
        birthday_keys=keys_for(born),
        contact_id=contact_id,
    )


def _on_the_hour(moment: datetime) -> datetime:
    """At nine to four of that day at the clinic."""
    return moment.replace(hour=1 + moment.minute % 8, minute=0, second=0, microsecond=0)


def _visit(contact_id: ContactId, kind: VisitType, start: datetime, *, done: bool) -> Appointment:
    key = f"{'done' if done else 'coming'}:{contact_id}"
    return Appointment(
        id=AppointmentId(key),
        request_key=key,
        contact_id=contact_id,
        patient_id=crowd.patient_id(contact_id),
        visit_type_id=kind.id,
        practitioner_id=crowd.PRACTITIONER,
        room=crowd.ROOM,
        start=start,
        end=start + timedelta(hours=1),
        created_at=MORNING - PAST,
        new_patient=False,
        state=AppointmentState.COMPLETED if done else AppointmentState.BOOKED,
    )


def _shipped() -> Installation:
    return read_installation(DemoSettings())


def _treatments() -> Sequence[str]:
    return [key.removeprefix("aftercare_") for key in PLANS if key.startswith("aftercare_")]


def _visit_types(shipped: Installation) -> tuple[VisitType, ...]:
    """Those of the shipped clinic, three of them with the treatments of the measured plans."""
    kinds, treatments = shipped.clinic.visit_types, _treatments()
    return (
        *(replace(each, aftercare=name) for each, name in zip(kinds, treatments, strict=False)),
        *(replace(each, aftercare=None) for each in kinds[len(treatments) :]),
    )


@asynccontextmanager
async def _opened(stage: Stage) -> AsyncIterator[tuple[Database, Database, Care]]:
    """A database with all indexes, one with those of the outbox alone, and the engine of care over the first."""
    database, bare = filling.patient(stage.mongo_uri, DATABASE), filling.patient(stage.mongo_uri, BARE)
    try:
        stores = [PatientStore, HistoryStore, BookingStore, OutboxStore, FollowUpStore, CareStore, AuditStore]
        await database.create_indexes(stores)  # type: ignore[arg-type]
        await bare.create_indexes([OutboxStore])  # type: ignore[list-item]
        yield database, bare, _care(database)
    finally:
        for each in (database, bare):
            await each.client.drop_database(each.name)
            each.close()


def _care(database: Database) -> Care:
    shipped = _shipped()
    clinic = replace(shipped.clinic, visit_types=_visit_types(shipped))
    clinics, templates = FixedClinic(clinic), Templates(shipped.templates)
    history = History(HistoryStore(database))
    audit = AuditTrail(AuditStore(database), timezone=clinic.timezone, keys=KEYS)
    followups = FollowUps(FollowUpStore(database), history=history, audit=audit)
    patients = Patients(PatientStore(database, KEYS), history)
    booking = Booking(BookingStore(database), clinics, history=history, audit=audit)
    outbox = Outbox(
        OutboxStore(database),
        templates=templates,
        patients=patients,
        history=history,
        audit=audit,
        tasks=followups,
        sender=NoSender(),
        clock=SystemClock(),
        clinics=clinics,
    )
    care = Care(
        [each for each in shipped.plans if each.key in PLANS],
        CareStore(database, KEYS),
        clinics=clinics,
        patients=patients,
        booking=booking,
        history=history,
        followups=followups,
        audit=audit,
        outbox=outbox,
        templates=templates,
    )
    outbox.bind(care)
    return care
