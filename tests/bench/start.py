"""From nothing to ready, and what a process holds in memory."""

import shutil

from .figures import Figure, median_of
from .processes import Server, free_port, memory_mb, mongod_of
from .stage import Stage


async def measure(stage: Stage) -> list[Figure]:
    """A first start on an empty folder makes the database; later ones find it."""
    first: list[float] = []
    later: list[float] = []
    alive: list[float] = []
    idle: list[float] = []
    mongod: list[float] = []
    for turn in range(min(3, stage.size.rounds)):
        stage.say(f"start: round {turn + 1}")
        for found in (first, later):
            port = free_port()
            settings = stage.settings(port, database="bench_start", data_dir=f"start{turn}")
            server = await Server.start("start", "wxbot", "serve", port=port, home=stage.home, settings=settings)
            try:
                alive.append(await server.answers(stage.http))
                found.append(await server.answers(stage.http, "/readyz"))
                idle.append(memory_mb(server.process.pid))
                mongod.append(memory_mb(mongod_of(stage.home / f"start{turn}")["pid"]))
            finally:
                await server.stop()
        shutil.rmtree(stage.home / f"start{turn}")
    figures = [
        median_of("first start to /readyz", first, unit="s", note="makes the database"),
        median_of("later start to /readyz", later, unit="s"),
        median_of("start to /healthz", alive, unit="s"),
        median_of("service, resident when ready", idle, unit="MB"),
        median_of("mongod, resident when ready", mongod, unit="MB"),
    ]
    if "loaded_mb" in stage.notes:
        figures += [
            Figure(name="service, resident under load", value=stage.notes["loaded_mb"], unit="MB"),
            Figure(name="mongod, resident under load", value=stage.notes["mongod_mb"], unit="MB"),
        ]
    return figures
