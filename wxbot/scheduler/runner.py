"""Runs jobs at their intervals. A run that would begin while its job is still running is skipped."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from wxbot.clock import Clock
from wxbot.database import ConnectionFailure, PyMongoError
from wxbot.ids import new_id
from wxbot.logs import get_logger
from wxbot.metrics import JOB_RUNS, JOB_SECONDS
from wxbot.scheduler.models import Counts, Job
from wxbot.scheduler.store import LastRun, LockStore
from wxbot.services import Services

log = get_logger(__name__)

LOCK_FOR = timedelta(minutes=1)  # then the lock of a vanished process expires; a longer run may overlap
NOTED_EVERY = timedelta(seconds=30)  # a job that runs each second need not write each second
STOP_SECONDS = 6.0  # how long a stop waits for runs in progress; a call to the platform may take ten
CANCEL_SECONDS = 1.0  # and for those that were told to end
SLOW_SECONDS = 30.0  # a run that takes longer deserves a line in the log


class Runner:
    """Starts every job at its interval; `nudge` runs one at once."""

    def __init__(self, jobs: Sequence[Job], services: Services, locks: LockStore, clock: Clock) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._services = services
        self._locks = locks
        self._clock = clock
        self._holder = new_id(clock.machine_now())
        self._scheduler = AsyncIOScheduler()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._noted: dict[str, LastRun] = {}
        self._stopping = False

    def start(self) -> None:
        """Start the intervals."""
        for job in self._jobs.values():
            self._scheduler.add_job(
                self.nudge, IntervalTrigger(seconds=job.every.total_seconds()), args=[job.name], misfire_grace_time=None
            )
        self._scheduler.start()

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
        task = asyncio.create_task(self._run(self._jobs[name]))
        self._running[name] = task
        task.add_done_callback(lambda _: self._ended(name))

    async def run_now(self, name: str) -> Counts:
        """Run a job to its end and answer its counts. Raises KeyError for an unknown name, and what the job raises."""
        job = self._jobs[name]
        return await job.run(self._services, self._clock.now())

    def _ended(self, name: str) -> None:
        del self._running[name]
        if name in self._again and not self._stopping:
            self._again.discard(name)
            task = asyncio.create_task(self._run(self._jobs[name]))
            self._running[name] = task
            task.add_done_callback(lambda _: self._ended(name))

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
            await self._note(job.name, ok=False)
            return
        await self._note(job.name, ok=True)
        elapsed = self._clock.monotonic() - started
        JOB_RUNS.labels(job.name, "done").inc()
        JOB_SECONDS.labels(job.name).observe(elapsed)
        if any(counts.values()) or elapsed > SLOW_SECONDS:
            log.info("job_done", job=job.name, seconds=round(elapsed, 3), **counts)

    async def _note(self, name: str, *, ok: bool) -> None:
        """Remember the run for the health page: at once when it went otherwise than the last one, else now and then."""
        at, noted = self._clock.machine_now(), self._noted.get(name)
        if noted is not None and noted.ok is ok and at - noted.at < NOTED_EVERY:
            return
        try:
            await self._locks.note_run(name, at, ok=ok)
        except PyMongoError as error:
            log.warning("job_run_not_noted", job=name, error=type(error).__name__)
        else:
            self._noted[name] = LastRun(at, ok)

    async def _acquire(self, job: Job) -> bool:
        machine_now = self._clock.machine_now()
        return await self._locks.acquire(job.name, self._holder, machine_now, machine_now + LOCK_FOR)
