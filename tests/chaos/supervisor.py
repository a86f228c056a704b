"""Keeps a service process running, as systemd would: whatever ends is started again after a pause."""

import asyncio
import contextlib
import signal
from datetime import timedelta
from time import monotonic

from tests.processes.harness import Service, World, until

RESTART_SECONDS = 0.5  # the unit in docs/deployment.md waits longer; how long is not what is tried here
LOOK_SECONDS = 0.05


class Supervised:
    """One service of the world, on a port of its own, started again whenever it ends and is wanted."""

    def __init__(self, world: World, port: int, **settings: object) -> None:
        self._world = world
        self._port = port
        self._settings = settings
        self._wanted = False
        self._keeper: asyncio.Task[None] | None = None
        self.service: Service | None = None
        self.exits: list[int] = []

    @property
    def url(self) -> str:
        """Where it answers, once it does."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and keep it running."""
        self._wanted = True
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop it in order (SIGTERM) and leave it so."""
        self._wanted = False
        if self.service is not None and self.service.process.poll() is None:
            self.service.process.send_signal(signal.SIGTERM)
            await self.service.ended()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    def kill(self) -> None:
        """SIGKILL; it is started again."""
        if self.service is not None and self.service.process.poll() is None:
            self.service.process.kill()

    async def ready(self, limit: float) -> float:
        """Wait until /readyz is green; after how many seconds."""
        began = monotonic()

        async def is_ready() -> bool:
            return self.service is not None and (await self.service.health(patience=2.0))[0] == 200

        await until(is_ready, f"{self.url} is ready", limit, poll=LOOK_SECONDS)
        return monotonic() - began

    async def _keep(self) -> None:
        while self._wanted:
            self.service = self._world.start(port=self._port, later=timedelta(0), **self._settings)
            while (code := self.service.process.poll()) is None:
                await asyncio.sleep(LOOK_SECONDS)
            self.exits.append(code)
            await asyncio.sleep(RESTART_SECONDS)
