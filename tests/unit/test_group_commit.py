"""Group commit: at once when idle, together when busy, each caller its own result."""

import asyncio
from collections.abc import Sequence

import pytest

from wxbot.group_commit import GroupCommit


class Recorder:
    """Writes groups, one at a time, when told to go on."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.go = asyncio.Event()
        self.started = asyncio.Event()

    async def write(self, items: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(items))
        self.started.set()
        await self.go.wait()
        return [ValueError("odd") if item % 2 else item * 10 for item in items]


async def test_what_gathers_during_a_write_leaves_together():
    recorder = Recorder()
    commit = GroupCommit(recorder.write)
    first = commit.add(2)
    await recorder.started.wait()
    others = [commit.add(number) for number in (4, 6, 8)]
    await asyncio.sleep(0)
    recorder.go.set()
    assert await asyncio.gather(first, *others) == [20, 40, 60, 80]
    assert recorder.groups == [[2], [4, 6, 8]]


async def test_one_refusal_does_not_touch_the_others():
    recorder = Recorder()
    recorder.go.set()
    commit = GroupCommit(recorder.write)
    fine, odd = await asyncio.gather(commit.add(2), commit.add(3), return_exceptions=True)
    assert fine == 20
    assert isinstance(odd, ValueError)


async def test_a_write_that_fails_tells_everybody_and_the_next_group_is_written():
    groups: list[list[int]] = []

    async def write(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        if len(groups) == 1:
            raise ConnectionError("away")
        return list(items)

    commit = GroupCommit(write)
    with pytest.raises(ConnectionError):
        await commit.add(1)
    assert await commit.add(2) == 2


async def test_a_group_is_never_larger_than_allowed():
    recorder = Recorder()
    recorder.go.set()
    commit = GroupCommit(recorder.write, most=3)
    await asyncio.gather(*(commit.add(number) for number in range(0, 20, 2)))
    assert max(len(group) for group in recorder.groups) == 3


async def test_a_caller_who_gives_up_does_not_disturb_the_group():
    recorder = Recorder()
    commit = GroupCommit(recorder.write)
    patient = commit.add(2)
    hasty = commit.add(4)
    await recorder.started.wait()
    hasty.cancel()
    recorder.go.set()
    assert await patient == 20
    await asyncio.gather(*commit._writers)


async def test_an_item_that_cannot_be_written_fails_alone():
    groups: list[list[int]] = []

    async def write(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        await asyncio.sleep(0)
        if 3 in items:
            raise ValueError("three cannot be encoded")
        return [item * 10 for item in items]

    commit = GroupCommit(write)
    results = await asyncio.gather(*(commit.add(number) for number in (1, 2, 3, 4)), return_exceptions=True)
    assert [str(result) for result in results] == ["10", "20", "three cannot be encoded", "40"]
    assert groups == [[1, 2, 3, 4], [1], [2], [3], [4]]


async def test_a_write_that_fails_for_everybody_is_tried_once():
    groups: list[list[int]] = []

    async def write(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        await asyncio.sleep(0)
        raise ConnectionError("gone")

    commit = GroupCommit(write)
    results = await asyncio.gather(*(commit.add(number) for number in (1, 2, 3)), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError] * 3
    assert sum(map(len, groups)) == 3
