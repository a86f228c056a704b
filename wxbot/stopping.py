"""When to stop: on Ctrl-C or SIGTERM, in order where that works, and in any case soon."""

import asyncio
import os
import signal
import threading

from wxbot.logs import get_logger

log = get_logger(__name__)

STOP_LIMIT_SECONDS = 19.0  # what supervisors usually grant is 20 s or more; an orderly stop takes a few
STOP_OVERDUE = 1  # the exit code of a stop that was cut off


def stop_asked() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM; call it inside the loop, in the main thread.

    From then on the process ends within STOP_LIMIT_SECONDS, whatever is stuck: a thread that does not return, or code
    that holds the loop, so that nothing orderly can happen. What was in hand is then taken up as after any other end.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def ask(*_: object) -> None:
        if not stop.is_set():
            overdue = threading.Timer(STOP_LIMIT_SECONDS, _end_now)
            overdue.daemon = True
            overdue.start()
        loop.call_soon_threadsafe(stop.set)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, ask)  # not the loop's own handlers: they wait for the loop, which may be what is stuck
    return stop


def _end_now() -> None:
    log.error("stop_overdue", seconds=STOP_LIMIT_SECONDS)
    os._exit(STOP_OVERDUE)
