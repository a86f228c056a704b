"""Thousands of messages fall due at once while pushes keep coming: what the patients who write notice of it."""

import asyncio
from datetime import timedelta

from wxbot.outbox.models import State

from . import filling
from .delivery import wait_for
from .figures import Figure, median_of
from .stage import Stage

RATE = 100.0  # pushes per second
HEAD_START = timedelta(seconds=4)  # the messages are written and the pushes under way before the moment comes
CONNECTIONS = 16
SLOWEST = 600  # messages per second: pushes keep coming for as long as a storm of that pace would last
PEOPLE_FROM = 2_000_000


async def measure(stage: Stage) -> list[Figure]:
    """Quiet and storm take turns; each storm has its own messages."""
    size = stage.size
    ids = await filling.contacts(stage.database, range(PEOPLE_FROM, PEOPLE_FROM + size.storm), stage.now)
    await stage.load([stage.main], size.people)  # nobody who writes is new
    ratios, quiet_p99, storm_p99, worst, seconds = [], [], [], [], []
    inside_counts: list[int] = []
    lost = twice = 0
    for turn in range(size.storm_rounds):
        stage.say(f"storm: round {turn + 1} of {size.storm_rounds}, quiet")
        quiet = await stage.load([stage.main], int(RATE * size.quiet_seconds), rate=RATE, connections=CONNECTIONS)
        stage.say(f"storm: round {turn + 1} of {size.storm_rounds}, {size.storm:,} messages")
        await stage.api_reset(0.0)
        await filling.open_rights(stage.database, ids, stage.now)
        now = stage.now
        messages = await filling.due_messages(stage.database, ids, now, now + HEAD_START, f"storm:{turn}")
        # pushes begin shortly before the moment; they last longer than the storm, and only those inside it count
        wait = (now + HEAD_START - stage.now).total_seconds() - 1.0
        await asyncio.sleep(max(0.0, wait))
        expected = int(RATE * (size.storm / SLOWEST + 4))
        load = asyncio.create_task(stage.load([stage.main], expected, rate=RATE, connections=CONNECTIONS))
        counts = await wait_for(stage, size.storm)
        outcome = await load
        inside = sorted(
            latency
            for number, latency in enumerate(outcome.latencies)
            if counts["first"] <= outcome.began + number / RATE <= counts["last"]
        )
        inside_counts.append(len(inside))
        storm_p99.append(inside[int(len(inside) * 0.99)])
        quiet_p99.append(quiet.p99)
        ratios.append(storm_p99[-1] / quiet.p99)
        worst.append(inside[-1])
        seconds.append(counts["last"] - counts["first"])
        lost += size.storm - await _accepted(stage, [message.id for message in messages])
        lost += size.storm - int(counts["people"])
        twice += int(counts["twice"])
    return [
        median_of("quiet: push p99", quiet_p99, unit="ms", note=f"{RATE:.0f} pushes/s, open loop"),
        median_of("storm: push p99", storm_p99, unit="ms", note=f"{size.storm:,} messages due at once"),
        median_of("storm ÷ quiet", ratios, unit="×", goal=4, at_least=False),
        Figure(
            name="worst push of all storms",
            value=max(worst),
            unit="ms",
            goal=250,
            at_least=False,
            rounds=tuple(worst),
        ),
        Figure(name="pushes inside a storm, at least", value=min(inside_counts), note="what the p99 rests on"),
        median_of("the storm lasts", seconds, unit="s", note="first call to last"),
        Figure(name="lost", value=lost, goal=0, at_least=False, note="not at the platform, or not accepted in Mongo"),
        Figure(name="twice", value=twice, goal=0, at_least=False),
    ]


async def _accepted(stage: Stage, ids: list[str]) -> int:
    """How many of those messages are written down as accepted."""
    outbox = stage.database.collection("outbox")
    for _ in range(50):
        number = await outbox.count_documents({"_id": {"$in": ids}, "state": State.ACCEPTED.value})
        if number == len(ids):
            break
        await asyncio.sleep(0.1)
    return number
