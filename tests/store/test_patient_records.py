"""Staff's work on records over a real mongod: lists by index, two editors at once, notes, contacts, leaving WeChat."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.encryption import KEYS
from wxbot.actors import SYSTEM, Actor
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError
from wxbot.followups.service import FollowUps
from wxbot.followups.store import FollowUpStore
from wxbot.history.models import ContactId, Interaction, Kind, PatientId, TimelineFilter
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.holding import PatientHolds
from wxbot.patients.links import OwnRecordError, PatientLinks
from wxbot.patients.lists import PAGE, By, PatientLists
from wxbot.patients.marks import MOST_TAGS, PatientMarks
from wxbot.patients.merging import PatientMerges
from wxbot.patients.models import ConsentTopic, Contact, HoldKind, Merge, Patient, Relation, Taken
from wxbot.patients.records import DuplicatesError, PatientRecords
from wxbot.patients.service import Patients
from wxbot.patients.stores.contacts import CONTACTS
from wxbot.patients.stores.creations import CREATIONS, HELD
from wxbot.patients.stores.finding import Cursor
from wxbot.patients.stores.patients import PATIENTS, PatientStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
READER = Actor(id="reader", name="只读", permissions=frozenset({"patients:patient:read"}))


class Clinic:
    timezone = UTC


class Clinics:
    current = Clinic()


class Nobody:
    """A diary in which only the patients named are expected."""

    def __init__(self, *expected: PatientId) -> None:
        self._expected = frozenset(expected)

    async def expected(self, patient_ids: Sequence[PatientId], now: datetime) -> frozenset[PatientId]:
        del now
        return self._expected & frozenset(patient_ids)


class Room:
    """The patients' room over one database, as another process would wire it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = PatientStore(database, KEYS)
        self.history = History(HistoryStore(database))
        self.audit = AuditTrail(AuditStore(database), timezone=UTC, keys=KEYS)
        kept = {"history": self.history, "audit": self.audit}
        self.patients = Patients(self.store, self.history)
        self.records = PatientRecords(self.store, clinics=Clinics(), **kept)  # type: ignore[arg-type]
        self.marks = PatientMarks(self.store, clinics=Clinics(), **kept)  # type: ignore[arg-type]
        self.tasks = FollowUps(FollowUpStore(database), **kept)  # type: ignore[arg-type]
        self.holds = PatientHolds(self.store, clinics=Clinics(), tasks=self.tasks, **kept)  # type: ignore[arg-type]
        self.links = PatientLinks(self.store, patients=self.patients, **kept)  # type: ignore[arg-type]
        self.merges = PatientMerges(self.store, records=self.records, **kept)  # type: ignore[arg-type]

    def lists(self, *expected: PatientId) -> PatientLists:
        return PatientLists(self.store, records=self.records, expected=Nobody(*expected), clinics=Clinics())  # type: ignore[arg-type]

    async def add(self, name: str = "张三", now: datetime = NOW, **typed: str) -> Patient:
        return await self.records.create({"name": name, **typed}, by=SYSTEM, now=now, despite_duplicates=True)

    async def follower(self, openid: str = "oPatient0000000000000000001") -> Contact:
        return (await self.patients.follow(openid, NOW))[0]

    async def own(self, contact: Contact, name: str) -> Patient:
        patient = await self.patients.self_patient(contact, NOW)
        return await self.patients.set_name(patient.id, name, now=NOW)

    async def one(self, patient_id: PatientId) -> Patient:
        """As it stands in the database, merged or not."""
        return (await self.store.patients([patient_id]))[patient_id]

    async def merge(self, survivor: PatientId, merged: PatientId, **chosen: Taken) -> Merge:
        both = await self.store.patients([survivor, merged])
        revisions = (both[survivor].revision, both[merged].revision)
        return await self.merges.merge(survivor, merged, chosen, revisions=revisions, by=SYSTEM, now=NOW)


@pytest.fixture
async def room(database: Database) -> Room:
    await database.create_indexes([PatientStore, HistoryStore, AuditStore])  # type: ignore[list-item]
    return Room(database)


def plan_of(explained: dict[str, Any]) -> str:
    return str(explained["queryPlanner"]["winningPlan"])


