"""What the next try at a follow-up looks like: its date, how many there were, whether to write instead of calling."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.clinic.ports import LiveClinic
from wxbot.followups.attempt_models import AttemptChannel
from wxbot.followups.models import FollowUp
from wxbot.followups.next_attempt import WEEK, Slot, calls_again_from, next_attempt, slot_of
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.history.models import PatientId
from wxbot.patients.service import Patients

LEARNT_FROM = timedelta(days=90)  # calls by which the best hours are known (A2-09)
FEWEST_CALLS = 10  # at an hour, below which its rate says nothing


@dataclass(frozen=True, kw_only=True)
class CallPlan:
    """The next try, for the form."""

    next_at: datetime | None  # preset when nobody answers; None: a person decides
    attempts: int  # so far
    most: int
    calls_this_week: int
    week: int  # how many there may be
    again_from: datetime | None  # before that the patient is not called, but written to (A1-15)


class CallPlans:
    """Plans the next try. Reads only."""

    def __init__(self, store: AttemptStore, *, patients: Patients, clinics: LiveClinic, rules: FollowUpRules) -> None:
        self._store = store
        self._patients = patients
        self._clinics = clinics
        self._rules = rules

    async def of(self, task: FollowUp, now: datetime) -> CallPlan:
        """What the next try looks like. Calls about something urgent are not held back by those before."""
        clinic, rules = self._clinics.current, self._rules
        patient_id = await self.patient_of(task)
        records = await self.records_of([patient_id]) if patient_id else []
        whom = (records, [task.contact_id] if task.contact_id else [])
        called = await self._store.calls(*whom, since=now - WEEK) if any(whom) else []
        rates = await self.rates(now)
        preset = next_attempt(
            [*await self.tried(task), slot_of(now, clinic)],
            now=now,
            clinic=clinic,
            rules=rules,
            rates={hour: answered / calls for hour, (answered, calls) in rates.items() if calls >= FEWEST_CALLS},
            not_before=calls_again_from([*called, now], now, rules.week),
            urgent=task.urgent,
        )
        return CallPlan(
            next_at=None if task.attempts + 1 >= rules.most else preset,
            attempts=task.attempts,
            most=rules.most,
            calls_this_week=len(called),
            week=rules.week,
            again_from=None if task.urgent else calls_again_from(called, now, rules.week),
        )

    async def tried(self, task: FollowUp) -> list[Slot]:
        """The weekdays and hours at which it was tried by telephone."""
        if not task.revision:
            return []
        found = await self._store.of_followup(task.id)
        return [Slot(each.weekday, each.hour) for each in found if each.way is AttemptChannel.PHONE]

    async def rates(self, now: datetime) -> Mapping[int, tuple[int, int]]:
        """Local hour → calls that were answered, and all, of the last 90 days."""
        return await self._store.answered_hours(now - LEARNT_FROM)

    async def patient_of(self, task: FollowUp) -> PatientId | None:
        """Whom a follow-up is about; of a contact the first record."""
        if task.patient_id is not None or task.contact_id is None:
            return task.patient_id
        contact = (await self._patients.contacts([task.contact_id])).get(task.contact_id)
        return contact.patient_ids[0] if contact is not None and contact.patient_ids else None

    async def records_of(self, patient_ids: Collection[PatientId]) -> list[PatientId]:
        """The records of those patients, and the duplicates that became them: what was said to one was said to all."""
        living = {each.id for each in (await self._patients.patients(patient_ids)).values()}
        merged = await self._patients.duplicates(living)
        return list(dict.fromkeys((*patient_ids, *living, *(each.id for each in merged))))
