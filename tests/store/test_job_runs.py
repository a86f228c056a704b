"""The runner remembers when each job last ran, without writing each second."""

from datetime import datetime, timedelta
from typing import cast

from tests.conftest import ManualClock
from wxbot.database import Database
from wxbot.scheduler.models import Counts, Job
from wxbot.scheduler.runner import Runner
from wxbot.scheduler.store import DueStore, LastRun, LockStore
from wxbot.services import Services


class Work:
    """A job that fails when it is told to."""

    def __init__(self) -> None:
        self.fails = False

    async def run(self, _services: Services, _now: datetime) -> Counts:
        if self.fails:
            raise ValueError("on request")
        return {}


async def test_a_run_is_remembered_at_once_when_it_went_otherwise_and_else_now_and_then(
    database: Database, clock: ManualClock
) -> None:
    locks, work = LockStore(database), Work()
    runner = Runner(
        [Job("work", work.run, every=timedelta(seconds=1))],
        cast("Services", None),
        locks,
        clock,
        due=DueStore(database, ()),
    )
    noted = []
    for seconds, fails in ((0, False), (5, False), (1, True), (1, False), (31, False)):
        clock.move(timedelta(seconds=seconds))
        work.fails = fails
        await runner.nudge("work")
        await runner.stop()
        runner._stopping = False
        noted.append((await locks.runs(["work", "other"]))["work"])
    first, again, failed, mended, later = noted
    assert first == again
    assert [run.ok for run in noted] == [True, True, False, True, True]
    assert later.at - mended.at == timedelta(seconds=31)
    assert isinstance(failed, LastRun)
