"""到诊签到: a patient scans the code at reception, and the visit of today is noted as arrived, once.

What reception asks at the door (`VisitDay.arrive`) is still to be asked: nothing goes on before it was.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from wxbot.actors import PATIENT
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.visit_stages import VisitStages
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import StaleError
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.history.models import PatientId
from wxbot.patients.models import Contact
from wxbot.patients.service import Patients
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.waiting import WAITING
from wxbot.workflow import NotNowError

TOPIC = "walk-in"  # one task while the patient stands at the desk, however often they scan
WALK_IN = "患者扫了到诊签到码，今天没有待就诊的预约。请接待一下，问清来意，安排就诊或改约"
RECEIVED_WITHIN = timedelta(minutes=5)


class Scan(Enum):
    """What a scan at reception came to."""

    ARRIVED = "arrived"  # noted now
    HERE = "here"  # noted before: they wait
    TREATED = "treated"  # they are in treatment
    EARLY = "early"  # much before the hour: nothing is noted
    SEVERAL = "several"  # which of them?
    NONE = "none"  # no visit today


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    """What a scan came to, and the visits that it is about, earliest first."""

    scan: Scan
    visits: tuple[Appointment, ...] = ()


class ScannedArrivals:
    """Arrivals that patients note themselves."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        stages: VisitStages,
        visits: DayVisits,
        patients: Patients,
        followups: FollowUps,
        clinics: LiveClinic,
        rules: VisitDayRules,
    ) -> None:
        self._stages = stages
        self._visits = visits
        self._patients = patients
        self._followups = followups
        self._clinics = clinics
        self._rules = rules

    async def scanned(self, contact: Contact, now: datetime) -> ScanResult:
        """Note the arrival where one visit of today is meant; of several nothing is noted before one is chosen.

        A visit of another day is never touched, and one that is noted already stays as it is.
        """
        todays = await self.todays(contact, now)
        expected = [each for each in todays if each.stage is VisitStage.EXPECTED]
        ready = [each for each in expected if now >= each.start - self._rules.scan_before]
        if len(ready) == 1:
            return await self.arrived(contact, [ready[0].id], now)
        if ready:
            return ScanResult(scan=Scan.SEVERAL, visits=tuple(ready))
        here = [each for each in todays if each.stage in WAITING]
        if here:
            return ScanResult(scan=Scan.HERE, visits=tuple(here))
        if any(each.stage is VisitStage.IN_TREATMENT for each in todays):
            return ScanResult(scan=Scan.TREATED, visits=tuple(todays))
        return ScanResult(scan=Scan.EARLY if expected else Scan.NONE, visits=tuple(expected))

    async def arrived(self, contact: Contact, ids: Collection[AppointmentId], now: datetime) -> ScanResult:
        """Note that those visits of the contact's today began with an arrival; others' ids and other days count not."""
        noted: list[Appointment] = []
        todays = {each.id: each for each in await self.todays(contact, now)}
        before = [todays[each] for each in ids if each in todays]
        for visit in before:
            if visit.stage is not VisitStage.EXPECTED or now < visit.start - self._rules.scan_before:
                continue
            try:
                after = await self._stages.advance(
                    visit.id, VisitStage.ARRIVED, seen=VisitStage.EXPECTED, by=PATIENT, now=now
                )
            except (StaleError, NotNowError):  # reception, or a second scan, was faster
                continue
            noted.append(after)
        if noted:
            return ScanResult(scan=Scan.ARRIVED, visits=tuple(noted))
        here = [each for each in await self.todays(contact, now) if each.stage in WAITING]
        return ScanResult(scan=Scan.HERE if here else Scan.NONE, visits=tuple(here))

    async def todays(self, contact: Contact, now: datetime) -> list[Appointment]:
        """The visits that the contact's patients have on this local day and that are not over, earliest first."""
        patients = (await self._patients.of_contacts([contact.id])).get(contact.id, [])
        ids = {each.id for each in patients}
        merged = await self._patients.duplicates(ids)  # a visit keeps the record that it was booked for
        return await self._of_today({*ids, *(each.id for each in merged)}, now)

    async def waiting(self, contact: Contact, now: datetime) -> list[Appointment]:
        """Those of them whose patient is here and waits."""
        return [each for each in await self.todays(contact, now) if each.stage in WAITING]

    async def walk_in(self, contact: Contact, update_key: str, now: datetime) -> FollowUp:
        """Somebody stands at the desk without a visit today: a task for reception. The same scan opens it once."""
        patients = (await self._patients.of_contacts([contact.id])).get(contact.id, [])
        return await self._followups.open(
            key=f"walk-in:{update_key}",
            kind=FollowUpKind.CHECK,
            reason=WALK_IN,
            contact_id=contact.id,
            patient_id=patients[0].id if len(patients) == 1 else None,
            due_at=now + RECEIVED_WITHIN,
            now=now,
            topic=TOPIC,
        )

    async def _of_today(self, patients: Collection[PatientId], now: datetime) -> list[Appointment]:
        zone = self._clinics.current.timezone
        today = now.astimezone(zone).date()
        coming = await self._visits.coming(patients, datetime.combine(today, time(), zone))
        found: Sequence[Appointment] = [each for visits in coming.values() for each in visits]
        todays = [each for each in found if each.start.astimezone(zone).date() == today]
        return sorted(todays, key=lambda each: (each.start, each.id))
