"""Merging two records and undoing it over a real mongod: both originals, both contacts, refusals, the audit."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.auditing import UnwritableAudit
from tests.store.test_patient_records import LATER, NOW, READER, Room, room
from wxbot.actors import SYSTEM
from wxbot.database import ConnectionFailure, Database
from wxbot.errors import StaleError
from wxbot.patients.merging import MergeRefusedError
from wxbot.patients.models import HoldKind, Merge, Relation
from wxbot.patients.stores.contacts import CONTACTS
from wxbot.patients.stores.patients import PATIENTS

__all__ = ["room"]


async def test_a_merge_and_its_undoing_leave_both_records_exactly_as_they_were(room: Room) -> None:
    contact = await room.follower()
    twin = await room.own(contact, "张三")
    kept = await room.add("张三", phone="13800138000", record_number="A1")
    await room.marks.add_tag(twin.id, "VIP", by=SYSTEM, now=NOW)
    await room.holds.set(twin.id, HoldKind.PAUSED, "投诉", by=SYSTEM, now=NOW)
    before = [await room.one(kept.id), await room.one(twin.id)]
    merge = await room.merge(kept.id, twin.id)
    after = await room.one(kept.id)
    assert (after.contact_id, [each.reason for each in after.holds], [tag.name for tag in after.tags]) == (
        contact.id,
        ["投诉"],
        ["VIP"],
    )
    assert (await room.patients.patients([twin.id]))[twin.id].id == kept.id
    assert (await room.patients.self_patient(contact, NOW)).id == kept.id
    assert [card.id for card in (await room.records.search("张三", by=READER, now=NOW)).cards] == [kept.id]
    sheet = await room.records.detail(twin.id, by=READER, now=NOW)
    assert sheet.ids == (kept.id, twin.id)
    undone = await room.merges.undo(merge.id, by=SYSTEM, now=NOW + timedelta(days=29))
    restored = [await room.one(kept.id), await room.one(twin.id)]
    assert [replace(each, revision=0) for each in restored] == [replace(each, revision=0) for each in before]
    assert undone.stays == ()
    assert (await room.patients.self_patient(contact, NOW)).id == twin.id
    assert len((await room.records.search("张三", by=READER, now=NOW)).cards) == 2


async def test_both_contacts_lead_to_the_one_record_when_both_records_had_one(room: Room) -> None:
    one, two = await room.follower("oOne"), await room.follower("oTwo")
    first, second = await room.own(one, "张三"), await room.own(two, "张叁")
    await room.merge(first.id, second.id)
    assert {(await room.patients.self_patient(each, NOW)).id for each in (one, two)} == {first.id}
    sheet = await room.records.detail(first.id, by=READER, now=NOW)
    assert [voice.contact.id for voice in sheet.linked_contacts] == [one.id, two.id]
    told = await room.patients.set_name(second.id, "张三丰", now=LATER)
    assert (told.id, told.name) == (first.id, "张三丰")


async def test_a_merge_of_something_that_changed_since_its_preview_writes_nothing(room: Room) -> None:
    one, two = await room.add("张三"), await room.add("张叁")
    await room.marks.add_tag(two.id, "VIP", by=SYSTEM, now=NOW)
    with pytest.raises(StaleError):
        await room.merges.merge(one.id, two.id, {}, revisions=(1, 1), by=SYSTEM, now=NOW)
    assert await room.one(one.id) == one
    assert await room.database.collection("merges").count_documents({}) == 0


async def test_of_two_merges_of_the_same_record_at_once_one_wins(room: Room, database: Database) -> None:
    one, two, three = [await room.add(f"张{sign}") for sign in "甲乙丙"]
    results = await asyncio.gather(
        room.merge(one.id, three.id), Room(database).merge(two.id, three.id), return_exceptions=True
    )
    assert sorted(isinstance(result, Merge) for result in results) == [False, True]
    assert await database.collection("merges").count_documents({}) == 1
    shell = await room.one(three.id)
    (won,) = [result for result in results if isinstance(result, Merge)]
    assert shell.merged_into == won.survivor_id


async def test_an_undoing_is_refused_when_it_would_tear_something_else(room: Room) -> None:
    one, two, three = [await room.add(f"张{sign}") for sign in "甲乙丙"]
    first = await room.merge(one.id, two.id)
    second = await room.merge(three.id, one.id)
    assert {each.id for each in (await room.patients.patients([two.id, one.id])).values()} == {three.id}
    with pytest.raises(MergeRefusedError, match="先撤销后一次"):
        await room.merges.undo(first.id, by=SYSTEM, now=NOW)
    await room.merges.undo(second.id, by=SYSTEM, now=NOW)
    await room.merges.undo(first.id, by=SYSTEM, now=NOW)
    assert [(await room.one(each.id)).merged_into for each in (one, two, three)] == [None, None, None]
    with pytest.raises(MergeRefusedError, match="已经撤销"):
        await room.merges.undo(first.id, by=SYSTEM, now=NOW)
    third = await room.merge(one.id, two.id)
    with pytest.raises(MergeRefusedError, match="30天"):
        await room.merges.undo(third.id, by=SYSTEM, now=NOW + timedelta(days=31))


async def test_a_record_number_given_away_since_stands_against_the_undoing_until_it_is_mended(room: Room) -> None:
    one, two = await room.add("张甲"), await room.add("张乙", record_number="A2")
    merge = await room.merge(one.id, two.id)
    merged = await room.one(one.id)
    assert merged.record_number == "A2"
    await room.records.edit(one.id, {"record_number": ""}, revision=merged.revision, by=SYSTEM, now=NOW)
    other = await room.add("王五", record_number="A2")
    with pytest.raises(MergeRefusedError, match="病历号"):
        await room.merges.undo(merge.id, by=SYSTEM, now=NOW)
    assert (await room.one(two.id)).merged_into == one.id
    await room.records.edit(other.id, {"record_number": "A3"}, revision=1, by=SYSTEM, now=NOW)
    await room.merges.undo(merge.id, by=SYSTEM, now=NOW)
    assert (await room.one(two.id)).record_number == "A2"


async def test_a_merged_record_is_kept_when_only_its_duplicate_has_appointments(room: Room) -> None:
    contact = await room.follower()
    twin = await room.own(contact, "张三")
    other = await room.follower("oOther")
    kept = await room.own(other, "张叁")
    await room.merge(kept.id, twin.id)
    await room.patients.unfollow(other, LATER)
    assert await room.patients.spoken_for(other.id) == {kept.id, twin.id}
    await room.patients.erase(other.id, LATER, keep={twin.id})
    assert (await room.one(kept.id)).contact_id is None
    assert (await room.one(twin.id)).merged_into == kept.id


async def test_an_erased_contact_is_in_no_original_and_no_undoing_brings_them_back(room: Room) -> None:
    contact = await room.follower()
    twin = await room.own(contact, "张三")
    kept = await room.add("张三")
    merge = await room.merge(kept.id, twin.id)
    await room.patients.unfollow(contact, LATER)
    await room.patients.erase(contact.id, LATER, keep=())
    (row,) = await room.database.collection("merges").find({}).to_list(None)
    assert contact.id not in str(row)
    await room.merges.undo(merge.id, by=SYSTEM, now=LATER)
    assert [(await room.one(each)).contact_id for each in (kept.id, twin.id)] == [None, None]


async def whole(database: Database) -> list[Any]:
    names = (PATIENTS, CONTACTS, "merges")
    return [await database.collection(name).find().sort("_id", 1).to_list(None) for name in names]


async def a_merge(room: Room) -> Callable[[], Awaitable[object]]:
    one, two = await room.add("张三"), await room.add("张叁")
    return lambda: room.merge(one.id, two.id)


async def an_undoing(room: Room) -> Callable[[], Awaitable[object]]:
    one, two = await room.add("张三"), await room.add("张叁")
    merge = await room.merge(one.id, two.id)
    return lambda: room.merges.undo(merge.id, by=SYSTEM, now=NOW)


async def a_link(room: Room) -> Callable[[], Awaitable[object]]:
    patient, contact = await room.add("张三"), await room.follower()
    return lambda: room.links.link(patient.id, contact.id, Relation.SELF, by=SYSTEM, now=NOW)


async def an_unlinking(room: Room) -> Callable[[], Awaitable[object]]:
    patient, contact = await room.add("张三"), await room.follower()
    await room.links.link(patient.id, contact.id, Relation.SELF, by=SYSTEM, now=NOW)
    return lambda: room.links.unlink(patient.id, contact.id, by=SYSTEM, now=NOW)


async def an_unlinking_through_a_duplicate(room: Room) -> Callable[[], Awaitable[object]]:
    one, two = await room.follower("oOne"), await room.follower("oTwo")
    first, second = await room.own(one, "张三"), await room.own(two, "张叁")
    await room.merge(first.id, second.id)
    return lambda: room.links.unlink(first.id, two.id, by=SYSTEM, now=NOW)


@pytest.mark.parametrize("deed", [a_merge, an_undoing, a_link, an_unlinking, an_unlinking_through_a_duplicate])
async def test_what_cannot_be_noted_is_not_done_and_what_is_done_is_noted(
    room: Room, database: Database, deed: Callable[[Room], Awaitable[Callable[[], Awaitable[object]]]]
) -> None:
    do = await deed(room)
    before = await whole(database)
    trail = room.merges._audit
    room.merges._audit = room.links._audit = UnwritableAudit()  # type: ignore[assignment]
    with pytest.raises(ConnectionFailure):
        await do()
    assert await whole(database) == before
    room.merges._audit = room.links._audit = trail
    noted = await database.collection("audit").count_documents({})
    await do()
    assert await whole(database) != before
    assert await database.collection("audit").count_documents({}) > noted


async def test_a_merge_or_undoing_that_is_refused_leaves_no_entry(room: Room, database: Database) -> None:
    one, two = await room.add("张甲"), await room.add("张乙", record_number="A2")
    with pytest.raises(StaleError):
        await room.merges.merge(one.id, two.id, {}, revisions=(1, 9), by=SYSTEM, now=NOW)
    assert await database.collection("audit").count_documents({"action": "patient:merged"}) == 0
    merge = await room.merge(one.id, two.id)
    merged = await room.one(one.id)
    await room.records.edit(one.id, {"record_number": ""}, revision=merged.revision, by=SYSTEM, now=NOW)
    await room.add("王五", record_number="A2")
    with pytest.raises(MergeRefusedError, match="病历号"):
        await room.merges.undo(merge.id, by=SYSTEM, now=NOW)
    assert await database.collection("audit").count_documents({"action": "patient:unmerged"}) == 0


async def test_the_originals_of_a_merge_go_when_it_cannot_be_undone_any_more(room: Room, database: Database) -> None:
    contact = await room.follower()
    twin, kept = await room.own(contact, "张三"), await room.add("张叁", phone="13800138000")
    merge = await room.merge(kept.id, twin.id)
    assert await room.merges.forget_originals(NOW + timedelta(days=30)) == 0
    assert await room.merges.forget_originals(NOW + timedelta(days=30, seconds=1)) == 1
    assert await room.merges.forget_originals(NOW + timedelta(days=31)) == 0
    (row,) = await database.collection("merges").find().to_list(None)
    assert "张三" not in str(row)
    assert "13800138000" not in str(row)
    assert (row["_id"], row["survivor_id"], row["merged_id"], row["by"]) == (merge.id, kept.id, twin.id, SYSTEM.by)
    with pytest.raises(MergeRefusedError, match="30天"):
        await room.merges.undo(merge.id, by=SYSTEM, now=NOW)
    sheet = await room.records.detail(kept.id, by=READER, now=NOW)
    assert [each.id for each in sheet.merges] == [merge.id]
    await room.patients.unfollow(contact, NOW)
    assert await room.patients.erase(contact.id, NOW, keep=())


async def test_old_originals_are_found_by_an_index(room: Room, database: Database) -> None:
    one, two = await room.add("张甲"), await room.add("张乙")
    await room.merge(one.id, two.id)
    query = {"survivor_before.id": {"$gt": ""}, "at": {"$lt": NOW}}
    explained = await database.collection("merges").find(query).explain()
    assert "COLLSCAN" not in str(explained["queryPlanner"]["winningPlan"])
