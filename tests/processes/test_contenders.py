"""500 people want one hour, and 500 want joint resources, in four processes at the same moment."""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from secrets import token_hex

import pytest

from tests.bookings import audit_capacity, open_booking
from tests.processes.contender import NOW, WANTED
from tests.processes.harness import ROOT
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.database import Database

pytestmark = pytest.mark.processes

PROCESSES, PEOPLE = 4, 500  # people who want the one hour; as many who want the devices or the rooms, in halves
CAPACITY = {"one": 1, "devices": 2, "rooms": 2}


async def test_of_five_hundred_in_four_processes_as_many_win_as_there_is_room_for(
    mongo_uri: str, tmp_path: Path
) -> None:
    database, gate = Database.connect(mongo_uri, f"test_{token_hex(6)}"), tmp_path / "gate"
    try:
        await open_booking(database)
        told = await _contended(mongo_uri, database.name, gate)
        won = [(what, number, made) for what, number, made in told if made not in {"", "promised"}]
        assert Counter(what for what, _, _ in told) == {"one": PEOPLE, "devices": PEOPLE // 2, "rooms": PEOPLE // 2}
        assert Counter(what for what, _, _ in won) == CAPACITY
        assert [each for each in told if each[2] == "promised"] == []  # who held it got it
        rows = {row["_id"]: row for row in await database.collection(APPOINTMENTS).find().to_list(None)}
        assert {made for _, _, made in won} == rows.keys()
        assert all(rows[made]["state"] == "booked" for _, _, made in won)
        assert all(rows[made]["request_key"] == f"{what}:{number}" for what, number, made in won)
        devices = [row["devices"] for row in rows.values() if row["visit_type_id"] == "laser"]
        rooms = [row["room"] for row in rows.values() if row["visit_type_id"] == "xray"]
        assert (sorted(devices), sorted(rooms)) == ([["l1"], ["l2"]], ["x1", "x2"])
        await audit_capacity(database)
        booking = await open_booking(database)
        for kind, doctor, start in WANTED.values():
            assert await booking.why_not(kind, doctor, start, now=NOW) != ()
    finally:
        await database.client.drop_database(database.name)
        database.close()


async def _contended(uri: str, name: str, gate: Path) -> list[tuple[str, int, str]]:
    each = PEOPLE // PROCESSES
    running = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.processes.contender", uri, name, str(number * each), str(each), str(gate)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        gate.touch()  # noqa: ASYNC240 - a mark, nothing is read
        said = [await process.communicate() for process in running]
        return [tuple(row) for out, _ in said for row in json.loads(out)]
    finally:
        for process in running:
            if process.returncode is None:
                process.kill()
                await process.wait()
