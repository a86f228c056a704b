"""The day of a visit by the clock: calls that are due, what who waits or has left is told, and whether it was well.

Calls: who is late, did not come or cancelled, and who is not confirmed yet.
"""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """What follows from appointments and the time; repeating it changes nothing."""
    news = services.visit_room.news
    return {
        **await services.visit_tasks.run(now),
        **await news.messages.run(now),
        **await news.surveys.run(now),
    }
