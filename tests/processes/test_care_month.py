"""A simulated month with two processes that are killed, clocks that jump and a database that is away for a daylight.

Each step that fell due has exactly one row with one reason, and nothing was sent twice.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from tests.processes.care_worker import room_of
from tests.processes.harness import ROOT, Mongod
from tests.store.care_year_plans import DAY, PLANS
from tests.store.test_care import CLINIC, MADE, STORES, Room, here, visit
from wxbot.audit.store import AuditStore
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import PatientFacts
from wxbot.care.models import Due
from wxbot.care.occurrences import expanded
from wxbot.care.planner import is_too_late, schedule
from wxbot.database import Database
from wxbot.outbox.models import Message, State
from wxbot.patients.models import Patient

pytestmark = pytest.mark.processes

PATIENTS, DAYS, SEED = 24, 30, 12
FIRST = here(20, 9)
SETTLED = {State.ACCEPTED, State.DELIVERED, State.DROPPED, State.FAILED, State.UNKNOWN}
Known: TypeAlias = tuple[Patient, list[Appointment]]  # with their visits
LIMIT = 60.0  # seconds for an answer, on a busy machine


class Worker:
    """One process, started again whenever it was killed."""

    def __init__(self, uri: str, name: str, log: Path) -> None:
        self._words = (sys.executable, "-m", "tests.processes.care_worker", uri, name, str(log))
        self._process: asyncio.subprocess.Process | None = None
        self.killed = 0

    async def start(self) -> None:
        """Until it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *self._words,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert await self.answer() == "ready"

    def tell(self, moment: datetime) -> None:
        """Look at that moment."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{moment.isoformat()}\n".encode())

    async def answer(self) -> str:
        """What it says next; what it logs is passed over."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT):
            while line := (await self._process.stdout.readline()).decode():
                if line.startswith("answer "):
                    return line.removeprefix("answer ").strip()
        raise AssertionError("it ended")

    async def kill(self) -> None:
        """At once, whatever it is doing."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
            self.killed += 1


@asynccontextmanager
async def month(folder: Path) -> AsyncIterator[tuple[Mongod, Database, Path]]:
    """A mongod of its own with the patients in it."""
    mongod = Mongod(folder / "mongod")
    database = Database.connect(await mongod.start(), "care_month")
    try:
        await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
        yield mongod, database, folder / "sent"
    finally:
        database.close()
        mongod.stop()


async def people(room: Room) -> list[Known]:
    """Each with a visit that took place, spread over the month, and one that is booked."""
    found = []
    for number in range(PATIENTS):
        contact, _ = await room.patients.follow(f"oPatient{number}", MADE)
        patient = await room.patients.self_patient(contact, MADE)
        begun = here(14, 10) + number * timedelta(hours=29)
        facts = {"start": begun, "end": begun + timedelta(hours=1), "new_patient": False}
        done = visit(contact, patient, number=2 * number + 1, state=AppointmentState.COMPLETED, version=2, **facts)
        later = {"start": begun + 7 * DAY, "end": begun + 7 * DAY + timedelta(hours=1), "new_patient": False}
        visits = [done, visit(contact, patient, number=2 * number + 2, **later)]
        await room.keep(*visits)
        found.append((patient, visits))
    known = await room.patients.patients([patient.id for patient, _ in found])
    return [(known[patient.id], visits) for patient, visits in found]


def fallen_due(
    room: Room, known: list[tuple[Patient, list[Appointment]]], since: datetime, until: datetime
) -> list[Due]:
    """Every step that fell due in (since, until], by the rules alone."""
    anchors = [
        anchor
        for patient, visits in known
        for kind in ANCHORS.values()
        for anchor in kind.of_patient(
            PatientFacts(
                patient=patient, appointments=visits, next_birthday=None, clinic=CLINIC, now=FIRST, day=FIRST.date()
            )
        )
    ]
    steps = [
        each for plan in PLANS for anchor in anchors for each in schedule(expanded(plan), anchor, room.care.calendar)
    ]
    return [each for each in steps if since < each.due_at <= until and not is_too_late(each)]


def moments(chance: Random, looks: int) -> list[datetime]:
    """When is looked, in order; some at once after one another, most with hours in between."""
    spread = sorted(chance.random() for _ in range(DAYS * looks))
    return [FIRST + share * DAYS * DAY for share in spread]


async def test_each_due_step_has_exactly_one_outcome(tmp_path: Path, *, full_length: bool) -> None:
    """Field traps 2.2, rows 2, 8 and 9: no second log, no silent stop, nothing sent twice."""
    looks, kills = (40, 0.05) if full_length else (3, 0.09)
    chance = Random(SEED)
    async with month(tmp_path) as (mongod, database, log):
        room, _ = room_of(database, log)
        known = await people(room)
        workers = [Worker(mongod.uri, database.name, log) for _ in range(2)]
        failures: Counter[str] = Counter()
        try:
            for worker in workers:
                await worker.start()
                worker.tell(FIRST)
                assert await worker.answer() == "done"
            for moment in moments(chance, looks):
                away = FIRST + 9 * DAY <= moment < FIRST + 9 * DAY + timedelta(hours=14)
                if away:
                    mongod.stop()
                ahead = timedelta(hours=chance.choice((0, 0, 0, 0, -3, 5)))  # of one of the two clocks
                for worker, jump in zip(workers, (timedelta(0), ahead), strict=True):
                    worker.tell(moment + jump)
                victim = chance.choice(workers) if chance.random() < kills else None
                if victim is not None:
                    await asyncio.sleep(chance.random() * 0.15)  # somewhere in its work
                    await victim.kill()
                for worker in workers:
                    if worker is not victim:
                        failures[await worker.answer()] += 1
                if away:
                    await mongod.start()
                if victim is not None:
                    await victim.start()
            last = FIRST + DAYS * DAY + timedelta(hours=6)
            for worker in workers:
                worker.tell(last)
                assert await worker.answer() == "done"
            rows = await settled(room, workers[0], last)
        finally:
            for worker in workers:
                await worker.kill()
        expected = {each.key for each in fallen_due(room, known, FIRST, FIRST + DAYS * DAY)}
        keys = Counter(row.key for row in rows)
        assert set(keys.values()) == {1}
        assert expected - set(keys) == set()
        every = {each.key for each in fallen_due(room, known, FIRST - 30 * DAY, last)}
        assert set(keys) - every == set()
        assert [row.key for row in rows if row.state not in SETTLED | {State.WAITING}] == []
        assert [row.key for row in rows if row.state in {State.DROPPED, State.FAILED} and not row.reason] == []
        sent = Counter(log.read_text().split())
        assert set(sent.values()) == {1}
        assert {row.id for row in rows if row.state is State.ACCEPTED} <= set(sent)
        assert sum(worker.killed for worker in workers) >= 4
        assert any(word.startswith("failed") for word in failures), failures


async def settled(room: Room, worker: Worker, last: datetime) -> list[Message]:
    """The rows once recovery has decided about everything that a killed process had claimed."""
    async with asyncio.timeout(LIMIT):
        while True:
            rows = await room.messages()
            if all(row.state is not State.CLAIMED for row in rows):
                return rows
            worker.tell(last)
            await worker.answer()
