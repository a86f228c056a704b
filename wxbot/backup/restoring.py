"""A restore: an archive takes the place of a database, and what may have happened since the backup is closed.

What a restored database cannot know is what was sent after its backup. Whatever would be sent now and may have been
sent then is closed with a reason, and people are told what to look at; see `_close_gap`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import BinaryIO

from wxbot.actors import EVERYTHING, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.backup import archive
from wxbot.backup.models import BackupError, Manifest, Restored
from wxbot.backup.service import Progress, silent
from wxbot.backup.store import KEYS, BackupStore, key_ids
from wxbot.backup.words import asks_to_check_push, asks_to_look
from wxbot.broadcasts.after_restore import MADE_DUE_EARLY
from wxbot.broadcasts.service import Broadcasts
from wxbot.care.service import Care
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.dispatch.stores.inbox import InboxStore
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.ids import new_id
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.scheduler.store import LockStore

RECENT = timedelta(seconds=90)  # a service leaves a sign at least every half minute: older ones are a stopped one's
WATCHED_SECONDS = 40.0  # how long recent signs are watched for a change: longer than a service is silent
LOOK_SECONDS = 0.5
CLOCKS_APART = timedelta(minutes=5)  # how far the clock that took the backup may be ahead of this one
NOT_EMPTY = (
    "The database {name} is not empty. Restore into an empty one, or give --replace: everything in it is then deleted."
)
NO_KEY = (
    "The archive's fields are encrypted with the data key {ids}, which is not here. Bring the key back from its own "
    "backup first (docs/deployment.md, Keys). Nothing was changed."
)
IN_USE = "A service runs on the database {name}. Stop it (all of its processes), then restore."
FROM_THE_FUTURE = "The archive was made at {taken_at}, which is later than this machine's clock. Set the clock right."


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """Whose use cases close what may have happened since the backup."""

    outbox: Outbox
    care: Care
    broadcasts: Broadcasts
    followups: FollowUps
    patients: Patients
    audit: AuditTrail
    clinics: LiveClinic
    inbox: InboxStore
    locks: LockStore


class Restoration:
    """Restores archives.

    `prepare` creates the indexes and takes the restored settings into this process; `known_keys` are the ids of the
    data keys that are here.
    """

    def __init__(  # noqa: PLR0913 - collaborators
        self,
        store: BackupStore,
        rooms: Rooms,
        *,
        clock: Clock,
        prepare: Callable[[datetime], Awaitable[None]],
        known_keys: Collection[str],
        watched_seconds: float = WATCHED_SECONDS,
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._clock = clock
        self._prepare = prepare
        self._known_keys = known_keys
        self._watched_seconds = watched_seconds

    async def restore(self, source: BinaryIO, *, replace_all: bool, by: Actor, progress: Progress = silent) -> Restored:
        """Restore a whole archive into the empty database; with `replace_all` everything in it is deleted first.

        The archive is read to its end before anything is written. From the first write to the last the database is
        marked as unfinished: no service serves it, and the restore may be repeated, whatever interrupted it.

        Raises:
            ForbiddenError: the actor may not restore.
            ArchiveError: the archive is damaged or none of ours.
            BackupError: the database is not empty, or a service runs on it.
        """
        by.must(EVERYTHING)
        manifest = archive.verify(source)
        taken_at = manifest.header.taken_at
        if taken_at > self._clock.now() + CLOCKS_APART:
            raise BackupError(FROM_THE_FUTURE.format(taken_at=taken_at.isoformat(timespec="minutes")))
        await self._check_keys(source)
        half_done = await self._store.unfinished_restore()
        if not replace_all and not half_done and not await self._store.is_empty():
            raise BackupError(NOT_EMPTY.format(name=self._store.name))
        if await self._in_use():
            raise BackupError(IN_USE.format(name=self._store.name))
        now = self._clock.now()
        await self._store.begin_restore(new_id(now), taken_at, now)
        await self._store.clear()
        await self._write(source, manifest, progress)
        await self._prepare(now)
        restored = await self._close_gap(Restored(manifest=manifest), max(now, taken_at), by=by, now=now)
        await self._rooms.audit.record(
            AuditAction.BACKUP_RESTORED,
            f"database:{self._store.name}",
            by=by,
            now=now,
            summary=f"恢复了 {taken_at.isoformat(timespec='seconds')} 的备份，共 {manifest.documents} 条",
        )
        await self._store.finish_restore(self._clock.now())
        return restored

    async def _check_keys(self, source: BinaryIO) -> None:
        """Refuse an archive whose fields nobody here could read. An empty database then keeps no key of its own."""
        needed: frozenset[str] = frozenset()
        for documents in archive.read(source):
            if documents.collection == KEYS:
                needed = needed.union(*(key_ids(document) for document in documents.bson))
        missing = needed.difference(self._known_keys)
        if not missing:
            return
        if await self._store.is_empty():
            await self._store.clear()
        raise BackupError(NO_KEY.format(ids=", ".join(sorted(missing))))

    async def _write(self, source: BinaryIO, manifest: Manifest, progress: Progress) -> None:
        through = dict.fromkeys(manifest.parts, 0)
        for documents in archive.read(source):
            await self._store.insert(documents.collection, documents.bson)
            through[documents.collection] += len(documents.bson)
            progress(documents.collection, through[documents.collection])

    async def _in_use(self) -> bool:
        """Whether a service works on the database: what it left lately changes while we watch."""
        since = self._clock.machine_now() - RECENT
        before = await self._rooms.locks.activity(since)
        ends = self._clock.monotonic() + self._watched_seconds
        while before and self._clock.monotonic() < ends:
            await asyncio.sleep(LOOK_SECONDS)
            present = await self._rooms.locks.activity(since)
            if any(present[name] != before.get(name) for name in present):
                return True
        return False

    async def _close_gap(self, restored: Restored, until: datetime, *, by: Actor, now: datetime) -> Restored:
        """Close whatever may have been sent, answered or approved between the backup and `until`; tell people.

        - messages that were waiting and due by then, or claimed: unknown, and a call where it still matters;
        - care steps that fell due since the backup, which the archive does not know: the same;
        - broadcasts in progress: cancelled; those that waited for approval: drafts again;
        - unfinished pushes: closed, and a person checks whether the patient was answered.

        What is due later stays as it is and is sent then.
        """
        rooms = self._rooms
        closer = rooms.outbox.after_restore
        messages = await closer.close_pending(until, MADE_DUE_EARLY, now)
        care_steps = await closer.keep_closed(await rooms.care.due_messages(until), until, now)
        await rooms.care.catch_ups.note_look(until)
        broadcasts = await rooms.broadcasts.after_restore.close(until, by=by, now=now)
        pushes = await rooms.inbox.close_unfinished()
        for key, openid in pushes:
            contact = await rooms.patients.contact_by_openid(openid)
            await rooms.followups.open(
                key=f"restored:{key}",
                kind=FollowUpKind.CHECK,
                reason=asks_to_check_push(),
                contact_id=contact.id if contact is not None else None,
                patient_id=None,
                due_at=now,
                now=now,
            )
        whole = replace(
            restored,
            messages=messages,
            care_steps=care_steps,
            broadcasts=broadcasts.cancelled,
            returned=broadcasts.returned,
            pushes=len(pushes),
        )
        taken_at = restored.manifest.header.taken_at
        await rooms.followups.open(
            key=f"restored:{taken_at.isoformat()}:{now.isoformat()}",
            kind=FollowUpKind.CHECK,
            reason=asks_to_look(whole, until, rooms.clinics.current.timezone),
            contact_id=None,
            patient_id=None,
            due_at=now,
            now=now,
        )
        return whole
