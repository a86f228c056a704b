"""Tell and ask who is here or was here today: how long they still wait, a farewell, and whether it was well."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """What follows from today's appointments and the time; repeating it sends nothing twice."""
    news = services.visit_room.news
    return {**await news.messages.run(now), **await news.surveys.run(now)}
