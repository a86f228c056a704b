"""Notes are for colleagues: who reads which, and that nothing of them reaches a patient."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.auditing import NOBODY
from tests.store.desk_room import CHEN, LI, WANG, DeskRoom
from tests.store.test_outbox_delivery import MovingClock, Platform
from wxbot.actors import Actor
from wxbot.conversations.reading.notes import Notes, mentioned, named
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, StaleError
from wxbot.staff.models import Account, AccountId
from wxbot.staff.permissions import Role

PEOPLE = {"小李": AccountId("7"), "小王": AccountId("8"), "小王霞": AccountId("10")}


@dataclass
class Colleagues:
    """Who works here."""

    at: MovingClock

    async def accounts(self, *, by: Actor) -> list[Account]:
        by.must("staff:account:read")
        return [
            Account(
                id=each,
                login=f"u{each}",
                name=name,
                role=Role.RECEPTION,
                password_hash="",
                created_at=self.at.now(),
                created_by="system",
                changed_at=self.at.now(),
                changed_by="system",
            )
            for name, each in PEOPLE.items()
        ]


@pytest.fixture
async def room(database: Database, clock: MovingClock) -> DeskRoom:
    room = DeskRoom(database, clock, Platform())
    await database.create_indexes(room.stores)
    return room


@pytest.fixture
def notes(room: DeskRoom, clock: MovingClock) -> Notes:
    return Notes(room.note_store, episodes=room.desk, colleagues=Colleagues(clock), contacts=room.patients)


async def test_a_note_is_kept_once_per_key_with_its_episode(room: DeskRoom, notes: Notes) -> None:
    ann, episode = await room.talk()
    written = await asyncio.gather(
        *(notes.write(ann.id, " 怕疼 ", key="k", line_id="m:1", by=LI, now=room.now) for _ in range(3))
    )
    [kept] = await notes.of(ann.id, by=WANG)
    assert [each == kept for each in written] == [True] * 3
    assert (kept.text, kept.by, kept.episode_id, kept.line_id) == ("怕疼", "staff:7", episode.id, "m:1")
    with pytest.raises(StaleError):
        await notes.write(ann.id, "别的话", key="k", by=LI, now=room.now)


async def test_notes_come_oldest_first_and_since_a_moment(room: DeskRoom, notes: Notes) -> None:
    ann, _ = await room.talk()
    for number in range(3):
        await notes.write(ann.id, f"第{number}条", key=f"k{number}", by=LI, now=room.now + timedelta(minutes=number))
    assert [each.text for each in await notes.of(ann.id, by=LI)] == ["第0条", "第1条", "第2条"]
    since = room.now + timedelta(minutes=1)
    assert [each.text for each in await notes.of(ann.id, since=since, by=LI)] == ["第1条", "第2条"]


async def test_a_whisper_is_read_by_the_owner_and_supervisors_alone(room: DeskRoom, notes: Notes) -> None:
    ann, _ = await room.talk(LI)
    await notes.write(ann.id, "先问价位 @小王", key="w", whisper=True, by=CHEN, now=room.now)
    assert [each.text for each in await notes.of(ann.id, by=LI)] == ["先问价位 @小王"]
    assert [each.text for each in await notes.of(ann.id, by=CHEN)] == ["先问价位 @小王"]
    assert await notes.of(ann.id, by=WANG) == []
    assert await notes.mentioning(by=WANG) == []
    with pytest.raises(ForbiddenError):
        await notes.write(ann.id, "悄悄话", key="x", whisper=True, by=LI, now=room.now)


async def test_who_is_mentioned_finds_it_newest_first(room: DeskRoom, notes: Notes) -> None:
    ann, _ = await room.talk()
    bob, _ = await room.talk(name="bob")
    await notes.write(ann.id, "@小王 看一下", key="a", by=LI, now=room.now)
    await notes.write(bob.id, "＠小王 也看一下，@小李 知道", key="b", by=LI, now=room.now + timedelta(minutes=1))
    assert [each.contact_id for each in await notes.mentioning(by=WANG)] == [bob.id, ann.id]
    assert [each.contact_id for each in await notes.mentioning(by=WANG, limit=1)] == [bob.id]


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("@小王霞 好", ["10"]),
        ("@小王，@小李", ["8", "7"]),
        ("@小王 @小王", ["8"]),
        ("邮箱 a@b.cn", []),
        ("@", []),
        ("小王", []),
    ],
)
def test_of_names_that_begin_alike_the_longest_is_meant(text: str, whom: list[str]) -> None:
    assert list(mentioned(text, PEOPLE)) == whom


async def test_an_empty_or_endless_note_is_refused(room: DeskRoom, notes: Notes) -> None:
    ann, _ = await room.talk()
    for text, key in (("  ", "k"), ("字" * 2_001, "k"), ("好", ""), ("好", "k" * 101)):
        with pytest.raises(FieldErrors):
            await notes.write(ann.id, text, key=key, by=LI, now=room.now)
    with pytest.raises(ForbiddenError):
        await notes.write(ann.id, "好", key="k", by=NOBODY, now=room.now)
    with pytest.raises(ForbiddenError):
        await notes.of(ann.id, by=NOBODY)


async def test_notes_are_encrypted_and_erased_with_their_contact(room: DeskRoom, notes: Notes) -> None:
    ann, _ = await room.talk()
    bob, _ = await room.talk(name="bob")
    await notes.write(ann.id, "她怀孕了", key="a", by=LI, now=room.now)
    await notes.write(bob.id, "怕疼", key="b", by=LI, now=room.now)
    row = await room.database.collection("notes").find_one({"contact_id": ann.id})
    assert row is not None
    assert row["text"].startswith("enc1:")
    assert await notes.erase([ann.id]) == 1
    assert await notes.of(ann.id, by=LI) == []
    assert len(await notes.of(bob.id, by=LI)) == 1


async def test_a_note_reaches_no_patient(room: DeskRoom, notes: Notes) -> None:
    ann, episode = await room.talk()
    await notes.write(ann.id, "脾气不好", key="k", by=LI, now=room.now)
    await room.send(episode, "您好", key="k")
    await room.deliver()
    assert room.texts == ["您好"]
    rows = [str(row) async for row in room.database.collection("outbox").find({})]
    lines = [str(line) for line in await room.history.timeline(ann.id)]
    assert not any("脾气不好" in each for each in [*rows, *lines])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["小李", "小王", "小王霞", "Mary"]),
        ("王", ["小王", "小王霞"]),
        ("小王", ["小王", "小王霞"]),
        ("xw", ["小王", "小王霞"]),
        ("wangxia", ["小王霞"]),
        ("MA", ["Mary"]),
        ("没有这个人", []),
    ],
)
def test_colleagues_are_found_by_any_part_of_their_name_and_by_pinyin(query: str, names: list[str]) -> None:
    everybody = {**{each: name for name, each in PEOPLE.items()}, AccountId("11"): "Mary"}
    assert sorted(named(everybody, query).values()) == sorted(names)


async def test_who_begins_with_what_was_typed_comes_first() -> None:
    found = named({AccountId("1"): "小陈霞", AccountId("2"): "霞姐", AccountId("3"): "陈"}, "霞")
    assert list(found.values()) == ["霞姐", "小陈霞"]


async def test_a_note_offers_everybody_but_its_author(notes: Notes) -> None:
    assert set((await notes.may_mention("", by=LI)).values()) == {"小王", "小王霞"}
    with pytest.raises(ForbiddenError):
        await notes.may_mention("", by=Actor(id="9", name="外人", permissions=frozenset()))
