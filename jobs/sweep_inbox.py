"""Finish pushes whose process vanished between claim and completion."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:  # noqa: ARG001 - leases run on the machine's time
    """Take over what was left behind; its replies go through the outbox."""
    if services.update_recovery is None:
        return {}
    return {"finished": await services.update_recovery.finish()}
