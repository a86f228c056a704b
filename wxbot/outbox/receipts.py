"""The platform's receipts settle accepted messages, whichever of the two arrives first."""

from wxbot.history.models import ContactId
from wxbot.history.service import History
from wxbot.outbox.lines import settled_line
from wxbot.outbox.models import Message, State
from wxbot.outbox.reactions import is_worth_a_call
from wxbot.outbox.records import DeliveryRecords
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.stores.receipts import RECEIPT_WORDS, Receipt


class Receipts:
    """Settles messages by receipts. Repeating a receipt changes nothing."""

    def __init__(self, store: OutboxStore, history: History, records: DeliveryRecords) -> None:
        self._store = store
        self._history = history
        self._records = records

    async def settle(self, receipt: Receipt) -> bool:
        """By the platform's id. False when no message of ours has that id yet: the receipt is kept for it."""
        message = await self._store.receipts.settle(receipt)
        if message is None:
            return False
        await self._note(message, receipt)
        return True

    async def settle_notice(self, receipt: Receipt, contact_id: ContactId, card_id: str) -> bool:
        """A notice has no id of its own when it leaves: the latest one on that card is meant (reference §6.3)."""
        message = await self._store.receipts.by_platform_id(receipt.platform_id)
        if message is None:
            message = await self._store.receipts.notice_under_way(contact_id, card_id)
            if message is None:
                return False
            changed = await self._store.receipts.settle_notice(message, receipt)
            if changed and not receipt.ok:
                await self._store.rights.fail_notice(contact_id, card_id, receipt.code)
        await self._note(message, receipt)
        return True

    async def catch_up(self, platform_id: str | None) -> None:
        """Settle a message just accepted whose receipt came first."""
        if platform_id is None:
            return
        receipt = await self._store.receipts.early_receipt(platform_id)
        if receipt is not None:
            await self.settle(receipt)

    async def _note(self, message: Message, receipt: Receipt) -> None:
        words = RECEIPT_WORDS.get(receipt.status, receipt.status or ("已送达" if receipt.ok else "未送达"))
        if not receipt.ok and is_worth_a_call(message):
            await self._records.phone(message, words, receipt.at)
        await self._history.append(settled_line(message, words, receipt.status, ok=receipt.ok, at=receipt.at))
        if message.state not in {State.DELIVERED, State.FAILED}:  # as it was before: this receipt is news
            self._records.tally.states[(State.DELIVERED if receipt.ok else State.FAILED).value] += 1
            if not receipt.ok:
                self._records.tally.reasons[receipt.status or str(receipt.code)] += 1
