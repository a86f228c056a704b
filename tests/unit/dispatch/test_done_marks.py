"""Marks of finished pushes are written together, and keep only their own contact's next push waiting."""

import asyncio
from collections.abc import Sequence

from wxbot.database import ConnectionFailure
from wxbot.dispatch.done_marks import DoneMarks


class Written:
    """What was written, group by group."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def write(self, keys: Sequence[str]) -> None:
        await self.may_go_on.wait()
        self.groups.append(list(keys))


async def test_marks_that_gather_are_written_together() -> None:
    written = Written()
    marks = DoneMarks(written.write)
    for number in range(5):
        marks.add(f"m:{number}", f"o{number}")
    assert written.groups == []
    await marks.flush()
    assert written.groups == [[f"m:{number}" for number in range(5)]]


async def test_they_leave_without_anybody_asking() -> None:
    written = Written()
    marks = DoneMarks(written.write)
    marks.add("m:1", "ann")
    async with asyncio.timeout(30):
        while not written.groups:
            await asyncio.sleep(0.001)
    await marks.flush()
    assert written.groups == [["m:1"]]


async def test_the_same_senders_next_push_waits_until_they_are_written_and_nobody_else_does() -> None:
    written = Written()
    marks = DoneMarks(written.write)
    marks.add("m:1", "ann")
    await marks.written("ben")
    assert written.groups == []
    written.may_go_on.clear()
    waiting = asyncio.create_task(marks.written("ann"))
    await asyncio.sleep(0)
    marks.add("m:2", "ben")  # gathers while the first group is being written
    assert not waiting.done()
    written.may_go_on.set()
    await waiting
    assert written.groups == [["m:1"]]
    await marks.flush()
    assert written.groups == [["m:1"], ["m:2"]]


async def test_marks_that_cannot_be_written_hold_nobody_up() -> None:
    async def fails(keys: Sequence[str]) -> None:
        raise ConnectionFailure(str(keys))

    marks = DoneMarks(fails)
    marks.add("m:1", "ann")
    await marks.written("ann")
    await marks.flush()
