"""What a second look at staff's work on records found, over a real mongod."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.store.test_patient_records import NOW, READER, Room, room
from wxbot.actors import SYSTEM
from wxbot.database import ConnectionFailure, Database
from wxbot.errors import FieldErrors, StaleError
from wxbot.history.models import PatientId
from wxbot.patients.marks import PatientMarks
from wxbot.patients.merging import MergeRefusedError
from wxbot.patients.models import Relation
from wxbot.patients.records import MOST_FOUND
from wxbot.patients.search_keys import keys_of
from wxbot.patients.stores.patients import CONTACTS, PATIENTS

__all__ = ["room"]


class Silent:
    """An audit trail that cannot be written: the process dies there."""

    async def record(self, *_: Any, **__: Any) -> None:
        raise ConnectionFailure("the audit does not answer")


class Shanghai:
    """A place whose day begins eight hours before UTC's."""

    class current:  # noqa: N801 - as the live clinic names it
        timezone = ZoneInfo("Asia/Shanghai")


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
    room.merges._audit = room.links._audit = Silent()  # type: ignore[assignment]
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


async def test_a_tag_may_end_on_the_clinics_today_and_not_on_its_yesterday(room: Room) -> None:
    marks = PatientMarks(room.store, history=room.history, audit=room.audit, clinics=Shanghai())
    patient = await room.add("张三")
    early = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # one in the morning of the 24th at the clinic
    with pytest.raises(FieldErrors, match="早于今天"):
        await marks.add_tag(patient.id, "洗牙月", by=SYSTEM, now=early, expires_on=date(2026, 11, 23))
    tagged = await marks.add_tag(patient.id, "洗牙月", by=SYSTEM, now=early, expires_on=date(2026, 11, 24))
    assert tagged.tags[0].expires_on == "2026-11-24"


async def crowd(room: Room, count: int, *, start: int = 0, **facts: Any) -> None:
    """Many patients, written at once; `facts` are formatted with their number."""
    model = await room.add("张三")
    people = []
    for number in range(start, start + count):
        given = {name: value.format(number) for name, value in facts.items()}
        keys = keys_of(name=given.get("name"), phone=given.get("phone"), record_number=given.get("record_number"))
        people.append(replace(model, id=PatientId(f"p{number:06d}"), search_keys=keys, **given))
    await room.store.insert_many(people)


async def test_the_tail_of_a_telephone_stands_before_record_numbers_that_contain_it(room: Room) -> None:
    await crowd(room, 300, name="甲", record_number="8888{:04d}")
    wanted = await room.add("李晓燕", phone="13800138888")
    found = await room.records.search("8888", by=READER, now=NOW)
    assert found.cards[0].id == wanted.id
    assert (len(found.cards), found.more) == (MOST_FOUND, True)
    assert [card.id for card in (await room.records.search("李 8888", by=READER, now=NOW)).cards] == [wanted.id]


async def test_words_of_one_letter_each_ask_for_another_letter_and_read_nothing(room: Room, database: Database) -> None:
    await room.add("张三")
    await database.client[database.name].command({"profile": 2})
    found = await room.records.search("z s", by=READER, now=NOW)
    assert (found.cards, found.vague) == ((), True)
    profile = database.client[database.name]["system.profile"]
    assert await profile.find({"ns": f"{database.name}.{PATIENTS}"}).to_list(None) == []
    assert [card.title for card in (await room.records.search("z san", by=READER, now=NOW)).cards] == ["张三"]
    assert [card.title for card in (await room.records.search("z", by=READER, now=NOW)).cards] == ["张三"]


async def test_a_search_that_takes_too_long_asks_for_another_letter(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for start, name in ((0, "周{:06d}舟"), (20_000, "吴{:06d}梧")):
        await crowd(room, 20_000, start=start, name=name)
    monkeypatch.setattr("wxbot.patients.stores.finding.SEARCH_MILLISECONDS", 1)
    found = await room.records.search("周 吴", by=READER, now=NOW)
    assert (found.cards, found.vague) == ((), True)
