"""What staff do with a draft: write, check, have it approved by somebody else. What follows is in `publishing`."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.care.models import CarePlan
from wxbot.care.plans import refusals
from wxbot.care.plans.difference import changes_between
from wxbot.care.plans.keys import plan_key
from wxbot.care.plans.publishing import PlanPublishing, signature_of, subject_of
from wxbot.care.plans.reading import tidy
from wxbot.care.plans.records import PlanDraft, PlanRecord
from wxbot.care.plans.refusals import PlanError
from wxbot.care.plans.stages import TRANSITIONS, PlanAction
from wxbot.workflow import transition

OWN_TREATMENT = "own"  # `treatment` of a new plan: one that no plan describes yet, named after the plan

NO_KEY = "new"  # stands in the address of the page for a new plan


class PlanEditor(PlanPublishing):
    """The way of a draft: draft → waiting → approved or returned → published.

    Changing a draft takes its approval away. Every step names the `revision` it was decided on and raises
    StaleError when the plan has moved on. `self_approval` lets an author approve their own work; the audit says so.
    """

    # -- writing -------------------------------------------------------------------------------------------

    async def create(  # noqa: PLR0913 - what a plan begins with
        self,
        *,
        by: Actor,
        now: datetime,
        title: str,
        anchor: str = "",
        treatment: str | None = None,
        copy_of: str | None = None,
    ) -> PlanRecord:
        """A new plan with a draft: without steps, or a copy of another's, whose anchor and treatment it then has.

        Raises:
            PlanError: it has no title.
            NotFoundError: there is nothing to copy.
        """
        stage = transition(TRANSITIONS, None, PlanAction.CREATED, by=by)
        if not title.strip():
            raise PlanError(refusals.TITLE_MISSING)
        copied = await self._content(await self._find(copy_of)) if copy_of else None
        signature = signature_of(by, now)
        taken = {NO_KEY, *(each.id for each in await self._store.all())}
        while True:
            key = plan_key(title, taken)
            own = key if treatment == OWN_TREATMENT else treatment
            plan = CarePlan(key=key, title=title.strip(), anchor=anchor, steps=(), treatment=own)
            if copied is not None:
                plan = replace(copied, key=key, title=title.strip())
            record = PlanRecord(
                id=key,
                title=plan.title,
                anchor=plan.anchor,
                created=signature,
                stage=stage,
                draft=PlanDraft(plan=plan, author=signature),
                edited=True,
            )
            if await self._store.create(record):
                break
            taken.add(key)
        summary = f"新建关怀计划「{plan.title}」" + (f"，复制自「{copied.title}」" if copied is not None else "")
        await self._audit.record(AuditAction.CARE_PLAN_CREATED, subject_of(record), by=by, now=now, summary=summary)
        return record

    async def save(self, key: str, plan: CarePlan, *, by: Actor, now: datetime, revision: int) -> PlanRecord:
        """Keep what somebody writes as the draft; its author is whoever saved last.

        Who wrote before stays among those who may not approve it. Key, anchor and treatment of a plan do not change:
        what its patients were sent is known by them.

        Raises:
            StaleError: somebody else changed it meanwhile.
            PlanError: it has no title.
        """
        by.must(TRANSITIONS[PlanAction.DRAFTED].permission)
        record = await self._at_revision(key, revision)
        stage = transition(TRANSITIONS, record.stage, PlanAction.DRAFTED, by=by)
        if not plan.title.strip():
            raise PlanError(refusals.TITLE_MISSING)
        before = await self._content(record)
        kept = replace(tidy(plan), key=record.id, anchor=before.anchor, treatment=before.treatment)
        based = record.live[-1].number if record.live else 0
        draft = PlanDraft(
            plan=kept,
            author=signature_of(by, now),
            based_on=record.draft.based_on if record.draft is not None else based,
            comment=record.draft.comment if record.draft is not None else "",
            touched=tuple(sorted(record.draft.authors)) if record.draft is not None else (),
        )
        saved = await self._store.save(replace(record, stage=stage, draft=draft))
        await self._audit.record(
            AuditAction.CARE_PLAN_DRAFTED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"修改了关怀计划「{record.title}」的草稿",
            changes=changes_between(before, kept, self.template_name),
        )
        return saved

    async def discard(self, key: str, *, by: Actor, now: datetime, revision: int) -> PlanRecord:
        """Throw the draft away; what patients follow stays."""
        record, _, stage = await self._find_for(PlanAction.DISCARDED, key, revision, by=by)
        saved = await self._store.save(replace(record, stage=stage, draft=None))
        await self._audit.record(
            AuditAction.CARE_PLAN_DISCARDED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"放弃了关怀计划「{record.title}」的草稿",
        )
        return saved

    # -- approving -----------------------------------------------------------------------------------------

    async def submit(self, key: str, *, by: Actor, now: datetime, revision: int) -> PlanRecord:
        """Ask for approval.

        Raises:
            NotNowError: there is no draft, or it was submitted already.
            UnworkableError: something keeps it from working.
        """
        record, draft, stage = await self._find_for(PlanAction.SUBMITTED, key, revision, by=by)
        self._must_work(draft.plan)
        submitted = replace(draft, submitted=signature_of(by, now), reviewed=None, touched=tuple(sorted(draft.authors)))
        saved = await self._store.save(replace(record, stage=stage, draft=submitted))
        await self._audit.record(
            AuditAction.CARE_PLAN_SUBMITTED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"提交关怀计划「{record.title}」等待审批",
        )
        return saved

    async def approve(self, key: str, *, by: Actor, now: datetime, revision: int, comment: str = "") -> PlanRecord:
        """Say yes to somebody else's draft.

        Raises:
            NotNowError: it does not wait for approval.
            SelfApprovalError: the approver had a hand in it, and the clinic does not allow that.
            UnworkableError: something keeps it from working.
        """
        record, draft, stage = await self._find_for(PlanAction.APPROVED, key, revision, by=by)
        own = self.approval.is_self_approval(draft.authors, by=by)
        self._must_work(draft.plan)
        reviewed = replace(draft, reviewed=signature_of(by, now), comment=comment.strip(), self_approved=own)
        saved = await self._store.save(replace(record, stage=stage, draft=reviewed))
        said = "自己审批了自己写的（设置允许）" if own else "批准了"
        await self._audit.record(
            AuditAction.CARE_PLAN_SELF_APPROVED if own else AuditAction.CARE_PLAN_APPROVED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"{said}关怀计划「{record.title}」",
            reason=comment.strip(),
        )
        return saved

    async def return_for_changes(
        self, key: str, *, by: Actor, now: datetime, revision: int, comment: str
    ) -> PlanRecord:
        """Say what must be changed first.

        Raises:
            NotNowError: it neither waits for approval nor is approved.
            PlanError: the comment is empty.
        """
        record, draft, stage = await self._find_for(PlanAction.RETURNED, key, revision, by=by)
        if not comment.strip():
            raise PlanError(refusals.SAY_WHY)
        returned = replace(draft, reviewed=signature_of(by, now), comment=comment.strip())
        saved = await self._store.save(replace(record, stage=stage, draft=returned))
        await self._audit.record(
            AuditAction.CARE_PLAN_RETURNED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"退回了关怀计划「{record.title}」",
            reason=comment.strip(),
        )
        return saved
