"""Measure the talks that ended: their figures are written once, soon after they are closed."""

from datetime import datetime

from wxbot.conversations.models import EpisodeId
from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """What is closed and not measured yet; and talks after which the patient was asked, or has answered, since."""
    figures = services.review.figures
    return {
        "measured": await figures.catch_up(now),
        "surveys": await services.surveys.asking.settle(now, lambda talk: figures.measure_talk(EpisodeId(talk))),
    }
