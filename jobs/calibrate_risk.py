"""Count once a month what the points of the no-show risk should be; an administrator decides."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """The table of this month, once."""
    return {"proposed": await services.no_show_risk.propose(now)}
