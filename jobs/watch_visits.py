"""Open and close the calls of a visit's day: who is late, did not come or cancelled, and who is not confirmed yet."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """What follows from appointments and the time; repeating it changes nothing."""
    calls, deposits = await services.visit_tasks.run(now), await services.deposit_tasks.run(now)
    return {name: calls[name] + deposits[name] for name in calls}
