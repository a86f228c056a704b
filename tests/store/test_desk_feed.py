"""The desk's feed: every console is told what changed, in order, once, also when it was away or on another process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ports import reserve_port
from wxbot.conversations.reading import feed as module
from wxbot.conversations.reading.feed import Feed, Queue
from wxbot.conversations.reading.hints import Change, FeedEvent
from wxbot.conversations.reading.stores.changes import ChangesSince, ChangeStore, PositionLostError
from wxbot.database import ConnectionFailure, Database, DuplicateKeyError, PyMongoError
from wxbot.embedded_mongo import EmbeddedMongo
from wxbot.embedded_mongo.credentials import read_credentials

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LIMIT_SECONDS = 60  # a busy machine keeps it


@pytest.fixture
async def feed(database: Database) -> AsyncIterator[Feed]:
    feed = Feed(ChangeStore(database))
    yield feed
    await feed.close()


async def line(database: Database, number: int, contact: str = "ann") -> None:
    row = {"_id": f"m:{number}", "contact_id": contact, "at": NOW + timedelta(seconds=number), "text": "secret words"}
    await database.collection("interactions").insert_one(row)


async def take(queue: Queue) -> FeedEvent:
    async with asyncio.timeout(LIMIT_SECONDS):
        event = await queue.get()
    assert event is not None
    return event


async def refs(queue: Queue, count: int) -> list[str]:
    return [(await take(queue)).ref for _ in range(count)]


async def opened(queue: Queue) -> FeedEvent:
    event = await take(queue)
    assert event.change is Change.RESET
    return event


async def test_a_console_is_told_what_changed_and_for_whom_and_no_words(feed: Feed, database: Database) -> None:
    async with feed.listen() as queue:
        await opened(queue)
        await line(database, 1)
        episode = {"_id": "e1", "contact_id": "ann", "state": "waiting", "owner": None}
        await database.collection("episodes").insert_one(episode)
        await database.collection("episodes").replace_one({"_id": "e1"}, episode | {"owner": "li"})
        await database.collection("episodes").update_one({"_id": "e1"}, {"$set": {"unread": 3}})
        await database.collection("notes").insert_one({"_id": "n1", "contact_id": "ann", "text": "secret words"})
        found = [await take(queue) for _ in range(5)]
    told = [(each.change, each.contact_id, each.ref, each.owner) for each in found]
    assert told == [
        (Change.LINE, "ann", "m:1", ""),
        (Change.EPISODE, "ann", "e1", ""),
        (Change.EPISODE, "ann", "e1", "li"),
        (Change.EPISODE, "ann", "e1", "li"),
        (Change.NOTE, "ann", "n1", ""),
    ]
    assert "secret" not in repr(found)


async def test_an_episode_is_told_to_have_moved_when_its_state_or_owner_is_another(
    feed: Feed, database: Database
) -> None:
    episodes = database.collection("episodes")
    async with feed.listen() as queue:
        await opened(queue)
        waiting = {"_id": "e1", "contact_id": "ann", "state": "waiting", "owner": None, "unread": 1}
        mine = waiting | {"state": "assigned", "owner": "li"}
        await episodes.insert_one(waiting)
        for each in (waiting | {"unread": 2}, mine, mine | {"unread": 3}, mine | {"owner": "wang"}):
            await episodes.replace_one({"_id": "e1"}, each)
        await episodes.replace_one({"_id": "e1"}, mine | {"owner": "wang", "state": "closed"})
        told = [(event.moved, event.owner) for event in [await take(queue) for _ in range(6)]]
    assert told == [(True, ""), (False, ""), (True, "li"), (False, "li"), (True, "wang"), (True, "wang")]


async def test_messages_of_colleagues_are_told_and_those_of_a_broadcast_are_not(feed: Feed, database: Database) -> None:
    outbox = database.collection("outbox")
    async with feed.listen() as queue:
        await opened(queue)
        await outbox.insert_one({"_id": "b1", "key": "b1", "contact_id": "ann", "author": "", "state": "waiting"})
        await outbox.update_one({"_id": "b1"}, {"$set": {"state": "failed"}})
        ours = {"_id": "a1", "key": "a1", "contact_id": "ben", "author": "staff:li", "state": "waiting"}
        await outbox.insert_one(ours)
        await outbox.update_one({"_id": "a1"}, {"$set": {"state": "claimed"}})  # no look-up: its line tells how it went
        await outbox.update_one({"_id": "a1"}, {"$set": {"state": "failed"}})
        await line(database, 1)
        found = [await take(queue) for _ in range(3)]
    assert [(each.change, each.contact_id, each.ref) for each in found] == [
        (Change.MESSAGE, "ben", "a1"),
        (Change.MESSAGE, "ben", "a1"),
        (Change.LINE, "ann", "m:1"),
    ]


async def test_a_photo_is_told_when_it_can_be_seen(feed: Feed, database: Database) -> None:
    media = database.collection("media")
    async with feed.listen() as queue:
        await opened(queue)
        await media.insert_one({"_id": "m:1", "contact_id": "ann", "state": "waiting"})
        await media.update_one({"_id": "m:1"}, {"$set": {"attempts": 1}})
        await media.update_one({"_id": "m:1"}, {"$set": {"state": "kept", "data": b"x"}})
        event = await take(queue)
    assert (event.change, event.contact_id, event.ref) == (Change.MEDIA, "ann", "m:1")


async def test_signs_of_life_are_no_news_but_who_looks_where_is(feed: Feed, database: Database) -> None:
    devices = database.collection("desk_devices")

    def console(contact: str | None, seen: int, *, writes: bool = False) -> dict[str, Any]:
        return {"contact_id": contact, "writes": writes, "silently": False, "seen_at": NOW + timedelta(seconds=seen)}

    async with feed.listen() as queue:
        await opened(queue)
        for number, (contact, writes) in enumerate(
            [("ann", False), ("ann", False), ("ann", True), ("ben", False), ("ben", False), (None, False)]
        ):
            await devices.replace_one({"_id": "li/1"}, console(contact, number, writes=writes), upsert=True)
        await devices.replace_one({"_id": "li/1"}, console("cat", 9), upsert=True)
        await devices.delete_one({"_id": "li/1"})
        found = [await take(queue) for _ in range(7)]
    assert {each.change for each in found} == {Change.PRESENCE}
    assert [each.contact_id for each in found] == ["ann", "ann", "ann", "ben", "ben", "cat", "cat"]


async def test_a_status_is_told_and_a_sign_of_life_is_not(feed: Feed, database: Database) -> None:
    agents = database.collection("desk_agents")
    async with feed.listen() as queue:
        await opened(queue)
        await agents.insert_one({"_id": "li", "status": "away", "seen_at": NOW})
        await agents.update_one({"_id": "li"}, [{"$set": {"status": "away", "seen_at": NOW + timedelta(seconds=9)}}])
        await agents.update_one({"_id": "li"}, [{"$set": {"status": "available"}}])
        await line(database, 1)
        found = [await take(queue) for _ in range(3)]
    assert [each.change for each in found] == [Change.PRESENCE, Change.PRESENCE, Change.LINE]


async def test_everybody_gets_everything_in_order_and_once(feed: Feed, database: Database) -> None:
    async with feed.listen() as one, feed.listen() as two:
        await opened(one)
        await opened(two)
        for number in range(30):
            await line(database, number)
        expected = [f"m:{number}" for number in range(30)]
        assert await refs(one, 30) == expected
        assert await refs(two, 30) == expected
        assert one.empty()
        assert two.empty()


async def test_a_console_that_comes_back_gets_what_it_missed_and_nothing_twice(feed: Feed, database: Database) -> None:
    async with feed.listen() as queue:
        await opened(queue)
        await line(database, 1)
        seen = await take(queue)
    await line(database, 2)
    await line(database, 3)
    async with feed.listen(seen.id) as queue:
        await line(database, 4)
        assert await refs(queue, 3) == ["m:2", "m:3", "m:4"]
        assert queue.empty()


async def test_it_comes_back_from_a_position_at_which_nothing_happened(feed: Feed, database: Database) -> None:
    async with feed.listen() as queue:
        start = await opened(queue)
    await line(database, 1)
    async with feed.listen(start.id) as queue:
        assert await refs(queue, 1) == ["m:1"]


async def test_what_was_missed_is_told_by_another_process_too(feed: Feed, database: Database) -> None:
    async with feed.listen() as queue:
        await opened(queue)
        await line(database, 1)
        seen = await take(queue)
    await line(database, 2)
    other = Feed(ChangeStore(database))
    async with other.listen() as first:  # its stream begins behind what was missed
        await opened(first)
        await line(database, 3)
        assert await refs(first, 1) == ["m:3"]
        async with other.listen(seen.id) as queue:
            await line(database, 4)
            assert await refs(queue, 3) == ["m:2", "m:3", "m:4"]
            assert queue.empty()
    await other.close()


async def test_a_position_of_a_process_that_has_read_further_misses_and_repeats_nothing(
    feed: Feed, database: Database
) -> None:
    ahead = Feed(ChangeStore(database))
    async with feed.listen() as queue, ahead.listen() as further:
        await opened(queue)
        await opened(further)
        await line(database, 1)
        seen = await take(further)
        feed._position = min(feed._position, seen.id[:18])  # it has not come so far yet
        async with feed.listen(seen.id) as back:
            await line(database, 2)
            assert await refs(back, 1) == ["m:2"]
    await ahead.close()


@pytest.mark.parametrize("after", ["82", "made up", "ff" * 40, "82" + "0" * 60, "8200000001" + "0" * 60, "é" * 20])
async def test_a_position_that_is_gone_or_made_up_reads_everything(feed: Feed, database: Database, after: str) -> None:
    async with feed.listen(after) as queue:
        await opened(queue)
        await line(database, 1)
        assert await refs(queue, 1) == ["m:1"]


async def test_a_slow_console_reads_everything_instead(
    feed: Feed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 5)
    async with feed.listen() as slow, feed.listen() as quick:
        await opened(slow)
        await opened(quick)
        for number in range(6):
            await line(database, number)
            await take(quick)
        await line(database, 6)
        await take(quick)
        assert (await take(slow)).change is Change.RESET
        assert await refs(slow, 1) == ["m:6"]
        assert slow.empty()


async def test_who_missed_too_much_reads_everything(
    feed: Feed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with feed.listen() as queue:
        start = await opened(queue)
    for number in range(8):
        await line(database, number)
    monkeypatch.setattr(module, "MOST_WAITING", 5)
    other = Feed(ChangeStore(database))
    async with other.listen(start.id) as queue:
        await opened(queue)
        assert queue.empty()
    await other.close()


class Failing(ChangeStore):
    """Streams that fail as they are told to."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.errors: list[Exception] = []

    @asynccontextmanager
    async def since(self, position: str = "") -> AsyncIterator[ChangesSince]:
        async with super().since(position) as changes:
            yield FailingChanges(changes, self.errors)


