"""Write down what the platform refused lately, for the account's health page."""

from datetime import datetime

from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:  # noqa: ARG001 - a job's signature
    """Add what gathered in this process to the records of all."""
    await services.account.keep_refusals()
    return {}
