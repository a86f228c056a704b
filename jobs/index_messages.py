"""Index older messages for the desk's search, until all are; new ones are indexed as they are written."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:  # noqa: ARG001 - what there is does not depend on the time
    """A portion at a time; the next tick goes on."""
    return {"looked_at": await services.chat.search.catch_up() or 0}
