"""Use cases of the statutory calendar: a year's arrangement looked at, entered, imported and taken back."""

from dataclasses import dataclass
from datetime import date, datetime

from wxbot.actors import Actor
from wxbot.clinic.checks import year_table_problems
from wxbot.clinic.editing import Editing, refuse
from wxbot.clinic.models import SpecialDay, YearTable
from wxbot.clinic.parts import SettingKind
from wxbot.clinic.workdays import built_in, known
from wxbot.errors import StaleError
from wxbot.stored_value import Stored

READ, EDIT = "settings:clinic:read", "settings:closure:edit"


@dataclass(frozen=True, kw_only=True)
class YearView:
    """A year as it counts now. `kept` is None where nothing was entered; `published` is False for the rule's guess."""

    table: YearTable
    kept: Stored[YearTable] | None
    published: bool


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an import would change: day → before and after, None for an ordinary day."""

    table: YearTable
    revision: int  # what the importer saw; 0 for a year without a table
    changes: tuple[tuple[date, SpecialDay | None, SpecialDay | None], ...]


class Holidays:
    """节假日与调休."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing

    async def year(self, year: int, *, by: Actor) -> YearView:
        """The year's arrangement: what was entered, else what is built in, else the rule's guess."""
        by.must(READ)
        kept = await self._editing.store.part(SettingKind.HOLIDAYS, str(year))
        if kept is not None:
            return YearView(table=kept.value, kept=kept, published=True)
        return YearView(table=built_in(year), kept=None, published=known(year))

    async def preview(self, table: YearTable, *, by: Actor) -> Preview:
        """What would change. Raises FieldErrors."""
        by.must(EDIT)
        refuse(year_table_problems(table))
        view = await self.year(table.year, by=by)
        before, after = view.table.by_day, table.by_day
        changes = tuple(
            (day, before.get(day), after.get(day))
            for day in sorted(before.keys() | after.keys())
            if before.get(day) != after.get(day)
        )
        return Preview(table=table, revision=0 if view.kept is None else view.kept.revision, changes=changes)

    async def apply(self, table: YearTable, revision: int, *, by: Actor, now: datetime) -> None:
        """Let a table count; `revision` 0 for a year without one. Raises FieldErrors and StaleError."""
        by.must(EDIT)
        refuse(year_table_problems(table))
        kind, part_id = SettingKind.HOLIDAYS, str(table.year)
        if revision:
            words = f"修改 {table.year} 年节假日安排"
            await self._editing.save(kind, part_id, table, revision, by=by, now=now, summary=words)
            return
        there = await self._editing.store.part(kind, part_id)
        if there is not None:
            if there.value == table:  # the double tap
                return
            raise StaleError(f"{kind}/{part_id} was entered meanwhile")
        words = f"录入 {table.year} 年节假日安排"
        await self._editing.add(kind, part_id, table, by=by, now=now, summary=words)

    async def forget(self, year: int, revision: int, *, by: Actor, now: datetime) -> None:
        """Take an entered table back; what is built in counts again. Raises NotFoundError and StaleError."""
        by.must(EDIT)
        words = f"撤回 {year} 年录入的节假日安排"
        await self._editing.remove(SettingKind.HOLIDAYS, str(year), revision, by=by, now=now, summary=words)
