"""The search box over a real mongod: every key, the order of what is found, the index, the time a search may take."""

from dataclasses import replace
from typing import Any

import pytest

from tests.store.test_patient_records import NOW, Room, plan_of, room
from wxbot.actors import Actor
from wxbot.database import Database
from wxbot.history.models import PatientId
from wxbot.patients.search_keys import keys_of, prefixes_of
from wxbot.patients.searching import MOST_FOUND
from wxbot.patients.stores.patients import PATIENTS

__all__ = ["room"]

READER = Actor(id="desk", name="前台", permissions=frozenset({"patients:patient:read", "patients:phone:reveal"}))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("晓", ["李晓燕", "王晓"]),
        ("wx", ["王晓"]),
        ("wangx", ["王晓"]),
        ("000", ["李晓燕"]),
        ("张 8001", ["张三"]),
        ("a1", ["王晓"]),
        ("李三", []),
        ("", []),
    ],
)
async def test_the_search_box_finds_by_every_key(room: Room, query: str, names: list[str]) -> None:
    await room.add("李晓燕", phone="13800138000")
    await room.add("王晓", record_number="A1")
    await room.add("张三", phone="13800138001")
    found = await room.records.search(query, by=READER, now=NOW)
    assert sorted(card.title for card in found.cards) == names


async def test_a_search_reads_no_more_of_the_index_than_it_shows(room: Room, database: Database) -> None:
    await room.store.insert_many(
        [replace(await room.add(f"张{chr(0x4E00 + number)}"), id=PatientId(f"p{number}")) for number in range(60)]
    )
    (ways,) = prefixes_of("张")
    assert ways == ("张",)
    query = {"search_keys": {"$in": [_pattern("张")]}}
    explained = await database.collection(PATIENTS).find(query).limit(MOST_FOUND + 1).explain()
    assert "IXSCAN" in plan_of(explained)
    assert '\'["张", "弡")\'' in plan_of(explained)
    assert explained["executionStats"]["totalKeysExamined"] <= 2 * MOST_FOUND
    found = await room.records.search("张", by=READER, now=NOW)
    assert (len(found.cards), found.more) == (MOST_FOUND, True)


def _pattern(prefix: str) -> Any:
    from wxbot.patients.stores.finding import _begins  # noqa: PLC0415 - the very pattern the store asks with

    return _begins(prefix)


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
