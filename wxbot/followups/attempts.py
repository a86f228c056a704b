"""Use cases of attempts: record a call while it runs, note one that no task asked for, decide after the last."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from wxbot.actors import STAFF, SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.database import DuplicateKeyError
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.followups.attempt_checks import checked, cleaned_key, from_now
from wxbot.followups.attempt_models import Attempt, AttemptChannel, AttemptForm, AttemptId, Group, Outcome
from wxbot.followups.attempt_outcomes import Move, move_after
from wxbot.followups.call_plans import CallPlans
from wxbot.followups.groups import group_of
from wxbot.followups.models import KIND_NAMES, FollowUp, FollowUpChange, FollowUpId, FollowUpState, ToDecide
from wxbot.followups.owners import Owners
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.service import CLOSE, READ, audit_subject, closed_line
from wxbot.followups.stores.attempts import AttemptFilter, AttemptStore
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId, Interaction, Kind, PatientId
from wxbot.history.service import History
from wxbot.patients.service import Patients
from wxbot.staff.models import AccountId
from wxbot.staff.service import Staff
from wxbot.workflow import NotNowError

FIGURES = "followups:figures:read"
SHOWN_POINTS = 3  # key points on top of a card (A2-71)
LONGEST_CALL = timedelta(hours=2)  # a form that was open longer was forgotten: its time says nothing
DECIDE_FIRST = "已经打满次数没有接通。请先决定：写明原因结束，或改发微信。"


class Attempts:
    """Use cases of attempts. An attempt is kept with what it changes of its follow-up, or not at all."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: AttemptStore,
        tasks: FollowUpStore,
        *,
        plans: CallPlans,
        owners: Owners,
        patients: Patients,
        staff: Staff,
        history: History,
        audit: AuditTrail,
        clinics: LiveClinic,
        rules: FollowUpRules,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._plans = plans
        self._owners = owners
        self._patients = patients
        self._staff = staff
        self._history = history
        self._audit = audit
        self._clinics = clinics
        self._rules = rules

    async def record(self, followup_id: FollowUpId, form: AttemptForm, *, by: Actor, now: datetime) -> FollowUp:
        """Record a try at a follow-up; the follow-up afterwards. The same form sent twice is one attempt.

        Not reached moves it to the next date and never closes it. Reached, without a next date, closes it; so does a
        refusal. After `FollowUpRules.most` calls without an answer, or with a wrong number, a person decides.

        Raises:
            ForbiddenError, NotFoundError: as they say.
            FieldErrors: what is written is not enough, or the date cannot be.
            NotNowError: a person must decide first, or the patient is somebody else's.
            StaleError: somebody else changed the follow-up since the page was opened; nothing is kept.
        """
        by.must(CLOSE)
        attempt_id = AttemptId(f"{by.id}:{cleaned_key(form.key)}")
        if await self._store.find(attempt_id) is not None:  # the same form once more
            return await self._task(followup_id)
        task = await self._task(followup_id)
        if task.state is not FollowUpState.OPEN or task.revision != form.revision:
            raise StaleError("the follow-up was changed since the page was opened")
        await self._owners.must_be_theirs(task, by, now)
        if (
            task.to_decide is ToDecide.EXHAUSTED
            and form.way is AttemptChannel.PHONE
            and form.outcome is Outcome.NO_ANSWER
        ):
            raise NotNowError(DECIDE_FIRST)
        tried = await self._plans.tried(task)
        plan = await self._plans.of(task, now)
        script, clinic = self._rules.script_of(task), self._clinics.current
        form = checked(form, task, script, tried, now=now, clinic=clinic, rules=self._rules)
        move = move_after(form, task, plan.next_at, self._rules)
        attempt = await self._attempt(attempt_id, form, by=by, now=now, task=task, next_at=move.due_at)
        if not move.closes and move.due_at is None:
            move = replace(move, due_at=task.due_at)
        note = FollowUpChange(at=now, by=by.by, cause=move.cause, due_at=move.due_at)
        try:
            after = await self._store.write(attempt, task, _fields(move, by, now), note)
        except DuplicateKeyError:
            return await self._task(followup_id)
        await self._tell(attempt, task, by=by, now=now)
        if after is None:
            raise NotFoundError("no such follow-up")
        if move.closes:
            await self._history.append(closed_line(after, now, by.by))
        return after

    async def note(self, patient_id: PatientId, form: AttemptForm, *, by: Actor, now: datetime) -> Attempt:
        """Note a contact that no task asked for (A4-47). Raises ForbiddenError, NotFoundError, FieldErrors."""
        by.must(CLOSE)
        attempt_id = AttemptId(f"{by.id}:{cleaned_key(form.key)}")
        if (known := await self._store.find(attempt_id)) is not None:
            return known
        patient = (await self._patients.patients([patient_id])).get(patient_id)
        if patient is None:
            raise NotFoundError("no such patient")
        if form.outcome is Outcome.REACHED and not form.key_points.strip():
            raise FieldErrors({"key_points": "接通的电话，请写下重点"})
        attempt = await self._attempt(
            attempt_id, form, by=by, now=now, patient_id=patient_id, contact_id=patient.contact_id
        )
        try:
            await self._store.write(attempt, None, {}, None)
        except DuplicateKeyError:
            return attempt
        await self._tell(attempt, None, by=by, now=now)
        return attempt

    async def decide(  # noqa: PLR0913 - one fact each, all keyword-only
        self, followup_id: FollowUpId, *, end: bool, reason: str, revision: int, by: Actor, now: datetime
    ) -> FollowUp:
        """After the last call: end it with a reason, or write on WeChat instead, due in a day.

        Raises ForbiddenError, NotFoundError, StaleError, FieldErrors (no reason), NotNowError (nothing to decide).
        """
        by.must(CLOSE)
        task = await self._task(followup_id)
        if task.state is not FollowUpState.OPEN or task.revision != revision:
            raise StaleError("the follow-up was changed since the page was opened")
        if task.to_decide is None:
            raise NotNowError("这件事还可以继续联系，不用现在决定。")
        words = reason.strip()
        if end and not words:
            raise FieldErrors({"reason": "请写明为什么结束"})
        cause = f"{task.to_decide.label}，结束：{words}" if end else f"{task.to_decide.label}，改发微信"
        change: dict[str, Any] = {"to_decide": None}
        due_at = None
        if end:
            change |= {"state": FollowUpState.DONE.value, "closed_at": now, "outcome": words, "by": by.by}
        else:
            due_at = now + timedelta(days=1)
            change |= {"on_wechat": True, "due_at": due_at}
        note = FollowUpChange(at=now, by=by.by, cause=cause, due_at=due_at)
        after = await self._store.change(task, change, note)
        if end:
            await self._history.append(closed_line(after, now, by.by))
        summary = f"{KIND_NAMES[task.kind]}：{'结束' if end else '改发微信'}"
        await self._audit.record(AuditAction.FOLLOWUP_DECIDED, audit_subject(task), by=by, now=now, summary=summary)
        return after

    # -- what is read ---------------------------------------------------------------------------------------------

    async def of_followup(self, followup_id: FollowUpId, *, by: Actor) -> list[Attempt]:
        """The attempts at one follow-up, the latest first. Raises ForbiddenError."""
        by.must(READ)
        return await self._store.of_followup(followup_id)

    async def latest_points(
        self, patient_ids: Collection[PatientId], contact_ids: Collection[ContactId], *, by: Actor
    ) -> list[Attempt]:
        """The last three attempts at these people with key points (A2-71), duplicates too. Raises ForbiddenError."""
        by.must(READ)
        records = await self._plans.records_of(patient_ids)
        found = await self._store.of_people(records, contact_ids, limit=SHOWN_POINTS * 5)
        return [each for each in found if each.key_points][:SHOWN_POINTS]

    async def page(
        self, wanted: AttemptFilter, *, by: Actor, before: tuple[datetime, str] | None = None, limit: int = 50
    ) -> list[Attempt]:
        """Attempts of some days, newest first; everybody's only for who may read figures. Raises ForbiddenError."""
        by.must(READ)
        if not by.may(FIGURES):
            wanted = replace(wanted, by=by.by)
        return await self._store.page(wanted, before, limit)

    async def erase(self, contact_id: ContactId) -> int:
        """Take the words of an erased contact off; the number."""
        return await self._store.erase(contact_id)

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _task(self, followup_id: FollowUpId) -> FollowUp:
        task = await self._tasks.by_id(followup_id)
        if task is None:
            raise NotFoundError("no such follow-up")
        return task

    async def _attempt(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        attempt_id: AttemptId,
        form: AttemptForm,
        *,
        by: Actor,
        now: datetime,
        task: FollowUp | None = None,
        patient_id: PatientId | None = None,
        contact_id: ContactId | None = None,
        next_at: datetime | None = None,
    ) -> Attempt:
        local = now.astimezone(self._clinics.current.timezone)
        return Attempt(
            id=attempt_id,
            followup_id=task.id if task is not None else None,
            patient_id=await self._plans.patient_of(task) if task is not None else patient_id,
            contact_id=task.contact_id if task is not None else contact_id,
            at=now,
            by=by.by,
            group=await self._group(by),
            way=form.way,
            outcome=form.outcome,
            weekday=local.weekday(),
            hour=local.hour,
            key_points=form.key_points.strip(),
            mood=form.mood,
            next_at=next_at,
            reason=form.reason,
            competitor=form.competitor,
            effort=self._rules.script_of(task).effort if task is not None else None,
            seconds=from_now(form.started_at, now, LONGEST_CALL),
        )

    async def _group(self, by: Actor) -> Group:
        if not by.by.startswith(STAFF):
            return Group.OTHERS
        try:
            return group_of(await self._staff.account(AccountId(by.id), by=SYSTEM))
        except NotFoundError:
            return Group.OTHERS

    async def _tell(self, attempt: Attempt, task: FollowUp | None, *, by: Actor, now: datetime) -> None:
        """One line of the transcript without the key points, and one entry of the audit."""
        words = f"{attempt.way.label} · {attempt.outcome.label}"
        words += f" · {attempt.mood.label}" if attempt.mood is not None else ""
        line = Interaction(
            id=f"attempt:{attempt.id}",
            at=now,
            kind=Kind.ATTEMPT_RECORDED,
            contact_id=attempt.contact_id,
            patient_id=attempt.patient_id,
            by=by.by,
            text=words,
            ref=attempt.followup_id,
        )
        await self._history.append(line)
        subject = (
            f"patient:{attempt.patient_id}" if attempt.patient_id else audit_subject(task) if task else "followup:none"
        )
        await self._audit.record(AuditAction.ATTEMPT_RECORDED, subject, by=by, now=now, summary=f"联系记录：{words}")


def _fields(move: Move, by: Actor, now: datetime) -> dict[str, Any]:
    """What an attempt changes of its follow-up, as it is stored."""
    change: dict[str, Any] = {
        "attempts": move.attempts,
        "to_decide": move.to_decide.value if move.to_decide is not None else None,
        "step": move.step.value,
        "refused": move.refused,
    }
    if move.closes:
        return change | {"state": FollowUpState.DONE.value, "closed_at": now, "outcome": move.cause, "by": by.by}
    return change | {"due_at": move.due_at}
