"""What patients follow from when on: the next version, an older one again, a pause, an end, a new beginning."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.care.models import CarePlan
from wxbot.care.plans import refusals
from wxbot.care.plans.difference import changes_between
from wxbot.care.plans.findings import blocking
from wxbot.care.plans.reading import PlanReading
from wxbot.care.plans.records import PlanRecord, PlanVersion, Running, begun, ended, version_id
from wxbot.care.plans.refusals import PlanError, UnworkableError
from wxbot.care.plans.seeds import live_of
from wxbot.care.plans.stages import NOT_APPROVED, PUBLISH, PlanAction
from wxbot.templates.records import Signature
from wxbot.workflow import NotNowError


class PlanPublishing(PlanReading):
    """The steps after the approval. Each names the `revision` it was decided on and raises StaleError otherwise."""

    async def publish(  # noqa: PLR0913 - what one publication consists of
        self,
        key: str,
        *,
        by: Actor,
        now: datetime,
        revision: int,
        running: Running,
        effective_from: datetime | None = None,
    ) -> PlanVersion:
        """Make the approved draft the next version, followed from `effective_from` on (at once by default).

        `running` says what becomes of patients who are in the middle. Nobody begins the plan by this who had not. A
        version that was to begin later than this one never begins.

        Raises:
            NotNowError: it is not approved.
            UnworkableError: something keeps it from working.
        """
        record, draft, stage = await self._find_for(PlanAction.PUBLISHED, key, revision, by=by)
        if draft.reviewed is None:
            raise NotNowError(NOT_APPROVED)
        version = self._next(record, draft.plan, by, now, running)
        version = replace(
            version,
            author=draft.author,
            approved=draft.reviewed,
            self_approved=draft.self_approved,
            effective_from=max(now, effective_from or now),
        )
        changed = replace(record, stage=stage, draft=None)
        words = f"发布关怀计划「{draft.plan.title}」"
        return await self._publish(by, changed, version, now, AuditAction.CARE_PLAN_PUBLISHED, words)

    async def restore_version(  # noqa: PLR0913 - what one publication consists of
        self, key: str, number: int, *, by: Actor, now: datetime, revision: int, running: Running
    ) -> PlanVersion:
        """Follow an older version again from now on, as a new version. It was approved then, so nobody is asked again.

        Raises:
            NotFoundError: there is no such version.
            UnworkableError: something keeps it from working by now.
        """
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        old = await self._version(key, number)
        version = replace(
            self._next(record, old.plan, by, now, running),
            author=old.author,
            approved=old.approved,
            self_approved=old.self_approved,
            copy_of=number,
        )
        words = f"关怀计划「{record.title}」恢复为第 {number} 版的内容"
        return await self._publish(by, record, version, now, AuditAction.CARE_PLAN_VERSION_RESTORED, words)

    async def pause(self, key: str, *, by: Actor, now: datetime, revision: int) -> PlanRecord:
        """Send nothing of the plan until it is resumed. What the outbox has been handed already still leaves.

        Raises:
            PlanError: it was never published, or is paused already.
        """
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        if not record.live:
            raise PlanError(refusals.NEVER_PUBLISHED)
        if record.paused:
            raise PlanError(refusals.ALREADY_PAUSED)
        changed = replace(record, pauses=begun(record.pauses, now))
        return await self._switch(by, changed, now, AuditAction.CARE_PLAN_PAUSED, "暂停")

    async def resume(self, key: str, *, by: Actor, now: datetime, revision: int) -> PlanRecord:
        """Send again; what fell due meanwhile is sent or skipped as each step says. Raises PlanError: not paused."""
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        if not record.paused:
            raise PlanError(refusals.NOT_PAUSED)
        changed = replace(record, pauses=ended(record.pauses, now))
        return await self._switch(by, changed, now, AuditAction.CARE_PLAN_RESUMED, "继续")

    async def retire(self, key: str, *, by: Actor, now: datetime, revision: int) -> PlanRecord:
        """Let nobody begin the plan any more; who is in the middle of it comes to its end.

        Raises:
            PlanError: it was never published, or a visit type still names its aftercare.
        """
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        if not record.live:
            raise PlanError(refusals.NEVER_PUBLISHED)
        if named := self._projects_without(record, await self._content(record), now):
            raise PlanError(refusals.still_named(named))
        changed = replace(record, retirements=begun(record.retirements, now))
        return await self._switch(by, changed, now, AuditAction.CARE_PLAN_RETIRED, "停用")

    async def restore(self, key: str, *, by: Actor, now: datetime, revision: int) -> PlanRecord:
        """Let patients begin it again; those whose time came while it was retired do not."""
        by.must(PUBLISH)
        record = await self._at_revision(key, revision)
        changed = replace(record, retirements=ended(record.retirements, now))
        return await self._switch(by, changed, now, AuditAction.CARE_PLAN_RESTORED, "重新启用")

    # -- parts ---------------------------------------------------------------------------------------------

    def _must_work(self, plan: CarePlan) -> None:
        if found := blocking(self.check(plan)):
            raise UnworkableError(found)

    def _projects_without(self, record: PlanRecord, plan: CarePlan, now: datetime) -> Sequence[str]:
        """Projects that patients still book and whose aftercare no other plan would describe."""
        others = {each.aftercare for each in self._live.in_force(now) if each.key != record.id}
        if plan.aftercare is None or plan.aftercare in others:
            return ()
        kinds = self._clinics.current.visit_types
        return [each.name for each in kinds if each.aftercare == plan.aftercare and not each.retired]

    def _next(self, record: PlanRecord, plan: CarePlan, by: Actor, now: datetime, running: Running) -> PlanVersion:
        self._must_work(plan)
        number = record.last_number + 1
        signature = signature_of(by, now)
        return PlanVersion(
            id=version_id(record.id, number),
            key=record.id,
            number=number,
            plan=plan,
            running=running,
            author=signature,
            published=signature,
            effective_from=now,
        )

    async def _publish(  # noqa: PLR0913, PLR0917 - what one publication consists of
        self, by: Actor, record: PlanRecord, version: PlanVersion, now: datetime, action: AuditAction, words: str
    ) -> PlanVersion:
        before = (await self._version(record.id, record.live[-1].number)).plan if record.live else None
        changed = replace(
            record,
            title=version.plan.title,
            live=record.followed_by(live_of(version)),
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
            summary=f"{words}，第 {version.number} 版，{at}，正在进行的患者{version.running.label}",
            changes=changes_between(before, version.plan, self.template_name),
        )
        await self._store.save_and_notify(changed, version)
        await self._live.refresh(now, at_once=True)
        return version

    async def _switch(
        self, by: Actor, record: PlanRecord, now: datetime, action: AuditAction, words: str
    ) -> PlanRecord:
        saved = await self._store.save_and_notify(record)
        await self._live.refresh(now, at_once=True)
        summary = f"{words}关怀计划「{record.title}」"
        await self._audit.record(action, subject_of(record), by=by, now=now, summary=summary)
        return saved


def signature_of(by: Actor, now: datetime) -> Signature:
    """Who did it, and when."""
    return Signature(by=by.by, name=by.name, at=now)


def subject_of(record: PlanRecord) -> str:
    """How the audit names it."""
    return f"care_plan:{record.id}"
