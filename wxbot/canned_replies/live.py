"""The canned replies as they stand now: from the files at first, then as stored and changed in the console."""

from collections.abc import Sequence
from datetime import datetime

from wxbot.actors import CONFIG_FILES
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.canned_replies.models import CannedReply, StoredReply
from wxbot.canned_replies.searching import Searched, searched
from wxbot.canned_replies.store import CannedReplyStore
from wxbot.change_counter import ChangeCounter
from wxbot.clock import Clock
from wxbot.logs import get_logger

log = get_logger(__name__)


class LiveCannedReplies:
    """What is proposed now. `start` writes what the files add into the database; from then on what is stored counts."""

    def __init__(
        self, store: CannedReplyStore, files: Sequence[CannedReply], *, audit: AuditTrail, clock: Clock
    ) -> None:
        self.store = store
        self._files = files
        self._audit = audit
        self._changes = ChangeCounter(store.counter, clock)
        self.current: tuple[Searched, ...] = ()

    async def start(self, now: datetime) -> None:
        """Take what the files add, then read what is stored. Repeating it, in several processes at once, is fine.

        A reply that only files have written follows them; one that staff changed or archived does not.
        """
        known = await self.store.seeded()
        stored = {each.value.id: each.stored for each in await self.store.read()}
        changed, new = 0, []
        for position, value in enumerate(self._files):
            there = stored.get(value.id)
            if there is None and value.id in known:
                continue
            if there is None:
                new.append(_of_file(value, position, now))
            elif there.by == CONFIG_FILES.by and there.value != value:
                changed += await self.store.renew(_of_file(value, position, now), there)
        changed += await self.store.add_new(new)
        await self.store.note_seeded([value.id for value in self._files])
        if changed:
            await self.store.changed()
            words = f"从配置文件读入 {changed} 条常用语"
            await self._audit.record(
                AuditAction.SETTINGS_SEEDED, "settings:canned_replies", by=CONFIG_FILES, now=now, summary=words
            )
            log.info("canned_replies_seeded", replies=changed)
        await self.refresh(always=True)

    async def refresh(self, *, always: bool = False) -> bool:
        """Read what is stored if anything changed, or `always`; whether it was read."""
        look = await self._changes.look(always=always)
        if look is None:
            return False
        self.current = tuple(searched(each) for each in await self.store.read())
        self._changes.looked(look, found=bool(self.current))
        return True


def _of_file(value: CannedReply, position: int, now: datetime) -> StoredReply:
    return StoredReply(
        id=value.id,
        value=value,
        revision=1,
        by=CONFIG_FILES.by,
        by_name=CONFIG_FILES.name,
        at=now,
        position=position,
    )
