"""Offer hours that became free to the waitlist; end offers and entries whose time is over."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """What follows from free hours, the list and the time; repeating it changes nothing."""
    return await services.waitlist.offering.run(now)
