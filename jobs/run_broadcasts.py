"""Move approved broadcasts along: start them, hand over whose turn is near, close what is through."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """The next portion of each; repeating it adds nothing."""
    return await services.broadcasts.run(now)
