"""Work beside a body: whoever fails, the error arrives, and nobody is left running."""

import asyncio
import contextlib

import pytest

from wxbot.background import beside


class Work:
    """Runs until told to fail."""

    def __init__(self) -> None:
        self.fail = asyncio.Event()
        self.running = False

    async def run(self) -> None:
        self.running = True
        try:
            await self.fail.wait()
            raise LookupError("the work")
        finally:
            self.running = False


async def test_it_runs_while_the_body_does():
    work = Work()
    async with beside(work.run()):
        await asyncio.sleep(0)
        assert work.running
    assert not work.running


async def test_its_failure_cancels_the_body_and_arrives():
    work, after = Work(), []

    async def body() -> None:
        async with beside(work.run()):
            work.fail.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)  # tidying up may wait
                after.append("tidied up")

    with pytest.raises(LookupError, match="the work"):
        await body()
    assert after == ["tidied up"]
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_body_that_ends_in_order_beside_a_failure_hears_of_it():
    work = Work()

    async def body() -> None:
        async with beside(work.run()):
            work.fail.set()
            with contextlib.suppress(asyncio.CancelledError):  # as a body does that takes any cancellation for a stop
                await asyncio.Event().wait()

    with pytest.raises(LookupError, match="the work"):
        await body()


async def test_the_bodys_own_error_arrives_as_it_is():
    work = Work()

    async def body() -> None:
        async with beside(work.run()):
            await asyncio.sleep(0)
            raise ValueError("the body")

    with pytest.raises(ValueError, match="the body"):
        await body()
    assert not work.running


async def test_a_cancellation_from_outside_stays_one():
    work = Work()

    async def body() -> None:
        async with beside(work.run()):
            await asyncio.Event().wait()

    task = asyncio.create_task(body())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not work.running


async def test_work_that_ends_in_order_leaves_the_body_alone():
    async with beside(asyncio.sleep(0)):
        for _ in range(3):
            await asyncio.sleep(0)
