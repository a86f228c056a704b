"""`Database.in_transaction` over a real mongod: which errors repeat the work, which only the commit, and how often."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import OperationFailure

import wxbot.database
from wxbot.database import (
    ABANDONED_SECONDS,
    MOST_ATTEMPTS,
    TRANSIENT,
    UNKNOWN_COMMIT,
    ContendedError,
    Database,
    PyMongoError,
    Session,
)

NAME = "counters"
SOON = 30.0  # seconds: a few on a machine that is not busy; the server alone takes more than a minute


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wxbot.database, "FIRST_PAUSE_SECONDS", 0.0)


@pytest.fixture
async def counters(database: Database) -> Database:
    """A counter at nought: a collection that was not there yet would be made within the transaction."""
    await database.collection(NAME).insert_one({"_id": "a", "value": 0})
    return database


def labelled(label: str) -> OperationFailure:
    return OperationFailure("as the server says it", details={"errorLabels": [label]})


async def value(database: Database) -> int:
    row = await database.collection(NAME).find_one({"_id": "a"})
    assert row is not None
    return int(row["value"])


class Work:
    """Counts one up, after which it may fail."""

    def __init__(self, database: Database, failure: Callable[[int], Exception | None] = lambda _: None) -> None:
        self._rows = database.collection(NAME)
        self._failure = failure
        self.runs = 0

    async def __call__(self, session: Session) -> str:
        self.runs += 1
        await self._rows.update_one({"_id": "a"}, {"$inc": {"value": 1}}, session=session)
        if (error := self._failure(self.runs)) is not None:
            raise error
        return "done"


class Commits:
    """The real commit, whose answer is lost the first `lost` times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lost: int, label: str = UNKNOWN_COMMIT) -> None:
        self.calls = 0
        real = AsyncIOMotorClientSession.commit_transaction

        async def commit(session: AsyncIOMotorClientSession) -> None:
            await real(session)
            self.calls += 1
            if self.calls <= lost:
                raise labelled(label)

        monkeypatch.setattr(AsyncIOMotorClientSession, "commit_transaction", commit)


async def test_what_the_work_returns_is_returned_and_its_writes_are_kept(counters: Database) -> None:
    assert await counters.in_transaction(Work(counters)) == "done"
    assert await value(counters) == 1


