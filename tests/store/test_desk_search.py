"""The desk's search: every word of patients and colleagues is found, by names and initials too, and nothing erased."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.auditing import NOBODY, audit_of
from tests.desks import A
from tests.encryption import KEYS
from wxbot.conversations.names import ContactNames
from wxbot.conversations.reading import message_index
from wxbot.conversations.reading.message_index import MessageIndex
from wxbot.conversations.reading.search import DeskSearch, Hit
from wxbot.conversations.reading.stores import search as module
from wxbot.conversations.reading.stores.search import MessageIndexStore
from wxbot.database import ConnectionFailure, Database
from wxbot.errors import ForbiddenError
from wxbot.history.models import ContactId, Direction, Interaction, Kind
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.records import PatientRecords
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Zone:
    """A clinic as far as patients ask for it."""

    timezone = UTC


class Clinics:
    """Always that one."""

    current = Zone()


class Room:
    """A transcript with its index, patients and the search over both."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = MessageIndexStore(database)
        self.index = MessageIndex(self.store)
        self.history = History(HistoryStore(database), self.index)
        store = PatientStore(database, KEYS)
        self.patients = Patients(store, self.history)
        records = PatientRecords(store, history=self.history, audit=audit_of(database), clinics=Clinics())
        self.search = DeskSearch(self.store, self.index, records=records, names=ContactNames(self.patients))
        self.number = 0

    async def contact(self, openid: str, name: str = "") -> ContactId:
        contact = await self.patients.recognise(openid, NOW)
        if name:
            patient = await self.patients.self_patient(contact, NOW)
            await self.patients.set_name(patient.id, name, now=NOW)
        return contact.id

    def line(self, contact: ContactId, text: str, **more: Any) -> Interaction:
        self.number += 1
        facts: Mapping[str, Any] = {
            "id": f"m:{self.number}",
            "at": NOW + timedelta(seconds=self.number),
            "kind": Kind.MESSAGE_RECEIVED,
            "direction": Direction.IN,
            "by": "patient",
            "payload": {"type": "text"},
            **more,
        }
        return Interaction(contact_id=contact, text=text, **facts)

    async def writes(self, contact: ContactId, *texts: str, **more: Any) -> None:
        await self.history.append(*(self.line(contact, text, **more) for text in texts))

    async def find(self, query: str) -> list[Hit]:
        return await self.search.find(query, by=A, now=NOW)

    async def texts(self, query: str) -> list[str]:
        return [each.text for each in await self.find(query) if each.line_id]


@pytest.fixture
async def room(database: Database) -> Room:
    room = Room(database)
    await database.create_indexes([room.store, HistoryStore(database), PatientStore(database, KEYS)])
    return room


async def test_messages_are_found_by_any_part_of_them_the_newest_first(room: Room) -> None:
    ann, ben = await room.contact("o1", "林小雨"), await room.contact("o2")
    await room.writes(ann, "我想预约种植牙", "可以刷医保吗")
    await room.writes(ben, "種植牙要多少錢？")
    assert await room.texts("种植") == ["種植牙要多少錢？", "我想预约种植牙"]
    assert await room.texts("種植牙") == ["種植牙要多少錢？", "我想预约种植牙"]
    assert await room.texts("医保") == ["可以刷医保吗"]
    assert await room.texts("牙") == ["種植牙要多少錢？", "我想预约种植牙"]
    assert await room.texts("预约 种植") == ["我想预约种植牙"]
    assert await room.texts("种约") == []
    hit = (await room.find("医保"))[0]
    assert (hit.contact_id, hit.name, hit.line_id, hit.at) == (ann, "林小雨", "m:2", NOW + timedelta(seconds=2))
    assert [hit.text[first:last] for first, last in hit.marks] == ["医保"]


async def test_pairs_that_stand_apart_are_no_word(room: Room) -> None:
    ann = await room.contact("o1")
    await room.writes(ann, "下午好，三点可以吗", "午三点", "下午三点来")
    assert await room.texts("下午三点") == ["下午三点来"]


async def test_a_long_text_is_shown_around_what_was_sought(room: Room) -> None:
    ann = await room.contact("o1")
    await room.writes(ann, "您好" * 100 + "智齿" + "谢谢" * 100)
    hit = (await room.find("智齿"))[0]
    assert len(hit.text) <= 82
    assert [hit.text[first:last] for first, last in hit.marks] == ["智齿"]
    assert hit.text.startswith("…")
    assert hit.text.endswith("…")


