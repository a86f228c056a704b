"""Run the chat desk's clock: offer what waits, take back what nobody answers, escalate, wake, close what is silent."""

import asyncio
from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Each second in every process: each step is a conditional write, and a lock would outlive its holder.

    What goes wrong in the one part does not keep the other from running.
    """
    parts = await asyncio.gather(_assign(services, now), services.chat.escalation.run(now), return_exceptions=True)
    counts: dict[str, int] = {}
    for part in parts:
        if isinstance(part, BaseException):
            raise part
        counts.update(part)
    return counts


async def _assign(services: Services, now: datetime) -> Counts:
    return {"moves": await services.chat.desk.assign(now)}
