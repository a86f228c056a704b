"""生日礼物: what was given to a patient (A1-38): noted, seen a year later, taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.care.dates import objection_to
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.followups.service import CLOSE
from wxbot.history.models import PatientId
from wxbot.ids import new_id
from wxbot.patients.service import Patients

READ = "patients:patient:read"
LONGEST = 60  # characters
WRITE = f"请写送了什么，最多 {LONGEST} 字"
NOT_YET = "还没有到这一天，送了以后再记。"
TAKEN_BACK = "同事刚刚撤回了这一条。"


@dataclass(frozen=True, kw_only=True)
class Present:
    """What was given on a local day. Taken back, it says by whom and when, and was not given."""

    id: str
    patient_id: PatientId
    text: str
    day: date
    noted_by: str
    noted_at: datetime
    taken_back_by: str = ""
    taken_back_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Presents:
    """Of one patient, the latest day first."""

    given: tuple[Present, ...]
    taken_back: tuple[Present, ...]

    def in_year(self, year: int) -> tuple[Present, ...]:
        """What was given in a calendar year."""
        return tuple(each for each in self.given if each.day.year == year)


class PresentRows(Protocol):
    """Where presents are kept. Implemented by care/stores/presents.py."""

    async def of(self, patient_ids: Collection[PatientId]) -> list[Present]:
        """What was noted of those patients, taken back or not."""
        ...

    async def insert(self, present: Present) -> None:
        """Keep a new one."""
        ...

    async def take_back(self, present: Present) -> bool:
        """Write that it was taken back; False where a colleague was quicker."""
        ...

    async def erase(self, patient_ids: Collection[PatientId]) -> int:
        """Delete those of patients whose records go; the number."""
        ...


class GivenPresents:
    """`patient_ids` are the record and the duplicates that became it. Each use case raises ForbiddenError."""

    def __init__(self, store: PresentRows, *, patients: Patients, clinics: LiveClinic, audit: AuditTrail) -> None:
        self._store = store
        self._patients = patients
        self._clinics = clinics
        self._audit = audit

    async def of_patient(self, patient_ids: Sequence[PatientId], *, by: Actor) -> Presents:
        """What was given, and what was noted by mistake."""
        by.must(READ)
        found = sorted(await self._store.of(patient_ids), key=lambda each: (each.day, each.id), reverse=True)
        return Presents(
            given=tuple(each for each in found if each.taken_back_at is None),
            taken_back=tuple(each for each in found if each.taken_back_at is not None),
        )

    async def note(self, patient_ids: Sequence[PatientId], text: str, day: date, *, by: Actor, now: datetime) -> None:
        """Note what was given on a local day; the same of the same day is noted once.

        Raises NotFoundError, FieldErrors (`text`, `day`).
        """
        by.must(CLOSE)
        patient = (await self._patients.patients(patient_ids[:1])).get(patient_ids[0]) if patient_ids else None
        if patient is None:
            raise NotFoundError("no such patient")
        words, faults = text.strip(), {}
        if not 0 < len(words) <= LONGEST:
            faults["text"] = WRITE
        today = now.astimezone(self._clinics.current.timezone).date()
        if objection := NOT_YET if day > today else objection_to(day, today, patient.birthday):
            faults["day"] = objection
        if faults:
            raise FieldErrors(faults)
        known = (await self.of_patient(patient_ids, by=by)).given
        if any((each.day, each.text) == (day, words) for each in known):
            return
        present = Present(id=new_id(now), patient_id=patient_ids[0], text=words, day=day, noted_by=by.by, noted_at=now)
        await self._store.insert(present)
        await self._record(AuditAction.PRESENT_NOTED, "记下礼物", present, by, now)

    async def take_back(self, patient_ids: Sequence[PatientId], present_id: str, *, by: Actor, now: datetime) -> None:
        """It was noted by mistake. Raises NotFoundError, StaleError (taken back already)."""
        by.must(CLOSE)
        found = next((each for each in await self._store.of(patient_ids) if each.id == present_id), None)
        if found is None:
            raise NotFoundError("no such present")
        after = replace(found, taken_back_by=by.by, taken_back_at=now)
        if not await self._store.take_back(after):
            raise StaleError("taken back already", sentence=TAKEN_BACK)
        await self._record(AuditAction.PRESENT_TAKEN_BACK, "撤回礼物", after, by, now)

    async def erase(self, patient_ids: Collection[PatientId]) -> int:
        """Delete what was noted of patients whose records go; the number."""
        return await self._store.erase(patient_ids)

    async def _record(self, action: AuditAction, what: str, present: Present, by: Actor, now: datetime) -> None:
        summary = f"{what}：{present.day.isoformat()}"
        await self._audit.record(action, f"patient:{present.patient_id}", by=by, now=now, summary=summary)