async def test_people_are_found_by_name_and_initials_before_messages(room: Room) -> None:
    ann = await room.contact("o1", "林小雨")
    ben = await room.contact("o2")
    await room.writes(ben, "林医生在吗")
    assert [(each.contact_id, each.line_id) for each in await room.find("林")] == [(ann, ""), (ben, "m:1")]
    for query in ("lxy", "linxiao", "小雨", "LXY"):
        assert [(each.contact_id, each.text) for each in await room.find(query)] == [(ann, "林小雨")]
    alias = (await room.patients.contacts([ben]))[ben].alias
    assert [each.contact_id for each in await room.find(alias)] == [ben]


async def test_what_the_bot_says_to_everybody_and_taps_are_not_searched(room: Room) -> None:
    ann = await room.contact("o1")
    out = {"kind": Kind.MESSAGE_SENT, "direction": Direction.OUT}
    await room.writes(ann, "您好，洗牙请回复1", by="bot", **out)
    await room.writes(ann, "洗牙提醒", by="system", **out)
    await room.writes(ann, "洗牙", payload={"type": "text", "menu_id": "x"})
    await room.writes(ann, "洗牙没问题", by="staff:a", **out)
    assert await room.texts("洗牙") == ["洗牙没问题"]


async def test_a_line_written_twice_is_found_once(room: Room) -> None:
    ann = await room.contact("o1")
    line = room.line(ann, "洗牙")
    await asyncio.gather(room.history.append(line), room.history.append(line))
    assert await room.texts("洗牙") == ["洗牙"]


async def test_nothing_of_an_erased_contact_is_found_or_kept(room: Room) -> None:
    ann, ben = await room.contact("o1", "林小雨"), await room.contact("o2")
    await room.writes(ann, "我要洗牙")
    await room.writes(ben, "洗牙多少钱")
    contact = (await room.patients.contacts([ann]))[ann]
    await room.patients.unfollow(contact, NOW)
    assert await room.patients.erase(ann, NOW + timedelta(days=4), keep=())
    assert await room.texts("洗牙") == ["洗牙多少钱"]
    assert await room.find("林小雨") == []
    assert await room.database.collection(module.NAME).count_documents({"contact_id": ann}) == 0


async def test_older_lines_are_indexed_bit_by_bit_and_once(room: Room) -> None:
    ann = await room.contact("o1")
    older = History(HistoryStore(room.database))  # as before there was an index
    moment = NOW - timedelta(days=3)
    for number in range(7):  # several in one moment, more than a portion
        at = moment if number < 5 else moment - timedelta(days=number)
        await older.append(room.line(ann, f"洗牙{number}", at=at))
    await room.writes(ann, "洗牙，今天")
    looked = [await room.store.catch_up(3, NOW)]
    while (count := await room.store.catch_up(3, NOW)) is not None:
        looked.append(count)
        assert len(looked) < 10
    assert sorted(await room.texts("洗牙")) == sorted([*(f"洗牙{number}" for number in range(7)), "洗牙，今天"])
    assert await room.store.catch_up(3, NOW) is None
    assert await room.database.collection(module.NAME).count_documents({}) == 8


def rows(room: Room) -> Any:
    return room.database.collection(module.NAME)


async def test_a_message_is_indexed_after_its_line_and_found_at_once_by_the_process_that_wrote_it(room: Room) -> None:
    ann = await room.contact("o1")
    await room.writes(ann, "洗牙", "拔牙")
    assert await rows(room).count_documents({}) == 0  # whoever wrote it did not wait
    elsewhere = MessageIndex(room.store)
    assert await elsewhere.index() == 0
    assert await room.index.index() == 2
    assert await room.index.index() == 0
    await room.writes(ann, "补牙")
    assert await room.texts("补牙") == ["补牙"]


async def test_what_a_process_that_died_wrote_is_found_when_every_line_is_looked_at_once_more(room: Room) -> None:
    ann = await room.contact("o1")
    while await room.store.catch_up(100, NOW) is not None:  # nothing is old
        pass
    await room.writes(ann, "洗牙一", "洗牙二")
    await room.index.index()
    dead = History(HistoryStore(room.database), MessageIndex(room.store))
    await dead.append(room.line(ann, "洗牙三"), room.line(ann, "洗牙四"))
    assert len(await room.texts("洗牙")) == 2
    later = NOW + module.SETTLED
    assert await room.store.catch_up(100, later) is None  # they may still be written by who lives
    looked = []
    while (count := await room.store.catch_up(3, later + timedelta(minutes=1))) is not None:
        looked.append(count)
        assert len(looked) < 10
    assert sum(looked) == 4
    assert sorted(await room.texts("洗牙")) == sorted(["洗牙一", "洗牙二", "洗牙三", "洗牙四"])
    assert await room.store.catch_up(3, later + timedelta(minutes=1)) is None


