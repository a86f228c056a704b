"""When the desk answers and who is on duty: several blocks a day, lunch, the night desk, closures and holidays."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.changes import hours_words
from wxbot.clinic.checks import hours_problems
from wxbot.clinic.hours import WEEKDAYS
from wxbot.clinic.models import Block
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.hours import roster
from wxbot.conversations.hours.store import ShiftStore, Week
from wxbot.conversations.rules import DeskRules
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.staff.models import AccountId
from wxbot.staff.service import Staff
from wxbot.stored_value import Stored

EDIT = "desk:shift:edit"
NO_ROSTER = "没有排班，在线就接待"


class Shifts:
    """The weekly shifts of people at the desk."""

    def __init__(
        self, store: ShiftStore, *, clinics: LiveClinic, staff: Staff, audit: AuditTrail, rules: DeskRules
    ) -> None:
        self._store = store
        self._clinics = clinics
        self._staff = staff
        self._audit = audit
        self._rules = rules

    async def of(self, account_id: AccountId) -> tuple[Block, ...]:
        """Their week; empty: no roster, always on duty while they are available."""
        kept = await self._store.find(account_id)
        return () if kept is None else kept.value

    async def everybody(self) -> Mapping[AccountId, tuple[Block, ...]]:
        """All rosters."""
        return {account_id: kept.value for account_id, kept in (await self._store.all()).items()}

    async def kept(self, *, by: Actor) -> Mapping[AccountId, Stored[Week]]:
        """All rosters with who set them, for the page that edits them. Raises ForbiddenError."""
        by.must(EDIT)
        return await self._store.all()

    async def change(
        self, account_id: AccountId, blocks: tuple[Block, ...], *, revision: int, by: Actor, now: datetime
    ) -> None:
        """Set somebody's week; without any block they have no roster. `revision` is 0 where none was set.

        Raises ForbiddenError, NotFoundError, StaleError, FieldErrors for blocks that overlap: hours.<day> → sentence.
        """
        by.must(EDIT)
        if problems := hours_problems(blocks):
            raise FieldErrors(problems)
        name = (await self._staff.names([account_id])).get(account_id)
        if name is None:
            raise NotFoundError("no such account")
        week = tuple(sorted(blocks, key=lambda each: (WEEKDAYS.index(each.day), each.start)))
        before = await self._store.find(account_id)
        if before is not None and before.revision == revision and before.value == week:
            return
        kept = Stored(id=account_id, value=week, revision=revision, by=by.by, by_name=by.name, at=now)
        await self._store.put(kept, revision)
        changes = {"hours": (hours_words(before.value if before else ()) or NO_ROSTER, hours_words(week) or NO_ROSTER)}
        subject = f"staff:{account_id}"
        await self._audit.record(
            AuditAction.SHIFT_CHANGED, subject, by=by, now=now, summary=f"修改{name}的值班时间", changes=changes
        )

    async def takes_new_chats(self, account_id: AccountId, now: datetime) -> bool:
        """Whether they are on a shift that does not end within 30 minutes (A0-18); without a roster always."""
        return self.open_to_new_chats(await self.of(account_id), now)

    def open_to_new_chats(self, week: tuple[Block, ...], now: datetime) -> bool:
        """The same of a week at hand, for many people at once (`everybody`)."""
        return roster.takes_new_chats(week, now, self._clinics.current.timezone, self._rules.no_new_before_end)

    def on_duty(self, week: tuple[Block, ...], now: datetime) -> bool:
        """Whether one of its blocks runs now; without a roster always."""
        return roster.is_on_duty(week, now, self._clinics.current.timezone)

    async def uncovered(self, people: Collection[AccountId]) -> tuple[Block, ...]:
        """The hours of the desk in which none of those people is on duty; none while one of them has no roster."""
        weeks = await self.everybody()
        return roster.uncovered(self.desk_hours(), [weeks.get(each, ()) for each in people]) if people else ()

    def desk_hours(self) -> tuple[Block, ...]:
        """When the desk answers in an ordinary week: its own hours, else while somebody at the clinic receives."""
        if self._rules.hours:
            return self._rules.hours
        opening = self._clinics.current.weekly_opening
        return tuple(Block(day=day, start=start, end=end) for day, spans in opening for start, end in spans)

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:
        """How long their present shift lasts, breaks inside it; None outside one or without a roster."""
        end = roster.shift_ends_at(await self.of(account_id), now, self._clinics.current.timezone)
        return None if end is None else end - now
