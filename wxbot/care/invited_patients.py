"""已派单未上门: patients who were invited, or cancelled their visit, and have not come since, by age (A1-32).

Who counts is judged by the facts that the plan `invited` goes by; whoever has no WeChat contact is listed as well.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.care.anchors.leads import lead_stands
from wxbot.care.facts import FactReader
from wxbot.care.ports import InvitedLeads
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.leads import LeadKind, lead_kind
from wxbot.followups.models import FollowUp
from wxbot.followups.service import READ
from wxbot.history.models import PatientId
from wxbot.labels import LabelledEnum
from wxbot.patients.service import Patients

LISTED = 50  # on one page
MOST_COUNTED = 99  # of one age; more are shown as 99+
PORTION = 100  # follow-ups judged at once
MOST_JUDGED = 1_000  # follow-ups for one page or number; then the reader asks on
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LAST_ID = "\uffff"  # behind every id


class Age(LabelledEnum):
    """How many local days ago they were invited."""

    DAYS_3 = ("0-3", "0–3 天")
    DAYS_7 = ("4-7", "4–7 天")
    DAYS_14 = ("8-14", "8–14 天")
    DAYS_30 = ("15-30", "15–30 天")
    OLDER = ("31", "30 天以上")


DAYS: Mapping[Age, tuple[int, int | None]] = {
    Age.DAYS_3: (0, 3),
    Age.DAYS_7: (4, 7),
    Age.DAYS_14: (8, 14),
    Age.DAYS_30: (15, 30),
    Age.OLDER: (31, None),
}
"""The first and the last day of each age; None has no last."""


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended: the next one continues behind this follow-up."""

    opened_at: datetime
    id: str


@dataclass(frozen=True, kw_only=True)
class InvitedPage:
    """A page, the latest invited first. `next` is None at the end; a page may be short, and go on all the same."""

    tasks: tuple[FollowUp, ...]
    next: Place | None


@dataclass(frozen=True, kw_only=True)
class Number:
    """How many there are, or at least; `more` says that there may be further ones."""

    count: int
    more: bool


class InvitedPatients:
    """Reads the list. Every use case raises ForbiddenError."""

    def __init__(self, leads: InvitedLeads, facts: FactReader, *, patients: Patients, clinics: LiveClinic) -> None:
        self._leads = leads
        self._facts = facts
        self._patients = patients
        self._clinics = clinics

    async def page(self, age: Age | None, after: Place | None, *, by: Actor, now: datetime) -> InvitedPage:
        """At most 50 of one age, or of every age, behind `after`."""
        by.must(READ)
        return await self._read(age, after, LISTED, now)

    async def counts(self, *, by: Actor, now: datetime) -> Mapping[Age, Number]:
        """How many of each age there are, counted to 99."""
        by.must(READ)
        pages = await asyncio.gather(*(self._read(age, None, MOST_COUNTED, now) for age in Age))
        return {
            age: Number(count=len(page.tasks), more=page.next is not None) for age, page in zip(Age, pages, strict=True)
        }

    def days(self, task: FollowUp, now: datetime) -> int:
        """How many local days ago that was noted."""
        return (self._day(now) - self._day(task.opened_at)).days

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _read(self, age: Age | None, after: Place | None, limit: int, now: datetime) -> InvitedPage:
        since, until = self._span(age, now)
        place = after if after is not None and after.opened_at <= until else Place(until, LAST_ID)
        found: list[FollowUp] = []
        for _ in range(MOST_JUDGED // PORTION):
            portion = await self._leads.invited(since, place.opened_at, place.id, PORTION)
            for task in await self._standing(portion):
                if len(found) == limit:
                    return InvitedPage(tasks=tuple(found), next=Place(found[-1].opened_at, found[-1].id))
                found.append(task)
            if len(portion) < PORTION:
                return InvitedPage(tasks=tuple(found), next=None)
            place = Place(portion[-1].opened_at, portion[-1].id)
        return InvitedPage(tasks=tuple(found), next=place)

    async def _standing(self, portion: Sequence[FollowUp]) -> list[FollowUp]:
        """Those of them whose patient is still to come, as the plan `invited` judges them."""
        tasks = [each for each in portion if lead_kind(each) is LeadKind.INVITED]
        if not tasks:
            return []
        names = await self._names({each.patient_id for each in tasks if each.patient_id is not None})
        leads = await self._facts.leads_of(names)
        visits = await self._facts.returned(names, min(each.opened_at for each in tasks))
        return [
            each
            for each in tasks
            if each.patient_id is not None
            and each.patient_id in names
            and lead_stands(each, leads[each.patient_id], visits.get(each.patient_id, ())).met
        ]

    async def _names(self, ids: set[PatientId]) -> Mapping[PatientId, set[PatientId]]:
        """Of each patient who is known: the record itself, the one it became by a merge, and that one's duplicates."""
        living = await self._patients.patients(ids)
        found = {each: {each, patient.id} for each, patient in living.items()}
        for duplicate in await self._patients.duplicates({each.id for each in living.values()}):
            for group in found.values():
                if duplicate.merged_into in group:
                    group.add(duplicate.id)
        return found

    def _span(self, age: Age | None, now: datetime) -> tuple[datetime, datetime]:
        first, last = DAYS[age] if age is not None else (0, None)
        today = self._day(now)
        since = BEGINNING if last is None else self._midnight(today - timedelta(days=last))
        return since, self._midnight(today - timedelta(days=first - 1)) - timedelta(milliseconds=1)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._clinics.current.timezone).date()

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._clinics.current.timezone)
