"""The orderly stop on Ctrl-C or SIGTERM, and its end when something is stuck."""

import asyncio
import faulthandler
import signal
from types import FrameType

LAST_SECONDS = 18  # after the signal; supervisors kill after 30 (Kubernetes) or 90 (systemd)


def stop_on_signals() -> asyncio.Event:
    """An event that Ctrl-C or SIGTERM sets. Call it in the main thread, inside the event loop.

    From the signal on the process has LAST_SECONDS: then it ends with exit code 1 and every thread's stack on stderr,
    even if the event loop is stuck. That is what a kill -9 does, and nothing acknowledged is lost by one.
    """
    stop, loop, asked = asyncio.Event(), asyncio.get_running_loop(), False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:  # a second Ctrl-C grants no more time
            asked = True
            faulthandler.dump_traceback_later(LAST_SECONDS, exit=True)  # its thread needs neither the loop nor Python
        loop.call_soon_threadsafe(stop.set)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, ask)  # not the loop's own handler: that one waits for a loop that may be stuck
    return stop
