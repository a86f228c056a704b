"""Use cases of changes to one patient's plans: a step's time set by hand, a plan ended, and both taken back.

Nothing else of the plan is touched; what was sent stays sent. A hand-set time replaces the derived one, whatever the
anchor does afterwards (it is pinned), and is shown with who set it and why.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.care.course import enrolment_of
from wxbot.care.models import Due
from wxbot.care.records import Ending, Pin
from wxbot.care.stores.changes import ChangeStore
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.history.models import PatientId
from wxbot.outbox.models import Message, State
from wxbot.outbox.service import Outbox

EDIT = "care:plan:change"
MOST_REASON = 200  # characters
PAST = "请选择以后的时间。"
NO_REASON = "请写一句原因，同事以后会看到。"
TOO_LONG = f"原因最多 {MOST_REASON} 字。"
TOO_LATE = "超过了这一步有意义的时间：{limit} 之后就不该再发。"
LEFT = "这一步已经处理过，不能再改时间。"
ENDED_ALREADY = "这份计划已经结束。"
NOT_MOVED = "这一步的时间没有改过。"
NOT_ENDED = "这份计划没有结束。"
DERIVED_PASSED = "按计划算出来的时间已经过了，不能恢复；可以另选一个时间。"


class PatientSteps(Protocol):
    """Says which steps plans have for a patient. Implemented by `service.Care`."""

    async def steps_of(self, patient_ids: Sequence[PatientId], now: datetime) -> list[Due]:
        """Every step at its derived time."""
        ...


class PlanChanges:
    """Moves steps and ends plans. Each raises ForbiddenError, and NotFoundError of what the patient has not."""

    def __init__(self, store: ChangeStore, steps: PatientSteps, *, outbox: Outbox, audit: AuditTrail) -> None:
        self._store = store
        self._steps = steps
        self._outbox = outbox
        self._audit = audit

    async def move(  # noqa: PLR0913 - one fact each
        self, patient_ids: Sequence[PatientId], key: str, at: datetime, reason: str, *, by: Actor, now: datetime
    ) -> Pin:
        """Set a step's time by hand, earlier or later than derived, in place of one set before.

        `patient_ids` are the record and the duplicates that became it. Raises FieldErrors (`at`, `reason`) and
        StaleError: it has left, or was decided against.
        """
        by.must(EDIT)
        due = await self._step(patient_ids, key, now)
        words = _reason(reason)
        if at <= now:
            raise FieldErrors({"at": PAST})
        expires_at = at + (due.expires_at - due.due_at)
        if due.anchor.latest is not None:
            if at >= due.anchor.latest:
                limit = f"{due.anchor.latest.astimezone(at.tzinfo):%m月%d日 %H:%M}"
                raise FieldErrors({"at": TOO_LATE.format(limit=limit)})
            expires_at = min(expires_at, due.anchor.latest)
        pin = Pin(
            id=key,
            patient_id=patient_ids[0],
            at=at,
            expires_at=expires_at,
            anchor_at=due.anchor.at,
            by=by.by,
            by_name=by.name,
            reason=words,
            set_at=now,
        )
        await self._move_waiting(key, at, expires_at)
        await self._store.pin(pin)
        await self._move_waiting(key, at, expires_at)  # it may have been enqueued in this very moment
        await self._note(AuditAction.CARE_STEP_MOVED, patient_ids[0], f"改时间：{due.plan.title}，{words}", by, now)
        return pin

    async def put_back(self, patient_ids: Sequence[PatientId], key: str, *, by: Actor, now: datetime) -> None:
        """Take a hand-set time back: the derived one counts again.

        Raises StaleError: there is none, the step has left, or the derived time has passed meanwhile.
        """
        by.must(EDIT)
        due = await self._step(patient_ids, key, now)
        if key not in await self._store.pins([key]):
            raise StaleError("not moved", sentence=NOT_MOVED)
        if due.expires_at <= now:
            raise StaleError("the derived time has passed", sentence=DERIVED_PASSED)
        await self._move_waiting(key, due.due_at, due.expires_at)
        await self._store.unpin(key)
        await self._note(AuditAction.CARE_STEP_PUT_BACK, patient_ids[0], f"恢复时间：{due.plan.title}", by, now)

    async def end(
        self, patient_ids: Sequence[PatientId], enrolment: str, reason: str, *, by: Actor, now: datetime
    ) -> Ending:
        """End one plan of one anchor: none of its steps is sent any more. Raises FieldErrors and StaleError."""
        by.must(EDIT)
        due = await self._enrolled(patient_ids, enrolment, now)
        words = _reason(reason)
        ending = Ending(id=enrolment, patient_id=patient_ids[0], by=by.by, by_name=by.name, at=now, reason=words)
        if not await self._store.end(ending):
            raise StaleError("ended already", sentence=ENDED_ALREADY)
        await self._note(AuditAction.CARE_ENDED, patient_ids[0], f"结束计划：{due.plan.title}，{words}", by, now)
        return ending

    async def resume(self, patient_ids: Sequence[PatientId], enrolment: str, *, by: Actor, now: datetime) -> None:
        """Take an ending back: what falls due from now on is sent again. Raises StaleError."""
        by.must(EDIT)
        due = await self._enrolled(patient_ids, enrolment, now)
        if not await self._store.resume(enrolment):
            raise StaleError("not ended", sentence=NOT_ENDED)
        await self._note(AuditAction.CARE_RESUMED, patient_ids[0], f"继续计划：{due.plan.title}", by, now)

    async def endings_of(self, patient_ids: Sequence[PatientId]) -> list[Ending]:
        """What was ended for a patient, oldest first."""
        return await self._store.endings_of(patient_ids)

    # -- inside -----------------------------------------------------------------------------------------------

    async def _step(self, patient_ids: Sequence[PatientId], key: str, now: datetime) -> Due:
        found = next((each for each in await self._steps.steps_of(patient_ids, now) if each.key == key), None)
        if found is None:
            raise NotFoundError(f"no step {key}")
        message = (await self._outbox.by_keys([key])).get(key)
        if message is not None and message.state is not State.WAITING:
            raise StaleError("the step has left", sentence=LEFT)
        return found

    async def _enrolled(self, patient_ids: Sequence[PatientId], enrolment: str, now: datetime) -> Due:
        for each in await self._steps.steps_of(patient_ids, now):
            if enrolment_of(each.plan.key, each.anchor.ref) == enrolment:
                return each
        raise NotFoundError(f"no enrolment {enrolment}")

    async def _move_waiting(self, key: str, at: datetime, expires_at: datetime) -> None:
        """A step that waits in the outbox already waits for the new time."""
        message: Message | None = (await self._outbox.by_keys([key])).get(key)
        if message is not None and not await self._outbox.planned.move(message.id, at, expires_at):
            raise StaleError("the step has left", sentence=LEFT)

    async def _note(self, action: AuditAction, patient_id: PatientId, summary: str, by: Actor, now: datetime) -> None:
        await self._audit.record(action, f"patient:{patient_id}", by=by, now=now, summary=summary)


def _reason(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise FieldErrors({"reason": NO_REASON})
    if len(words) > MOST_REASON:
        raise FieldErrors({"reason": TOO_LONG})
    return words
