"""Look for messages that the desk's search does not know: from before it had an index, or of a process that died."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services

PORTIONS = 5  # of 2,000 lines in one run: a million lines take half an hour, and a run some seconds


async def run(services: Services, now: datetime) -> Counts:
    """Some portions at a time; the next tick goes on."""
    looked_at = 0
    for _ in range(PORTIONS):
        count = await services.chat.message_index.catch_up(now)
        if count is None:
            break
        looked_at += count
    return {"looked_at": looked_at}
