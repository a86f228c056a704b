"""Preview long audiences of broadcasts in the background."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Take up one list; another process takes another."""
    return {"worked": await services.broadcasts.run_preview(now)}
