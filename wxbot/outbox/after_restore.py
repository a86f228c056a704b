"""Messages that may have been sent between a backup and its restore: nobody can say, so none is sent again.

They end as `unknown`, which is what that state means; `sent_at` makes the caps count them. What was important and is
still in time becomes a call by a person.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from wxbot.history.service import History
from wxbot.messaging import Purpose
from wxbot.outbox.lines import unknown_line
from wxbot.outbox.models import Message, State
from wxbot.outbox.records import DeliveryRecords
from wxbot.outbox.stores.messages import OutboxStore

RESTORED = "restored"  # the reason under which they end
EXPLANATION = "系统从备份恢复，备份之后是否已发出无从得知；为避免重复，不再自动发送"
CHUNK = 500  # messages closed at once
CALLED = frozenset({Purpose.SERVICE, Purpose.REMINDER})  # whose absence a patient would suffer from


class MessagesAfterRestore:
    """Closes messages of a database that was restored; nothing else may work on it meanwhile."""

    def __init__(self, store: OutboxStore, history: History, records: DeliveryRecords) -> None:
        self._store = store
        self._history = history
        self._records = records

    async def close_pending(self, until: datetime, made_due_early: Sequence[str], now: datetime) -> int:
        """Close what may have left between the backup and `until`; the number closed.

        That is what was claimed, what was due by `until`, and what could become due before its time: messages that
        wait for their patient's next action, or for one of the reasons `made_due_early`.
        """
        closed = 0
        while found := await self._store.may_have_left(until, made_due_early, CHUNK):
            await self._tell(found, until, now)
            await self._store.end_as_unknown(found, until, reason=RESTORED, explanation=EXPLANATION, now=now)
            closed += len(found)
        return closed

    async def keep_closed(self, messages: Sequence[Message], until: datetime, now: datetime) -> int:
        """Keep messages that the archive does not know and that may have been sent; the number that is new."""
        for start in range(0, len(messages), CHUNK):
            chunk = messages[start : start + CHUNK]
            await self._tell(chunk, until, now)
            await self._store.insert(
                [
                    replace(
                        message,
                        state=State.UNKNOWN,
                        reason=RESTORED,
                        explanation=EXPLANATION,
                        settled_at=now,
                        sent_at=min(message.due_at, until),
                    )
                    for message in chunk
                ]
            )
        return len(messages)

    async def _tell(self, messages: Sequence[Message], until: datetime, now: datetime) -> None:
        """The transcript's lines, and a call where the message is still worth one."""
        await self._history.append(*(unknown_line(message, RESTORED, EXPLANATION, now) for message in messages))
        for message in messages:
            if message.purpose in CALLED and message.expires_at > until and not message.answer and not message.author:
                await self._records.phone(message, EXPLANATION, now)
