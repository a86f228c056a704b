"""Index for the desk's search what this process has written down since the last run."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:  # noqa: ARG001 - what there is does not depend on the time
    """One portion; in a flood of messages the rest waits for the next run."""
    return {"indexed": await services.chat.message_index.index()}
