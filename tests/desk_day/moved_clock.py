"""The clinic's clock of several processes, moved for all of them at one moment: a shift in a file they have mapped."""

import mmap
import struct
from datetime import timedelta
from pathlib import Path

from wxbot.clock import SystemClock
from wxbot.simulator.platform import Platform

_SHIFT = struct.Struct("d")  # seconds; eight bytes that are aligned are written at once


class MovedClock(SystemClock):
    """The same clock in the test's own process; moving it moves everybody's."""

    def __init__(self, shift: timedelta, file: Path, platform: Platform) -> None:
        super().__init__(shift)
        file.write_bytes(_SHIFT.pack(0.0))
        self._memory = mapped(file)
        self._platform = platform
        self.moved = timedelta(0)

    def move(self, by: timedelta) -> None:
        super().move(by)
        self.moved += by
        self._platform.clock.move(by)
        self._memory[: _SHIFT.size] = _SHIFT.pack(self.moved.total_seconds())


def mapped(file: Path) -> mmap.mmap:
    """The file's bytes as everybody sees them."""
    with file.open("r+b") as opened:
        return mmap.mmap(opened.fileno(), _SHIFT.size)


def shift_of(memory: mmap.mmap) -> timedelta:
    """How far the clock was moved."""
    return timedelta(seconds=_SHIFT.unpack(memory[: _SHIFT.size])[0])
