"""Preconditions of messages: each room checks its own kinds."""

import asyncio
from collections.abc import Mapping, Sequence

from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import PreconditionChecker, Verdict


class PreconditionsByKind:
    """Asks the room of the precondition's `kind`; `otherwise` checks every other kind."""

    def __init__(self, kinds: Mapping[str, PreconditionChecker], otherwise: PreconditionChecker) -> None:
        self._kinds = dict(kinds)
        self._otherwise = otherwise

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """One verdict per message."""
        groups: dict[str, list[Message]] = {}
        for message in messages:
            kind = str(message.precondition.get("kind", ""))
            groups.setdefault(kind if kind in self._kinds else "", []).append(message)
        answers = await asyncio.gather(
            *(self._kinds.get(kind, self._otherwise).verdicts(group) for kind, group in groups.items())
        )
        return {message_id: verdict for each in answers for message_id, verdict in each.items()}
