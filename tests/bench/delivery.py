"""Due messages to different people against an API that takes 50 ms: how full the calls in flight are kept."""

import asyncio
from datetime import timedelta
from typing import Any

from . import filling
from .figures import Figure, median_of
from .stage import CALLS_IN_FLIGHT, Stage

API_SECONDS = 0.05
HEAD_START = timedelta(seconds=1.5)  # between writing the messages and their moment
PEOPLE_FROM = 1_000_000  # numbers of people nobody else uses
LIMIT_SECONDS = 120.0
POLL_SECONDS = 0.1


async def measure(stage: Stage) -> list[Figure]:
    """Messages per second between the first call's arrival and the last answer."""
    count = stage.size.due
    rounds = max(1, min(3, stage.size.rounds))
    ids = await filling.contacts(stage.database, range(PEOPLE_FROM, PEOPLE_FROM + count), stage.now)
    speeds, lost, twice, most = [], 0, 0, 0
    for turn in range(rounds):
        stage.say(f"delivery: round {turn + 1} of {rounds}")
        await stage.api_reset(API_SECONDS)
        await filling.open_rights(stage.database, ids, stage.now)
        now = stage.now
        await filling.due_messages(stage.database, ids, now, now + HEAD_START, f"delivery:{turn}")
        counts = await wait_for(stage, count)
        speeds.append(count / (counts["last"] - counts["first"]))
        lost += count - counts["people"]
        twice += counts["twice"]
        most = max(most, counts["most_in_flight"])
    ideal = CALLS_IN_FLIGHT / API_SECONDS
    return [
        median_of("messages delivered", speeds, unit="/s", note=f"{count:,} due, {most} calls in flight at most"),
        median_of(
            "of (calls in flight ÷ 50 ms)",
            [speed / ideal for speed in speeds],
            unit="%",
            goal=0.85,
            note=f"{CALLS_IN_FLIGHT} ÷ 50 ms = {ideal:,.0f}/s",
        ),
        Figure(name="lost", value=lost, goal=0, at_least=False),
        Figure(name="twice", value=twice, goal=0, at_least=False),
    ]


async def wait_for(stage: Stage, count: int) -> dict[str, Any]:
    """Wait until the platform has seen so many people and nothing new comes; what it counted then."""
    counts = await stage.api_counts()
    loop = asyncio.get_running_loop()
    limit = loop.time() + LIMIT_SECONDS
    while counts["people"] < count and loop.time() < limit:
        await asyncio.sleep(POLL_SECONDS)
        counts = await stage.api_counts()
    await asyncio.sleep(0.5)  # the last answers, and anything that should not come
    return await stage.api_counts()
