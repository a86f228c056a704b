"""One at a time per contact, in the order of arrival."""

import asyncio
from datetime import UTC, datetime, timedelta

from wxbot.dispatch.contact_queue import ContactQueue

NOW = datetime(2026, 11, 23, 2, 0, 0, 999, tzinfo=UTC)


async def test_tickets_of_one_contact_are_called_in_order():
    queue = ContactQueue()
    order: list[int] = []
    tickets = [queue.draw("a", NOW) for _ in range(3)]

    async def take(number: int) -> None:
        await tickets[number].turn()
        order.append(number)
        tickets[number].done()

    await asyncio.gather(take(2), take(1), take(0))
    assert order == [0, 1, 2]


async def test_different_contacts_do_not_wait_for_each_other():
    queue = ContactQueue()
    queue.draw("a", NOW)
    other = queue.draw("b", NOW)
    assert other.first
    await asyncio.wait_for(other.turn(), 60)


async def test_somebody_who_leaves_early_does_not_block_the_queue():
    queue = ContactQueue()
    first, second, third = (queue.draw("a", NOW) for _ in range(3))
    second.done()
    first.done()
    await asyncio.wait_for(third.turn(), 60)
    third.done()
    assert queue.draw("a", NOW).first


def test_tickets_drawn_in_one_moment_still_bear_their_order_in_whole_milliseconds():
    queue = ContactQueue()
    moments = [queue.draw("a", NOW + timedelta(microseconds=number)).at for number in range(3)]
    moments.append(queue.draw("a", NOW - timedelta(seconds=1)).at)  # a clock that was set back
    kept = [int(moment.timestamp() * 1000) for moment in moments]
    assert kept == [kept[0], kept[0] + 1, kept[0] + 2, kept[0] + 3]
