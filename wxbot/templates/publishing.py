"""What is said to patients from when on: the next version, an older one again, offered no more, offered again."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.templates import refusals
from wxbot.templates.checks import blocks
from wxbot.templates.content import changes_between
from wxbot.templates.reading import TemplateReading
from wxbot.templates.records import Content, Signature, TemplateRecord, Version, content_of, version_id
from wxbot.templates.refusals import TemplateError, UnsendableError
from wxbot.templates.stages import NOT_APPROVED, PUBLISH, TemplateAction
from wxbot.workflow import NotNowError


class TemplatePublishing(TemplateReading):
    """The steps after the approval. Each names the `revision` it was decided on and raises StaleError otherwise."""

    async def publish(
        self, key: str, *, by: Actor, now: datetime, revision: int, effective_from: datetime | None = None
    ) -> Version:
        """Make the approved draft the next version, said from `effective_from` on (at once by default).

        A version that was to begin later than this one never begins.

        Raises:
            NotNowError: it is not approved.
            UnsendableError: something keeps it from being sent.
        """
        record, draft, stage = await self._find_for(TemplateAction.PUBLISHED, key, revision, by=by)
        if draft.reviewed is None:
            raise NotNowError(NOT_APPROVED)
        version = self._next(record, draft.content, by, now, effective_from)
        version = replace(version, author=draft.author, approved=draft.reviewed, self_approved=draft.self_approved)
        changed = replace(record, stage=stage, draft=None)
        return await self._publish(
            by, changed, version, now, AuditAction.TEMPLATE_PUBLISHED, f"发布模板「{record.name}」"
        )

    async def restore_version(self, key: str, number: int, *, by: Actor, now: datetime, revision: int) -> Version:
        """Say an older version again from now on, as a new version. It was approved then, so nobody is asked again.

        Raises:
            NotFoundError: there is no such version.
            UnsendableError: something keeps it from being sent by now.
        """
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        old = await self.version(key, number, by=by)
        version = self._next(record, old.content, by, now, None)
        version = replace(
            version,
            author=old.author,
            approved=old.approved,
            self_approved=old.self_approved,
            copy_of=number,
        )
        words = f"模板「{record.name}」恢复为第 {number} 版的内容"
        return await self._publish(by, record, version, now, AuditAction.TEMPLATE_VERSION_RESTORED, words)

    async def retire(self, key: str, *, by: Actor, now: datetime, revision: int) -> TemplateRecord:
        """Offer the template no more. What was planned with it still leaves.

        Raises:
            TemplateError: a plan, a handler or a broadcast needs it.
        """
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        if self.usage(key).fixed:
            raise TemplateError(refusals.STILL_NEEDED)
        if users := (await self._used_by(key) if self._used_by is not None else ()):
            raise TemplateError(refusals.still_used(users))
        saved = await self._store.save_and_notify(replace(record, retired_at=now))
        await self._templates.refresh(now, at_once=True)
        await self._audit.record(
            AuditAction.TEMPLATE_RETIRED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"停用模板「{record.name}」",
        )
        return saved

    async def restore(self, key: str, *, by: Actor, now: datetime, revision: int) -> TemplateRecord:
        """Offer it again."""
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        saved = await self._store.save_and_notify(replace(record, retired_at=None))
        await self._templates.refresh(now, at_once=True)
        await self._audit.record(
            AuditAction.TEMPLATE_RESTORED,
            subject_of(record),
            by=by,
            now=now,
            summary=f"重新启用模板「{record.name}」",
        )
        return saved

    # -- parts ---------------------------------------------------------------------------------------------

    def _must_be_sendable(self, record: TemplateRecord, content: Content) -> None:
        if found := blocks(self.check(record, content)):
            raise UnsendableError(found)

    def _next(
        self, record: TemplateRecord, content: Content, by: Actor, now: datetime, effective_from: datetime | None
    ) -> Version:
        self._must_be_sendable(record, content)
        number = record.last_number + 1
        signature = signature_of(by, now)
        return Version(
            id=version_id(record.id, number),
            key=record.id,
            number=number,
            purpose=record.purpose,
            event=record.event,
            content=content,
            author=signature,
            published=signature,
            effective_from=max(now, effective_from or now),
        )

    async def _publish(  # noqa: PLR0913, PLR0917 - what one publication consists of
        self,
        by: Actor,
        record: TemplateRecord,
        version: Version,
        now: datetime,
        action: AuditAction,
        words: str,
    ) -> Version:
        before = self._templates.get(record.id) if record.id in self._templates.keys else None
        changed = replace(
            record,
            name=version.content.name,
            live=record.followed_by(version.number, version.effective_from, now),
            last_number=version.number,
            edited=True,
        )
        at = "立即生效" if version.effective_from <= now else f"{version.effective_from:%Y-%m-%d %H:%M} UTC 起生效"
        # The audit first: a publication that nobody can account for would be worse than an entry without one.
        await self._audit.record(
            action,
            subject_of(record),
            by=by,
            now=now,
            summary=f"{words}，第 {version.number} 版，{at}",
            changes=changes_between(content_of(before), version.content) if before is not None else None,
        )
        await self._store.publish(changed, version)
        await self._templates.refresh(now, at_once=True)
        return version


def signature_of(by: Actor, now: datetime) -> Signature:
    """Who did it, and when."""
    return Signature(by=by.by, name=by.name, at=now)


def subject_of(record: TemplateRecord) -> str:
    """How the audit names it."""
    return f"template:{record.id}"
