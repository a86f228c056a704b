"""The collection `receipts`, and the messages that receipts settle. The outbox's store declares the indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import DESCENDING, UpdateOne

from wxbot.database import Collection, Document, Mapper
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.messaging import Channel
from wxbot.outbox.models import Message, State
from wxbot.outbox.reasons import NOT_DELIVERED, reason_words

RECEIPT_WORDS = {  # TEMPLATESENDJOBFINISH, normalised (reference §2.2)
    "success": "已送达",
    "failed:user block": "患者在微信里拒收了这类消息",
    "failed:system failed": "平台系统原因未能送达",
}


@dataclass(frozen=True)
class Receipt:
    """The platform's last word on an accepted message."""

    platform_id: str
    ok: bool
    status: str  # as the platform words it, normalised
    at: datetime
    code: int | None = None


class ReceiptStore:
    """Over the collection of the outbox's store and that of early receipts. Written in groups."""

    def __init__(self, rows: Collection, receipts: Collection, mapper: Mapper[Message]) -> None:
        self._rows = rows
        self._receipts = receipts
        self._mapper = mapper
        self._settlements: GroupCommit[Receipt, Message | None] = GroupCommit(self._settle)
        self._early: GroupCommit[str, Receipt | None] = GroupCommit(self._find_receipts)

    async def settle(self, receipt: Receipt) -> Message | None:
        """Settle the accepted message of that platform id; a receipt that came first is kept for it.

        The message as it was, or None while it is unknown.
        """
        return await self._settlements.add(receipt)

    async def early_receipt(self, platform_id: str) -> Receipt | None:
        """A receipt that came before its message was noted as accepted."""
        return await self._early.add(platform_id)

    async def by_platform_id(self, platform_id: str) -> Message | None:
        """The message the platform knows by that id."""
        row = await self._rows.find_one({"platform_id": platform_id})
        return self._mapper.thing(row) if row else None

    async def settle_notice(self, message: Message, receipt: Receipt) -> bool:
        """Settle a notice found by `notice_under_way`, even while its call is still in hand; whether it was news."""
        change = {**settlement(receipt), "claim": None, "lease_until": None}
        changed = await self._rows.update_one({"_id": message.id, "state": message.state.value}, {"$set": change})
        return bool(changed.modified_count)

    async def notice_under_way(self, contact_id: ContactId, card_id: str) -> Message | None:
        """The latest notice on that platform template that still awaits its receipt."""
        awaiting = [State.ACCEPTED.value, State.CLAIMED.value, State.UNKNOWN.value]
        row = await self._rows.find_one(
            {
                "contact_id": contact_id,
                "state": {"$in": awaiting},
                "channel": Channel.NOTICE.value,
                "card_id": card_id,
                "sending_since": {"$ne": None},
            },
            sort=[("sending_since", DESCENDING)],
        )
        return self._mapper.thing(row) if row else None

    async def _find_receipts(self, platform_ids: Sequence[str]) -> list[Receipt | None]:
        found = {
            row["_id"]: Receipt(row["_id"], row["ok"], row["status"], row["at"], row["code"])
            async for row in self._receipts.find({"_id": {"$in": list(platform_ids)}})
        }
        return [found.get(platform_id) for platform_id in platform_ids]

    async def _settle(self, receipts: Sequence[Receipt]) -> list[Message | None]:
        found = await self._settle_known(receipts)
        missing = [receipt for receipt in receipts if receipt.platform_id not in found]
        if missing:  # kept first, looked for again after: whichever side writes second sees the other
            await self._receipts.bulk_write(
                [
                    UpdateOne(
                        {"_id": each.platform_id},
                        {"$set": {"ok": each.ok, "status": each.status, "at": each.at, "code": each.code}},
                        upsert=True,
                    )
                    for each in missing
                ],
                ordered=False,
            )
            found.update(await self._settle_known(missing))
        return [found.get(receipt.platform_id) for receipt in receipts]

    async def _settle_known(self, receipts: Sequence[Receipt]) -> dict[str, Message]:
        rows = self._rows.find({"platform_id": {"$in": [receipt.platform_id for receipt in receipts]}})
        found = {row["platform_id"]: self._mapper.thing(row) async for row in rows}
        changes = [
            UpdateOne({"_id": found[each.platform_id].id, "state": State.ACCEPTED.value}, {"$set": settlement(each)})
            for each in receipts
            if each.platform_id in found
        ]
        if changes:
            await self._rows.bulk_write(changes, ordered=False)
        return found


def settlement(receipt: Receipt) -> Document:
    """The fields a receipt sets on its message."""
    return {
        "state": (State.DELIVERED if receipt.ok else State.FAILED).value,
        **_why(receipt),
        "settled_at": receipt.at,
        "sent_at": receipt.at if receipt.ok else None,
        "platform_id": receipt.platform_id,
    }


def _why(receipt: Receipt) -> Document:
    """The reason of a message that did not arrive; how it left stays the explanation of one that did."""
    if receipt.ok:
        return {"reason": ""}
    known = RECEIPT_WORDS.get(receipt.status)
    if known is not None:
        return {"reason": receipt.status, "explanation": known}
    reason = str(receipt.code) if receipt.code else NOT_DELIVERED
    said = f"（{receipt.status}）" if receipt.status else ""
    return {"reason": reason, "explanation": f"{reason_words(reason)}{said}"}
