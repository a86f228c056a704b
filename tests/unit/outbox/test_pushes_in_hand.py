"""Whether patients wait for an answer just now, and how long a delivery waits for them."""

import asyncio

import pytest

from wxbot.clock import SystemClock
from wxbot.outbox import pushes_in_hand
from wxbot.outbox.pushes_in_hand import PushesInHand


async def test_a_pause_ends_with_the_last_push_in_hand(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pushes_in_hand, "LONGEST_PAUSE_SECONDS", 3600.0)
    pushes, ends = PushesInHand(SystemClock()), [asyncio.Event(), asyncio.Event()]
    tasks = [asyncio.create_task(end.wait()) for end in ends]
    for task in tasks:
        pushes.add(task)
    pause = asyncio.create_task(pushes.pause())
    ends[0].set()
    await tasks[0]
    assert not pause.done()
    ends[1].set()
    await asyncio.wait_for(pause, 60)


async def test_a_push_that_does_not_end_is_not_waited_for_forever():
    pushes = PushesInHand(SystemClock())
    push = asyncio.create_task(asyncio.Event().wait())
    pushes.add(push)
    await asyncio.wait_for(pushes.pause(), 60)
    assert not push.done()
    push.cancel()


async def test_a_push_that_fails_or_is_cancelled_is_in_hand_no_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pushes_in_hand, "LONGEST_PAUSE_SECONDS", 3600.0)

    async def fail() -> None:
        raise ValueError

    pushes = PushesInHand(SystemClock())
    tasks = [asyncio.create_task(fail()), asyncio.create_task(asyncio.Event().wait())]
    for task in tasks:
        pushes.add(task)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait_for(pushes.pause(), 60)


async def test_before_the_first_push_none_keep_coming():
    pushes = PushesInHand(SystemClock())
    assert not pushes.keep_coming()
    push = asyncio.create_task(asyncio.sleep(0))
    pushes.add(push)
    assert pushes.keep_coming()
    await push
    assert pushes.keep_coming()
