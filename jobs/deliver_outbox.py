"""Send what is due. Runs in every process; each row is claimed by one."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Deliver until nothing is due; counts by outcome."""
    return await services.outbox.deliver_due(now)
