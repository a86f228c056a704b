"""Ask the care plans what is due now, and put it into the outbox under its unique key."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Enqueue what is due and not yet known."""
    return {"enqueued": await services.care.enqueue_due(now)}
