"""Answers of the bot that left too late for the push: at the moment of sending nobody may have the chat."""

import asyncio
from collections.abc import Mapping, Sequence

from wxbot.conversations.episodes.desk import Desk
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict

KIND = "bot_speaks"  # of their precondition
SILENT = Verdict(met=False, reason="with_a_person", explanation="同事已在接待，自动回复没有发送")


class BotMessages:
    """Checks that precondition. Satisfies the outbox's `PreconditionChecker`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Met while no colleague has the contact's chat."""
        contacts = list({message.contact_id for message in messages})
        found = await asyncio.gather(*(self._desk.of_contact(each) for each in contacts))
        taken = {each for each, episode in zip(contacts, found, strict=True) if episode and episode.with_a_person}
        return {each.id: SILENT if each.contact_id in taken else Verdict(met=True) for each in messages}
