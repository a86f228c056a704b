"""The live clinic: from the files at first, then as it is stored and the console changes it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from wxbot.actors import CONFIG_FILES
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.change_counter import ChangeCounter
from wxbot.clinic.models import Clinic
from wxbot.clinic.parts import StoredClinic, parts_of
from wxbot.clinic.photos import Photo
from wxbot.clinic.store import ClinicStore
from wxbot.clinic.workdays import known
from wxbot.clock import Clock
from wxbot.logs import get_logger
from wxbot.stored_value import Stored

log = get_logger(__name__)

NOVEMBER = 11  # the State Council publishes the next year's arrangement in it


class Clinics:
    """The clinic as it stands now. Implements `wxbot.clinic.ports.LiveClinic`.

    It begins as the files say, so that it is there while the database is not. `start` writes what the files add into
    the database; from then on what is stored counts.
    """

    def __init__(
        self, store: ClinicStore, files: Clinic, audit: AuditTrail, clock: Clock, photos: Sequence[Photo] = ()
    ) -> None:
        self._store = store
        self._files = files
        self._photos = photos  # pictures beside the files
        self._audit = audit
        self._changes = ChangeCounter(store.counter, clock)
        self._current = files

    @property
    def current(self) -> Clinic:
        """The clinic as it stands now. Never waits."""
        return self._current

    async def start(self, now: datetime) -> None:
        """Take what the files add, then read what is stored. Repeating it, in several processes at once, is fine.

        A part that only files have written follows them; one that the console changed or removed does not.
        """
        for photo in self._photos:  # before they are named: never a broken image
            await self._store.keep_photo(photo, by=CONFIG_FILES.by, at=now)
        taken = await self._store.seeded()
        parts = [
            (kind, _of_file(part_id, value, position, now))
            for position, (kind, part_id, value) in enumerate(parts_of(self._files))
        ]
        changed = await self._store.seed(parts, taken)
        await self._store.note_seeded([f"{kind}/{kept.id}" for kind, kept in parts])
        if changed:
            await self._store.changed()
            words = f"从配置文件读入 {changed} 项设置"
            await self._audit.record(
                AuditAction.SETTINGS_SEEDED, "settings:clinic", by=CONFIG_FILES, now=now, summary=words
            )
            log.info("clinic_seeded", parts=changed)
        await self.refresh(now, always=True)

    async def refresh(self, now: datetime, *, always: bool = False) -> bool:  # noqa: ARG002 - the jobs' signature
        """Read what is stored if anything changed, or `always`; whether it was read."""
        look = await self._changes.look(always=always)
        if look is None:
            return False
        stored = await self._store.read()
        if stored is not None:
            self.take(stored)
        self._changes.looked(look, found=stored is not None)
        return stored is not None

    def take(self, stored: StoredClinic) -> None:
        """Let what was just read count. What is the same stays the same object: much is compiled for it and kept."""
        clinic = stored.clinic(self._files.timezone)
        if clinic != self._current:
            self._current = clinic

    def warnings(self, now: datetime) -> tuple[str, ...]:
        """What somebody should see to, in words for staff."""
        today = now.astimezone(self._current.timezone).date()
        return tuple(
            f"{year}年的法定节假日和调休安排还没有录入，目前按惯例推算，可能不准。请到「设置 · 节假日」录入或导入。"
            for year in missing_years(self._current, today)
        )


def _of_file(part_id: str, value: object, position: int, now: datetime) -> Stored[Any]:
    return Stored(
        id=part_id,
        value=value,
        revision=1,
        by=CONFIG_FILES.by,
        by_name=CONFIG_FILES.name,
        at=now,
        position=position,
    )


def missing_years(clinic: Clinic, today: date) -> tuple[int, ...]:
    """This year and, from November on, the next, where neither a table was entered nor one is built in."""
    years = (today.year, today.year + 1) if today.month >= NOVEMBER else (today.year,)
    return tuple(year for year in years if clinic.year_table(year) is None and not known(year))