# -- the lists -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("collection", "query", "order"),
    [
        (PATIENTS, {"merged_into": None, "created_at": {"$lte": NOW}}, [("created_at", -1), ("_id", -1)]),
        (PATIENTS, {"tags.name": "VIP"}, [("created_at", -1), ("_id", -1)]),
        (PATIENTS, {"birthday_keys": {"$in": ["S05-12", "L08-15"]}}, [("created_at", -1), ("_id", -1)]),
        (PATIENTS, {"held_kinds": {"$gt": "", "$in": ["dispute", "paused"]}}, [("held_at", -1), ("_id", -1)]),
        (PATIENTS, {"phone_index": {"$in": ["a token"]}}, None),
        (PATIENTS, {"record_number": {"$in": ["A1"]}}, None),
        (PATIENTS, {"identity_index": {"$in": ["a token"]}}, None),
        (PATIENTS, {"merged_into": {"$in": ["p1", "p2"]}}, None),
        (PATIENTS, {"other_contacts.contact_id": "c1"}, None),
        (CONTACTS, {"patient_ids": []}, [("created_at", -1), ("_id", -1)]),
        (CONTACTS, {"alias": {"$gte": "访客·蓝", "$lt": "访客·蓝\uffff"}}, [("alias", 1)]),
        ("merges", {"survivor_id": "p1"}, [("at", -1)]),
        ("merges", {"contact_ids": "c1"}, None),
    ],
)
async def test_every_list_is_answered_and_ordered_by_an_index(
    room: Room, database: Database, collection: str, query: dict[str, Any], order: list[tuple[str, int]] | None
) -> None:
    await room.add()
    cursor = database.collection(collection).find(query)
    plan = plan_of(await (cursor.sort(order) if order else cursor).limit(51).explain())
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert "'SORT'" not in plan


async def test_the_list_goes_on_where_the_page_ended_also_within_one_moment(room: Room) -> None:
    made = [await room.add(f"患者{chr(0x4E00 + number)}") for number in range(PAGE + 7)]
    lists, after, seen = room.lists(), "", list[PatientId]()
    while True:
        page = await lists.page(By.ALL, "", after, by=READER, now=NOW)
        seen += [card.id for card in page.cards]
        if not (after := page.next):
            break
    assert sorted(seen) == sorted(each.id for each in made)
    assert len(seen) == PAGE + 7


async def test_lists_are_narrowed_by_what_was_noted(room: Room) -> None:
    may = await room.add("五月", birthday="1990-05-12")
    lunar = await room.add("中秋", birthday="农历1985年八月十五")
    await room.holds.set(may.id, HoldKind.PAUSED, "出国", by=SYSTEM, now=NOW)
    await room.holds.set(lunar.id, HoldKind.OBJECTION, "颜色不满意", by=SYSTEM, now=NOW)
    await room.marks.add_tag(may.id, "VIP", by=SYSTEM, now=NOW, expires_on=date(2026, 12, 1))
    lists = room.lists(may.id)

    async def titles(by: By, value: str = "", now: datetime = NOW) -> list[str]:
        return [card.title for card in (await lists.page(by, value, "", by=READER, now=now)).cards]

    assert await titles(By.HOLD) == ["五月"]
    assert await titles(By.OBJECTION) == ["中秋"]
    assert await titles(By.TAG, "VIP") == ["五月"]
    assert await titles(By.TAG, "VIP", NOW + timedelta(days=30)) == []
    assert await titles(By.BIRTHDAY, "5") == ["五月"]
    assert await titles(By.BIRTHDAY, "9") == ["中秋"]  # 15 of the 8th lunar month is 25 September in 2026
    assert await titles(By.NO_NEXT) == ["中秋"]


async def test_a_made_up_cursor_starts_from_the_beginning(room: Room) -> None:
    await room.add()
    for cursor in ("x", "-", "99999999999999999999-1", "1-"):
        page = await room.lists().page(By.ALL, "", cursor, by=READER, now=NOW)
        assert len(page.cards) == 1


async def test_many_are_selected_in_portions(room: Room) -> None:
    for number in range(3):
        each = await room.add(f"甲{chr(0x4E00 + number)}", phone="13800138000", birthday="1990-05-12")
        await room.marks.add_tag(each.id, "VIP", by=SYSTEM, now=NOW)
    today = NOW.date()
    by_tag = [patient async for portion in room.patients.selecting.by_tag("VIP", today) for patient in portion]
    by_month = [p async for portion in room.patients.selecting.by_birthday_month(2026, 5) for p in portion]
    by_phone = [
        p async for portion in room.patients.selecting.by_phones(["+8613800138000", "+8613900139000"]) for p in portion
    ]
    assert [len(by_tag), len(by_month), len(by_phone)] == [3, 3, 3]


