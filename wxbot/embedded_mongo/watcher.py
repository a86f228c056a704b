"""Looks after a mongod: started again when it dies or falls silent, given up when that does not help."""

import asyncio
from typing import Protocol

from wxbot.embedded_mongo.readiness import NotReadyError
from wxbot.errors import ConfigurationError
from wxbot.logs import get_logger

log = get_logger(__name__)

WATCH_SECONDS = 0.5  # how soon a dead mongod is noticed
ASK_SECONDS = 5.0  # between questions whether it answers
SILENT_SECONDS = 30.0  # without an answer, it is killed and started again; what was acknowledged is in its journal
LONGEST_PAUSE_SECONDS = 4.0  # between attempts to start it again; doubled up to this, so that it is back soon
STEADY_SECONDS = 10.0  # up for so long, it counts as recovered, and the pauses begin short again
GIVE_UP_SECONDS = 60.0  # without a mongod that answers; then the process ends, and its supervisor starts it again


class Watched(Protocol):
    """A mongod that can be started again."""

    def alive(self) -> bool:
        """Whether its process runs."""

    async def answers(self) -> bool:
        """Whether it answers."""

    async def restart(self) -> bool:
        """Start it again. False when somebody else is doing that; raises when it does not work."""


async def watch(mongod: Watched) -> None:
    """Look after it until cancelled. Whatever goes wrong is logged and tried again.

    Raises ConfigurationError when it neither ran nor answered for `GIVE_UP_SECONDS`: this process cannot help it.
    """
    now = asyncio.get_running_loop().time
    pause = retry = WATCH_SECONDS
    well = started = now()
    down = False
    while True:
        await asyncio.sleep(pause)
        pause = WATCH_SECONDS
        try:
            seen = await _well_at(mongod, well)
            if seen is None:
                if not down:
                    log.error("mongod_silent" if mongod.alive() else "mongod_died")
                    retry = WATCH_SECONDS if now() - started > STEADY_SECONDS else retry
                    down = True
                if await mongod.restart():
                    seen = started = now()
            if seen is not None:
                well, down = seen, False
                continue
        except (ConfigurationError, NotReadyError, OSError) as error:
            log.error("mongod_restart_failed", problem=str(error))  # noqa: TRY400 - its words say it all
        except Exception:
            log.exception("mongod_watch_failed")
        if now() - well > GIVE_UP_SECONDS:
            log.critical("mongod_given_up", seconds=GIVE_UP_SECONDS)
            raise ConfigurationError(
                [f"The embedded database could not be brought back for {GIVE_UP_SECONDS:.0f} s: see the log."]
            )
        pause, retry = retry, min(LONGEST_PAUSE_SECONDS, 2 * retry)


async def _well_at(mongod: Watched, last: float) -> float | None:
    """When it was last seen to run and answer, by the loop's clock; None when it must be started again."""
    now = asyncio.get_running_loop().time
    if not mongod.alive():
        return None
    if now() - last < ASK_SECONDS:
        return last
    if await mongod.answers():
        return now()
    return last if now() - last < SILENT_SECONDS else None
