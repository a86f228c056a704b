"""Use cases of what patients asked about and did not do: the list, an entry by hand, its end, the end taken back.

Most of it is derived from present facts, so that what is done disappears; stored is only what colleagues write.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.service import Booking
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.followups.service import CLOSE, FollowUps
from wxbot.history.models import PatientId
from wxbot.ids import new_id
from wxbot.patients.service import Patients
from wxbot.reception.interest_models import Interest, InterestEnd, InterestList, InterestNote
from wxbot.reception.interest_rules import (
    not_done,
    of_notes,
    of_offers,
    of_undecided,
    of_visits,
    of_waitlist,
    one_of_each,
    same_project,
)
from wxbot.reception.ports import EndedWaits, NotedVisits
from wxbot.reception.stores.interests import InterestStore
from wxbot.visits.rules import VisitDayRules

READ = "patients:patient:read"
LONGEST_PROJECT = 40  # characters
MOST_VISITS = 200  # of one patient that are looked at, the latest
MOST_SHOWN = 20
MOST_ENDED = 5
CHANGED = "同事刚刚改过这一条，请核对以后再改。"


class Interests:
    """`patient_ids` are the record and the duplicates that became it. Each use case raises ForbiddenError."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: InterestStore,
        *,
        patients: Patients,
        booking: Booking,
        followups: FollowUps,
        waits: EndedWaits,
        records: NotedVisits,
        clinics: LiveClinic,
        audit: AuditTrail,
        visit_day: VisitDayRules,
    ) -> None:
        self._store = store
        self._patients = patients
        self._booking = booking
        self._followups = followups
        self._waits = waits
        self._records = records
        self._clinics = clinics
        self._audit = audit
        self._visit_day = visit_day

    async def of_patient(self, patient_ids: Sequence[PatientId], *, by: Actor) -> InterestList:
        """What may be brought up, one of each project, and what was ended lately."""
        by.must(READ)
        notes = await self._store.of(patient_ids)
        open_ones = one_of_each(await self._open(patient_ids, notes))
        ended = sorted(
            (each for each in notes if each.end), key=lambda each: each.ended_at or each.noted_at, reverse=True
        )
        return InterestList(open=tuple(open_ones[:MOST_SHOWN]), ended=tuple(ended[:MOST_ENDED]))

    async def note(self, patient_ids: Sequence[PatientId], project: str, *, by: Actor, now: datetime) -> None:
        """Note a project by hand; one that is on the list is not noted twice. Raises NotFoundError, FieldErrors."""
        by.must(CLOSE)
        await self._must_exist(patient_ids)
        words = project.strip()
        if not 0 < len(words) <= LONGEST_PROJECT:
            raise FieldErrors({"project": f"请写是哪个项目，最多 {LONGEST_PROJECT} 字"})
        known = await self._open(patient_ids, await self._store.of(patient_ids))
        if any(each.project.strip().casefold() == words.casefold() for each in known):
            return
        note = InterestNote(
            id=new_id(now), patient_id=patient_ids[0], project=words, by_hand=True, noted_by=by.by, noted_at=now
        )
        await self._store.insert(note)
        await self._record(AuditAction.INTEREST_NOTED, f"记下以前了解的项目：{words}", patient_ids, by, now)

    async def end(self, patient_ids: Sequence[PatientId], key: str, end: str, *, by: Actor, now: datetime) -> None:
        """Nobody mentions it any more: 做了 or 不再提; with it everything that speaks of the same project.

        Raises NotFoundError of what is not on the list, FieldErrors, StaleError.
        """
        by.must(CLOSE)
        if end not in {each.value for each in InterestEnd}:
            raise FieldErrors({"end": "请选择做了，还是不再提"})
        notes = await self._store.of(patient_ids)
        open_ones = await self._open(patient_ids, notes)
        meant = next((each for each in open_ones if each.key == key), None)
        if meant is None:
            raise NotFoundError("no such interest")
        known, why = {each.id: each for each in notes}, InterestEnd(end)
        for each in open_ones:
            if same_project(each) == same_project(meant):
                await self._put(_ended(known.get(each.key) or _derived(each, patient_ids[0]), why, by, now))
        summary = f"以前了解的项目「{meant.project}」：{why.label}"
        await self._record(AuditAction.INTEREST_ENDED, summary, patient_ids, by, now)

    async def resume(self, patient_ids: Sequence[PatientId], key: str, *, by: Actor, now: datetime) -> None:
        """Take an end back. Raises NotFoundError, StaleError."""
        by.must(CLOSE)
        note = next((each for each in await self._store.of(patient_ids) if each.id == key and each.end), None)
        if note is None:
            raise NotFoundError("no such interest")
        await self._put(replace(note, end=None, ended_by="", ended_at=None, revision=note.revision + 1))
        await self._record(AuditAction.INTEREST_RESUMED, f"恢复以前了解的项目：{note.project}", patient_ids, by, now)

    async def erase(self, patient_ids: Collection[PatientId]) -> int:
        """Delete what was written about patients whose records go; the number."""
        return await self._store.erase(patient_ids)

    # -- inside -----------------------------------------------------------------------------------------------

    async def _open(self, patient_ids: Sequence[PatientId], notes: Sequence[InterestNote]) -> list[Interest]:
        """Everything that was asked about, not done and not ended, several of one project among it."""
        clinic = self._clinics.current
        visits, tasks, entries = await asyncio.gather(
            self._booking.of_patients(patient_ids, limit=MOST_VISITS),
            self._followups.leads_of(patient_ids),
            self._waits.ended_of(patient_ids),
        )
        records = await self._records.of([each.id for each in visits])
        found = [
            *of_notes(notes, clinic),
            *of_undecided(tasks, clinic),
            *of_offers(records, self._visit_day, clinic),
            *of_waitlist(entries, clinic),
            *of_visits(visits, clinic),
        ]
        over = {each.id for each in notes if each.end is not None}
        return [each for each in not_done(found, visits, clinic) if each.key not in over]

    async def _put(self, note: InterestNote) -> None:
        kept = await self._store.replace(note) if note.revision > 1 or note.by_hand else await self._store.insert(note)
        if not kept:
            raise StaleError("changed since", sentence=CHANGED)

    async def _must_exist(self, patient_ids: Sequence[PatientId]) -> None:
        if not patient_ids or patient_ids[0] not in await self._patients.patients(patient_ids[:1]):
            raise NotFoundError("no such patient")

    async def _record(
        self, action: AuditAction, summary: str, patient_ids: Sequence[PatientId], by: Actor, now: datetime
    ) -> None:
        await self._audit.record(action, f"patient:{patient_ids[0]}", by=by, now=now, summary=summary)


def _derived(interest: Interest, patient_id: PatientId) -> InterestNote:
    return InterestNote(
        id=interest.key,
        patient_id=patient_id,
        project=interest.project,
        by_hand=False,
        noted_by=interest.by,
        noted_at=interest.at,
    )


def _ended(note: InterestNote, end: InterestEnd, by: Actor, now: datetime) -> InterestNote:
    return replace(note, end=end, ended_by=by.by, ended_at=now, revision=note.revision + 1)
