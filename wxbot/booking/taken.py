"""What is claimed of each resource in a span of time. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from wxbot.booking.ticks import TICK_SECONDS

Runs: TypeAlias = Mapping[str, Iterable[range]]
"""Resource → stretches of ticks."""

Firsts: TypeAlias = Iterable[tuple[str, int, Sequence[int]]]
"""Resource, so many ticks a claim, the first tick of each such claim; the claims of a resource are disjoint."""

_UNCLAIMED, _CLAIMED = b"0", ord("1")
NEVER = -1  # of the first ticks of a visit: none of them all can be had


class Taken:
    """The claimed ticks of resources. An integer for each resource, a bit for each tick, the earliest is the lowest."""

    __slots__ = ("_blocked", "_first", "_lines")

    def __init__(self, runs: Runs, span: range | None = None) -> None:
        """What is claimed; `span` bounds what is kept of it, by default nothing does."""
        kept = {resource: [each for each in found if len(each)] for resource, found in runs.items()}
        if span is None:
            every = [each for found in kept.values() for each in found]
            span = range(min((each.start for each in every), default=0), max((each.stop for each in every), default=0))
        self._first = span.start
        self._lines: dict[str, int] = {}
        self._blocked: dict[tuple[tuple[str, ...], int], int] = {}
        for resource, found in kept.items():
            line = 0
            for each in found:
                line |= self._inside(each, len(span))
            if line:
                self._lines[resource] = line

    @classmethod
    def of_claims(cls, claims: Firsts, span: range, longest: int) -> "Taken":
        """What is claimed in that span, where no claim begins more than `longest` ticks before it.

        Claims of one length are drawn at once: a bit for the first tick of each, which then grows to its length.
        """
        taken = cls({}, span)
        length = len(span)
        last = span.stop - 1
        within = (1 << length) - 1
        for resource, count, firsts in claims:
            row = bytearray(_UNCLAIMED * (length + longest))
            for tick in firsts:
                row[last - tick] = _CLAIMED  # the highest bit is written first
            line = (_grown(int(row, 2), count) >> longest) & within
            if line:
                taken._lines[resource] = taken._lines.get(resource, 0) | line
        return taken

    def __contains__(self, resource: str) -> bool:
        """Whether anything of that resource is claimed."""
        return resource in self._lines

    @property
    def first(self) -> int:
        """The first tick of which anything is known; before it, and after the last, nothing is claimed."""
        return self._first

    def free(self, resource: str, span: range) -> bool:
        """Whether nothing of that stretch is claimed."""
        line = self._lines.get(resource)
        return line is None or not self._claimed_in(line, span)

    def blocked(self, resources: tuple[str, ...], count: int) -> int:
        """The first ticks of stretches of `count` in which none of the resources is free; NEVER where there is none.

        Bit 0 is the tick `first + 1 - count`: the earliest stretch that reaches into what is known.
        """
        if not resources:
            return NEVER
        key = (resources, count)
        found = self._blocked.get(key)
        if found is None:
            if len(resources) == 1:
                found = _grown(self._lines.get(resources[0], 0), count)
            else:
                found = NEVER
                for each in resources:
                    found &= self.blocked((each,), count)
                    if not found:
                        break
            self._blocked[key] = found
        return found

    def free_again(self, resource: str, span: range) -> datetime | None:
        """When the resource is free again after what blocks it in that stretch; None where nothing does."""
        line = self._lines.get(resource, 0)
        blocked = self._claimed_in(line, span)
        if not blocked:
            return None
        tick = max(span.start - self._first, 0) + (blocked & -blocked).bit_length() - 1
        rest = line >> tick
        return datetime.fromtimestamp((self._first + tick + (~rest & rest + 1).bit_length() - 1) * TICK_SECONDS, UTC)

    def without(self, runs: Runs) -> "Taken":
        """The same without those claims."""
        other = Taken({})
        other._first = self._first
        other._lines = dict(self._lines)
        for resource, found in runs.items():
            line = other._lines.get(resource)
            if line is None:
                continue
            for each in found:
                line &= ~self._inside(each, line.bit_length())
            other._lines[resource] = line
        return other

    def _inside(self, span: range, length: int) -> int:
        """The bits of a stretch, as far as it lies in the first `length` ticks of what is kept."""
        first, last = max(span.start - self._first, 0), min(span.stop - self._first, length)
        return ((1 << last - first) - 1) << first if first < last else 0

    def _claimed_in(self, line: int, span: range) -> int:
        """What is claimed in that stretch; bit 0 is its first tick that is known."""
        first, last = max(span.start - self._first, 0), span.stop - self._first
        return (line >> first) & ((1 << last - first) - 1) if first < last else 0


def _grown(bits: int, count: int) -> int:
    """Each bit and the `count` - 1 above it."""
    done = min(count, 1)
    while done < count:
        more = min(done, count - done)
        bits |= bits << more
        done += more
    return bits if done else 0


NOTHING = Taken({})
