"""The Official Account over a real mongod: two editors, numbers given once, scans counted once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import ManualClock
from wxbot.account.models import Button, Menu, MenuDraft, MenuVersion, Newcomer, Scene, ScenePurpose
from wxbot.account.refusals import Refusals
from wxbot.account.store import COUNTED, NEWCOMERS, AccountStore
from wxbot.database import Database
from wxbot.errors import NotFoundError, StaleError

MENU = Menu(buttons=(Button(name="服务", entries=(Button(name="预约", type="click", key="BOOK"),)),))


@pytest.fixture
async def store(database: Database) -> AccountStore:
    store = AccountStore(database)
    await database.create_indexes([store])
    return store


def draft(clock: ManualClock, **changes: Any) -> MenuDraft:
    return replace(MenuDraft(id="draft", menu=MENU, by="staff:1", at=clock.now()), **changes)


def scene(clock: ManualClock, number: int = 1, **changes: Any) -> Scene:
    new = Scene(
        id=f"s{number}",
        request=f"r{number}",
        scene=f"q_{number}",
        label="前台",
        purpose=ScenePurpose.DESK,
        by="staff:1",
        at=clock.now(),
    )
    return replace(new, **changes)


async def test_a_draft_is_read_back_with_its_entries(store: AccountStore, clock: ManualClock) -> None:
    saved = await store.save_draft(draft(clock))
    assert saved.revision == 1
    assert await store.draft() == saved


async def test_of_two_editors_only_one_is_first(store: AccountStore, clock: ManualClock) -> None:
    for revision in (0, 1):
        results = await asyncio.gather(
            *(store.save_draft(draft(clock, revision=revision, by=f"staff:{who}")) for who in range(5)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, StaleError) for result in results) == 4


async def test_a_number_is_given_once_and_a_known_version_keeps_it(store: AccountStore, clock: ManualClock) -> None:
    def version(name: str) -> MenuVersion:
        return MenuVersion(id=name, number=1, menu=MENU, by="staff:1", at=clock.now())

    made = await asyncio.gather(*(store.add_version(version(name)) for name in "abcde"))
    assert sorted(each.number for each in made) == [1, 2, 3, 4, 5]
    again = await store.add_version(version("a"))
    assert again.number == made[0].number
    assert [each.number for each in await store.versions(3)] == [5, 4, 3]
    with pytest.raises(NotFoundError):
        await store.version(9)


async def test_the_same_form_gives_the_same_code(store: AccountStore, clock: ManualClock) -> None:
    first = await store.add_scene(scene(clock))
    second = await store.add_scene(scene(clock, 2, request="r1"))
    assert second == first


async def test_a_scan_that_comes_three_times_counts_once(store: AccountStore, clock: ManualClock) -> None:
    await store.add_scene(scene(clock))
    newcomer = Newcomer(contact_id="c1", at=clock.now())
    counted = await asyncio.gather(
        *(store.count_scan("q_1", "e:1", at=clock.now(), newcomer=newcomer) for _ in range(3))
    )
    assert sorted(counted) == [False, False, True]
    assert await store.count_scan("q_1", "e:2", at=clock.now(), newcomer=None)
    kept = await store.scene("s1")
    assert (kept.scans, kept.followers, kept.newcomers) == (2, 1, (newcomer,))


async def test_a_scene_that_is_none_of_ours_is_not_counted(store: AccountStore, clock: ManualClock) -> None:
    assert not await store.count_scan("poster-3", "e:1", at=clock.now(), newcomer=None)


async def test_what_a_code_remembers_stays_small(store: AccountStore, clock: ManualClock) -> None:
    await store.add_scene(scene(clock))
    for number in range(COUNTED + 5):
        person = Newcomer(contact_id=f"c{number}", at=clock.now())
        await store.count_scan("q_1", f"e:{number}", at=clock.now(), newcomer=person)
    kept = await store.scene("s1")
    assert (kept.scans, len(kept.counted), len(kept.newcomers)) == (COUNTED + 5, COUNTED, NEWCOMERS)
    assert kept.newcomers[0].contact_id == f"c{COUNTED + 4}"


async def test_counting_does_not_make_an_editor_stale(store: AccountStore, clock: ManualClock) -> None:
    await store.add_scene(scene(clock))
    await store.count_scan("q_1", "e:1", at=clock.now(), newcomer=None)
    edited = await store.edit_scene("s1", 0, label="二楼", archived=False)
    assert (edited.label, edited.scans, edited.revision) == ("二楼", 1, 1)
    with pytest.raises(StaleError):
        await store.edit_scene("s1", 0, label="三楼", archived=False)


async def test_codes_are_listed_newest_first_and_put_away_ones_apart(store: AccountStore, clock: ManualClock) -> None:
    for number in range(3):
        await store.add_scene(scene(clock, number, at=clock.now() + timedelta(minutes=number), archived=number == 1))
    listed = await store.scenes(archived=False, before=None, limit=10)
    assert [each.id for each in listed] == ["s2", "s0"]
    assert [each.id for each in await store.scenes(archived=False, before=listed[0].at, limit=10)] == ["s0"]
    assert [each.id for each in await store.scenes(archived=True, before=None, limit=10)] == ["s1"]


async def test_refusals_of_several_processes_are_added_up(store: AccountStore, clock: ManualClock) -> None:
    one, other = Refusals(clock), Refusals(clock)
    for heard in (one, one, other):
        heard.observe("/cgi-bin/menu/create", 48001)
    one.observe("/cgi-bin/menu/create", 0)
    assert [await each.flush(store) for each in (one, other, one)] == [2, 1, 0]
    clock.move(timedelta(hours=1))
    one.observe("/cgi-bin/menu/create", 48001)
    await one.flush(store)
    rows = await store.refusals(clock.now() - timedelta(hours=48), 10)
    assert [(row.code, row.times) for row in rows] == [(48001, 1), (48001, 3)]


async def test_what_cannot_be_written_is_kept_for_the_next_time(store: AccountStore, clock: ManualClock) -> None:
    class Broken(AccountStore):
        def __init__(self) -> None:
            pass

        async def add_refusals(self, *_: Any) -> None:
            raise ConnectionError

    heard = Refusals(clock)
    heard.observe("/x", 48001)
    with pytest.raises(ConnectionError):
        await heard.flush(Broken())
    assert await heard.flush(store) == 1
