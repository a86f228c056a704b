"""Looks at database, disk and folders; what is dear to find out is kept for a minute."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wxbot.clock import Clock
from wxbot.database import PyMongoError
from wxbot.diagnostics import clocks, disks, failures, folders, versions
from wxbot.diagnostics.models import (
    DatabaseFacts,
    DatabaseFailure,
    Disk,
    Finding,
    Severity,
    Subject,
    Topology,
    Volume,
    of,
)
from wxbot.diagnostics.ports import Probe
from wxbot.diagnostics.store import failure_of
from wxbot.metrics import DISK_FREE_BYTES

KEPT_SECONDS = 60.0  # how long a good answer about writing stands: no transaction at each look
KEPT_BAD_SECONDS = 2.0  # a bad one: what was mended shows soon
ON_SERVER = "the database server"


@dataclass(frozen=True, kw_only=True)
class DatabaseReport:
    """What was found about the database, and how many seconds ago a write was tried."""

    findings: tuple[Finding, ...]
    age_seconds: float
    version: str = ""  # empty when it could not be asked


class Diagnostics:
    """Examines one installation. `embedded` says that the database lives in `data_dir`."""

    def __init__(
        self,
        probe: Probe,
        data_dir: Path,
        clock: Clock,
        *,
        embedded: bool,
        measure: disks.Measure = disks.free_bytes,
    ) -> None:
        self._probe = probe
        self._data_dir = data_dir
        self._clock = clock
        self._embedded = embedded
        self._measure = measure
        self._examining = asyncio.Lock()
        self._facts: DatabaseFacts | None = None
        self._findings: tuple[Finding, ...] = ()
        self._found_at: float | None = None  # by the clock that never jumps
        DISK_FREE_BYTES.labels(Volume.DATA.value).set_function(self._free_for_metrics)

    async def database(self) -> DatabaseReport:
        """Whether it answers, now; what it is, and whether a transaction goes through, within the last minute.

        Also whether its clock agrees with ours. Raises nothing that the driver raises.
        """
        try:
            await self._probe.ping()
        except PyMongoError as error:
            self.forget()
            return DatabaseReport(findings=(_failed(error),), age_seconds=0.0)
        async with self._examining:
            if not self._is_fresh():
                self._facts = None
                self._findings = await self._examine()
                self._found_at = self._clock.monotonic()
            return DatabaseReport(
                findings=self._findings,
                age_seconds=self._clock.monotonic() - (self._found_at or 0.0),
                version="" if self._facts is None else self._facts.version,
            )

    def forget(self) -> None:
        """Have the next look try everything."""
        self._found_at = None

    async def storage(self) -> list[Finding]:
        """Whether the data folder can be written and how much room is left, there and at an external database."""
        found = await asyncio.to_thread(storage, self._data_dir, embedded=self._embedded, measure=self._measure)
        free = None if self._embedded or self._facts is None else self._facts.free_bytes
        if free is not None:
            found.append(disks.judge(Disk(volume=Volume.DATABASE, where=ON_SERVER, free_bytes=free)))
        return found

    def _is_fresh(self) -> bool:
        if self._found_at is None:
            return False
        kept = KEPT_BAD_SECONDS if of(self._findings, Severity.PROBLEM, Subject.DATABASE) else KEPT_SECONDS
        return self._clock.monotonic() - self._found_at < kept

    async def _examine(self) -> tuple[Finding, ...]:
        try:
            self._facts = facts = await self._probe.facts(self._clock.machine_now)
            if not self._embedded and facts.free_bytes is not None:
                DISK_FREE_BYTES.labels(Volume.DATABASE.value).set(facts.free_bytes)
            if failure := _unfit(facts):
                return (versions.judge(facts.version, embedded=self._embedded), failures.finding(failure))
            await self._probe.write(self._clock.machine_now())
        except PyMongoError as error:
            return (_failed(error),)
        return (
            versions.judge(facts.version, embedded=self._embedded),
            _may_write(),
            clocks.judge(
                clocks.skew(facts.server_time, facts.asked_at, facts.uncertainty),
                whose="the database server's",
                whose_in_chinese="数据库服务器",
            ),
        )

    def _free_for_metrics(self) -> float:
        try:
            return float(self._measure(self._data_dir))
        except OSError:
            return float("nan")


def storage(data_dir: Path, *, embedded: bool, measure: disks.Measure = disks.free_bytes) -> list[Finding]:
    """Whether the data folder can be written, its note is whole, and its disk has room. Blocks for a moment."""
    if unwritable := folders.unwritable(data_dir, needed=embedded):
        return [unwritable]
    found = [note] if embedded and (note := folders.damaged_note(data_dir)) else []
    try:
        free = measure(data_dir)
    except OSError as error:
        return [*found, disks.unmeasured(data_dir, error)]
    disk = disks.judge(Disk(volume=Volume.DATA, where=str(data_dir), free_bytes=free))
    if disk.severity is Severity.PROBLEM and not embedded:
        disk = replace(disk, severity=Severity.WARNING)  # an external database goes on writing
    return [*found, disk]


def problems(findings: Sequence[Finding], *subjects: Subject) -> str:
    """What is a problem, as one text for operators; empty when nothing is."""
    return "; ".join(each.message for each in of(findings, Severity.PROBLEM, *subjects))


def _failed(error: PyMongoError) -> Finding:
    return failures.finding(failure_of(error), type(error).__name__)


def _unfit(facts: DatabaseFacts) -> DatabaseFailure | None:
    """What its own words already rule out."""
    if facts.topology is Topology.STANDALONE:
        return DatabaseFailure.STANDALONE
    return None if facts.writable else DatabaseFailure.NO_PRIMARY


def _may_write() -> Finding:
    return Finding(
        subject=Subject.DATABASE,
        severity=Severity.FINE,
        message="Database: a transaction was written and taken back",
        sentence="可以读写。",
    )
