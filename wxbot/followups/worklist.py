"""待办回访 as a list to work through: today, overdue, mine, everything open, done; grouped by family."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.followups.service import READ
from wxbot.followups.stores.followups import FollowUpStore, Position
from wxbot.followups.stores.worklist import DoneFilter, OpenFilter, WorklistStore
from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum
from wxbot.patients.service import Patients

LISTED = 50  # on one page
MOST_COUNTED = 99  # shown as 99+: what a tab says is looked at each time the list is opened
MOST_POOLED = 999  # calls to come that the report counts
MOST_GROUPED = 200  # follow-ups that one look at groups reads; more are no list for one day
MOST_OF_FAMILY = 20  # follow-ups of one family on its card
AHEAD = timedelta(days=2)  # the longest clock (A4-44): what is to be done by a time is begun before
DONE_FOR = timedelta(days=30)  # what was done is listed for so long


class Tab(LabelledEnum):
    """Which part of the list."""

    TODAY = ("today", "今天")  # calls until midnight, what has a deadline in two days, what is urgent; overdue in front
    OVERDUE = ("overdue", "逾期")
    MINE = ("mine", "我的")
    OPEN = ("open", "全部")
    DONE = ("done", "已完成")


@dataclass(frozen=True, kw_only=True)
class Family:
    """What is due for the patients of one contact; the first of the list's order gives the place."""

    key: str
    tasks: tuple[FollowUp, ...]


class Worklist:
    """Reads the list. Every use case raises ForbiddenError."""

    def __init__(self, store: WorklistStore, tasks: FollowUpStore, *, patients: Patients, clinics: LiveClinic) -> None:
        self._store = store
        self._tasks = tasks
        self._patients = patients
        self._clinics = clinics

    async def page(  # noqa: PLR0913 - one fact each, all keyword-only behind the first
        self,
        tab: Tab,
        *,
        by: Actor,
        now: datetime,
        kind: FollowUpKind | None = None,
        after: Position | None = None,
        limit: int = LISTED,
        done: DoneFilter | None = None,
    ) -> list[FollowUp]:
        """One part of the list behind `after`: open ones, the urgent first, then by due time; done ones, the latest.

        `done` says which were done; without it those of the last 30 days.
        """
        by.must(READ)
        if tab is Tab.DONE:
            before = (after.due_at, after.id) if after is not None else None
            return await self._store.done_page(done or DoneFilter(since=now - DONE_FOR, kind=kind), before, limit)
        return await self._store.open_page(self._filter(tab, by, now, kind), after, limit)

    async def counts(self, *, by: Actor, now: datetime) -> Mapping[Tab, int]:
        """How many each part has, counted to 99; of what was done, today's."""
        by.must(READ)
        tabs = [each for each in Tab if each is not Tab.DONE]
        counted = await asyncio.gather(
            self._store.count_done(self._midnight(now), MOST_COUNTED),
            *(self._store.count(self._filter(each, by, now, None), MOST_COUNTED) for each in tabs),
        )
        return dict(zip((Tab.DONE, *tabs), counted, strict=True))

    async def overdue(self, *, by: Actor, now: datetime) -> int:
        """How many are open whose time is over, counted to 99: what the tab of that name has."""
        by.must(READ)
        return await self._store.count(self._filter(Tab.OVERDUE, by, now, None), MOST_COUNTED)

    async def families(self, tasks: Sequence[FollowUp]) -> list[Family]:
        """The list's follow-ups by family: who one contact speaks for is one family, in the order of the list."""
        contacts = await self._contacts(tasks)
        found: dict[str, list[FollowUp]] = {}
        for task in tasks:
            found.setdefault(contacts.get(task.id) or task.patient_id or task.id, []).append(task)
        return [Family(key=key, tasks=tuple(each)) for key, each in found.items()]

    async def of_family(self, task: FollowUp, *, by: Actor, now: datetime) -> list[FollowUp]:
        """Everything else that is due today for the patients of the same contact, the most urgent first."""
        by.must(READ)
        contact_id = (await self._contacts([task])).get(task.id)
        people = [task.patient_id] if task.patient_id is not None else []
        if contact_id is not None:
            people += [each.id for each in (await self._patients.of_contacts([contact_id])).get(contact_id, [])]
        found = await self._tasks.open_of(people, [contact_id] if contact_id else [], MOST_OF_FAMILY)
        until = self._midnight(now) + timedelta(days=1)
        return [
            each
            for each in found
            if each.id != task.id and (each.urgent or each.kind is not FollowUpKind.PHONE or each.due_at < until)
        ]

    async def pool(self, kinds: Collection[FollowUpKind], *, by: Actor, now: datetime, days: int) -> Mapping[int, int]:
        """How many calls are due until the end of each day ahead: day → number, today is 0 (A2-03)."""
        by.must(READ)
        midnight = self._midnight(now)
        wanted = [
            OpenFilter(due_before=midnight + timedelta(days=ahead + 1), kind=kind)
            for ahead in range(days)
            for kind in kinds
        ]
        counted = await asyncio.gather(*(self._store.count(each, MOST_POOLED) for each in wanted))
        size = len(kinds)
        return {ahead: sum(counted[ahead * size : (ahead + 1) * size]) for ahead in range(days)}

    # -- inside ---------------------------------------------------------------------------------------------------

    def _filter(self, tab: Tab, by: Actor, now: datetime, kind: FollowUpKind | None) -> OpenFilter:
        if tab is Tab.TODAY:
            until = self._midnight(now) + timedelta(days=1)
            return OpenFilter(due_before=until, deadline_before=until + AHEAD, urgent_too=True, kind=kind)
        if tab is Tab.OVERDUE:
            return OpenFilter(due_before=now, kind=kind)
        return OpenFilter(owner=by.id if tab is Tab.MINE else "", kind=kind)

    def _midnight(self, now: datetime) -> datetime:
        zone = self._clinics.current.timezone
        return datetime.combine(now.astimezone(zone).date(), time(), zone)

    async def _contacts(self, tasks: Sequence[FollowUp]) -> dict[str, ContactId]:
        """Follow-up → the contact who speaks for whom it is about."""
        ids: set[PatientId] = {each.patient_id for each in tasks if each.patient_id is not None}
        patients = await self._patients.patients(ids) if ids else {}
        found: dict[str, ContactId] = {}
        for task in tasks:
            patient = patients.get(task.patient_id) if task.patient_id is not None else None
            contact_id = (patient.contact_id if patient is not None else None) or task.contact_id
            if contact_id is not None:
                found[task.id] = contact_id
        return found
