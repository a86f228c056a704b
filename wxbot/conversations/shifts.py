"""When the desk answers and who is on duty: several blocks a day, lunch, the night desk, closures and holidays."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.clinic.models import Block
from wxbot.staff.models import AccountId


class Shifts:
    """The weekly shifts of people at the desk."""

    async def of(self, account_id: AccountId) -> tuple[Block, ...]:
        """Their week; empty: no roster, always on duty while they are available."""
        raise NotImplementedError

    async def everybody(self) -> Mapping[AccountId, tuple[Block, ...]]:
        """All rosters."""
        raise NotImplementedError

    async def change(
        self, account_id: AccountId, blocks: tuple[Block, ...], *, revision: int, by: Actor, now: datetime
    ) -> None:
        """Set somebody's week. Raises ForbiddenError, StaleError, FieldErrors for blocks that overlap."""
        raise NotImplementedError

    async def takes_new_chats(self, account_id: AccountId, now: datetime) -> bool:
        """Whether they are on a shift that does not end within 30 minutes (A0-18); without a roster always."""
        raise NotImplementedError

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:
        """How long their present shift lasts; None outside one or without a roster."""
        raise NotImplementedError
