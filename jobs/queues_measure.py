"""Measure the queues for /metrics: how much waits, and how long already."""

from datetime import datetime

from wxbot.metrics import INBOX_OLDEST_SECONDS, OUTBOX_MESSAGES, OUTBOX_OLDEST_SECONDS, OUTBOX_REASONS
from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Set the gauges from what stands in the database."""
    counts = await services.outbox.counts(now)
    OUTBOX_MESSAGES.clear()
    for state, number in counts.by_state.items():
        OUTBOX_MESSAGES.labels(state).set(number)
    OUTBOX_REASONS.clear()
    for reason, number in counts.by_reason.items():
        OUTBOX_REASONS.labels(reason).set(number)
    OUTBOX_OLDEST_SECONDS.set(counts.oldest_due_seconds)
    if services.unfinished is not None:
        oldest = await services.unfinished.oldest_received_at()
        age = 0.0 if oldest is None else (services.clock.machine_now() - oldest).total_seconds()
        INBOX_OLDEST_SECONDS.set(age)
    return {}
