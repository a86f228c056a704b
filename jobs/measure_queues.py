"""Measure the queues for /metrics: how much waits, and how long already."""

from datetime import datetime

from wxbot.metrics import (
    INBOX_OLDEST_SECONDS,
    OUTBOX_CODES,
    OUTBOX_MESSAGES,
    OUTBOX_OLDEST_SECONDS,
    OUTBOX_REASONS,
    RIGHTS_BLOCKS,
)
from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Set the gauges from the database."""
    counts = await services.outbox.counts(now)
    for gauge, numbers in (
        (OUTBOX_MESSAGES, counts.by_state),
        (OUTBOX_REASONS, counts.by_reason),
        (OUTBOX_CODES, counts.by_code),
        (RIGHTS_BLOCKS, counts.rights_blocks),
    ):
        gauge.clear()
        for label, number in numbers.items():
            gauge.labels(label).set(number)
    OUTBOX_OLDEST_SECONDS.set(counts.oldest_due_seconds)
    if services.update_recovery is not None:
        oldest = await services.update_recovery.oldest_received_at()
        age = 0.0 if oldest is None else (services.clock.machine_now() - oldest).total_seconds()
        INBOX_OLDEST_SECONDS.set(age)
    return {}
