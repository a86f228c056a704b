"""Use cases of 随访 on the satisfaction sheet: whom of a period was followed up after the visit (A4-23)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.booking.service import Booking
from wxbot.booking.stages import has_come
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.history.models import PatientId
from wxbot.outbox.stores.care_sent import CareSentStore
from wxbot.patients.service import Patients
from wxbot.periods import Period
from wxbot.surveys.followed import CareContact, CareWay, FollowedDay, counts_until, followed_days, midnight
from wxbot.surveys.models import SurveyRules
from wxbot.surveys.stores.responses import ResponseStore

READ = "desk:quality:rate"  # as of every report about everybody


class VisitFollowUps:
    """Reads what patients received, said and answered after their visits; nobody fills anything in."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        booking: Booking,
        patients: Patients,
        sent: CareSentStore,
        attempts: AttemptStore,
        responses: ResponseStore,
        clinics: LiveClinic,
        rules: SurveyRules,
    ) -> None:
        self._booking = booking
        self._patients = patients
        self._sent = sent
        self._attempts = attempts
        self._responses = responses
        self._clinics = clinics
        self.rules = rules

    async def of(self, period: Period, *, by: Actor) -> list[FollowedDay]:
        """The days of the period on which anybody came, the earliest first. Raises ForbiddenError."""
        by.must(READ)
        return await self.counted(period)

    async def counted(self, period: Period) -> list[FollowedDay]:
        """The same, for the service's own jobs.

        A few queries, whatever the number of patients. A record that was merged counts as what it became, so that a
        call to either is a call to the patient.
        """
        zone = self._clinics.current.timezone
        days = (period.last - period.first).days + 1
        visits = [each for each in await self._booking.on_day(period.first, days=days) if has_come(each)]
        if not visits:
            return []
        became = await self._became({each.patient_id for each in visits})
        since, until = midnight(period.first, zone), counts_until(period.last, self.rules, zone)
        contacts = [
            replace(each, patient_id=became[each.patient_id]) for each in await self._contacts(became, since, until)
        ]
        named = [replace(each, patient_id=became[each.patient_id]) for each in visits]
        return followed_days(named, contacts, self.rules, zone)

    async def _became(self, ids: Collection[PatientId]) -> Mapping[PatientId, PatientId]:
        """Every id that those patients have or had → the one of their record today."""
        people = await self._patients.patients(ids)
        became = {each: people[each].id if each in people else each for each in ids}
        today = set(became.values())
        before = {each.id: each.merged_into for each in await self._patients.duplicates(today)}
        for each in before:
            now: PatientId | None = each
            while now is not None and now not in today:
                now = before.get(now)
            became[each] = now or each
        return {**became, **{each: each for each in today}}

    async def _contacts(self, ids: Collection[PatientId], since: datetime, until: datetime) -> list[CareContact]:
        """What reached those patients in [since, until)."""
        sent = await self._sent.about(ids, since, until)
        found = [CareContact(patient_id=each.patient_id, way=CareWay.MESSAGE, at=each.at) for each in sent]
        calls = await self._attempts.reached(ids, since, until)
        found += [CareContact(patient_id=each.patient_id, way=CareWay.CALL, at=each.at, by=each.by) for each in calls]
        for response in await self._responses.asked_between(since - self.rules.answer_within, until):
            patient_id = response.patient_id
            if patient_id is not None and patient_id in ids:
                found += [
                    CareContact(patient_id=patient_id, way=CareWay.SURVEY, at=each.at) for each in response.answers
                ]
        return found
