"""Holiday greetings over a real mongod: who gets one, once, and never beside a birthday wish of the same day."""

from datetime import datetime, time, timedelta

import pytest

from tests.holds import stored
from tests.store.test_care import STORES, ZONE, Room, here, step
from tests.store.test_care_course import Phone
from wxbot.care.models import CarePlan, Offset
from wxbot.database import Database, Document
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import Action
from wxbot.patients.models import Birthday, Calendar, ConsentTopic, Contact, HoldKind, Patient, Relation
from wxbot.patients.stores.patients import PATIENTS
from wxbot.templates.models import Template

CARE = Purpose.CARE
MOON = here(25, 11, month=9)  # Friday 25 September 2026, 中秋节
PLANS = (
    CarePlan(
        key="birthday", title="生日祝福", anchor="birthday",
        steps=(step("wish", CARE, Offset(days=0), at=time(9, 30), greeting=True, grace_hours=14.5),),
    ),
    CarePlan(
        key="festival_mid_autumn", title="中秋节祝福", anchor="festival", treatment="mid_autumn",
        steps=(step("moon", CARE, Offset(days=0), at=time(11), greeting=True, no_calls=True, grace_hours=10),),
    ),
)  # fmt: skip
WORDINGS = (
    Template(key="care.wish", purpose=CARE, text="祝您生日快乐"),
    Template(key="care.moon", purpose=CARE, text="{festival}好"),
)


@pytest.fixture
async def room(database: Database) -> Room:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    return Room(database, PLANS, WORDINGS, Phone())


async def follower(room: Room, number: int, since: datetime = MOON - timedelta(days=9)) -> tuple[Contact, Patient]:
    contact, _ = await room.patients.follow(f"oFestive{number}", since)
    return contact, await room.patients.self_patient(contact, since)


async def at(room: Room, moment: datetime, *contacts: Contact) -> dict[str, list[str]]:
    """Look and deliver; what became of each step, by its key's first two parts."""
    for contact in contacts:
        await room.outbox.rights.note_action(contact.id, Action.MESSAGE, moment - timedelta(minutes=1))
    await room.care.enqueue_due(moment)
    await room.outbox.deliver_due(moment)
    found: dict[str, list[str]] = {}
    for row in await room.messages():
        found.setdefault(row.key.split("/")[1], []).append(row.reason or row.state.value)
    return {key: sorted(each) for key, each in found.items()}


async def test_every_patient_who_follows_and_receives_greetings_gets_one(room: Room, database: Database) -> None:
    people = [await follower(room, number) for number in range(6)]
    (one, _), (off, _), (left, _), (_, child), (_, held), (_, young) = people
    await room.patients.stop_topics(off, [ConsentTopic.FESTIVAL], MOON, "测试", wording="x")
    await room.patients.unfollow(left, MOON - timedelta(days=1))
    patients = database.collection(PATIENTS)
    await patients.update_one({"_id": child.id}, {"$set": {"relation": Relation.CHILD.value}})
    await patients.update_one({"_id": held.id}, {"$set": stored(HoldKind.DECEASED, MOON)})
    await room.patients.set_birthday(young.id, Birthday(calendar=Calendar.SOLAR, year=2015, month=1, day=2), now=MOON)
    await room.patients.follow("oNobody", MOON - timedelta(days=9))  # no patient
    await follower(room, 7, since=MOON + timedelta(minutes=30))  # after it fell due
    assert await at(room, MOON - timedelta(seconds=1), one) == {}
    assert await at(room, MOON, one) == {"moon": ["accepted", "deceased", "under_age"]}
    assert await at(room, MOON + timedelta(hours=2), one) == {"moon": ["accepted", "deceased", "under_age"]}
    assert await at(room, MOON + timedelta(days=1), one) == {"moon": ["accepted", "deceased", "under_age"]}
    (message,) = [each for each in await room.messages() if each.contact_id == one.id]
    assert (message.greeting, message.optional, message.variables["festival"]) == (True, True, "中秋节")
    assert await room.followups.open_with_subject() == []


async def test_a_birthday_at_a_festival_is_one_message_with_its_reason(room: Room) -> None:
    contact, patient = await follower(room, 1)
    born = Birthday(calendar=Calendar.LUNAR, year=1990, month=8, day=15)
    await room.patients.set_birthday(patient.id, born, now=MOON - timedelta(days=8))
    morning = datetime(2026, 9, 25, 9, 30, tzinfo=ZONE)
    assert await at(room, morning, contact) == {"wish": ["accepted"]}
    assert await at(room, MOON, contact) == {"wish": ["accepted"], "moon": ["greeted_today"]}
    (moon,) = [each for each in await room.messages() if "moon" in each.key]
    assert moon.explanation == "今天已给这位患者发过祝福，一天只发一条"


async def test_the_greeting_still_leaves_where_the_wish_could_not(room: Room) -> None:
    contact, patient = await follower(room, 1)
    born = Birthday(calendar=Calendar.LUNAR, year=1990, month=8, day=15)
    await room.patients.set_birthday(patient.id, born, now=MOON - timedelta(days=8))
    assert await at(room, MOON - timedelta(minutes=90)) == {"wish": ["no_channel"]}
    assert (await at(room, MOON, contact))["moon"] == ["accepted"]


async def test_the_wish_of_a_child_does_not_take_the_place_of_the_parents_greeting(
    room: Room, database: Database
) -> None:
    contact, patient = await follower(room, 1)
    row = await database.collection(PATIENTS).find_one({"_id": patient.id})
    assert row is not None
    await database.collection(PATIENTS).insert_one({**row, "_id": "child", "relation": Relation.CHILD.value})
    born = Birthday(calendar=Calendar.LUNAR, year=2008, month=8, day=15)
    child = (await room.patients.patients(["child"]))["child"]  # type: ignore[list-item,index]
    await room.patients.set_birthday(child.id, born, now=MOON - timedelta(days=8))
    await at(room, MOON - timedelta(minutes=90), contact)
    assert await at(room, MOON, contact) == {"wish": ["accepted"], "moon": ["accepted"]}


async def test_everybody_is_gone_through_by_index_and_only_on_the_day(room: Room, database: Database) -> None:
    for number in range(450):
        await follower(room, number)
    one = database.client[database.name]

    async def scans(moment: datetime) -> list[Document]:
        """What a look at that moment reads of everybody."""
        await one.drop_collection("system.profile")
        await one.command("profile", 2)
        await room.care.enqueue_due(moment)
        await one.command("profile", 0)
        query = {"command.find": PATIENTS, "command.projection": {"contact_id": 1}}
        return [each async for each in one["system.profile"].find(query)]

    assert await scans(MOON - timedelta(minutes=1)) == []
    found = await scans(MOON)
    assert len(await room.messages()) == 450
    assert len(found) == 4  # three portions, and the one that is empty
    assert {each["planSummary"] for each in found} == {"IXSCAN { contact_id: 1, relation: 1 }"}
    assert max(each["docsExamined"] for each in found) <= 200
    assert len(await scans(MOON + timedelta(seconds=15))) == 4  # once over everything that is due now …
    assert await scans(MOON + timedelta(seconds=18)) == []  # … and then, as there are many, not for a while
