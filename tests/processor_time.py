"""A limit that a busy machine keeps: on the time of this process alone."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager


class TooSlowError(Exception):
    """Raised in the middle of a match that takes too long."""


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer than so much of the process's own time.

    No garbage is collected meanwhile: what earlier tests left in the worker's memory is no part of what is measured,
    and an interruption inside a finalizer would be swallowed.
    """

    def interrupt(*_: object) -> None:
        raise TooSlowError

    collecting = gc.isenabled()
    gc.disable()
    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if collecting:
            gc.enable()