class FailingChanges(ChangesSince):
    """One of them."""

    def __init__(self, real: ChangesSince, errors: list[Exception]) -> None:
        super().__init__(real._stream)
        self._errors = errors

    async def next(self) -> list[FeedEvent]:
        if self._errors:
            raise self._errors.pop(0)
        return await super().next()


async def test_the_stream_goes_on_where_it_was_when_the_database_was_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    store = Failing(database)
    feed = Feed(store)
    async with feed.listen() as queue:
        await opened(queue)
        await line(database, 1)
        assert await refs(queue, 1) == ["m:1"]
        store.errors += [PyMongoError("away"), PyMongoError("still away"), ValueError("unexpected")]
        await line(database, 2)
        await line(database, 3)
        assert await refs(queue, 2) == ["m:2", "m:3"]
        assert store.errors == []
        assert queue.empty()
    await feed.close()


async def test_a_position_that_the_server_lost_makes_every_console_read_everything(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    store = Failing(database)
    feed = Feed(store)
    async with feed.listen() as one, feed.listen() as two:
        await opened(one)
        await opened(two)
        store.errors.append(PositionLostError("286"))
        for queue in (one, two):
            await opened(queue)
        await line(database, 1)
        for queue in (one, two):
            assert await refs(queue, 1) == ["m:1"]
    await feed.close()


@pytest.mark.parametrize("how", ["steps down", "is killed"])
async def test_a_database_that_goes_away_costs_no_event(tmp_path: Path, how: str) -> None:
    reserve_port(tmp_path)
    mongo = EmbeddedMongo(tmp_path)
    database = Database.connect(await mongo.start(), "test_feed")
    feed = Feed(ChangeStore(database))
    assert mongo.process is not None
    try:
        async with mongo.kept_running(), feed.listen() as queue:
            await opened(queue)
            await line(database, 1)
            if how == "steps down":
                await step_down(read_credentials(tmp_path / "mongo").system_uri(mongo.process.port))
            else:
                os.kill(mongo.process.pid, signal.SIGKILL)
            await written(database, 2)
            assert await refs(queue, 2) == ["m:1", "m:2"]
            assert queue.empty()
    finally:
        await feed.close()
        database.close()
        await mongo.stop()


async def step_down(uri: str) -> None:
    """Another election."""
    system = Database.connect(uri, "admin")
    admin = system.client.admin
    term = (await admin.command("replSetGetStatus"))["term"]
    with suppress(ConnectionFailure):  # it may be closed before the answer
        await admin.command({"replSetStepDown": 1, "force": True})
    async with asyncio.timeout(LIMIT_SECONDS):
        while (await admin.command("replSetGetStatus"))["term"] == term:
            await asyncio.sleep(0.05)
    system.close()


async def written(database: Database, number: int) -> None:
    """Write a line as soon as there is a primary again."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                await line(database, number)
            except DuplicateKeyError:
                return
            except PyMongoError:
                continue
            return


async def test_the_stream_is_open_only_while_somebody_listens(
    feed: Feed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.0)
    async with feed.listen() as queue:
        start = await opened(queue)
    assert feed._running is not None
    async with asyncio.timeout(LIMIT_SECONDS):
        await feed._running
    await line(database, 1)
    async with feed.listen(start.id) as queue:
        assert await refs(queue, 1) == ["m:1"]


async def test_every_console_ends_when_the_service_stops(feed: Feed) -> None:
    async with feed.listen() as queue:
        await opened(queue)
        await feed.close()
        assert await queue.get() is None
    async with feed.listen() as late:
        while (event := await late.get()) is not None:
            assert event.change is Change.RESET
