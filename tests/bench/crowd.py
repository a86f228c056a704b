"""Patients with records, visits, follow-ups and messages, for the console's pages. Person n is the same everywhere."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tests.encryption import KEYS
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Database, Document, Mapper
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import EncryptedMapper
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, FollowUpState
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.models import Message, MessageId, State
from wxbot.patients.birthdays import keys_for
from wxbot.patients.models import Birthday, Calendar, Gender, Patient, Tag
from wxbot.patients.search_keys import keys_of
from wxbot.patients.stores.encrypted import PatientCipher

from .filling import BATCH, PATIENT, TEMPLATE

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
GIVEN = "子涵欣怡浩然雨桐思远佳宁明哲若曦一诺建国秀英志强晓晴文静海燕俊杰丽华永康春梅立新玉兰家豪梓萱嘉懿承泽清妍景行"
VISITS_EACH, MESSAGES_EACH, TASKS_EACH = 2, 3, 1  # of everybody's past
TODAY, TOMORROW, OPEN, TROUBLED = 8, 6, 6, 3  # of everybody together: the same present in every database
PRACTITIONER, KIND, ROOM = PractitionerId("chen"), VisitTypeId("cleaning"), "1诊室"  # of the shipped clinic


def patient_id(contact_id: ContactId) -> PatientId:
    """The patient whom a contact of the benchmark speaks for."""
    return PatientId(PATIENT + contact_id)


def name(number: int) -> str:
    """What person n is called: a family name and two more characters."""
    chance = random.Random(number)
    return chance.choice(FAMILY) + chance.choice(GIVEN) + chance.choice(GIVEN)


def phone(number: int) -> str:
    """The mobile number of person n, E.164."""
    return f"+86138{random.Random(f'phone {number}').randrange(10**8):08d}"


async def records(
    database: Database, ids: Sequence[ContactId], now: datetime, keys: DataKeys = KEYS, first: int = 0
) -> None:
    """A record for each of those contacts, with everything the search box finds it by; `first` is the first number."""
    mapper = EncryptedMapper(Patient, PatientCipher(keys))

    def rows() -> Iterator[Document]:
        for number, contact_id in enumerate(ids, first):
            called, dialled, record = name(number), phone(number), f"MZ{number:07d}"
            born = Birthday(
                calendar=Calendar.SOLAR, year=1950 + number % 60, month=number % 12 + 1, day=number % 28 + 1
            )
            yield mapper.document(
                Patient(
                    id=patient_id(contact_id),
                    name=called,
                    created_at=now - timedelta(minutes=number),
                    birthday=born,
                    birthday_keys=keys_for(born),
                    contact_id=contact_id,
                    phone=dialled,
                    record_number=record,
                    gender=Gender.FEMALE if number % 2 else Gender.MALE,
                    tags=(Tag(name=f"标签{number % 40}", by="system", at=now, source="导入"),),
                    search_keys=keys_of(name=called, phone=dialled, record_number=record),
                )
            )

    await _write(database, "patients", rows())
    await database.collection("contacts").update_many({}, [{"$set": {"patient_ids": [{"$concat": [PATIENT, "$_id"]}]}}])


async def past(database: Database, ids: Sequence[ContactId], now: datetime) -> None:
    """What everybody had with the clinic: visits that were, messages that arrived, follow-ups that are done."""
    await _write(
        database,
        "appointments",
        (
            _visit(contact_id, f"past:{number}:{turn}", now - timedelta(days=90 * (turn + 1), minutes=number % 20_000))
            for number, contact_id in enumerate(ids)
            for turn in range(VISITS_EACH)
        ),
    )
    await _write(
        database,
        "outbox",
        (
            _message(contact_id, f"past:{number}:{turn}", State.DELIVERED, now - timedelta(days=30 * (turn + 1)))
            for number, contact_id in enumerate(ids)
            for turn in range(MESSAGES_EACH)
        ),
    )
    await _write(
        database,
        "followups",
        (
            _task(contact_id, f"past:{number}:{turn}", FollowUpState.DONE, now - timedelta(days=60, minutes=number))
            for number, contact_id in enumerate(ids)
            for turn in range(TASKS_EACH)
        ),
    )


async def present(database: Database, ids: Sequence[ContactId], now: datetime) -> None:
    """What stands on the first page today: the same number of everything, however large the clinic."""
    people = [ids[number % len(ids)] for number in range(TODAY + TOMORROW + OPEN + TROUBLED)]
    visits = [
        _visit(person, f"today:{number}", now + timedelta(minutes=20 * number), AppointmentState.BOOKED)
        for number, person in enumerate(people[:TODAY])
    ]
    visits += [
        _visit(person, f"tomorrow:{number}", now + timedelta(days=1, minutes=20 * number), AppointmentState.BOOKED)
        for number, person in enumerate(people[TODAY : TODAY + TOMORROW])
    ]
    await _write(database, "appointments", iter(visits))
    tasks = (_task(person, f"open:{number}", FollowUpState.OPEN, now) for number, person in enumerate(people[-OPEN:]))
    await _write(database, "followups", tasks)
    trouble = (
        _message(person, f"trouble:{number}", State.FAILED, now - timedelta(hours=number + 1))
        for number, person in enumerate(people[:TROUBLED])
    )
    await _write(database, "outbox", trouble)


_VISITS, _MESSAGES, _TASKS = Mapper(Appointment), Mapper(Message), Mapper(FollowUp)


def _visit(
    contact_id: ContactId, key: str, start: datetime, state: AppointmentState = AppointmentState.COMPLETED
) -> Document:
    return _VISITS.document(
        Appointment(
            id=AppointmentId(f"visit:{key}"),
            request_key=key,
            contact_id=contact_id,
            patient_id=patient_id(contact_id),
            visit_type_id=KIND,
            practitioner_id=PRACTITIONER,
            room=ROOM,
            start=start,
            end=start + timedelta(minutes=30),
            created_at=start - timedelta(days=3),
            new_patient=False,
            state=state,
            closed_at=start + timedelta(hours=2) if state is AppointmentState.COMPLETED else None,
        )
    )


def _message(contact_id: ContactId, key: str, state: State, at: datetime) -> Document:
    return _MESSAGES.document(
        Message(
            id=MessageId(f"message:{key}"),
            key=key,
            contact_id=contact_id,
            patient_id=patient_id(contact_id),
            purpose=Purpose.CARE,
            template=TEMPLATE,
            variables={},
            created_at=at - timedelta(days=1),
            due_at=at,
            expires_at=at + timedelta(hours=12),
            state=state,
            reason="" if state is State.DELIVERED else "43004",
            explanation="" if state is State.DELIVERED else "患者没有关注公众号。",
            channel=Channel.CUSTOMER,
            settled_at=at,
            sent_at=at,
        )
    )


def _task(contact_id: ContactId, key: str, state: FollowUpState, at: datetime) -> Document:
    done = state is FollowUpState.DONE
    return _TASKS.document(
        FollowUp(
            id=FollowUpId(f"task:{key}"),
            key=key,
            kind=FollowUpKind.PHONE,
            reason="消息送不到，请打电话。",
            contact_id=contact_id,
            patient_id=patient_id(contact_id),
            opened_at=at - timedelta(hours=3),
            due_at=at - timedelta(hours=1),
            state=state,
            closed_at=at if done else None,
            outcome="已打电话" if done else None,
        )
    )


async def _write(database: Database, name: str, rows: Iterator[Document]) -> None:
    collection = database.collection(name)
    batch: list[Document] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            await collection.insert_many(batch, ordered=False)
            batch = []
    if batch:
        await collection.insert_many(batch, ordered=False)