async def test_a_portion_goes_on_behind_the_last_of_the_one_before(room: Room) -> None:
    for number in range(5):
        each = await room.add(f"甲{chr(0x4E00 + number)}")
        await room.marks.add_tag(each.id, "VIP", by=SYSTEM, now=NOW)
    first = await room.store.finding.with_tag("VIP", None, 3)
    rest = await room.store.finding.with_tag("VIP", Cursor(first[-1].created_at, first[-1].id), 3)
    assert (len(first), len(rest), {each.id for each in first} & {each.id for each in rest}) == (3, 2, set())


# -- creating and editing ----------------------------------------------------------------------------------------


async def test_of_two_desks_that_save_the_same_new_patient_at_once_the_second_is_asked(room: Room) -> None:
    desks = [Room(room.database) for _ in range(6)]  # each of another process
    for number, typed in enumerate(
        ({"phone": "13800138000"}, {"identity": "E12345678"}, {"birthday": "1990-05-12", "name": "王芳"})
    ):
        saves = [each.records.create({"name": "王芳", **typed}, by=SYSTEM, now=NOW) for each in desks]
        came = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(type(each).__name__ for each in came) == ["DuplicatesError"] * 5 + ["Patient"]
        assert await room.database.collection(PATIENTS).count_documents({}) == number + 1
    assert await room.database.collection(CREATIONS).count_documents({}) == 0


async def test_a_save_that_died_holds_its_patient_up_for_seconds_only(room: Room) -> None:
    assert await room.store.creations.claim(["phone:+8613800138000"], "died", NOW)
    assert not await room.store.creations.claim(["phone:+8613800138000", "other"], "next", NOW)
    assert await room.store.creations.claim(["other"], "third", NOW)  # what the second one took, it let go
    later = NOW + HELD
    assert (await room.records.create({"name": "王芳", "phone": "13800138000"}, by=SYSTEM, now=later)).name == "王芳"


async def test_editing_asks_about_anothers_telephone_as_creating_does(room: Room) -> None:
    await room.add("张三", phone="13800138000", identity="E12345678", birthday="1990-05-12")
    patient = await room.add("李四", phone="13900139000", birthday="1990-05-12")
    for typed in ({"phone": "13800138000"}, {"identity": "e12345678"}, {"name": "张三"}):
        with pytest.raises(DuplicatesError) as caught:
            await room.records.edit(patient.id, typed, revision=1, by=SYSTEM, now=NOW)
        assert [card.title for card in caught.value.found] == ["张三"]
    shared = await room.records.edit(
        patient.id, {"phone": "13800138000"}, revision=1, by=SYSTEM, now=NOW, despite_duplicates=True
    )
    assert shared.phone == "+8613800138000"
    again = await room.records.edit(
        patient.id, {"phone": "13800138000", "note": "怕疼"}, revision=2, by=SYSTEM, now=NOW
    )
    assert again.note == "怕疼"  # what was answered once is not asked again


async def test_the_same_person_twice_is_asked_about_and_a_record_number_is_never_shared(room: Room) -> None:
    await room.add("张三", phone="13800138000", birthday="1990-05-12", record_number="A1")
    for typed in ({"phone": "138 0013 8000"}, {"name": "张 三", "birthday": "1990年5月12日"}):
        with pytest.raises(DuplicatesError) as caught:
            await room.records.create({"name": "李四", **typed}, by=SYSTEM, now=NOW)
        assert [card.title for card in caught.value.found] == ["张三"]
    with pytest.raises(FieldErrors) as refused:
        await room.records.create({"name": "李四", "record_number": "a1"}, by=SYSTEM, now=NOW, despite_duplicates=True)
    assert list(refused.value.fields) == ["record_number"]
    assert (await room.records.create({"name": "张三", "birthday": "1991-05-12"}, by=SYSTEM, now=NOW)).name == "张三"


