"""Work out long lists of broadcasts that staff asked for, also after a crash."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Take up one list; another process takes another."""
    return {"worked": await services.broadcasts.run_preview(now)}
