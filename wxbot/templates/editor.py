"""What staff do with a draft: write, check, have it approved by somebody else. What follows is in `publishing`."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.messaging import Purpose
from wxbot.templates import refusals
from wxbot.templates.broadcast_usage import BROADCAST_EVENT
from wxbot.templates.content import allowed, changes_between, tidy
from wxbot.templates.keys import key_for
from wxbot.templates.publishing import TemplatePublishing, signature_of, subject_of
from wxbot.templates.records import Content, Draft, TemplateRecord
from wxbot.templates.refusals import TemplateError
from wxbot.templates.stages import TRANSITIONS, TemplateAction
from wxbot.workflow import transition


class TemplateEditor(TemplatePublishing):
    """The way of a draft: draft → waiting → approved or returned → published.

    Changing a draft takes its approval away. Every step names the `revision` it was decided on and raises
    StaleError when the template has moved on. `self_approval` lets an author approve their own work; the audit says so.
    """

    # -- writing -------------------------------------------------------------------------------------------

    async def create(
        self, *, by: Actor, now: datetime, name: str, purpose: Purpose, copy_of: str | None = None
    ) -> TemplateRecord:
        """A new template with a draft, empty or a copy of another's wording.

        Raises:
            TemplateError: it has no name.
            NotFoundError: there is nothing to copy.
        """
        stage = transition(TRANSITIONS, None, TemplateAction.CREATED, by=by)
        if not name.strip():
            raise TemplateError(refusals.NAME_MISSING)
        content = Content(name=name.strip(), text="")
        if copy_of is not None:
            content = allowed(replace(self.content_now(await self._find(copy_of)), name=name.strip()), purpose)
        signature = signature_of(by, now)
        taken = {each.id for each in await self._store.all()}
        while True:
            record = TemplateRecord(
                id=key_for(name, taken),
                name=name.strip(),
                purpose=purpose,
                event=BROADCAST_EVENT,
                created=signature,
                stage=stage,
                draft=Draft(content=content, author=signature),
                edited=True,
            )
            if await self._store.create(record):
                break
            taken.add(record.id)
        summary = f"新建{purpose.label}模板「{name.strip()}」" + (f"，复制自 {copy_of}" if copy_of else "")
        await self._audit.record(AuditAction.TEMPLATE_CREATED, subject_of(record), by=by, now=now, summary=summary)
        return record

    async def save(self, key: str, content: Content, *, by: Actor, now: datetime, revision: int) -> TemplateRecord:
        """Keep what somebody writes as the draft; its author is whoever saved last.

        Who wrote before stays among those who may not approve it.

        Raises:
            StaleError: somebody else changed it meanwhile.
            TemplateError: it has no name.
        """
        by.must(TRANSITIONS[TemplateAction.DRAFTED].permission)
        record = await self._at_revision(key, revision)
        stage = transition(TRANSITIONS, record.stage, TemplateAction.DRAFTED, by=by)
        if not content.name.strip():
            raise TemplateError(refusals.NAME_MISSING)
        before = self.content_now(record)
        live = record.in_force(now)
        draft = Draft(
            content=tidy(content),
            author=signature_of(by, now),
            based_on=record.draft.based_on if record.draft is not None else (live.number if live is not None else 0),
            comment=record.draft.comment if record.draft is not None else "",
            touched=tuple(sorted(record.draft.authors)) if record.draft is not None else (),
        )
        saved = await self._store.save(replace(record, stage=stage, draft=draft))
        await self._audit.record(
            AuditAction.TEMPLATE_DRAFTED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"修改了模板「{record.name}」的草稿",
            changes=changes_between(before, draft.content),
        )
        return saved

    async def discard(self, key: str, *, by: Actor, now: datetime, revision: int) -> TemplateRecord:
        """Throw the draft away; what is said stays."""
        by.must(TRANSITIONS[TemplateAction.DISCARDED].permission)
        record = await self._at_revision(key, revision)
        if record.draft is None:
            return record
        stage = transition(TRANSITIONS, record.stage, TemplateAction.DISCARDED, by=by)
        saved = await self._store.save(replace(record, stage=stage, draft=None))
        await self._audit.record(
            AuditAction.TEMPLATE_DISCARDED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"放弃了模板「{record.name}」的草稿",
        )
        return saved

    # -- approving -----------------------------------------------------------------------------------------

    async def submit(self, key: str, *, by: Actor, now: datetime, revision: int) -> TemplateRecord:
        """Ask for approval.

        Raises:
            NotNowError: there is no draft, or it was submitted already.
            UnsendableError: something keeps it from being sent.
        """
        record, draft, stage = await self._find_for(TemplateAction.SUBMITTED, key, revision, by=by)
        self._must_be_sendable(record, draft.content)
        submitted = replace(draft, submitted=signature_of(by, now), reviewed=None, touched=tuple(sorted(draft.authors)))
        saved = await self._store.save(replace(record, stage=stage, draft=submitted))
        await self._audit.record(
            AuditAction.TEMPLATE_SUBMITTED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"提交模板「{record.name}」等待审批",
        )
        return saved

    async def approve(self, key: str, *, by: Actor, now: datetime, revision: int, comment: str = "") -> TemplateRecord:
        """Say yes to somebody else's draft.

        Raises:
            NotNowError: it does not wait for approval.
            SelfApprovalError: the approver had a hand in it, and the clinic does not allow that.
            UnsendableError: something keeps it from being sent.
        """
        record, draft, stage = await self._find_for(TemplateAction.APPROVED, key, revision, by=by)
        own = self.approval.is_self_approval(draft.authors, by=by)
        self._must_be_sendable(record, draft.content)
        reviewed = replace(draft, reviewed=signature_of(by, now), comment=comment.strip(), self_approved=own)
        saved = await self._store.save(replace(record, stage=stage, draft=reviewed))
        said = f"自己审批了自己写的模板「{record.name}」（设置允许）" if own else f"批准了模板「{record.name}」"
        await self._audit.record(
            AuditAction.TEMPLATE_SELF_APPROVED if own else AuditAction.TEMPLATE_APPROVED,
            subject_of(record),
            by=by,
            now=now,
            summary=said,
            reason=comment.strip(),
        )
        return saved

    async def return_for_changes(
        self, key: str, *, by: Actor, now: datetime, revision: int, comment: str
    ) -> TemplateRecord:
        """Say what must be changed first.

        Raises:
            NotNowError: it neither waits for approval nor is approved.
            TemplateError: the comment is empty.
        """
        record, draft, stage = await self._find_for(TemplateAction.RETURNED, key, revision, by=by)
        if not comment.strip():
            raise TemplateError(refusals.SAY_WHY)
        returned = replace(draft, reviewed=signature_of(by, now), comment=comment.strip())
        saved = await self._store.save(replace(record, stage=stage, draft=returned))
        await self._audit.record(
            AuditAction.TEMPLATE_RETURNED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"退回了模板「{record.name}」",
            reason=comment.strip(),
        )
        return saved
