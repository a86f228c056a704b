"""Erase the WeChat side of whoever unfollowed and did not come back within the grace (reference §12)."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Room by room, the contact last: a run that is interrupted begins again with the same contact."""
    erased = 0
    for contact in await services.patients.due_for_erasure(now):
        if services.unfinished is not None and contact.openid is not None:
            await services.unfinished.forget(contact.openid)
        await services.outbox.erase(contact.id)
        await services.followups.erase(contact.id)
        await services.history.erase(contact.id)
        kept = await services.booking.detach(contact.id)
        await services.patients.erase(contact.id, now, keep_record=kept > 0)
        erased += 1
    return {"erased": erased}
