"""Count a visit that was neither cancelled nor marked missed as attended, some time after its end."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Close visits whose end has passed (clinic.toml: assume_attended_after_minutes), and end holds."""
    return {
        "closed": await services.booking.close_past(now),
        "holds_ended": await services.booking.end_expired_holds(now),
    }
