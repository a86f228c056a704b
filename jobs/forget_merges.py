"""Blank the originals of merges that are too old to be undone; who merged what and when stays."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Everything that is due in one write; repeating it changes nothing."""
    return {"forgotten": await services.merges.forget_originals(now)}
