"""A masked telephone cannot be guessed by searching: what is found, how often, and what the audit says of it."""

from datetime import datetime, timedelta

import pytest

from tests.store.test_patient_records import NOW, READER, Room, room
from wxbot.actors import Actor
from wxbot.patients.digit_searches import TOO_MANY, WINDOWS

__all__ = ["room"]

DESK = Actor(id="desk", name="前台", permissions=frozenset({"patients:patient:read", "patients:phone:reveal"}))
NUMBER = "13857042219"


async def titles(room: Room, query: str, by: Actor = READER) -> list[str]:
    found = await room.records.search(query, by=by, now=NOW)
    assert found.refusal == ""
    return [card.title for card in found.cards]


async def test_no_part_of_a_telephone_that_no_page_shows_finds_anybody(room: Room) -> None:
    await room.add("李晓燕", phone=NUMBER)
    parts = {NUMBER[start:end] for start in range(len(NUMBER)) for end in range(start + 1, len(NUMBER) + 1)}
    found = {part for part in parts if (await room.records.search(part, by=READER, now=far(part))).cards}
    assert found == {NUMBER, NUMBER[-4:]}
    for grouped in ("138 5704 22", "1385704", "+86 138 5704", "李 57042219", "李晓燕 042219", "１３８５７０４"):
        assert await titles(room, grouped) == []


def far(part: str) -> datetime:
    """A moment of its own for each search, so that the bound does not count."""
    return NOW + timedelta(days=int(part) % 2_000_000 % 20_000)


@pytest.mark.parametrize("query", ["2219", "李 2219", NUMBER, f"86{NUMBER}", "138 5704 2219"])
async def test_the_tail_that_is_shown_and_a_number_known_already_find_its_owner(room: Room, query: str) -> None:
    await room.add("李晓燕", phone=NUMBER)
    assert await titles(room, query) == ["李晓燕"]


async def test_record_numbers_are_found_by_any_part(room: Room) -> None:
    await room.add("李晓燕", record_number="20260123")
    assert await titles(room, "202601") == ["李晓燕"]
    assert await titles(room, "0123") == ["李晓燕"]


async def test_who_may_reveal_searches_as_before(room: Room) -> None:
    await room.add("李晓燕", phone=NUMBER)
    for query in ("219", "42219", "13857", "李 219"):
        assert await titles(room, query, DESK) == ["李晓燕"]


async def test_searches_by_digits_are_bounded_by_the_hour_and_by_the_day(room: Room) -> None:
    await room.add("李晓燕", phone=NUMBER)
    (_, hourly), (_, daily) = WINDOWS
    now, done = NOW, 0
    while done < daily:
        for _ in range(min(hourly, daily - done)):
            assert (await room.records.search(NUMBER, by=READER, now=now)).refusal == ""
            done += 1
        refused = await room.records.search(NUMBER, by=READER, now=now)
        assert (refused.cards, refused.refusal) == ((), TOO_MANY)
        now += timedelta(hours=1)
    assert (await room.records.search(NUMBER, by=READER, now=now)).refusal == TOO_MANY
    assert await titles(room, "李晓燕") == ["李晓燕"]
    assert (await room.records.search(NUMBER, by=DESK, now=now)).refusal == ""
    assert (await room.records.search(NUMBER, by=READER, now=NOW + timedelta(days=1, hours=1))).refusal == ""


async def test_a_search_by_digits_is_noted_without_the_digits(room: Room) -> None:
    await room.add("李晓燕", phone=NUMBER)
    for query, by in ((NUMBER, READER), ("2219", DESK), ("李晓燕", READER), ("19", DESK)):
        await room.records.search(query, by=by, now=NOW)
    rows = await room.database.collection("audit").find({"action": "patient:searched"}).sort("seq", 1).to_list(None)
    assert [(row["by"], row["summary"]) for row in rows] == [
        ("staff:reader", "按 11 位数字搜索患者，列出 1 位患者"),
        ("staff:desk", "按 4 位数字搜索患者，列出 1 位患者"),
    ]
    sums = {"_id", "prev", "hash", "key"}  # made of chance: any four digits may be among theirs
    assert "2219" not in str([{name: value for name, value in row.items() if name not in sums} for row in rows])