async def test_a_message_waits_on_while_the_database_is_away_and_the_search_goes_on_without_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await room.contact("o1")
    await room.writes(ann, "洗牙")
    assert await room.texts("洗牙") == ["洗牙"]
    await room.writes(ann, "洗牙疼吗")

    async def away(*_: Any) -> None:
        raise ConnectionFailure("away")

    with monkeypatch.context() as patched:
        patched.setattr(MessageIndexStore, "add", away)
        with pytest.raises(ConnectionFailure):
            await room.index.index()
        assert await room.texts("洗牙") == ["洗牙"]
    assert await room.texts("洗牙") == ["洗牙疼吗", "洗牙"]


async def test_in_a_flood_a_run_indexes_a_portion_and_what_is_too_much_is_left_to_the_second_look(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_index, "AT_ONCE", 3)
    monkeypatch.setattr(message_index, "MOST_WAITING", 8)
    ann = await room.contact("o1")
    while await room.store.catch_up(100, NOW) is not None:
        pass
    await room.writes(ann, *(f"洗牙{number}" for number in range(10)))
    assert [await room.index.index() for _ in range(4)] == [3, 3, 2, 0]
    while await room.store.catch_up(100, NOW + timedelta(hours=1)) is not None:
        pass
    assert len(await room.texts("洗牙")) == 10


async def test_nothing_of_who_is_erased_is_indexed_afterwards_by_this_process_or_another(room: Room) -> None:
    ann, ben = await room.contact("o1"), await room.contact("o2")
    elsewhere = MessageIndex(room.store)
    other = History(HistoryStore(room.database), elsewhere)
    await room.writes(ann, "洗牙")
    await other.append(room.line(ann, "拔牙"), room.line(ben, "补牙"))
    await room.history.erase(ann)
    assert await room.index.index() == 0
    await elsewhere.index()
    assert await rows(room).distinct("contact_id") == [ben]


async def test_a_line_that_is_erased_while_older_ones_are_indexed_leaves_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await room.contact("o1")
    await History(HistoryStore(room.database)).append(room.line(ann, "洗牙"))
    insert = MessageIndexStore._insert

    async def erased_before(store: MessageIndexStore, documents: Any) -> None:
        await room.history.erase(ann)
        await insert(store, documents)

    monkeypatch.setattr(MessageIndexStore, "_insert", erased_before)
    await room.store.catch_up(100, NOW)
    assert await room.database.collection(module.NAME).count_documents({}) == 0


async def test_common_characters_and_pairs_find_the_newest_and_look_at_no_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_COUNTED", 10)
    monkeypatch.setattr(module, "FIRST_LOOKED_AT", 5)
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 20)
    ann = await room.contact("o1")
    await room.writes(ann, "洗牙和拔牙")
    await room.writes(ann, *(f"牙{number}" for number in range(40)))
    assert await room.texts("牙") == [f"牙{number}" for number in reversed(range(20, 40))][:30]
    assert await room.texts("拔") == ["洗牙和拔牙"]  # rare: found however old
    assert await room.texts("拔牙") == ["洗牙和拔牙"]


async def test_two_common_words_are_looked_for_in_a_few_messages_first(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_LOOKED_AT", 40)
    looked_at = []
    newest = MessageIndexStore._newest

    async def counted(store: MessageIndexStore, steps: Any, match: Any, limit: int) -> Any:
        looked_at.append(limit)
        return await newest(store, steps, match, limit)

    monkeypatch.setattr(MessageIndexStore, "_newest", counted)
    ann = await room.contact("o1")
    await room.writes(ann, *(f"下午洗牙{number}" for number in range(50)), *(f"下午{number}" for number in range(20)))
    assert await room.texts("洗牙 下午") == [f"下午洗牙{number}" for number in reversed(range(20, 50))]
    assert await room.texts("下午洗牙") == [f"下午洗牙{number}" for number in reversed(range(20, 50))]
    assert looked_at == [30, 60]  # nothing of two pairs that are the words falls away


async def test_who_may_not_read_the_desk_finds_nothing(room: Room) -> None:
    with pytest.raises(ForbiddenError):
        await room.search.find("牙", by=NOBODY, now=NOW)
