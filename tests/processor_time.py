"""A limit that a busy machine keeps: on the time of this process alone."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class TooSlowError(Exception):
    """Raised in the middle of a match that takes too long."""


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer than so much of the process's own time."""

    def interrupt(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
