"""Go on with imports of patients: dry runs, runs and undoings that staff have set going, also after a crash."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Take up one import; a long one is gone on with at the next tick."""
    return {"worked": await services.imports.work(now)}
