"""What the clocks of the desk ask of its other parts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.conversations.models import Cause, Ending, Episode, EpisodeId
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId


class ClosesEpisodes(Protocol):
    """Ends and wakes episodes. Implemented by `desk.Desk`."""

    async def wake(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Episode:
        """Go on with a snoozed one. Raises StaleError, NotNowError."""
        ...

    async def close(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode_id: EpisodeId,
        ending: Ending,
        *,
        note: str,
        revision: int,
        version: int | None = None,
        by: Actor,
        now: datetime,
    ) -> Episode:
        """End it where `revision` (and `version`, where given) still stands. Raises StaleError, NotNowError."""
        ...


class OpensEpisodes(Protocol):
    """Opens episodes. Implemented by `desk.Desk`."""

    async def open(self, *, key: str, contact_id: ContactId, cause: Cause, reason: str, now: datetime) -> Episode:
        """The contact's open episode, opened once per key."""
        ...


class WhoIsReached(Protocol):
    """Who can be told on their own WeChat. Implemented by staff/service.py."""

    async def reached_on_wechat(self, permission: str) -> Mapping[AccountId, str]:
        """The openids of active accounts that hold the permission and bound a WeChat, by account."""
        ...
