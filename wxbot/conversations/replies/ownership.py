"""Whether a colleague's message may still leave: their talk is open and theirs. Asked in the send itself."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from wxbot.actors import SYSTEM, Actor
from wxbot.conversations.models import Episode, EpisodeId
from wxbot.conversations.replies.spoken_check import ReplyCheck
from wxbot.errors import NotFoundError
from wxbot.outbox.lines import AUTHORED_WORDS
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.staff.models import AccountId

KIND = "conversation"
MET = Verdict(met=True)
NO_EPISODE = Verdict(met=False, reason="conversation_gone", explanation="找不到这个会话，没有发出")
CLOSED = Verdict(met=False, reason="conversation_closed", explanation="会话已经结束，没有发出")
NOT_THEIRS = Verdict(met=False, reason="conversation_owner", explanation="会话已不由您接待，没有发出")
FORBIDDEN_WORDS = Verdict(met=False, reason="words", explanation="内容里有现在不能说的话，没有发出，请改好后再发")


class Episodes(Protocol):
    """Reads one episode. Implemented by `desk.Desk`."""

    async def get(self, episode_id: EpisodeId, *, by: Actor) -> Episode:
        """Raises NotFoundError."""
        ...


def condition(episode_id: EpisodeId, owner: AccountId, *, later: bool = False) -> dict[str, Any]:
    """The precondition of a message. `later`: it was written to leave later, so its words are looked at once more."""
    return {"kind": KIND, "episode": episode_id, "owner": owner, "later": later}


class ConversationChecker:
    """Checks preconditions of the kind `conversation`. Implements `wxbot.outbox.ports.PreconditionChecker`."""

    def __init__(self, episodes: Episodes, spoken: ReplyCheck) -> None:
        self._episodes = episodes
        self._spoken = spoken

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """One verdict per message."""
        verdicts = await asyncio.gather(*(self._verdict(message) for message in messages))
        return {message.id: verdict for message, verdict in zip(messages, verdicts, strict=True)}

    async def _verdict(self, message: Message) -> Verdict:
        wanted = message.precondition
        owner = AccountId(str(wanted.get("owner", "")))
        try:
            episode = await self._episodes.get(EpisodeId(str(wanted.get("episode", ""))), by=SYSTEM)
        except NotFoundError:
            return NO_EPISODE
        if episode.contact_id != message.contact_id:
            return NO_EPISODE
        later = bool(wanted.get("later"))
        if not episode.is_open:
            return MET if not later and _closed_by(episode, owner, after=message.created_at) else CLOSED
        if episode.owner != owner:
            return NOT_THEIRS
        if later and await self._may_not_say(message, owner, episode):
            return FORBIDDEN_WORDS
        return MET

    async def _may_not_say(self, message: Message, owner: AccountId, episode: Episode) -> bool:
        words = str(message.variables.get(AUTHORED_WORDS, ""))
        return any(each.blocks for each in await self._spoken.findings(words, episode, owner, message.due_at))


def _closed_by(episode: Episode, owner: AccountId, *, after: datetime) -> bool:
    """Whether its owner closed it behind what they had just written: a farewell still leaves."""
    ending = episode.ending
    return ending is not None and ending.by == f"staff:{owner}" and ending.at >= after
