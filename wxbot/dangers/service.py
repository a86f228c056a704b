"""Use cases of danger signs: from what matched to an urgent follow-up and the advice that fits (A2-74, A2-92)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.booking.visits import Visits
from wxbot.clinic.ports import LiveClinic
from wxbot.dangers.alerts import StaffAlerts
from wxbot.followups.models import FollowUp, FollowUpKind, PatientWords
from wxbot.followups.service import FollowUps
from wxbot.history.models import PatientId
from wxbot.logs import get_logger
from wxbot.patients.holding import PatientHolds
from wxbot.patients.models import Contact, Patient
from wxbot.patients.service import Patients
from wxbot.understanding.danger import DangerRule
from wxbot.understanding.danger_judgement import FOLLOWED_FOR, Judgement, Treatment, judge
from wxbot.understanding.models import DangerFound

log = get_logger(__name__)

TOPIC = "danger"  # one follow-up for all that a contact writes until somebody has seen to it
ADVERSE_FOR = timedelta(days=14)  # messages of our own rest for so long, unless a colleague lifts the hold
SAID_LATELY = timedelta(minutes=10)  # advice of the same rule is not repeated in full within it


@dataclass(frozen=True, kw_only=True)
class DangerCase:
    """What came of it: the key of the advice, and whether the same advice was given minutes ago."""

    judgement: Judgement
    followup: FollowUp
    said_lately: bool


class DangerSigns:
    """危险征兆: works for every contact, with a record or without."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        rules: Iterable[DangerRule],
        *,
        patients: Patients,
        holds: PatientHolds,
        visits: Visits,
        followups: FollowUps,
        alerts: StaffAlerts,
        clinics: LiveClinic,
    ) -> None:
        self._rules: Mapping[str, DangerRule] = {rule.id: rule for rule in rules}
        self._patients = patients
        self._holds = holds
        self._visits = visits
        self._followups = followups
        self._clinics = clinics
        self.alerts = alerts

    async def report(
        self, contact: Contact, found: DangerFound, words: PatientWords, now: datetime
    ) -> DangerCase | None:
        """Open the urgent follow-up, or join the one that is open, and tell staff. Repeating it changes nothing.

        None when none of the rules found is known.
        """
        patients = (await self._patients.of_contacts([contact.id])).get(contact.id, [])
        judgement = judge(found, await self._treatments(patients, now), now, self._rules)
        if judgement is None:
            return None
        key = f"danger:{words.line_id}"
        said_lately = await self._said_lately(contact, judgement.rule, key, now)
        treatment = judgement.treatment
        followup = await self._followups.open(
            key=key,
            kind=FollowUpKind.DANGER,
            reason=_reason(judgement),
            contact_id=contact.id,
            patient_id=patients[0].id if len(patients) == 1 else None,
            due_at=now,
            now=now,
            topic=TOPIC,
            urgent=True,
            about=treatment.about(now, self._clinics.current.timezone) if treatment is not None else "",
            words=(words,),
        )
        for patient in _treated(patients, treatment) if treatment is not None else patients:
            await self._hold(patient, judgement, followup, now)
        log.warning("danger_reported", followup_id=followup.id, rule=judgement.rule.id, count=followup.count)
        try:
            await self.alerts.send(followup, contact, patients, words.text, judgement.rule.urgency, now)
        except Exception:  # the follow-up stands; the patient must have the advice whatever becomes of the alert
            log.exception("danger_alert_failed", followup_id=followup.id)
        return DangerCase(judgement=judgement, followup=followup, said_lately=said_lately)

    async def _hold(self, patient: Patient, judgement: Judgement, followup: FollowUp, now: datetime) -> None:
        """While a person looks after them, nothing of our own accord is sent to them."""
        reason = f"患者写到危险征兆（{judgement.rule.name}）"
        try:
            await self._holds.note_adverse(
                patient.id, reason, cause=f"followup:{followup.id}", lasts=ADVERSE_FOR, now=now
            )
        except Exception:  # the follow-up stands; the patient must have the advice whatever becomes of the hold
            log.exception("danger_hold_failed", followup_id=followup.id)

    async def _said_lately(self, contact: Contact, rule: DangerRule, key: str, now: datetime) -> bool:
        for each in await self._followups.open_of((), [contact.id]):
            if each.kind is FollowUpKind.DANGER and key not in {each.key, each.latest_key} and rule.name in each.reason:
                return now - (each.latest_at or each.opened_at) <= SAID_LATELY
        return False

    async def _treatments(self, patients: list[Patient], now: datetime) -> list[Treatment]:
        if not patients:
            return []
        clinic = self._clinics.current
        ids = [patient.id for patient in patients]
        whose: dict[PatientId, Patient] = {patient.id: patient for patient in patients}
        for duplicate in await self._patients.duplicates(ids):
            if duplicate.merged_into is not None and duplicate.merged_into in whose:
                whose[duplicate.id] = whose[duplicate.merged_into]
        kinds = {kind.id: kind for kind in clinic.visit_types}
        several = len(patients) > 1
        return [
            Treatment(
                visit_type=kinds[visit.visit_type_id],
                at=visit.start,
                whose=(whose[visit.patient_id].name or "") if several else "",
            )
            for visit in await self._visits.lately(tuple(whose), since=now - FOLLOWED_FOR, until=now)
            if visit.visit_type_id in kinds
        ]


def _treated(patients: list[Patient], treatment: Treatment) -> list[Patient]:
    """Whose treatment it is; everybody the contact speaks for where the name does not say."""
    return [each for each in patients if each.name and each.name == treatment.whose] or patients


def _reason(judgement: Judgement) -> str:
    told = "，已提示拨打 120" if judgement.emergency else ""
    return f"患者写到危险征兆（{judgement.rule.name}）{told}，请立即联系患者。"
