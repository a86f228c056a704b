"""What the desk asks of rooms that know nothing of it, and they of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from wxbot.conversations.models import Episode
from wxbot.staff.models import AccountId


class StaffReach(Protocol):
    """Tells colleagues on their own WeChat. Implemented by dangers/alerts.py."""

    async def tell_of_waiting(
        self, episode: Episode, accounts: Collection[AccountId], words: str, now: datetime
    ) -> int:
        """One message per colleague who bound their WeChat; the number enqueued. Once per episode, rung and wait."""
        ...
