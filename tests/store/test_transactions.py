"""`Database.in_transaction` over a real mongod: which errors repeat the work, which only the commit, and how often."""

import asyncio
from collections.abc import Callable

import pytest
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import OperationFailure

import wxbot.database
from wxbot.database import MOST_ATTEMPTS, TRANSIENT, UNKNOWN_COMMIT, Database, PyMongoError, Session

NAME = "counters"


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
