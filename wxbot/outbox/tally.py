"""What the records of an outbox share: the lease of a claim, and what this process counted."""

from collections import Counter
from datetime import timedelta
from typing import Any

LEASE = timedelta(seconds=30)  # three times the longest call: who is silent for so long has gone

FREE: dict[str, Any] = {"claim": None, "lease_until": None}


class Tally:
    """What this process did since its start, for /metrics."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.rights_blocks: Counter[str] = Counter()
