"""Run the chat desk's clock: offer what waits, take back what nobody answers, escalate, wake, close what is silent."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Each second in every process: each step is a conditional write, and a lock would outlive its holder."""
    moves = await services.chat.desk.assign(now)
    return {"moves": moves, **await services.chat.escalation.run(now)}
