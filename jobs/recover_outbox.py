"""Settle what a vanished process left claimed: back to waiting, or `unknown` where nobody can say."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Recover rows whose lease ran out."""
    return await services.outbox.recover(now)
