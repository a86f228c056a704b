"""What can go wrong, one coroutine per kind: it makes the trouble, takes its cause away and returns."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import namespace
from tests.chaos.supervisor import Supervised
from tests.processes.harness import ROOT, World, until

FROZEN_SECONDS = (3.0, 8.0)
FULL_SECONDS = (4.0, 9.0)
GONE_SECONDS = (0.0, 3.0)
DATABASE = "wxbot"


def settings(folder: Path) -> dict[str, str]:
    """Settings beside the world's: an embedded database on the data folder."""
    return {"MONGODB_URI": "", "MONGODB_DATABASE": DATABASE, "DATA_DIR": str(folder)}


@dataclass
class Site:
    """The clinic under trouble."""

    world: World
    services: list[Supervised]
    folder: Path  # the data folder
    choice: random.Random
    own_disk: bool  # so that it may be filled
    commands: list[int] = field(default_factory=list)  # exit codes
    running: list[asyncio.Task[int]] = field(default_factory=list)  # commands that have not been waited for

    def mongods(self) -> list[int]:
        """Process ids of every mongod on the data folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with_words = process / "cmdline"
            try:
                words = with_words.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"mongod") and any(str(self.folder).encode() in word for word in words):
                found.append(int(process.name))
        return found

    def signal_mongod(self, name: signal.Signals) -> int:
        """Send it a signal; how many got it."""
        running = self.mongods()
        for pid in running:
            os.kill(pid, name)
        return len(running)

    def some(self, span: tuple[float, float]) -> float:
        """So many seconds, within a span."""
        return self.choice.uniform(*span)

    def start_command(self) -> None:
        """Run `wxbot followups` on the same folder beside whatever happens."""
        self.running.append(asyncio.create_task(self._command("followups")))

    async def commands_ended(self) -> None:
        """Wait for every command that was started."""
        await asyncio.gather(*self.running)
        self.running.clear()

    async def _command(self, *words: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wxbot", *words),
            cwd=self.world.folder,
            env={
                **os.environ,
                **self.world.environment(),
                "PYTHONPATH": str(ROOT),
                **{f"WXBOT_{name}": value for name, value in settings(self.folder).items()},
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        code = await process.wait()
        self.commands.append(code)
        return code


@contextmanager
def _frozen(site: Site) -> Iterator[None]:
    site.signal_mongod(signal.SIGSTOP)
    try:
        yield
    finally:
        site.signal_mongod(signal.SIGCONT)


async def kill_a_service(site: Site) -> None:
    """Kill -9 of one service."""
    site.choice.choice(site.services).kill()


async def kill_the_services(site: Site) -> None:
    """Kill -9 of both services."""
    for each in site.services:
        each.kill()


async def kill_mongod(site: Site) -> None:
    """Kill -9 of mongod."""
    site.signal_mongod(signal.SIGKILL)


async def kill_everything(site: Site) -> None:
    """Kill -9 of the services and mongod, in a random order."""
    killers: list[Callable[[], object]] = [
        *(each.kill for each in site.services),
        lambda: site.signal_mongod(signal.SIGKILL),
    ]
    site.choice.shuffle(killers)
    for kill in killers:
        kill()
        await asyncio.sleep(site.some((0.0, 0.3)))


async def freeze_mongod(site: Site) -> None:
    """Mongod keeps its connections and answers nothing for some seconds."""
    with _frozen(site):
        await asyncio.sleep(site.some(FROZEN_SECONDS))


async def freeze_and_kill(site: Site) -> None:
    """The services are killed while mongod is frozen."""
    with _frozen(site):
        await kill_the_services(site)
        await asyncio.sleep(site.some(GONE_SECONDS))


async def fill_the_disk(site: Site) -> None:
    """No space is left on the data folder's disk for some seconds."""
    filler = namespace.fill(site.folder)
    try:
        await asyncio.sleep(site.some(FULL_SECONDS))
    finally:
        filler.unlink()


async def stop_in_some_order(site: Site) -> None:
    """Both services are stopped in order and started again in another, with a command somewhere between."""
    steps = ["stop", "stop", "command", "start", "start"]
    at = site.choice.randrange(len(steps))
    steps.insert(at, steps.pop(2))
    stopping, starting = site.choice.sample(site.services, 2), site.choice.sample(site.services, 2)
    for step in steps:
        if step == "stop":
            await stopping.pop().stop()
        elif step == "start":
            starting.pop().start()
        else:
            site.start_command()
        await asyncio.sleep(site.some((0.0, 0.5)))


async def command_beside_a_kill(site: Site) -> None:
    """A command runs while a service and mongod are killed."""
    site.start_command()
    await asyncio.sleep(site.some((0.0, 1.5)))
    await kill_a_service(site)
    if site.choice.random() < 0.5:
        await kill_mongod(site)


async def stop_one(site: Site) -> None:
    """One service is stopped in order while the other goes on, and started again."""
    one = site.choice.choice(site.services)
    await one.stop()
    await asyncio.sleep(site.some(GONE_SECONDS))
    one.start()


ALL: tuple[Callable[[Site], Awaitable[None]], ...] = (
    kill_a_service,
    kill_the_services,
    kill_mongod,
    kill_everything,
    freeze_mongod,
    freeze_and_kill,
    fill_the_disk,
    stop_in_some_order,
    command_beside_a_kill,
    stop_one,
)


async def settled(site: Site, limit: float) -> float:
    """Wait until every service is ready, and for commands that still run; the seconds the slowest service took."""
    seconds = max(await asyncio.gather(*(each.ready(limit) for each in site.services)))
    await site.commands_ended()
    return seconds


async def one_mongod(site: Site) -> None:
    """Wait until exactly one mongod runs on the folder."""

    async def is_one() -> bool:
        return len(site.mongods()) == 1

    await until(is_one, "one mongod runs", 30.0)
