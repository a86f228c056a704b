"""Fetch photos and voices that patients sent, before the platform forgets them."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """A few at a time; the next tick goes on."""
    return {"kept": await services.media.fetch(now)}
