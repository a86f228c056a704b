"""Measure the talks that ended: their figures are written once, soon after they are closed."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """What is closed and not measured yet."""
    return {"measured": await services.review.figures.catch_up(now)}
