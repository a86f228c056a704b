"""Decides about messages whose process ended while it had claimed them.

Nothing had left: back to waiting. The transcript says the platform took it: accepted. A template message younger
than ten minutes: again with the same client id, the platform drops the double (reference §5.1). Otherwise nobody
can say: `unknown`, shown to staff, never repeated automatically.
"""

from collections import Counter
from datetime import datetime

from wxbot.clock import Clock
from wxbot.history.service import History
from wxbot.logs import get_logger
from wxbot.messaging import Channel
from wxbot.outbox.lines import sent_id
from wxbot.outbox.models import Message, State
from wxbot.outbox.reactions import Finish, Retry, may_repeat
from wxbot.outbox.receipts import Receipts
from wxbot.outbox.records import DeliveryRecords
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.tally import LEASE

log = get_logger(__name__)


class Recovery:
    """Decides lapsed claims."""

    def __init__(
        self, *, store: OutboxStore, history: History, records: DeliveryRecords, receipts: Receipts, clock: Clock
    ) -> None:
        self._store = store
        self._history = history
        self._records = records
        self._receipts = receipts
        self._clock = clock

    async def run(self, now: datetime) -> dict[str, int]:
        """Decide every claim whose lease has run out; counts by the state they went to."""
        decided: Counter[str] = Counter()
        machine_now = self._clock.machine_now()
        while lapsed := await self._store.claims.lapsed(machine_now):
            taken = await self._store.claims.take_over(lapsed, machine_now, machine_now + LEASE)
            for message in taken:
                state = await self._decide(message, now, machine_now)
                log.warning("outbox_claim_recovered", message_id=message.id, state=state.value)
                decided[state.value] += 1
            if not taken:
                break  # another process is at it
        return dict(decided)

    async def _decide(self, message: Message, now: datetime, machine_now: datetime) -> State:
        if message.sending_since is None:
            words = "处理中断，已重新排队"
            await self._records.requeue(message, Retry(at=message.due_at, reason="recovered", explanation=words), now)
            return State.WAITING
        if message.call:
            return await self._records.calls.finish(message, now)
        sent = await self._history.line(sent_id(message.id))
        if sent is not None:
            platform_id = sent.payload.get("platform_id")
            channel = Channel(sent.payload["channel"])
            words = str(sent.payload.get("explanation", ""))
            await self._records.tell_author(message, sent)
            await self._records.note_accepted(message, channel, platform_id, words, sent.at)
            await self._receipts.catch_up(platform_id)
            return State.ACCEPTED
        if may_repeat(message, machine_now):
            again = Retry(
                at=message.due_at,
                reason="recovered",
                explanation="发送时中断，用同一编号重发不会重复送达",
                blocks_contact=True,
                may_have_arrived=True,
            )
            await self._records.requeue(message, again, now)
            return State.WAITING
        words = "发送时系统中断，无法确定患者是否收到，请人工确认"
        await self._records.finish(
            message, Finish(state=State.UNKNOWN, reason="interrupted", explanation=words, check=True), now
        )
        return State.UNKNOWN