async def test_of_two_editors_one_wins_and_the_other_is_told(room: Room, database: Database) -> None:
    patient = await room.add()
    rooms = [room, Room(database)]
    results = await asyncio.gather(
        *(
            each.records.edit(patient.id, {"note": note}, revision=patient.revision, by=SYSTEM, now=NOW)
            for each, note in zip(rooms, ("甲", "乙"), strict=True)
        ),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Patient", "StaleError"]
    assert (await room.one(patient.id)).revision == patient.revision + 1


async def test_an_edit_keeps_what_was_not_typed_and_is_found_by_the_new_name(room: Room) -> None:
    patient = await room.add("张三", phone="13800138000")
    after = await room.records.edit(patient.id, {"name": "章三"}, revision=1, by=SYSTEM, now=NOW)
    assert (after.name, after.phone) == ("章三", "+8613800138000")
    assert (await room.records.search("张", by=READER, now=NOW)).cards == ()
    assert [card.title for card in (await room.records.search("8000", by=READER, now=NOW)).cards] == ["章三"]
    unchanged = await room.records.edit(patient.id, {"name": "章三"}, revision=2, by=SYSTEM, now=NOW)
    assert unchanged.revision == 2
    assert [entry.action for entry in await room.audit.of_subject(f"patient:{patient.id}")] == [
        "patient:edited",
        "patient:created",
    ]


async def test_an_edit_cannot_take_anothers_record_number(room: Room) -> None:
    await room.add(record_number="A1")
    patient = await room.add("李四")
    with pytest.raises(FieldErrors):
        await room.records.edit(patient.id, {"record_number": "A1"}, revision=1, by=SYSTEM, now=NOW)


async def test_who_may_only_read_can_neither_write_nor_reveal(room: Room) -> None:
    patient = await room.add(phone="13800138000")
    tries = [
        room.records.create({"name": "李四"}, by=READER, now=NOW),
        room.records.edit(patient.id, {"name": "李四"}, revision=1, by=READER, now=NOW),
        room.records.reveal(patient.id, "phone", by=READER, now=NOW),
        room.records.reveal(patient.id, "identity", by=READER, now=NOW),
        room.marks.add_tag(patient.id, "VIP", by=READER, now=NOW),
        room.holds.set(patient.id, HoldKind.PAUSED, "x", by=READER, now=NOW),
        room.links.unlink(patient.id, ContactId("c"), by=READER, now=NOW),
        room.merges.preview(patient.id, PatientId("x"), by=READER, now=NOW),
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in results] == [ForbiddenError] * len(tries)


async def test_a_number_is_not_given_when_the_reveal_cannot_be_noted(room: Room) -> None:
    patient = await room.add(phone="13800138000")

    class PowerCutError(Exception):
        pass

    class Silent(AuditTrail):
        async def record(self, *_: Any, **__: Any) -> None:
            raise PowerCutError

    silent = Silent(AuditStore(room.database), timezone=UTC, keys=KEYS)
    records = PatientRecords(room.store, history=room.history, audit=silent, clinics=Clinics())
    with pytest.raises(PowerCutError):
        await records.reveal(patient.id, "phone", by=SYSTEM, now=NOW)
    assert await room.records.reveal(patient.id, "phone", by=SYSTEM, now=NOW) == "138 0013 8000"


# -- notes -------------------------------------------------------------------------------------------------------


async def test_a_tag_says_who_set_it_when_and_until_when(room: Room) -> None:
    patient = await room.add()
    await room.marks.add_tag(patient.id, " 种植  复查 ", by=SYSTEM, now=NOW, expires_on=date(2026, 12, 31))
    (tag,) = (await room.one(patient.id)).tags
    assert (tag.name, tag.by, tag.at, tag.source, tag.expires_on) == ("种植 复查", SYSTEM.by, NOW, "手工", "2026-12-31")
    again = await room.marks.add_tag(patient.id, "种植 复查", by=SYSTEM, now=LATER, expires_on=date(2026, 12, 31))
    assert again.tags == (tag,)
    assert (await room.marks.remove_tag(patient.id, "种植 复查", by=SYSTEM, now=LATER)).tags == ()


@pytest.mark.parametrize("name", ["", "  ", "字" * 21])
async def test_a_tag_is_a_short_word(room: Room, name: str) -> None:
    patient = await room.add()
    with pytest.raises(FieldErrors):
        await room.marks.add_tag(patient.id, name, by=SYSTEM, now=NOW)


async def test_tags_are_not_without_number(room: Room) -> None:
    patient = await room.add()
    for number in range(MOST_TAGS):
        await room.marks.add_tag(patient.id, f"标签{number}", by=SYSTEM, now=NOW)
    with pytest.raises(FieldErrors):
        await room.marks.add_tag(patient.id, "再一个", by=SYSTEM, now=NOW)


async def test_notes_that_meet_each_other_are_all_kept(room: Room, database: Database) -> None:
    patient = await room.add()
    other = Room(database)
    await asyncio.gather(
        room.holds.set(patient.id, HoldKind.PAUSED, "出国", by=SYSTEM, now=NOW),
        other.marks.add_tag(patient.id, "VIP", by=SYSTEM, now=NOW),
        other.holds.set(patient.id, HoldKind.OBJECTION, "不满意", by=SYSTEM, now=NOW),
        room.marks.declined_offers(patient.id, by=SYSTEM, now=NOW),
    )
    after = await room.one(patient.id)
    assert ([tag.name for tag in after.tags], after.offers_declined_at) == (["VIP"], NOW)
    assert sorted(after.held_kinds) == ["objection", "paused"]


# -- contacts ----------------------------------------------------------------------------------------------------


async def test_two_contacts_speak_for_a_child_and_the_second_takes_over(room: Room) -> None:
    mother, father = await room.follower("oMother"), await room.follower("oFather")
    child = await room.add("小宝")
    await room.links.link(child.id, mother.id, Relation.CHILD, by=SYSTEM, now=NOW)
    await room.links.link(child.id, father.id, Relation.CHILD, by=SYSTEM, now=NOW)
    sheet = await room.records.detail(child.id, by=READER, now=NOW)
    shown = [(linked.contact.id, linked.first) for linked in sheet.linked_contacts]
    assert shown == [(mother.id, True), (father.id, False)]
    await room.links.unlink(child.id, mother.id, by=SYSTEM, now=NOW)
    after = await room.one(child.id)
    assert (after.contact_id, after.relation, after.other_contacts) == (father.id, Relation.CHILD, ())
    contacts = await room.patients.contacts([mother.id, father.id])
    assert (contacts[mother.id].patient_ids, contacts[father.id].patient_ids) == ((), (child.id,))


async def test_a_contact_with_a_record_of_their_own_is_to_be_merged_and_not_linked_twice(room: Room) -> None:
    contact = await room.follower()
    own = await room.own(contact, "张三")
    other = await room.add("张三")
    with pytest.raises(OwnRecordError) as caught:
        await room.links.link(other.id, contact.id, Relation.SELF, by=SYSTEM, now=NOW)
    assert caught.value.patient_id == own.id


async def test_a_consent_on_the_patients_behalf_says_who_and_how(room: Room) -> None:
    contact = await room.follower()
    patient = await room.own(contact, "张三")
    stranger = await room.follower("oStranger")
    after = await room.links.set_consent(
        patient.id, contact.id, ConsentTopic.MARKETING, granted=True, reason="电话里同意", by=SYSTEM, now=LATER
    )
    (said,) = [consent for consent in after.consents if consent.topic is ConsentTopic.MARKETING]
    assert (said.granted, said.at, said.source) == (True, LATER, "system：电话里同意")
    with pytest.raises(NotFoundError):
        await room.links.set_consent(
            patient.id, stranger.id, ConsentTopic.CARE, granted=False, reason="x", by=SYSTEM, now=LATER
        )


# -- leaving -----------------------------------------------------------------------------------------------------


async def test_who_leaves_wechat_leaves_the_clinics_own_records_behind(room: Room) -> None:
    contact = await room.follower()
    own = await room.own(contact, "张三")
    child = await room.add("小宝")
    numbered = await room.add("老张")
    await room.links.link(child.id, contact.id, Relation.CHILD, by=SYSTEM, now=NOW)
    await room.links.link(numbered.id, contact.id, Relation.PARENT, by=SYSTEM, now=NOW)
    await room.patients.unfollow(contact, LATER)
    assert await room.patients.erase(contact.id, LATER, keep=()) is True
    left = await room.store.patients([own.id, child.id, numbered.id])
    assert {each: left[each].contact_id for each in left} == {child.id: None, numbered.id: None}


async def test_a_record_from_wechat_that_got_a_record_number_is_the_clinics(room: Room) -> None:
    contact = await room.follower()
    own = await room.own(contact, "张三")
    await room.records.edit(own.id, {"record_number": "A1"}, revision=own.revision, by=SYSTEM, now=NOW)
    await room.patients.unfollow(contact, LATER)
    await room.patients.erase(contact.id, LATER, keep=())
    kept = await room.one(own.id)
    assert (kept.name, kept.contact_id) == ("张三", None)


async def test_the_second_contact_of_a_child_leaves_and_the_child_stays(room: Room) -> None:
    mother, father = await room.follower("oMother"), await room.follower("oFather")
    child = await room.add("小宝")
    for each in (mother, father):
        await room.links.link(child.id, each.id, Relation.CHILD, by=SYSTEM, now=NOW)
    await room.patients.unfollow(father, LATER)
    await room.patients.erase(father.id, LATER, keep=())
    after = await room.one(child.id)
    assert (after.contact_id, after.other_contacts) == (mother.id, ())


# -- the timeline ------------------------------------------------------------------------------------------------


def line(number: int, at: datetime, **facts: Any) -> Interaction:
    return Interaction(id=f"line:{number:03d}", at=at, kind=Kind.MESSAGE_RECEIVED, **facts)


async def test_a_story_is_paged_without_gaps_or_repeats_even_within_one_moment(room: Room) -> None:
    me, child, sister = PatientId("me"), PatientId("child"), PatientId("sister")
    contact = ContactId("c1")
    lines = [
        line(number, NOW + timedelta(milliseconds=number // 7), contact_id=contact, patient_id=patient)
        for number, patient in enumerate([None, me, child, None, None, me, sister] * 9)
    ]
    await room.history.append(*lines)
    place, seen = None, list[str]()
    while True:
        story = await room.history.timeline_page([me, child], [contact], before=place, limit=4)
        seen += [each.id for each in story.lines]
        if (place := story.older) is None:
            break
    expected = [each.id for each in lines if each.patient_id != sister]
    assert len(seen) == len(set(seen))
    assert sorted(seen) == expected


async def test_a_story_is_narrowed_and_read_from_its_index(room: Room, database: Database) -> None:
    me, contact = PatientId("me"), ContactId("c1")
    sent = replace(line(1, NOW, contact_id=contact, payload={"purpose": "care"}), kind=Kind.MESSAGE_SENT)
    await room.history.append(line(0, NOW, contact_id=contact), sent, line(2, NOW, patient_id=me))
    narrowed = TimelineFilter(kinds=(Kind.MESSAGE_SENT,), purposes=("care",))
    story = await room.history.timeline_page([me], [contact], narrowed=narrowed)
    assert [each.id for each in story.lines] == ["line:001"]
    ways: dict[str, dict[str, Any]] = {
        "patient_id": {"patient_id": {"$in": ["me", "you"], "$type": "string"}},
        "contact_id": {"contact_id": {"$in": ["c1", "c2"]}, "patient_id": {"$in": [None, "me"]}},
    }
    for first, way in ways.items():
        cursor = database.collection("interactions").find({**way, "at": {"$lte": NOW}}).sort("at", -1).limit(31)
        plan = plan_of(await cursor.hint([(first, 1), ("at", -1)]).explain())
        assert f"'keyPattern': {{'{first}': 1, 'at': -1}}" in plan
        assert "'SORT'" not in plan


class Shanghai:
    """A place whose day begins eight hours before UTC's."""

    class current:  # noqa: N801 - as the live clinic names it
        timezone = ZoneInfo("Asia/Shanghai")


async def test_a_tag_may_end_on_the_clinics_today_and_not_on_its_yesterday(room: Room) -> None:
    marks = PatientMarks(room.store, history=room.history, audit=room.audit, clinics=Shanghai())
    patient = await room.add("张三")
    early = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # one in the morning of the 24th at the clinic
    with pytest.raises(FieldErrors, match="早于今天"):
        await marks.add_tag(patient.id, "洗牙月", by=SYSTEM, now=early, expires_on=date(2026, 11, 23))
    tagged = await marks.add_tag(patient.id, "洗牙月", by=SYSTEM, now=early, expires_on=date(2026, 11, 24))
    assert tagged.tags[0].expires_on == "2026-11-24"
