"""Runs jobs at their intervals. A run that would begin while its job is still running is skipped.

Jobs whose work the stores declare as due (`due_work`) are not run while there is none: one read a second asks for all
of those whose time has come, whatever announced the work, and in whichever process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from math import inf
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from wxbot.clock import Clock
from wxbot.database import ConnectionFailure, PyMongoError
from wxbot.ids import new_id
from wxbot.logs import get_logger
from wxbot.metrics import JOB_RUNS, JOB_SECONDS
from wxbot.scheduler.models import Counts, Job
from wxbot.scheduler.store import DueStore, LastRun, LockStore
from wxbot.services import Services

log = get_logger(__name__)

LOCK_FOR = timedelta(minutes=1)  # then the lock of a vanished process expires; a longer run may overlap
NOTED_EVERY = timedelta(seconds=30)  # a job that runs each second need not write each second
STOP_SECONDS = 6.0  # how long a stop waits for runs in progress; a call to the platform may take ten
CANCEL_SECONDS = 1.0  # and for those that were told to end
SLOW_SECONDS = 30.0  # a run that takes longer deserves a line in the log
LOOK = "look"  # for what is due, among the runs in progress


class Runner:
    """Starts every job at its interval, those that `due` knows only if they have work; `nudge` runs one at once."""

    def __init__(
        self, jobs: Sequence[Job], services: Services, locks: LockStore, clock: Clock, *, due: DueStore
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._services = services
        self._locks = locks
        self._clock = clock
        self._due = due
        self._looked_for = [job for job in jobs if job.name in due.jobs]
        self._asked_at: dict[str, float] = {}  # when a look last asked for a job, in seconds of the machine's clock
        self._holder = new_id(clock.machine_now())
        self._scheduler = AsyncIOScheduler()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._latest: dict[str, LastRun] = {}
        self._noted: dict[str, LastRun] = {}  # in the database
        self._stopping = False

    def start(self) -> None:
        """Start the intervals."""
        for job in self._jobs.values():
            if job not in self._looked_for:
                self._repeat(job.every, self.nudge, job.name)
        if self._looked_for:
            began = self._clock.monotonic()
            self._asked_at = {job.name: began for job in self._looked_for}
            self._repeat(self._look_every, self.look)
        self._scheduler.start()

    def _repeat(self, every: timedelta, what: Callable[..., Awaitable[None]], *of: str) -> None:
        self._scheduler.add_job(what, IntervalTrigger(seconds=every.total_seconds()), args=of, misfire_grace_time=None)

    async def stop(self, limit: float = STOP_SECONDS) -> None:
        """Stop the intervals and wait for the runs in progress, but no longer than `limit` seconds.

        A run that goes on is told to end: what it had claimed is taken up by whoever comes after its lease.
        """
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for wait in (limit, CANCEL_SECONDS):
            runs = list(self._running.values())
            if not runs:
                return
            _, stuck = await asyncio.wait(runs, timeout=wait)
            if stuck:
                log.warning("jobs_stopped_in_the_middle", jobs=sorted(self._running))
            for run in stuck:
                run.cancel()

    async def nudge(self, name: str, *, again: bool = False) -> None:
        """Run a job now unless it is running; with `again`, once more right after the present run."""
        if self._stopping:
            return
        if name in self._running:
            if again:
                self._again.add(name)
            return
        self._begin(name, self._run(self._jobs[name]))

    async def look(self) -> None:
        """Ask in one read which of the jobs whose time has come have something to do, and run those."""
        if self._stopping or LOOK in self._running:
            return
        at, early = self._clock.monotonic(), self._look_every / 2  # a tick may come a little before its time
        asked = [
            job.name
            for job in self._looked_for
            if job.name not in self._running
            and at - self._asked_at.get(job.name, -inf) >= (job.every - early).total_seconds()
        ]
        if asked:
            self._asked_at |= dict.fromkeys(asked, at)
            self._begin(LOOK, self._look(asked))

    @property
    def _look_every(self) -> timedelta:
        return min(job.every for job in self._looked_for)

    async def run_now(self, name: str) -> Counts:
        """Run a job to its end and answer its counts. Raises KeyError for an unknown name, and what the job raises."""
        job = self._jobs[name]
        return await job.run(self._services, self._clock.now())

    def _ended(self, name: str) -> None:
        del self._running[name]
        if name in self._again and not self._stopping:
            self._again.discard(name)
            self._begin(name, self._run(self._jobs[name]))

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running[name] = task
        task.add_done_callback(lambda _: self._ended(name))

    async def _look(self, asked: Sequence[str]) -> None:
        try:
            found = await self._due.look(asked, self._clock.now(), self._clock.machine_now())
        except ConnectionFailure as error:
            for name in asked:
                JOB_RUNS.labels(name, "no_database").inc()
            log.warning("jobs_without_database", jobs=asked, error=str(error)[:200])
            return
        except Exception:
            log.exception("jobs_not_looked_for", jobs=asked)
            found = set(asked)  # each looks for itself
        for name in asked:
            if name in found:
                await self.nudge(name)
            else:
                JOB_RUNS.labels(name, "nothing_due").inc()
        await self._note([name for name in asked if name not in found], ok=True)

    async def _run(self, job: Job) -> None:
        started = self._clock.monotonic()
        try:
            if job.alone and not await self._acquire(job):
                return
            try:
                counts = await job.run(self._services, self._clock.now())
            finally:
                if job.alone:
                    await self._locks.release(job.name, self._holder)
        except ConnectionFailure as error:
            JOB_RUNS.labels(job.name, "no_database").inc()
            log.warning("job_without_database", job=job.name, error=str(error)[:200])
            return
        except Exception:
            JOB_RUNS.labels(job.name, "failed").inc()
            log.exception("job_failed", job=job.name)
            await self._note([job.name], ok=False)
            return
        await self._note([job.name], ok=True)
        elapsed = self._clock.monotonic() - started
        JOB_RUNS.labels(job.name, "done").inc()
        JOB_SECONDS.labels(job.name).observe(elapsed)
        if any(counts.values()) or elapsed > SLOW_SECONDS:
            log.info("job_done", job=job.name, seconds=round(elapsed, 3), **counts)

    async def _note(self, names: Sequence[str], *, ok: bool) -> None:
        """Remember runs for the health page: at once where one went otherwise than the last, else now and then.

        With what must be written goes what would have to be soon. A look that found nothing is a run that went well.
        """
        self._latest |= dict.fromkeys(names, LastRun(self._clock.machine_now(), ok))
        if not any(self._is_news(name, NOTED_EVERY) for name in names):
            return
        news = {name: run for name, run in self._latest.items() if self._is_news(name, NOTED_EVERY / 2)}
        try:
            await self._locks.note_runs(news)
        except PyMongoError as error:
            log.warning("job_runs_not_noted", jobs=sorted(news), error=type(error).__name__)
        else:
            self._noted |= news

    def _is_news(self, name: str, after: timedelta) -> bool:
        """Whether the latest run of that job went otherwise than the one that is noted, or is so much later."""
        run, noted = self._latest[name], self._noted.get(name)
        return noted is None or noted.ok is not run.ok or run.at - noted.at >= after

    async def _acquire(self, job: Job) -> bool:
        machine_now = self._clock.machine_now()
        return await self._locks.acquire(job.name, self._holder, machine_now, machine_now + LOCK_FOR)
