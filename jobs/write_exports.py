"""Write the files of exports that staff have asked for, also after a crash."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Write one export."""
    return {"rows": await services.exports.work(now)}
