"""What the desk shows: every open episode in a list, in its order, and a thread in the order in which it happened."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.auditing import NOBODY, audit_of
from tests.clinics import FixedClinic
from tests.conftest import ManualClock
from tests.desks import ALWAYS, BOSS, NAMES, A, B, C, Names, Stage, set_stage
from tests.encryption import KEYS
from wxbot.actors import Actor
from wxbot.clinic.models import Clinic
from wxbot.clock import SystemClock
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.hours.shifts import Shifts
from wxbot.conversations.hours.store import ShiftStore
from wxbot.conversations.models import AgentStatus, Cause, Ending, EndingKind, Episode, EpisodeState, Snooze
from wxbot.conversations.names import ContactNames
from wxbot.conversations.reading import lists as module
from wxbot.conversations.reading.lists import ON_A_PAGE, DeskLists, ListName, Row, Thread, WhyWaiting
from wxbot.conversations.reading.notes import Notes
from wxbot.conversations.reading.stores.lists import ListStore
from wxbot.conversations.reading.stores.notes import NoteStore
from wxbot.conversations.reading.threads import Threads
from wxbot.conversations.rules import DeskRules
from wxbot.database import Database
from wxbot.errors import ForbiddenError
from wxbot.history.models import ContactId, Direction, Interaction, Kind
from wxbot.history.store import newest_first
from wxbot.media.models import MediaKind
from wxbot.media.service import MediaLibrary
from wxbot.media.store import MediaStore
from wxbot.media.voices import VoiceProcess
from wxbot.outbox.models import Message
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore

ANN = ContactId("ann")
RULES = DeskRules(hours=ALWAYS)
CLINIC = Clinic(
    name="测试口腔",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(),
    practitioners=(),
)


class NoSource:
    """A platform that has no files."""

    async def fetch(self, platform_id: str) -> bytes | None:
        del platform_id
        return None


@dataclass
class Unsettled:
    """What waits to be sent."""

    messages: list[Message] = field(default_factory=list)

    async def unsettled(self, contact_id: ContactId) -> Sequence[Message]:
        return [each for each in self.messages if each.contact_id == contact_id]


@dataclass
class Room:
    """The desk and its lists."""

    stage: Stage
    lists: DeskLists
    notes: Notes
    media: MediaLibrary
    patients: Patients
    shifts: Shifts

    @property
    def now(self) -> datetime:
        return self.stage.now

    async def rows(self, name: ListName, by: Actor = A, after: str = "") -> list[Row]:
        return await self.lists.rows(name, by=by, now=self.now, after=after)

    async def who(self, name: ListName, by: Actor = A) -> list[str]:
        return [row.episode.contact_id for row in await self.rows(name, by)]

    async def all_pages(self, name: ListName, by: Actor = A) -> list[Row]:
        found = page = await self.rows(name, by)
        while len(page) == ON_A_PAGE:
            page = await self.rows(name, by, after=page[-1].cursor)
            found = found + page
        return found

    async def take(self, contact: str, by: Actor = A, **more: Any) -> Episode:
        episode = await self.stage.asks(contact, **more)
        return await self.stage.desk.take(episode.id, reason="熟人", by=by, now=self.now)

    async def snooze(self, contact: str, minutes: int, by: Actor = A) -> Episode:
        snooze = Snooze(until=self.now + timedelta(minutes=minutes), why="等片子")
        return await self.stage.desk.snooze((await self.take(contact, by)).id, snooze, by=by, now=self.now)

    async def close(self, episode: Episode, by: Actor = A) -> None:
        ending = Ending(kind=EndingKind.GREETING, by=by.by, at=self.now)
        await self.stage.desk.close(episode.id, ending, note="好了", revision=episode.revision, by=by, now=self.now)

    async def thread(self, **at: str) -> Thread:
        return await self.lists.thread(ANN, by=A, **at)


@pytest.fixture
async def room(database: Database, clock: ManualClock) -> Room:
    stage = await set_stage(database, clock, RULES)
    clinic = FixedClinic(CLINIC)
    patients = Patients(PatientStore(database, KEYS), stage.history)
    shifts = Shifts(
        ShiftStore(database),
        clinics=clinic,
        staff=Names(),  # type: ignore[arg-type]
        audit=audit_of(database),
        rules=RULES,
    )
    media_store, note_store, store = MediaStore(database, KEYS), NoteStore(database, KEYS), ListStore(database)
    await database.create_indexes([media_store, note_store, PatientStore(database, KEYS), ShiftStore(database)])
    media = MediaLibrary(media_store, source=NoSource(), voices=VoiceProcess(), clock=SystemClock())
    notes = Notes(
        note_store,
        episodes=stage.desk,
        colleagues=Names(),  # type: ignore[arg-type]
        contacts=stage.marks,
    )
    lists = DeskLists(
        stage.episodes,
        store,
        threads=Threads(store, history=stage.history, notes=notes, replies=Unsettled(), media=media),
        names=ContactNames(patients),
        staff=Names(),
        presence=stage.presence,
        shifts=shifts,
        times=DeskTime(clinic, RULES),
        rules=RULES,
    )
    return Room(stage, lists, notes, media, patients, shifts)


# -- lists --------------------------------------------------------------------------------------------------------


async def test_who_waits_longest_stands_first_within_a_class(room: Room) -> None:
    for contact in ("ann", "ben", "cat"):
        await room.stage.asks(contact)
        room.stage.pass_time(1)
    await room.stage.asks("dan", cause=Cause.DANGER)
    assert await room.who(ListName.WAITING) == ["dan", "ann", "ben", "cat"]
    assert [row.waited_seconds for row in await room.rows(ListName.WAITING)] == [0, 3, 2, 1]


async def test_a_row_says_why_nobody_has_it_and_when_it_is_late(room: Room) -> None:
    await room.stage.asks("ann")

    async def row() -> tuple[WhyWaiting | None, str, int]:
        (it,) = await room.rows(ListName.WAITING)
        return it.why, it.tone, it.waited_seconds

    assert await row() == (WhyWaiting.NOBODY, "", 0)
    room.stage.pass_time(15)
    await room.stage.presence.set_status(AgentStatus.LUNCH, by=A, now=room.now)
    assert await row() == (WhyWaiting.LUNCH, "ring", 15)
    room.stage.pass_time(15)
    await room.stage.presence.set_status(AgentStatus.AVAILABLE, by=A, now=room.now)
    assert await row() == (WhyWaiting.NEXT, "late", 30)
    for number in range(RULES.capacity):
        await room.take(f"c{number}")
    assert await row() == (WhyWaiting.FULL, "late", 30)
    await room.stage.available(B)
    await room.stage.desk.assign(room.now)
    assert (await row())[0] is WhyWaiting.OFFERED
    room.stage.pass_time(3600)  # nobody gives a sign of life
    assert (await row())[0] is WhyWaiting.NOBODY


async def test_mine_are_those_i_answer_who_waits_first_and_later_are_those_i_put_off(room: Room) -> None:
    await room.take("ann")
    room.stage.pass_time(1)
    await room.take("ben")
    room.stage.pass_time(1)
    await room.take("cat")
    await room.stage.answers("ann", "m:1", A)
    await room.take("dan", by=B)
    await room.snooze("eve", 30)
    await room.snooze("fay", 10)
    assert await room.who(ListName.MINE) == ["ben", "cat", "ann"]
    assert await room.who(ListName.LATER) == ["fay", "eve"]
    assert await room.who(ListName.MINE, B) == ["dan"]
    assert await room.who(ListName.LATER, B) == []


async def test_all_has_one_line_per_contact_the_latest_words_first(room: Room) -> None:
    await room.close(await room.take("ann"))
    room.stage.pass_time(1)
    await room.close(await room.take("ben"))
    room.stage.pass_time(1)
    await room.close(await room.take("ann"))
    room.stage.pass_time(1)
    await room.take("cat")
    room.stage.pass_time(1)
    await room.take("ben", by=B)
    rows = await room.rows(ListName.ALL)
    assert [(row.episode.contact_id, row.episode.is_open) for row in rows] == [
        ("ben", True),
        ("cat", True),
        ("ann", False),
    ]
    room.stage.pass_time(module.LATELY.total_seconds())
    assert await room.who(ListName.ALL) == ["ben", "cat"]  # open ones stay, however old


async def test_every_open_episode_is_in_a_list_whatever_happens(room: Room) -> None:
    """By chance: opened, taken, put off, handed on, closed, forgotten for weeks; each is found on some page."""
    chance, people = Random(7), (A, B, C)
    for number in range(130):
        contact, by = f"c{number}", chance.choice(people)
        step = chance.randrange(5)
        if step == 0:
            await room.stage.asks(contact)
        elif step == 1:
            await room.stage.desk.take((await room.stage.asks(contact)).id, reason="熟", by=by, now=room.now)
        elif step == 2:
            await room.snooze(contact, chance.randrange(1, 90), by)
        else:
            await room.close(await room.take(contact, by), by)
            if step == 4:
                await room.stage.asks(contact)
        if chance.random() < 0.1:
            room.stage.pass_time(chance.choice([1, 3600, 3 * 86400]))
    rows = room.stage.episodes._rows.find({"state": {"$ne": EpisodeState.CLOSED.value}}, {"state": 1, "owner": 1})
    kept = {row["_id"]: row async for row in rows}
    assert len(kept) > ON_A_PAGE
    everything = [row.episode.id for row in await room.all_pages(ListName.ALL)]
    assert len(everything) == len(set(everything))
    assert kept.keys() <= set(everything)
    waiting = [row.episode.id for row in await room.all_pages(ListName.WAITING)]
    assert sorted(waiting) == sorted(each for each, row in kept.items() if row["state"] == "waiting")
    for name, state in ((ListName.MINE, "assigned"), (ListName.LATER, "snoozed")):
        for by in people:
            theirs = {row.episode.id for row in await room.rows(name, by)}
            assert theirs == {each for each, row in kept.items() if (row["state"], row["owner"]) == (state, by.id)}


async def test_the_column_is_what_its_lists_say_one_by_one(room: Room) -> None:
    await asyncio.gather(*(room.stage.asks(f"c{number}") for number in range(ON_A_PAGE + 3)))
    for number in range(3):
        await room.take(f"mine{number}")
        await room.snooze(f"later{number}", 5 + number)
    await room.take("theirs", by=B)
    behind = (await room.rows(ListName.WAITING))[-1].cursor
    for name in ListName:
        for after in ("", behind, "nonsense"):
            column = await room.lists.column(name, by=A, now=room.now, after=after)
            assert column.rows == await room.rows(name, after=after)
            assert [row.episode for row in column.waiting] == [row.episode for row in await room.rows(ListName.WAITING)]
            assert [row.tone for row in column.mine] == [row.tone for row in await room.rows(ListName.MINE)]
            assert column.counts == await room.lists.counts(by=A)
    with pytest.raises(ForbiddenError):
        await room.lists.column(ListName.ALL, by=NOBODY, now=room.now)


async def test_the_column_asks_the_database_no_more_for_many_rows(room: Room, database: Database) -> None:
    async def asked() -> int:
        await database.client[database.name].command({"profile": 2})
        await room.lists.column(ListName.MINE, by=A, now=room.now)
        await database.client[database.name].command({"profile": 0})
        rows = database.client[database.name]["system.profile"]
        count = await rows.count_documents({"op": {"$in": ["query", "command"]}, "ns": {"$not": {"$regex": "system"}}})
        await database.client[database.name].drop_collection("system.profile")
        return int(count)

    for number in range(2):
        await room.take(f"mine{number}")
        await room.stage.asks(f"waits{number}")
    few = await asked()
    for number in range(2, 20):
        await room.stage.asks(f"waits{number}")
    assert await asked() == few <= 12


async def test_counts_stop_at_99(room: Room) -> None:
    await asyncio.gather(*(room.stage.asks(f"c{number}") for number in range(103)))
    await room.take("ann")
    await room.snooze("ben", 5)
    assert await room.lists.counts(by=A) == {
        ListName.WAITING: 99,
        ListName.MINE: 1,
        ListName.ALL: 99,
        ListName.LATER: 1,
    }
    assert (await room.lists.counts(by=B))[ListName.MINE] == 0


async def test_a_row_bears_names_and_who_looks(room: Room) -> None:
    contact = await room.patients.recognise("o1", room.now)
    await room.take(contact.id, by=B)
    (row,) = await room.rows(ListName.ALL)
    assert (row.name, row.owner_name, row.looking) == (contact.alias, NAMES["b"], ())
    patient = await room.patients.self_patient(contact, room.now)
    await room.patients.set_name(patient.id, "林小雨", now=room.now)
    await room.stage.presence.beat(device="pc", looking_at=contact.id, writes=True, by=A)
    await room.stage.presence.beat(device="pc", looking_at=contact.id, writes=False, silently=True, by=BOSS)
    it = await room.lists.row(contact.id, by=A, now=room.now)
    assert it is not None
    assert (it.name, [(each.account_id, each.writes) for each in it.looking]) == ("林小雨", [("a", True)])
    assert await room.lists.row(ContactId("nobody"), by=A, now=room.now) is None


async def test_a_row_is_of_the_open_episode_else_of_the_latest(room: Room) -> None:
    first = await room.take("ann")
    await room.close(first)
    row = await room.lists.row(ANN, by=A, now=room.now)
    assert row is not None
    assert row.episode.id == first.id
    second = await room.stage.asks("ann")
    row = await room.lists.row(ANN, by=A, now=room.now)
    assert row is not None
    assert row.episode.id == second.id


@pytest.mark.parametrize("after", ["x", "1.2", "9.99999999999999999999.a", "-", "0..", "é.1.2"])
async def test_a_made_up_cursor_shows_nothing(room: Room, after: str) -> None:
    await room.stage.asks("ann")
    assert await room.rows(ListName.WAITING, after=after) == []


async def test_who_may_not_read_the_desk_sees_nothing(room: Room) -> None:
    with pytest.raises(ForbiddenError):
        await room.rows(ListName.ALL, by=NOBODY)
    with pytest.raises(ForbiddenError):
        await room.lists.thread(ANN, by=NOBODY)
    with pytest.raises(ForbiddenError):
        await room.lists.counts(by=NOBODY)
    with pytest.raises(ForbiddenError):
        await room.lists.row(ANN, by=NOBODY, now=room.now)


# -- threads ------------------------------------------------------------------------------------------------------


def a_line(number: int, at: datetime, direction: Direction = Direction.IN, contact: str = "ann") -> Interaction:
    kind = Kind.MESSAGE_RECEIVED if direction is Direction.IN else Kind.MESSAGE_SENT
    return Interaction(
        id=f"m:{number:03}", at=at, kind=kind, direction=direction, contact_id=ContactId(contact), text=str(number)
    )


async def test_a_thread_is_paged_back_to_its_beginning_in_the_order_of_the_timeline(room: Room) -> None:
    """Many lines in one millisecond too, of both directions, across the edges of pages."""
    chance, made = Random(3), []
    at = room.now
    for number in range(170):
        if chance.random() < 0.3:
            at += timedelta(milliseconds=chance.choice([1, 1, 5000]))
        made.append(a_line(number, at, chance.choice([Direction.IN, Direction.OUT, Direction.NONE])))
    made += [a_line(500 + number, room.now, contact="ben") for number in range(5)]
    chance.shuffle(made)
    await room.stage.history.append(*made)
    expected = sorted((each for each in made if each.contact_id == ANN), key=newest_first)
    page = await room.thread()
    seen = list(page.lines)
    while page.older:
        page = await room.thread(before=page.older)
        assert page.lines
        seen = [*page.lines, *seen]
    assert [each.id for each in seen] == [each.id for each in expected]


async def test_what_came_after_a_line_has_what_was_written_down_late(room: Room) -> None:
    at = room.now
    await room.stage.history.append(a_line(1, at), a_line(3, at + timedelta(seconds=2), Direction.OUT))
    await room.stage.history.append(a_line(2, at + timedelta(seconds=1)))  # happened before it, written after it
    await room.stage.history.append(a_line(4, at + timedelta(seconds=3)))
    page = await room.thread(after="m:003")
    assert [each.id for each in page.lines] == ["m:001", "m:002", "m:003", "m:004"]
    await room.stage.history.append(a_line(5, at - timedelta(hours=1)))
    assert (await room.thread(after="m:003")).lines[0].id == "m:001"


@pytest.mark.parametrize("at", [{"after": "gone"}, {"before": "made up"}, {"before": "9.9.9"}, {"before": "²."}])
async def test_a_place_that_is_not_there_reads_as_the_newest_page(room: Room, at: dict[str, str]) -> None:
    await room.stage.history.append(a_line(1, room.now))
    await room.stage.history.append(a_line(9, room.now, contact="ben"))
    assert [each.id for each in (await room.thread(**at)).lines] == ["m:001"]
    assert [each.id for each in (await room.thread(after="m:009")).lines] == ["m:001"]  # of another contact


async def test_a_page_has_the_notes_pictures_and_episodes_of_its_time(room: Room) -> None:
    first = await room.take("ann")
    await room.notes.write(ANN, "旧备注", key="1", by=A, now=room.now)
    await room.stage.history.append(*(a_line(number, room.now + timedelta(seconds=number)) for number in range(60)))
    room.stage.pass_time(30)
    await room.close(first)
    room.stage.pass_time(3600)
    await room.take("ann", key="2")
    await room.stage.history.append(a_line(100, room.now))
    await room.media.note("m:100", ANN, MediaKind.PHOTO, ("x",), room.now)
    await room.notes.write(ANN, "新备注", key="2", by=A, now=room.now)
    newest = await room.thread()
    assert [each.text for each in newest.notes] == ["新备注"]
    assert list(newest.media) == ["m:100"]
    older = await room.thread(before=newest.older)
    assert [each.text for each in older.notes] == ["旧备注"]
    assert older.media == {}
    assert [each.id for each in older.episodes] == [first.id]
    assert len(newest.episodes) == 2
