"""How a part of the clinic is changed: read, checked, protected by its revision, audited, live at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.changes import changes_between
from wxbot.clinic.parts import SettingKind, StoredClinic
from wxbot.clinic.service import Clinics
from wxbot.clinic.store import ClinicStore
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.stored_value import Stored

T = TypeVar("T")

SUBJECTS = {
    SettingKind.CLINIC: "clinic",
    SettingKind.VISIT_TYPES: "visit_type",
    SettingKind.ROOMS: "room",
    SettingKind.DEVICES: "device",
    SettingKind.PRACTITIONERS: "practitioner",
    SettingKind.CLOSURES: "closure",
    SettingKind.HOLIDAYS: "holidays",
}


class Editing:
    """The steps that every change of the settings takes. Used by this package's use cases only."""

    def __init__(self, store: ClinicStore, clinics: Clinics, audit: AuditTrail) -> None:
        self.store = store
        self.clinics = clinics
        self.audit = audit

    async def stored(self) -> StoredClinic:
        """Everything as it is stored now; this process uses it from then on. Raises NotFoundError before seeding."""
        stored = await self.store.read()
        if stored is None:
            raise NotFoundError("the clinic is not stored yet")
        self.clinics.take(stored)
        return stored

    async def part(self, kind: SettingKind, part_id: str) -> Stored[Any]:
        """One part. Raises NotFoundError."""
        kept = await self.store.part(kind, part_id)
        if kept is None:
            raise NotFoundError(f"{kind}/{part_id}")
        return kept

    async def add(  # noqa: PLR0913 - one fact each
        self, kind: SettingKind, part_id: str, value: T, *, by: Actor, now: datetime, summary: str
    ) -> Stored[T]:
        """Keep a new part at the end of the clinic's order. Raises FieldErrors when the id is taken."""
        stored = await self.stored()
        last = max((each.position for each in _of(stored, kind)), default=0)
        kept = Stored(id=part_id, value=value, revision=1, by=by.by, by_name=by.name, at=now, position=last + 1)
        if not await self.store.add(kind, kept):
            raise FieldErrors({"id": "已有这个编号，请换一个。"})
        await self._record_change(kind, part_id, None, value, by=by, now=now, summary=summary)
        return kept

    async def save(  # noqa: PLR0913 - one fact each
        self, kind: SettingKind, part_id: str, value: T, revision: int, *, by: Actor, now: datetime, summary: str
    ) -> Stored[T]:
        """Put a part where `revision` still stands; the same value again changes nothing.

        Raises NotFoundError and StaleError.
        """
        before = await self.part(kind, part_id)
        if before.value == value:
            return before
        kept = Stored(
            id=part_id, value=value, revision=revision, by=by.by, by_name=by.name, at=now, position=before.position
        )
        after = await self.store.replace(kind, kept, revision)
        await self._record_change(kind, part_id, before.value, value, by=by, now=now, summary=summary)
        return after

    async def remove(  # noqa: PLR0913 - one fact each
        self, kind: SettingKind, part_id: str, revision: int, *, by: Actor, now: datetime, summary: str
    ) -> None:
        """Remove a part where `revision` still stands, noted before. Raises NotFoundError and StaleError."""
        before = await self.part(kind, part_id)
        if before.revision != revision:
            raise StaleError(f"{kind}/{part_id} is not at revision {revision}")
        changes = changes_between(before.value, None, self.clinics.current)
        action = _action(before.value, None)
        await self.audit.record(action, subject_of(kind, part_id), by=by, now=now, summary=summary, changes=changes)
        await self.store.remove(kind, part_id, revision)
        await self.clinics.refresh(now, always=True)

    async def _record_change(  # noqa: PLR0913 - one fact each
        self, kind: SettingKind, part_id: str, before: Any, after: Any, *, by: Actor, now: datetime, summary: str
    ) -> None:
        changes = changes_between(before, after, self.clinics.current)
        await self.clinics.refresh(now, always=True)
        action = _action(before, after)
        await self.audit.record(action, subject_of(kind, part_id), by=by, now=now, summary=summary, changes=changes)


def subject_of(kind: SettingKind, part_id: str) -> str:
    """How the audit names a part: practitioner:chen."""
    return f"{SUBJECTS[kind]}:{part_id}"


def refuse(problems: Mapping[str, str]) -> None:
    """Raise FieldErrors when there are any."""
    if problems:
        raise FieldErrors(problems)


def _of(stored: StoredClinic, kind: SettingKind) -> tuple[Stored[Any], ...]:
    parts: tuple[Stored[Any], ...] = getattr(stored, kind.value)
    return parts


def _action(before: Any, after: Any) -> AuditAction:
    if before is None:
        return AuditAction.SETTINGS_CREATED
    return AuditAction.SETTINGS_DELETED if after is None else AuditAction.SETTINGS_EDITED
