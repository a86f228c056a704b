"""Claims over a real mongod: once, in turn, never lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from wxbot.database import Database
from wxbot.dispatch.stores.inbox import ClaimResult, InboxClaim, InboxState, InboxStore, Turn

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def store(database: Database) -> InboxStore:
    store = InboxStore(database)
    await database.create_indexes([store])
    return store


def arrival(key: str, openid: str = "ann", *, at: datetime = NOW, busy: bool = False) -> InboxClaim:
    return InboxClaim(key, openid, b"<xml/>", at, at + timedelta(seconds=20), busy)


async def test_a_push_that_comes_three_times_is_claimed_once(store: InboxStore):
    assert await store.claim([arrival("m:1")]) == [ClaimResult.WORKING]
    assert await store.claim([arrival("m:1"), arrival("m:1")]) == [ClaimResult.DUPLICATE, ClaimResult.DUPLICATE]


async def test_the_same_push_twice_in_one_group_is_claimed_once(store: InboxStore):
    assert await store.claim([arrival("m:1"), arrival("m:1")]) == [ClaimResult.WORKING, ClaimResult.DUPLICATE]


async def test_four_processes_claim_a_push_once(store: InboxStore):
    standings = await asyncio.gather(*(store.claim([arrival("m:1")]) for _ in range(4)))
    assert sorted(standing[0] for standing in standings) == [ClaimResult.DUPLICATE] * 3 + [ClaimResult.WORKING]


async def test_a_second_push_of_a_contact_waits_for_the_first(store: InboxStore):
    later = NOW + timedelta(seconds=1)
    assert await store.claim([arrival("m:1"), arrival("m:2", at=later), arrival("m:3", "bob")]) == [
        ClaimResult.WORKING,
        ClaimResult.WAITING,
        ClaimResult.WORKING,
    ]
    lease = NOW + timedelta(minutes=1)
    assert await store.take_turn("m:2", "ann", lease) is Turn.NOT_YET
    await store.done(["m:1"])
    assert await store.take_turn("m:2", "ann", lease) is Turn.TAKEN
    assert await store.take_turn("m:2", "ann", lease) is Turn.GONE


async def test_a_push_that_comes_between_two_turns_does_not_overtake_who_waits(store: InboxStore):
    await store.claim([arrival("m:1")])
    await store.claim([arrival("m:2", at=NOW + timedelta(seconds=1))])
    await store.done(["m:1"])
    later = NOW + timedelta(seconds=2)
    assert await store.claim([arrival("m:3", at=later), arrival("m:4", "bob", at=later)]) == [
        ClaimResult.WAITING,
        ClaimResult.WORKING,
    ]
    lease = NOW + timedelta(minutes=1)
    assert await store.take_turn("m:3", "ann", lease) is Turn.NOT_YET
    assert await store.take_turn("m:2", "ann", lease) is Turn.TAKEN


async def test_waiting_pushes_of_a_contact_take_turns_in_order(store: InboxStore):
    await store.claim([arrival("m:1")])
    await store.claim([arrival("m:3", at=NOW + timedelta(seconds=3)), arrival("m:2", at=NOW + timedelta(seconds=2))])
    await store.done(["m:1"])
    lease = NOW + timedelta(minutes=1)
    assert await store.take_turn("m:3", "ann", lease) is Turn.NOT_YET
    assert await store.take_turn("m:2", "ann", lease) is Turn.TAKEN


async def test_what_a_vanished_process_left_is_found_and_taken_over_by_one(store: InboxStore):
    await store.claim([arrival("m:1"), arrival("m:2", busy=True)])
    assert await store.left_behind(NOW + timedelta(seconds=19), 10) == []
    later = NOW + timedelta(seconds=21)
    left = await store.left_behind(later, 10)
    assert [(row.key, row.xml, row.state) for row in left] == [
        ("m:1", b"<xml/>", InboxState.WORKING),
        ("m:2", b"<xml/>", InboxState.WAITING),
    ]
    lease = later + timedelta(seconds=20)
    taken = await asyncio.gather(*(store.take_over("m:1", later, lease) for _ in range(3)))
    assert sorted(taken) == [False, False, True]


async def test_a_finished_push_keeps_its_claim_and_forgets_its_words(store: InboxStore, database: Database):
    await store.claim([arrival("m:1")])
    await store.done(["m:1"])
    assert await store.is_done("m:1")
    row = await database.collection("inbox").find_one({"_id": "m:1"})
    assert row is not None
    assert "xml" not in row
    assert await store.left_behind(NOW + timedelta(days=1), 10) == []
    assert await store.claim([arrival("m:1")]) == [ClaimResult.DUPLICATE]
