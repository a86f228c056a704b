"""How often one contact or one address may ask. In memory: each process counts for itself."""

from collections import OrderedDict

MOST_KEYS = 20_000  # counted at a time; the one that has rested longest is forgotten first


class RateLimit:
    """A bucket of `most` requests per key that fills up evenly within `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = float(most)
        self._per_second = most / seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key → (what is left, when)

    def allows(self, key: str, now: float) -> bool:
        """Count one request at that moment (seconds of a clock that never jumps); False when there were too many."""
        left, at = self._buckets.pop(key, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        return allowed
