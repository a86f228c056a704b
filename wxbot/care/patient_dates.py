"""Use cases of a patient's dates: note one, see what another day would change, change it, remove it, take that back."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.care.changes import EDIT
from wxbot.care.date_shifts import DateShifts, Shift
from wxbot.care.dates import MOST_NOTE, DateKind, PatientDate, names_of, objection_to, one_of_each
from wxbot.care.stores.dates import DateStore
from wxbot.clinic.ports import LiveClinic
from wxbot.database import DuplicateKeyError
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.history.models import PatientId
from wxbot.ids import new_id
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients

READ = "patients:patient:read"
NO_KIND = "请选择是什么日期。"
TOO_LONG = f"备注最多 {MOST_NOTE} 字。"
THERE_ALREADY = "这位患者的「{kind}」已经有 {day} 这一天了。"
CHANGED = "同事刚刚改过这个日期，请核对以后再改。"
REMOVED = "这个日期已经被删除。"
NOT_REMOVED = "这个日期没有被删除。"
MOST_RACES = 3


class PatientDates:
    """Dates that staff note. `patient_ids` are the record and the duplicates that became it.

    Each change raises ForbiddenError, NotFoundError of what the patient has not, FieldErrors (`kind`, `day`, `note`)
    and StaleError: somebody changed the date since the page was read.
    """

    def __init__(  # noqa: PLR0913 - its collaborators, all keyword-only
        self,
        store: DateStore,
        shifts: DateShifts,
        *,
        patients: Patients,
        audit: AuditTrail,
        clinics: LiveClinic,
        kinds: Sequence[DateKind] = (),
    ) -> None:
        self._store = store
        self._shifts = shifts
        self._patients = patients
        self._audit = audit
        self._clinics = clinics
        self.own_kinds = tuple(kinds)
        self.names = names_of(kinds)

    async def of_patient(self, patient_ids: Sequence[PatientId], *, by: Actor) -> list[PatientDate]:
        """A patient's dates by day, those of merged duplicates once, removed ones too. Raises ForbiddenError."""
        by.must(READ)
        found = await self._store.of_patients(patient_ids)
        live = one_of_each((each for each in found if each.live), dict.fromkeys(patient_ids, patient_ids[0]))
        return sorted((*live, *(each for each in found if not each.live)), key=lambda each: (each.day, each.id))

    async def get(self, patient_ids: Sequence[PatientId], date_id: str, *, by: Actor) -> PatientDate:
        """One of them. Raises ForbiddenError and NotFoundError."""
        by.must(READ)
        return await self._one(patient_ids, date_id)

    async def note(  # noqa: PLR0913 - one fact each
        self, patient_ids: Sequence[PatientId], kind: str, day: date, note: str, *, by: Actor, now: datetime
    ) -> PatientDate:
        """Note a date; one that is there already is returned as it stands, a removed one stands again."""
        by.must(EDIT)
        patient = await self._patient(patient_ids)
        complaints = self._complaints(patient, day, note, now)
        if kind not in self.names:
            complaints["kind"] = NO_KIND
        if complaints:
            raise FieldErrors(complaints)
        new = PatientDate(
            id=new_id(now),
            patient_id=patient_ids[0],
            kind=kind,
            day=day,
            note=note.strip(),
            noted_by=by.by,
            noted_by_name=by.name,
            noted_at=now,
            day_set_at=now,
        )
        for _ in range(MOST_RACES):
            same = [each for each in await self._store.of_patients(patient_ids) if (each.kind, each.day) == (kind, day)]
            live = next((each for each in same if each.live), None)
            if live is not None:
                return live
            if same:
                return await self._restored(same[0], by, now)
            if await self._store.insert(new):
                await self._record(AuditAction.CARE_DATE_NOTED, "记日期", new, by, now)
                return new
        raise StaleError("noted by somebody else in the same moment", sentence=CHANGED)

    async def preview(
        self, patient_ids: Sequence[PatientId], date_id: str, day: date, *, by: Actor, now: datetime
    ) -> list[Shift]:
        """What another day would do to each step, earliest first. Nothing is written. Raises FieldErrors (`day`)."""
        by.must(EDIT)
        noted = await self._live(patient_ids, date_id)
        patient = await self._patient(patient_ids)
        if complaints := self._complaints(patient, day, "", now):
            raise FieldErrors(complaints)
        return await self._shifts.of(patient, noted, _moved(noted, day, now))

    async def change(  # noqa: PLR0913 - one fact each
        self,
        patient_ids: Sequence[PatientId],
        date_id: str,
        day: date,
        note: str,
        *,
        revision: int,
        by: Actor,
        now: datetime,
    ) -> PatientDate:
        """Move a date to another day: what was sent stays as it is, what waits or is to come goes with it."""
        by.must(EDIT)
        noted = await self._live(patient_ids, date_id, revision)
        patient = await self._patient(patient_ids)
        if complaints := self._complaints(patient, day, note, now):
            raise FieldErrors(complaints)
        after = _moved(noted, day, now)
        found = await self._store.of_patients(patient_ids)
        if any(each.live and each.id != noted.id and _same(each, after) for each in found):
            raise FieldErrors({"day": self._taken(after)})
        after = replace(after, note=note.strip(), revision=noted.revision + 1)
        try:
            if not await self._store.replace(noted, after):
                raise StaleError("changed since", sentence=CHANGED)
        except DuplicateKeyError:
            raise FieldErrors({"day": self._taken(after)}) from None
        for twin in found:
            if twin.live and twin.id != noted.id and _same(twin, noted):  # a merged duplicate's, shown as one with it
                await self._store.replace(twin, _without(twin, by, now))
        await self._shifts.carry(patient, noted, after)
        was = f"记的是{noted.day.isoformat()}" if noted.day != after.day else "备注"
        await self._record(AuditAction.CARE_DATE_CHANGED, f"改日期（{was}）", after, by, now)
        return after

    async def remove(
        self, patient_ids: Sequence[PatientId], date_id: str, *, revision: int, by: Actor, now: datetime
    ) -> PatientDate:
        """Remove a date: nothing that hangs on it is sent any more."""
        by.must(EDIT)
        noted = await self._live(patient_ids, date_id, revision)
        after = _without(noted, by, now)
        if not await self._store.replace(noted, after):
            raise StaleError("changed since", sentence=CHANGED)
        for twin in await self._store.of_patients(patient_ids):
            if twin.live and _same(twin, noted):
                await self._store.replace(twin, _without(twin, by, now))
        await self._record(AuditAction.CARE_DATE_REMOVED, "删除日期", after, by, now)
        return after

    async def restore(self, patient_ids: Sequence[PatientId], date_id: str, *, by: Actor, now: datetime) -> PatientDate:
        """Take a removal back: what falls due from now on is sent again."""
        by.must(EDIT)
        noted = await self._one(patient_ids, date_id)
        if noted.live:
            raise StaleError("not removed", sentence=NOT_REMOVED)
        if any(each.live and _same(each, noted) for each in await self._store.of_patients(patient_ids)):
            raise StaleError("there is another on that day", sentence=self._taken(noted))
        return await self._restored(noted, by, now)

    async def keepers(self, patient_ids: Collection[PatientId]) -> set[PatientId]:
        """Those of the patients of whom a date stands: their records stay when their contact is erased.

        The removed dates of all of them are deleted. Safe to repeat.
        """
        if not patient_ids:
            return set()
        await self._store.forget_removed(patient_ids)
        return {each.patient_id for each in await self._store.of_patients(patient_ids)}

    # -- inside -----------------------------------------------------------------------------------------------

    async def _restored(self, noted: PatientDate, by: Actor, now: datetime) -> PatientDate:
        after = replace(
            noted, live=True, removed_at=None, removed_by_name="", day_set_at=now, revision=noted.revision + 1
        )
        try:
            if not await self._store.replace(noted, after):
                raise StaleError("changed since", sentence=CHANGED)
        except DuplicateKeyError:
            raise StaleError("there is another on that day", sentence=self._taken(noted)) from None
        await self._record(AuditAction.CARE_DATE_RESTORED, "恢复日期", after, by, now)
        return after

    def _complaints(self, patient: Patient, day: date, note: str, now: datetime) -> dict[str, str]:
        found = {}
        today = now.astimezone(self._clinics.current.timezone).date()
        if objection := objection_to(day, today, patient.birthday):
            found["day"] = objection
        if len(note.strip()) > MOST_NOTE:
            found["note"] = TOO_LONG
        return found

    def _taken(self, noted: PatientDate) -> str:
        return THERE_ALREADY.format(kind=self.names.get(noted.kind, noted.kind), day=noted.day.isoformat())

    async def _patient(self, patient_ids: Sequence[PatientId]) -> Patient:
        found = await self._patients.patients(patient_ids[:1])
        patient = found.get(patient_ids[0]) if patient_ids else None
        if patient is None:
            raise NotFoundError("no such patient")
        return patient

    async def _one(self, patient_ids: Sequence[PatientId], date_id: str) -> PatientDate:
        found = (await self._store.by_ids([date_id])).get(date_id)
        if found is None or found.patient_id not in patient_ids:
            raise NotFoundError("no such date")
        return found

    async def _live(self, patient_ids: Sequence[PatientId], date_id: str, revision: int | None = None) -> PatientDate:
        found = await self._one(patient_ids, date_id)
        if not found.live:
            raise StaleError("removed", sentence=REMOVED)
        if revision is not None and revision != found.revision:
            raise StaleError("changed since", sentence=CHANGED)
        return found

    async def _record(self, action: AuditAction, what: str, noted: PatientDate, by: Actor, now: datetime) -> None:
        summary = f"{what}：{self.names.get(noted.kind, noted.kind)} {noted.day.isoformat()}"
        await self._audit.record(action, f"patient:{noted.patient_id}", by=by, now=now, summary=summary)


def _moved(noted: PatientDate, day: date, now: datetime) -> PatientDate:
    """The date on another day; on the same one it has been there as long as before."""
    return noted if day == noted.day else replace(noted, day=day, day_set_at=now)


def _without(noted: PatientDate, by: Actor, now: datetime) -> PatientDate:
    return replace(noted, live=False, removed_by_name=by.name, removed_at=now, revision=noted.revision + 1)


def _same(one: PatientDate, other: PatientDate) -> bool:
    return (one.kind, one.day) == (other.kind, other.day)
