"""What follows when the platform took a colleague's message: the clocks stop, and what it promises is noted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.escalation.promises import Promises
from wxbot.conversations.models import EpisodeId
from wxbot.history.models import ContactId
from wxbot.outbox.ports import NO_CONDITION


class AnswerNews:
    """Told by the outbox. Implements `wxbot.outbox.ports.AuthoredNews`; safe to be told again."""

    def __init__(self, desk: Desk, promises: Promises) -> None:
        self._desk = desk
        self._promises = promises

    async def answered(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        contact_id: ContactId,
        *,
        line_id: str,
        words: str,
        by: str,
        now: datetime,
        condition: Mapping[str, Any] = NO_CONDITION,
    ) -> None:
        """The platform took it; `line_id` is its line of the transcript, `condition` names its episode."""
        episode_id = EpisodeId(str(condition.get("episode", "")))
        await self._desk.answered(
            contact_id, line_id=line_id, words=words, by=by, now=now, episode_id=episode_id or None
        )
        if not episode_id:
            episode = await self._desk.of_contact(contact_id)
            episode_id = episode.id if episode is not None else EpisodeId("")
        await self._promises.note_sent(contact_id, episode_id, line_id=line_id, words=words, by=by, now=now)
