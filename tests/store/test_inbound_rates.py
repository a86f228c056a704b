"""主动联系 over a real database: both groups with their contacts, merged records, bounds, and by which indexes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.recalls import BOSS, CLINIC, DESK
from tests.visit_follow_ups import called, came, sent
from wxbot.booking.models import AppointmentState, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.visits import VisitStore
from wxbot.database import Database, Store
from wxbot.errors import ForbiddenError
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.history.models import ContactId, Direction, Interaction, Kind, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.messaging import Purpose
from wxbot.outbox.stores.care_sent import CareSentStore
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.models import ContactLink, Patient, Relation
from wxbot.patients.stores.patients import PatientStore
from wxbot.patients.stores.speakers import SpeakerStore
from wxbot.reception.inbound import CareGroup, InboundMonth, InboundWay
from wxbot.reception.inbound_rates import InboundRates
from wxbot.surveys.models import Occasion, ResponseState, SurveyResponse
from wxbot.surveys.stores.responses import ResponseStore

ZONE = CLINIC.timezone
START = datetime(2026, 11, 1, tzinfo=ZONE)
DAY = timedelta(days=1)
TEN = START + 9 * DAY + timedelta(hours=10)
MONTH = START.date()
BEFORE: dict[str, Any] = {"created_at": START - 60 * DAY}


def rates_of(database: Database, most: int = 100) -> InboundRates:
    lines, clinics = HistoryStore(database), FixedClinic(CLINIC)
    return InboundRates(
        booking=Booking(BookingStore(database), clinics, history=History(lines), audit=audit_of(database)),
        visits=VisitStore(database),
        speakers=SpeakerStore(database),
        sent=CareSentStore(database),
        messages=OutboxStore(database).reading,
        attempts=AttemptStore(database, KEYS),
        responses=ResponseStore(database, KEYS),
        lines=lines,
        clinics=clinics,
        most=most,
    )


@pytest.fixture
async def rates(database: Database) -> InboundRates:
    stores: list[Store] = [
        BookingStore(database),
        HistoryStore(database),
        ResponseStore(database, KEYS),
        AttemptStore(database, KEYS),
        PatientStore(database, KEYS),
        OutboxStore(database),
        CareSentStore(database),
    ]
    await database.create_indexes(stores)
    return rates_of(database)


async def known(database: Database, name: str, seen: datetime = START - 40 * DAY, **facts: Any) -> None:
    """The record `p-<name>` of the contact `<name>`, with a completed visit."""
    await PatientStore(database, KEYS).insert(
        Patient(
            id=PatientId(f"p-{name}"), **{"name": name, "created_at": START, "contact_id": ContactId(name), **facts}
        )
    )
    await came(database, name, seen, **BEFORE)


async def wrote(database: Database, name: str, at: datetime, kind: Kind = Kind.MESSAGE_RECEIVED) -> None:
    line = Interaction(
        id=f"{name}:{at.isoformat()}:{kind}",
        at=at,
        kind=kind,
        direction=Direction.IN if kind is Kind.MESSAGE_RECEIVED else Direction.OUT,
        contact_id=ContactId(name),
        text="你好",
    )
    assert await HistoryStore(database).insert([line]) == 1


def groups(found: InboundMonth) -> dict[str, list[str]]:
    """Each group's patients, those who contacted us with a mark."""
    return {
        group.value: sorted(f"{each.patient_id}{'!' if each.contacts else ''}" for each in rate.patients)
        for group, rate in found.groups.items()
    }


async def test_a1_41_who_was_cared_for_in_the_90_days_before_is_compared_with_who_was_not(
    rates: InboundRates, database: Database
) -> None:
    for name in ("message", "greeting", "call", "early", "late", "reminder"):
        await known(database, name)
    await known(database, "long", START - 366 * DAY)
    await known(database, "later", START + DAY)
    await sent(database, "message", START - timedelta(milliseconds=1))
    await sent(database, "greeting", START - 90 * DAY, greeting=True)
    await called(database, "call", START - DAY)
    await sent(database, "early", START - 90 * DAY - timedelta(milliseconds=1))
    await sent(database, "late", START)
    await sent(database, "reminder", START - DAY, purpose=Purpose.REMINDER)
    assert groups(await rates.of(MONTH, by=BOSS)) == {
        "cared": ["p-call", "p-greeting", "p-message"],
        "others": ["p-early", "p-late", "p-reminder"],
    }
    with pytest.raises(ForbiddenError):
        await rates.of(MONTH, by=DESK)


