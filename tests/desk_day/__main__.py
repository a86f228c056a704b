"""`python -m tests.desk_day [--size middle] [--patients N] [--seed N] …`: the day at its full size, with its figures.

Exits with 1 when anything was lost, doubled, overtaken, unseen or told to somebody else.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from time import monotonic

from rich.console import Console

from tests.desk_day.day import FULL, MIDDLE, SMALL, Day, Size, close, live, outcomes
from tests.desk_day.verdict import faults
from tests.processes.harness import Mongod, open_world

SIZES = {"small": SMALL, "middle": MIDDLE, "full": FULL}

screen = Console()


async def run(folder: Path, size: Size, seed: int) -> int:
    """The whole; the exit code."""
    mongod = Mongod(folder / "mongod")
    try:
        async with open_world(await mongod.start(), folder) as world:
            day = await live(world, size, seed, lambda words: screen.print(words, highlight=False))
            try:
                found = await faults(day)
            finally:
                await close(day)
            await _report(day, found)
    finally:
        mongod.stop()
    return 1 if found else 0


async def _report(day: Day, found: list[str]) -> None:
    watch, seen = day.watch, day.seen
    episodes = await day.world.database.collection("episodes").count_documents({})
    sent = [each for each in day.world.platform.sent if each.openid != day.phone]
    screen.print(f"{len(day.openids)} conversations in {episodes} episodes, {len(day.colleagues)} colleagues")
    screen.print(f"{day.kills} kills of {len(day.services)} processes; the clock was moved by {day.clock.moved}")
    screen.print(f"pushes: {dict(outcomes(day))}; {len(seen.lines):,} lines on screens; {len(sent):,} messages sent")
    screen.print(f"streams opened: {seen.streams}, requests made again: {seen.repeated}; deeds: {dict(seen.did)}")
    screen.print(f"refused: {dict(seen.refused)}")
    screen.print(f"writes on episodes: {watch.writes:,}; offers: {watch.offers}; longest queue: {watch.longest}")
    screen.print(
        f"rungs fired: {watch.by_rung()}, the slowest {watch.slowest:.1f} s behind; lists read {day.looks} times"
    )
    screen.print(f"lost, doubled, overtaken, unseen: {len(found)}")
    for sentence in found[:40]:
        screen.print(f"  [red]✗[/] {sentence}", highlight=False)


def main() -> None:
    """Read the arguments and run."""
    words = argparse.ArgumentParser(prog="python -m tests.desk_day", description=__doc__)
    numbers = [each.name for each in fields(Size) if each.name != "long"]
    words.add_argument("--size", choices=SIZES, default="full", help="middle: where others use the machine too")
    for name in numbers:
        words.add_argument(f"--{name}", type=type(getattr(FULL, name)), help="instead of what the size says")
    words.add_argument("--seed", type=int, default=random.randrange(10_000), help="draws the same troubles")
    chosen = words.parse_args()
    given = {name: value for name in numbers if (value := getattr(chosen, name)) is not None}
    size = replace(SIZES[chosen.size], **given)
    folder = Path(tempfile.mkdtemp(prefix="desk-day-"))
    screen.print(f"seed {chosen.seed}; logs of the services in {folder}")
    began = monotonic()
    code = asyncio.run(run(folder, size, chosen.seed))
    screen.print(f"{monotonic() - began:.0f} s in all")
    sys.exit(code)


if __name__ == "__main__":
    main()