async def test_an_error_of_the_work_undoes_its_writes_and_is_raised_at_once(counters: Database) -> None:
    work = Work(counters, lambda _: ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await counters.in_transaction(work)
    assert (work.runs, await value(counters)) == (1, 0)


async def test_an_error_without_a_label_is_not_repeated(counters: Database) -> None:
    work = Work(counters, lambda _: OperationFailure("no"))
    with pytest.raises(OperationFailure):
        await counters.in_transaction(work)
    assert (work.runs, await value(counters)) == (1, 0)


async def test_a_transient_error_repeats_the_whole_and_writes_once(counters: Database) -> None:
    work = Work(counters, lambda run: labelled(TRANSIENT) if run < 3 else None)
    assert await counters.in_transaction(work) == "done"
    assert (work.runs, await value(counters)) == (3, 1)


async def test_a_transient_error_that_stays_is_raised_after_the_last_attempt(counters: Database) -> None:
    work = Work(counters, lambda _: labelled(TRANSIENT))
    with pytest.raises(PyMongoError):
        await counters.in_transaction(work)
    assert (work.runs, await value(counters)) == (MOST_ATTEMPTS, 0)


async def test_a_commit_whose_answer_was_lost_is_sent_again_without_the_work(
    counters: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, commits = Work(counters), Commits(monkeypatch, lost=2)
    assert await counters.in_transaction(work) == "done"
    assert (work.runs, commits.calls, await value(counters)) == (1, 3, 1)


async def test_a_commit_that_is_never_answered_is_raised_after_the_last_attempt(
    counters: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, commits = Work(counters), Commits(monkeypatch, lost=MOST_ATTEMPTS)
    with pytest.raises(PyMongoError):
        await counters.in_transaction(work)
    assert (work.runs, commits.calls) == (1, MOST_ATTEMPTS)


async def test_transactions_that_really_meet_are_all_written(counters: Database) -> None:
    """The server refuses the second writer of a document with the label; nothing is simulated here."""
    work = Work(counters)
    both_began = asyncio.Barrier(2)

    async def slow(session: Session) -> None:
        await counters.collection(NAME).find_one({"_id": "a"}, session=session)  # the transaction begins with a read
        if work.runs < 2:
            await both_began.wait()
        await work(session)

    await asyncio.gather(counters.in_transaction(slow), counters.in_transaction(slow))
    assert await value(counters) == 2
    assert work.runs > 2  # at least one was refused


# -- a transaction that nobody goes on with -----------------------------------------------------------------------


@asynccontextmanager
async def left_behind(database: Database, uri: str) -> AsyncIterator[None]:
    """As after the death of a process between the first write of a transaction and its commit."""
    gone = Database.connect(uri, database.name)
    session = await gone.client.start_session()
    session.start_transaction()
    await gone.collection(NAME).update_one({"_id": "a"}, {"$inc": {"value": 100}}, session=session)
    try:
        yield
    finally:
        with suppress(PyMongoError):  # it may have been ended
            await session.abort_transaction()
        await session.end_session()
        gone.close()


async def test_who_meets_an_abandoned_transaction_ends_it(
    counters: Database, mongo_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wxbot.database, "FIRST_PAUSE_SECONDS", 0.005)
    async with left_behind(counters, mongo_uri), asyncio.timeout(SOON):
        assert await counters.in_transaction(Work(counters)) == "done"
    assert await value(counters) == 1


async def test_a_write_without_a_transaction_waits_no_longer_than_the_next_look(
    counters: Database, mongo_uri: str
) -> None:
    async with left_behind(counters, mongo_uri), asyncio.timeout(SOON):
        watching = asyncio.create_task(counters.watch_transactions())
        await counters.collection(NAME).update_one({"_id": "a"}, {"$inc": {"value": 1}})
        watching.cancel()
    assert await value(counters) == 1


async def test_a_transaction_of_a_living_process_is_left_alone_and_named_to_who_meets_it(
    counters: Database, mongo_uri: str
) -> None:
    async with left_behind(counters, mongo_uri):  # a moment ago
        with pytest.raises(ContendedError):
            await counters.in_transaction(Work(counters))
        assert await value(counters) == 0


async def test_another_database_is_left_alone(counters: Database, mongo_uri: str) -> None:
    other = Database.connect(mongo_uri, "test_of_somebody_else")
    await other.collection(NAME).insert_one({"_id": "b"})
    async with await other.client.start_session() as session:
        session.start_transaction()
        await other.collection(NAME).update_one({"_id": "b"}, {"$set": {"value": 1}}, session=session)
        ends = asyncio.get_running_loop().time() + ABANDONED_SECONDS
        while asyncio.get_running_loop().time() < ends:
            await other.ping()
        assert await counters.end_abandoned_transactions() == 0
        await session.commit_transaction()
    await other.client.drop_database(other.name)
    other.close()


async def test_a_process_that_only_stood_still_runs_its_work_again(counters: Database, mongo_uri: str) -> None:
    slow, runs = Database.connect(mongo_uri, counters.name), 0

    async def stand_still(session: Session) -> None:
        nonlocal runs
        runs += 1
        await slow.collection(NAME).update_one({"_id": "a"}, {"$inc": {"value": 1}}, session=session)
        while runs == 1 and not await counters.end_abandoned_transactions():
            await counters.ping()

    async with asyncio.timeout(SOON):
        await slow.in_transaction(stand_still)
    assert (runs, await value(counters)) == (2, 1)
    slow.close()
