"""Take over what another process changed in the settings."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Look whether anything changed, and read it if so; runs in every process."""
    counts = {
        "clinic": int(await services.clinics.refresh(now)),
        "templates": int(await services.templates.refresh(now)),
        "care_plans": int(await services.plans.live.refresh(now)),
        "words": int(await services.word_lists.refresh(now)),
        "questions": int(await services.questions.live.refresh(now)),
        "canned_replies": int(await services.canned.live.refresh()),
    }
    services.reader.prepare()
    return counts
