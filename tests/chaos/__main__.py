"""`python -m tests.chaos [--pushes N] [--seed N]`: two services on one data folder, patients who keep writing, random
kill -9, full and frozen disks and databases, stops and starts in every order.

Prints what was done, how soon everything was ready again, and what was lost or happened twice. Exits with 1 when
anything was, or when it took longer than `READY_WITHIN_SECONDS` without a hand.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import monotonic

import uvloop
from rich.console import Console
from rich.table import Table

from tests.chaos import namespace, trouble
from tests.chaos.crowd import Crowd
from tests.chaos.supervisor import Supervised
from tests.chaos.trouble import Site
from tests.chaos.verdict import faults
from tests.ports import free_port
from tests.processes.harness import CallbackProxy, open_world
from wxbot.database import Database
from wxbot.embedded_mongo import EmbeddedMongo

READY_WITHIN_SECONDS = 10.0
GIVE_UP_SECONDS = 90.0
REST_SECONDS = (2.0, 6.0)  # of peace between two troubles
PEOPLE = 60
PAUSE_SECONDS = 4.0  # of one patient between two texts, on average
NOBODY = "mongodb://127.0.0.1:1/"  # the services' own mongod is found through their folder
screen = Console()


async def run(logs: Path, folder: Path, *, pushes: int, seed: int, own_disk: bool) -> int:
    """The whole, its data in `folder`; the exit code."""
    async with open_world(NOBODY, logs) as world:
        services = [Supervised(world, free_port(), **trouble.settings(folder)) for _ in range(2)]
        site = Site(world, services, folder, random.Random(seed), own_disk)
        turn = iter(range(sys.maxsize))
        proxy = CallbackProxy(lambda _: [services[next(turn) % 2].url])
        async with proxy.open() as address:
            world.platform.account.callback_url = address
            for each in services:
                each.start()
            await trouble.settled(site, GIVE_UP_SECONDS)
            crowd = Crowd(world, random.Random(seed), people=PEOPLE, pushes=pushes, pause=PAUSE_SECONDS)
            writing = asyncio.create_task(crowd.run())
            seconds = await _trouble_until(writing, site, crowd)
            await writing
            slow = await trouble.settled(site, GIVE_UP_SECONDS)
            await trouble.one_mongod(site)
            found = await _at_the_end(site, crowd)
        _report(seconds, crowd, site, found, slow)
        late = [each for times in seconds.values() for each in times if each > READY_WITHIN_SECONDS]
        return 1 if found or late else 0


async def _trouble_until(writing: asyncio.Task[None], site: Site, crowd: Crowd) -> dict[str, list[float]]:
    """One trouble after the other, each kind as often as the others; seconds to ready, by kind."""
    seconds: dict[str, list[float]] = defaultdict(list)
    deck: list[Callable[[Site], Awaitable[None]]] = []
    while not writing.done():
        if not deck:
            deck = [each for each in trouble.ALL if site.own_disk or each is not trouble.fill_the_disk]
            site.choice.shuffle(deck)
        await asyncio.sleep(site.some(REST_SECONDS))
        make = deck.pop()
        name = make.__name__.replace("_", " ")
        await make(site)
        took = await trouble.settled(site, GIVE_UP_SECONDS)
        seconds[name].append(took)
        screen.print(f"{crowd.begun:6,} pushes  {name:24} ready after {took:4.1f} s", highlight=False)
    return seconds


async def _at_the_end(site: Site, crowd: Crowd) -> list[str]:
    """Wait for rest, stop everything in order, and look into the database."""
    mongo = EmbeddedMongo(site.folder)
    site.world.mongo_uri = await mongo.start()
    site.world.database = Database.connect(site.world.mongo_uri, trouble.DATABASE)
    try:
        await site.world.at_rest()
        for each in site.services:
            await each.stop()
        found = await faults(site.world, crowd.pushes)
    finally:
        site.world.database.close()
        await mongo.stop()
    left = site.mongods()
    return found + [f"left over: mongod {pid} runs after the last orderly stop" for pid in left]


def _report(seconds: dict[str, list[float]], crowd: Crowd, site: Site, found: list[str], slow: float) -> None:
    table = Table("trouble", "times", "ready after, median", "at most", title="What was done")
    for name, times in sorted(seconds.items()):
        table.add_row(name, str(len(times)), f"{median(times):.1f} s", f"{max(times):.1f} s")
    screen.print(table)
    screen.print(f"pushes: {dict(crowd.outcomes)}, messages sent: {len(site.world.platform.sent)}")
    screen.print(f"exit codes of the services: {[each.exits for each in site.services]}, of commands: {site.commands}")
    screen.print(f"ready at the end after {slow:.1f} s; lost, doubled, stuck: {len(found)}")
    for sentence in found[:40]:
        screen.print(f"  [red]✗[/] {sentence}", highlight=False)


def main() -> None:
    """Read the arguments and run."""
    words = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    words.add_argument("--pushes", type=int, default=5_000)
    words.add_argument("--seed", type=int, default=random.randrange(10_000), help="repeats the same troubles")
    chosen = words.parse_args()
    own_disk = namespace.enter()
    screen.print(
        f"seed {chosen.seed}; " + ("a disk of its own" if own_disk else "no disk of its own: it is not filled")
    )
    began = monotonic()
    logs = Path(tempfile.mkdtemp(prefix="chaos-"))
    folder = logs / "disk"
    folder.mkdir()
    if own_disk:
        namespace.mount(folder)
    code = uvloop.run(run(logs, folder, pushes=chosen.pushes, seed=chosen.seed, own_disk=own_disk))
    screen.print(f"{monotonic() - began:.0f} s in all; logs of the services in {logs}")
    sys.exit(code)


if __name__ == "__main__":
    main()
