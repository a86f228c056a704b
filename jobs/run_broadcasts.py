"""Start, send and finish approved broadcasts."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Enqueue the near send slots of each; repeating it enqueues nothing twice."""
    return await services.broadcasts.run(now)
