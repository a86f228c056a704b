"""One at a time per contact, in the order of arrival."""

import asyncio

from wxbot.dispatch.turns import Turns


async def test_tickets_of_one_contact_are_called_in_order():
    turns = Turns()
    order: list[int] = []
    tickets = [turns.draw("a") for _ in range(3)]

    async def visit(number: int) -> None:
        await tickets[number].turn()
        order.append(number)
        tickets[number].done()

    await asyncio.gather(visit(2), visit(1), visit(0))
    assert order == [0, 1, 2]


async def test_different_contacts_do_not_wait_for_each_other():
    turns = Turns()
    turns.draw("a")
    other = turns.draw("b")
    assert other.first
    await asyncio.wait_for(other.turn(), 1)


async def test_somebody_who_leaves_early_does_not_block_the_queue():
    turns = Turns()
    first, second, third = (turns.draw("a") for _ in range(3))
    second.done()
    first.done()
    await asyncio.wait_for(third.turn(), 1)
    third.done()
    assert turns.draw("a").first
