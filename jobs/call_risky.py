"""Have the few called who may stay away tomorrow and have not confirmed."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Calls of the hours before the confirmation deadline, each visit once."""
    return {"opened": await services.no_show_risk.open_calls(now)}
