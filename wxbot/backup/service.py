"""Use cases: write an archive, compare an archive with the database."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import BinaryIO, TypeAlias

from wxbot.actors import EVERYTHING, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.backup import archive
from wxbot.backup.models import FORMAT, VERSION, Difference, Header, Manifest
from wxbot.backup.store import BackupStore, fingerprint, identity, is_expired
from wxbot.database import Index

Progress: TypeAlias = Callable[[str, int], None]
"""Told of each batch: the collection, and how many of its documents are through."""


def silent(_collection: str, _documents: int) -> None:
    """Tell nobody."""


class Backups:
    """Archives of the whole database. `indexes` are those of all rooms: they say what expires."""

    def __init__(self, store: BackupStore, *, audit: AuditTrail, indexes: Sequence[Index]) -> None:
        self._store = store
        self._audit = audit
        self._indexes = indexes

    async def write(self, target: BinaryIO, *, by: Actor, now: datetime, progress: Progress = silent) -> Manifest:
        """Write the database as of one moment to `target`; the service may go on meanwhile.

        The audit is told first: whoever holds the archive holds every patient's data.
        Raises ForbiddenError, BackupError.
        """
        by.must(EVERYTHING)
        await self._audit.record(
            AuditAction.BACKUP_WRITTEN, f"database:{self._store.name}", by=by, now=now, summary="写出整个数据库的备份"
        )
        header = Header(format=FORMAT, version=VERSION, database=self._store.name, taken_at=now)
        writer = archive.ArchiveWriter(target, header)
        through = 0
        async for name, documents in self._store.snapshot(await self._store.names()):
            if documents:
                through += writer.add(documents)
            else:
                writer.collection(name)
                through = 0
            progress(name, through)
        return writer.close()

    async def compare(self, source: BinaryIO, *, by: Actor, now: datetime) -> list[Difference]:
        """How the database differs from an archive, by collection; nothing is written.

        `now` is the machine's time: what the database deletes by then of its own accord is counted apart.
        Raises ForbiddenError, ArchiveError, BackupError.
        """
        by.must(EVERYTHING)
        manifest = archive.verify(source)
        kept: dict[str, dict[bytes, bytes]] = {name: {} for name in manifest.parts}
        gone_by_now: dict[str, set[bytes]] = {name: set() for name in manifest.parts}
        for documents in archive.read(source):
            name = documents.collection
            indexes = [index for index in self._indexes if index.collection == name]
            for document in documents.bson:
                key = identity(document)
                kept[name][key] = fingerprint(document)
                if is_expired(document, indexes, now):
                    gone_by_now[name].add(key)
        added = dict.fromkeys(kept, 0)
        changed = dict.fromkeys(kept, 0)
        async for name, batch in self._store.snapshot(sorted({*kept, *await self._store.names()})):
            added.setdefault(name, 0)
            for document in archive.split(batch):
                known = kept.get(name, {}).pop(identity(document), None)
                added[name] += known is None
                changed[name] = changed.get(name, 0) + (known is not None and known != fingerprint(document))
        found = [
            Difference(
                collection=name,
                missing=len(kept.get(name, {}).keys() - gone_by_now.get(name, set())),
                added=added[name],
                changed=changed.get(name, 0),
                expired=len(kept.get(name, {}).keys() & gone_by_now.get(name, set())),
            )
            for name in sorted(added)
        ]
        return [each for each in found if each.counts or each.expired]
