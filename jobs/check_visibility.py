"""Look for open conversations that are in nobody's list, and put them back to the queue."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """What is wrong for the second time is put back."""
    return {"put_back": await services.chat.visibility.run(now)}
