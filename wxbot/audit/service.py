"""Use cases of the audit trail: write down, look up, prove."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import takewhile

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.anchor_file import AnchorFile
from wxbot.audit.chain import START, Walk, link, place_of
from wxbot.audit.models import AnchorNote, Anchors, Change, Draft, Entry, Filter, Verification
from wxbot.audit.store import AuditStore
from wxbot.database import PyMongoError
from wxbot.encryption.data_keys import DataKeys
from wxbot.group_commit import GroupCommit
from wxbot.ids import new_id
from wxbot.logs import get_logger

log = get_logger(__name__)

PERMISSION = "audit:entry:read"
TRIES = 200  # places lost in a row to other processes before a writer gives up; each loss is another's success
LONGEST_TEXT = 500  # characters of one text kept; what is longer is no audit entry any more


class AuditTrail:
    """Who did or saw what. Safe for many callers at once and for several processes over one database."""

    def __init__(
        self, store: AuditStore, *, timezone: tzinfo, keys: DataKeys, anchors: AnchorFile | None = None
    ) -> None:
        self._store = store
        self._keys = keys
        self._anchor_file = anchors
        self._timezone = timezone
        self._appends: GroupCommit[Draft, None] = GroupCommit(self._append)

    async def record(  # noqa: PLR0913 - what an entry consists of
        self,
        action: AuditAction,
        subject: str,
        *,
        by: Actor,
        now: datetime,
        summary: str,
        changes: Mapping[str, tuple[str, str]] | None = None,
        reason: str = "",
    ) -> None:
        """Write an entry down; it is durable when the call returns.

        `subject` is `kind:id`; `changes` are field → (old, new) as short text. Callers mask phones and numbers
        and never pass what patients wrote.
        """
        at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        await self._appends.add(
            Draft(
                id=new_id(now),
                at=at,
                day=now.astimezone(self._timezone).date().isoformat(),
                by=by.by,
                name=_short(by.name),
                action=action.value,
                subject=_short(subject),
                summary=_short(summary),
                changes=tuple(
                    Change(field=_short(field), old=_short(old), new=_short(new))
                    for field, (old, new) in (changes or {}).items()
                ),
                reason=_short(reason),
            )
        )

    async def entries(self, wanted: Filter, *, by: Actor, before: int | None = None, limit: int = 50) -> list[Entry]:
        """Entries that fit, newest first; pass the last one's `seq` as `before` for the next page."""
        by.must(PERMISSION)
        return await self._store.page(wanted, before=before, limit=limit)

    async def of_subject(self, subject: str, limit: int = 50) -> list[Entry]:
        """What was done to one thing, newest first. `subject` is `kind:id`; the caller asked whether it may be seen."""
        return await self._store.page(Filter(subject=subject), before=None, limit=limit)

    async def actions(self, *, by: Actor) -> list[str]:
        """Every kind of action that was ever recorded, in order."""
        by.must(PERMISSION)
        return await self._store.actions()

    async def verify(self, *, by: Actor, first_day: str = "") -> Verification:
        """Walk along the chain from a local day (ISO; empty: from the beginning) and name the first broken entry.

        What was written down outside the database is compared on the way; `checked` says what that was.
        """
        by.must(PERMISSION)
        anchors = await self._anchors()
        documents = await self._store.count() if not first_day else None
        heads = await self._store.heads()  # before the entries: what is written meanwhile only makes days longer
        start = await self._store.before_day(first_day) if first_day else START
        walk = Walk(heads, start, key_of=self._keys.audit_key, anchors=anchors)
        async for seq, entry in self._store.walk(start.seq):
            if not walk.step(seq, entry):
                break
        return walk.end(documents)

    async def verify_recent(self, *, by: Actor, now: datetime, days: int) -> Verification:
        """The same for the last days only, today included."""
        first = now.astimezone(self._timezone).date() - timedelta(days=days - 1)
        return await self.verify(by=by, first_day=first.isoformat())

    async def anchor(self, *, now: datetime) -> int:
        """Write down outside the database how far each day has come; the number of lines. Raises OSError."""
        if self._anchor_file is None:
            return 0
        heads, last, first = await self._store.heads(), await self._store.last(), await self._store.first_keyed()
        written = await asyncio.to_thread(
            self._anchor_file.append,
            heads or [START],
            keyed_from=last.seq + 1 if first is None else first,
            key_id=self._keys.current.id,
            at=now.isoformat(timespec="seconds"),
        )
        there = await asyncio.to_thread(self._anchor_file.read)
        await self._store.note_anchors(AnchorNote(id=there.file_id, lines=there.lines))
        for each in written:
            log.info("audit_head_anchored", day=each.id, seq=each.seq, hash=each.hash)
        if last.seq < there.anchors[-1].seq:
            log.error("audit_shorter_than_anchored", seq=last.seq, anchored=there.anchors[-1].seq)
        return len(written)

    async def _anchors(self) -> Anchors:
        """What was written down outside; nothing where it cannot be read."""
        there = Anchors()
        if self._anchor_file is not None:
            try:
                there = await asyncio.to_thread(self._anchor_file.read)
            except OSError as error:
                log.warning("audit_anchors_unreadable", error=error.strerror)
        notes = await self._store.anchor_notes()
        lost = sum(max(0, note.lines - (there.lines if note.id == there.file_id else 0)) for note in notes)
        return replace(there, lost=lost)

    async def _append(self, drafts: Sequence[Draft]) -> Sequence[Exception | None]:
        """Chain what gathered behind what is there; where another process was faster, behind that."""
        waiting = list(drafts)
        for tried in range(TRIES):
            key = self._keys.current
            last = await self._store.last()
            today = max(waiting[0].day, last.id)
            if last.seq and today != last.id:
                await self._store.note(last)  # the day is over: its note stands before anything follows it
            entries: list[Entry] = []
            place = last
            for draft in takewhile(lambda draft: max(draft.day, last.id) == today, waiting):  # noqa: B023 - used here
                entries.append(link(draft, place, key_id=key.id, key=key.audit_key))
                place = place_of(entries[-1])
            taken = await self._store.append(entries)
            if taken:
                await self._note(entries[taken - 1])
            waiting = waiting[taken:]
            if not waiting:
                return [None] * len(drafts)
            if not taken:
                await asyncio.sleep(0.001 * (tried % 7))  # step aside for the others, each a little differently
        refused = len(waiting)
        lost: list[Exception | None] = [TimeoutError("the audit trail is too crowded") for _ in range(refused)]
        return [*([None] * (len(drafts) - refused)), *lost]

    async def _note(self, entry: Entry) -> None:
        """Note how far the day went. The entry is written already, so a failure here is not the caller's."""
        try:
            await self._store.note(place_of(entry))
        except PyMongoError as error:
            log.warning("audit_note_failed", seq=entry.seq, error=type(error).__name__)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
