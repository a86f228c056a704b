"""What is claimed of each resource in a span of time. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from wxbot.booking.ticks import TICK_SECONDS

Runs: TypeAlias = Mapping[str, Iterable[range]]
"""Resource → stretches of ticks."""

_CLAIMED = b"\x01"


class Taken:
    """The claimed ticks of resources. A byte per tick, so that looking at a stretch of them is one call."""

    __slots__ = ("_first", "_lines")

    def __init__(self, runs: Runs, span: range | None = None) -> None:
        """What is claimed; `span` bounds what is kept of it, by default nothing does."""
        kept = {resource: [each for each in found if len(each)] for resource, found in runs.items()}
        if span is None:
            every = [each for found in kept.values() for each in found]
            span = range(min((each.start for each in every), default=0), max((each.stop for each in every), default=0))
        self._first = span.start
        self._lines: dict[str, bytes] = {}
        for resource, found in kept.items():
            line, begin, length = bytearray(len(span)), span.start, len(span)
            for each in found:
                first, last = each.start - begin, each.stop - begin
                if first < 0 or last > length:  # most lie inside; a month of a clinic is tens of thousands
                    first, last = max(first, 0), min(last, length)
                if first < last:
                    line[first:last] = _CLAIMED * (last - first)
            if _CLAIMED in line:
                self._lines[resource] = bytes(line)

    def __contains__(self, resource: str) -> bool:
        """Whether anything of that resource is claimed."""
        return resource in self._lines

    def free(self, resource: str, span: range) -> bool:
        """Whether nothing of that stretch is claimed."""
        line = self._lines.get(resource)
        return line is None or self._claimed_at(line, span) < 0

    def free_of(self, resources: Sequence[str], spans: Iterable[range]) -> list[bool]:
        """Of each stretch, whether any of the resources has nothing claimed in it; as `free`, for many at once."""
        lines = [self._lines.get(resource) for resource in resources]
        spans = list(spans)
        if None in lines:
            return [True] * len(spans)
        found = [line for line in lines if line is not None]
        first = self._first
        bounds = [(span.start - first, span.stop - first) for span in spans]
        if any(start < 0 for start, _ in bounds):  # before what is kept nothing is known to be claimed
            bounds = [(max(start, 0), max(stop, 0)) for start, stop in bounds]
        if len(found) == 1:
            find = found[0].find
            return [find(_CLAIMED, start, stop) < 0 for start, stop in bounds]
        free = []
        for start, stop in bounds:
            for line in found:
                if line.find(_CLAIMED, start, stop) < 0:
                    free.append(True)
                    break
            else:
                free.append(False)
        return free

    def free_again(self, resource: str, span: range) -> datetime | None:
        """When the resource is free again after what blocks it in that stretch; None where nothing does."""
        line = self._lines.get(resource)
        blocked = -1 if line is None else self._claimed_at(line, span)
        if line is None or blocked < 0:
            return None
        end = line.find(b"\x00", blocked)
        return datetime.fromtimestamp((self._first + (len(line) if end < 0 else end)) * TICK_SECONDS, UTC)

    def _claimed_at(self, line: bytes, span: range) -> int:
        """Where the first claim in that stretch stands in the line; negative where there is none."""
        return line.find(_CLAIMED, max(span.start - self._first, 0), max(span.stop - self._first, 0))

    def without(self, runs: Runs) -> "Taken":
        """The same without those claims."""
        other = Taken({})
        other._first = self._first
        other._lines = dict(self._lines)
        for resource, found in runs.items():
            line = other._lines.get(resource)
            if line is None:
                continue
            left = bytearray(line)
            for each in found:
                first, last = max(each.start - self._first, 0), min(each.stop - self._first, len(left))
                if first < last:
                    left[first:last] = bytes(last - first)
            other._lines[resource] = bytes(left)
        return other


NOTHING = Taken({})
