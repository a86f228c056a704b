"""Follow-ups whose time is over are urgent and the heads are told; last week's division of work is looked at.

The satisfaction sheets of the day, week and month that ended go to the supervisor.
"""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Each follow-up is told of once, each week and group once; a second run does nothing."""
    return {
        "escalated": await services.recalls.clocks.run(now),
        "drifted": await services.recalls.effort.warn(now),
        "sheets": await services.surveys.sheets.produce(now),
    }