async def test_a1_41_writing_and_booking_in_the_month_are_contacts_and_what_we_caused_is_none(
    rates: InboundRates, database: Database
) -> None:
    names = ("wrote", "before", "after", "answers", "surveyed", "ours", "books", "phones", "asked", "here")
    for name in names:
        await known(database, name)
    await wrote(database, "wrote", TEN)
    await wrote(database, "before", START - timedelta(milliseconds=1))
    await wrote(database, "after", START + 30 * DAY)
    await sent(database, "answers", START - DAY, purpose=Purpose.REMINDER)
    await wrote(database, "answers", START + timedelta(hours=1))
    survey = SurveyResponse(
        id="plan:x",
        survey="s",
        occasion=Occasion.PLAN,
        key="x",
        contact_id=ContactId("surveyed"),
        asked_at=TEN,
        state=ResponseState.SENT,
    )
    assert await ResponseStore(database, KEYS).insert(survey)
    await wrote(database, "surveyed", TEN + timedelta(hours=2))
    await wrote(database, "ours", TEN, Kind.MESSAGE_SENT)
    coming: dict[str, Any] = {"state": AppointmentState.BOOKED, "stage": VisitStage.EXPECTED, "departed_at": None}
    for name, by in (("books", "patient"), ("phones", "staff:1"), ("asked", "staff:1"), ("here", "staff:1")):
        facts = {"id": f"v2-{name}", "request_key": f"v2-{name}", "patient_id": PatientId(f"p-{name}")}
        await came(database, name, START + 50 * DAY, **facts, **coming, created_at=TEN, by=by)
    await called(database, "asked", TEN)
    await came(database, "here", TEN, id="v3", request_key="v3", **BEFORE)
    found = await rates.of(MONTH, by=BOSS)
    assert groups(found)["others"] == sorted(
        f"p-{name}{'!' if name in {'wrote', 'books', 'phones'} else ''}" for name in names
    )
    ways = {each.patient_id: [it.way for it in each.contacts] for each in found.groups[CareGroup.OTHERS].patients}
    assert [ways[PatientId(f"p-{name}")] for name in ("wrote", "books", "phones")] == [
        [InboundWay.WROTE],
        [InboundWay.BOOKED],
        [InboundWay.PHONED],
    ]


async def test_a1_41_merged_records_are_one_patient_and_everybody_who_speaks_for_them_is_heard(
    rates: InboundRates, database: Database
) -> None:
    await known(database, "twin", merged_into=PatientId("p-middle"))
    await known(database, "middle", START - 30 * DAY, merged_into=PatientId("p-kept"))
    mother = ContactLink(contact_id=ContactId("mother"), relation=Relation.CHILD)
    await PatientStore(database, KEYS).insert(
        Patient(
            id=PatientId("p-kept"), name="林", created_at=START, contact_id=ContactId("kept"), other_contacts=(mother,)
        )
    )
    await sent(database, "twin", START - DAY)
    await wrote(database, "mother", TEN)
    found = await rates.of(MONTH, by=BOSS)
    assert groups(found) == {"cared": ["p-kept!"], "others": []}
    assert found.groups[CareGroup.CARED].patients[0].seen_at == START - 30 * DAY


async def test_a1_41_only_so_many_patients_are_looked_at_the_latest_first_and_it_is_said(
    rates: InboundRates, database: Database
) -> None:
    for number in range(3):
        await known(database, str(number), START - (number + 1) * DAY)
    assert not (await rates.of(MONTH, by=BOSS)).cut
    few = await rates_of(database, most=2).of(MONTH, by=BOSS)
    assert (groups(few)["others"], few.cut) == (["p-0", "p-1"], True)
    assert not (await rates_of(database, most=3).of(MONTH, by=BOSS)).cut


async def test_a1_41_it_goes_by_indexes_however_much_others_wrote(rates: InboundRates, database: Database) -> None:
    await known(database, "a")
    await wrote(database, "a", TEN)
    await sent(database, "a", START - 10 * DAY)
    lines = [
        Interaction(id=f"x{number}", at=TEN, kind=Kind.MESSAGE_RECEIVED, contact_id=ContactId(f"x{number}"))
        for number in range(500)
    ]
    await HistoryStore(database).insert(lines)
    for number in range(50):
        await sent(database, f"x{number}", START - DAY)
        await sent(database, "a", START - 200 * DAY - timedelta(minutes=number))
    whole = database.client[database.name]
    await whole.create_collection("system.profile", capped=True, size=8 * 1024 * 1024)
    await whole.command({"profile": 2})
    try:
        found = await rates.of(MONTH, by=BOSS)
    finally:
        await whole.command({"profile": 0})
    assert groups(found) == {"cared": ["p-a!"], "others": []}
    rows = await whole["system.profile"].find({"planSummary": {"$exists": True}}).to_list(None)
    wrong = [
        (row["ns"], row["planSummary"], row["docsExamined"])
        for row in rows
        if "COLLSCAN" in row["planSummary"] or row["docsExamined"] > 2
    ]
    assert wrong == []
