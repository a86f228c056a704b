"""未成交: patients who have not decided: what was offered at which price, why not, when they are called next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.followups.attempt_models import Attempt
from wxbot.followups.leads import LEAD_SUBJECT, UNDECIDED, UNDECIDED_SCRIPT
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind
from wxbot.followups.next_attempt import next_attempt
from wxbot.followups.owners import Owners
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.service import READ, FollowUps
from wxbot.followups.stores.attempts import AttemptStore, ReasonTally
from wxbot.followups.stores.clocks import ClockStore
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients

EDIT = "followups:undecided:edit"
CHECK_OUT = "booking:appointment:edit"  # as of a visit's stages
FIGURES = "followups:figures:read"
LISTED = 200  # one consultant works on fewer
LONGEST_PROJECT = 40  # characters
MOST_YUAN = 10_000_000


@dataclass(frozen=True, kw_only=True)
class UndecidedPatient:
    """One who has not decided: the call to come, and the latest attempt that gives a reason."""

    task: FollowUp
    latest: Attempt | None

    @property
    def why(self) -> str:
        """The reason, as staff read it."""
        return self.latest.reason.label if self.latest is not None and self.latest.reason is not None else ""


class UndecidedPatients:
    """Use cases of undecided patients."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: ClockStore,
        attempts: AttemptStore,
        *,
        followups: FollowUps,
        patients: Patients,
        clinics: LiveClinic,
        audit: AuditTrail,
        owners: Owners,
        rules: FollowUpRules,
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._followups = followups
        self._patients = patients
        self._clinics = clinics
        self._audit = audit
        self._owners = owners
        self._rules = rules

    async def note(
        self, patient_id: PatientId, project: str, quote: int | None, *, by: Actor, now: datetime
    ) -> FollowUp:
        """A patient left without deciding: they are called on the next day by who noted it (A1-11).

        Once per patient, project and local day. `quote` is in yuan. Raises ForbiddenError, NotFoundError, FieldErrors.
        """
        by.must(EDIT)
        patient = (await self._patients.patients([patient_id])).get(patient_id)
        if patient is None:
            raise NotFoundError("no such patient")
        words, faults = project.strip(), {}
        if not 0 < len(words) <= LONGEST_PROJECT:
            faults["project"] = f"请写是哪个项目，最多 {LONGEST_PROJECT} 字"
        if quote is not None and not 0 < quote <= MOST_YUAN:
            faults["quote"] = "报价写整数，单位元"
        if faults:
            raise FieldErrors(faults)
        day = now.astimezone(self._clinics.current.timezone).date()
        return await self._open(
            patient,
            words,
            cause=f"{patient_id}/{day}/{words}",
            subject=f"{LEAD_SUBJECT}{patient_id}",
            owner=by.id if by.is_staff else "",
            quote=quote,
            by=by,
            now=now,
        )

    async def left(  # noqa: PLR0913 - one fact each, all keyword-only
        self, patient_id: PatientId, project: str, *, cause: str, subject: str, by: Actor, now: datetime
    ) -> FollowUp | None:
        """A patient was checked out with a reason that means 未成交: their consultant calls on the next day (A1-11).

        Once per `cause`; None where the patient is gone. Raises ForbiddenError for who may not check out.
        """
        by.must(CHECK_OUT)
        patient = (await self._patients.patients([patient_id])).get(patient_id)
        if patient is None:
            return None
        owner = await self._owners.consultant_of(patient, now)
        return await self._open(
            patient, project or "上次咨询", cause=cause, subject=subject, owner=owner, quote=None, by=by, now=now
        )

    async def _open(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        patient: Patient,
        project: str,
        *,
        cause: str,
        subject: str,
        owner: str,
        quote: int | None,
        by: Actor,
        now: datetime,
    ) -> FollowUp:
        clinic = self._clinics.current
        due_at = next_attempt([], now=now, clinic=clinic, rules=self._rules) or now + timedelta(days=1)
        task = await self._followups.open(
            key=f"{UNDECIDED}{cause}",
            kind=FollowUpKind.PHONE,
            reason=f"{project}还在考虑，请第二天亲自打电话关心" + (f"（报价 {quote} 元）" if quote else ""),
            contact_id=patient.contact_id,
            patient_id=patient.id,
            due_at=due_at,
            now=now,
            owner=owner,
            about=project,
            subject=subject,
            script=UNDECIDED_SCRIPT,
            quote=quote,
        )
        summary = f"登记未成交：{project}"
        await self._audit.record(
            AuditAction.PATIENT_UNDECIDED, f"patient:{patient.id}", by=by, now=now, summary=summary
        )
        return task

    async def listed(self, *, by: Actor, everybody: bool = False) -> list[UndecidedPatient]:
        """One's own undecided patients, the longest waiting first; everybody's for who may read figures.

        Raises ForbiddenError.
        """
        by.must(READ)
        owner = "" if everybody and by.may(FIGURES) else by.id
        tasks = _each_once(await self._store.of_script(UNDECIDED_SCRIPT, owner, LISTED))
        latest = await self._latest(tasks)
        return [UndecidedPatient(task=each, latest=latest.get(each.id)) for each in tasks]

    async def reasons(self, since: datetime, until: datetime, *, by: Actor) -> list[ReasonTally]:
        """Why patients did not decide and where else they were, in [since, until) (A1-09, A1-12). ForbiddenError."""
        by.must(FIGURES)
        return await self._attempts.reasons(since, until)

    async def _latest(self, tasks: Sequence[FollowUp]) -> Mapping[FollowUpId, Attempt]:
        found: dict[FollowUpId, Attempt] = {}
        for attempt in await self._attempts.with_reason([each.id for each in tasks]):
            if attempt.followup_id is not None:
                found.setdefault(attempt.followup_id, attempt)
        return found


def _each_once(tasks: Sequence[FollowUp]) -> list[FollowUp]:
    """One of each patient: where it was noted, else the first call of the plan that goes on from it."""
    noted = {each.patient_id for each in tasks if each.key.startswith(UNDECIDED)}
    found: dict[PatientId | None, FollowUp] = {}
    for each in tasks:
        if each.patient_id not in noted:
            found.setdefault(each.patient_id, each)
    return [each for each in tasks if each.key.startswith(UNDECIDED) or found.get(each.patient_id) is each]
