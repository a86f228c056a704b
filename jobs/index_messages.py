"""Index older messages for the desk's search, until all are; new ones are indexed as they are written."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services

PORTIONS = 5  # of 2,000 lines in one run: a million lines take half an hour, and a run some seconds


async def run(services: Services, now: datetime) -> Counts:  # noqa: ARG001 - what there is does not depend on the time
    """Some portions at a time; the next tick goes on."""
    looked_at = 0
    for _ in range(PORTIONS):
        count = await services.chat.search.catch_up()
        if count is None:
            break
        looked_at += count
    return {"looked_at": looked_at}
