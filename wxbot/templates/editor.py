"""What staff do with templates: write, check, have approved by somebody else, publish from a date, bring back."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.templates import refusals
from wxbot.templates.checks import blocks
from wxbot.templates.content import allowed, changes_between, tidy
from wxbot.templates.kept import (
    Content,
    Draft,
    Hand,
    Kept,
    Stage,
    Version,
    content_of,
    version_id,
)
from wxbot.templates.keys import key_for
from wxbot.templates.models import PURPOSE_NAMES, Purpose
from wxbot.templates.reading import TemplateReading
from wxbot.templates.refusals import TemplateError, UnsendableError

EDIT = "templates:template:edit"
APPROVE = "templates:template:approve"
PUBLISH = "templates:template:publish"


class TemplateEditor(TemplateReading):
    """The way of a draft: draft → waiting → approved or returned → published.

    Changing a draft takes its approval away. Every step names the `revision` it was decided on and raises
    StaleError when the template has moved on. `self_approval` lets an author approve their own work; the audit says so.
    """

    # -- writing -------------------------------------------------------------------------------------------

    async def create(
        self, by: Actor, *, name: str, purpose: Purpose, now: datetime, copy_of: str | None = None
    ) -> Kept:
        """A new template with a draft, empty or a copy of another's wording.

        Raises:
            TemplateError: it has no name.
            NotFoundError: there is nothing to copy.
        """
        by.must(EDIT)
        if not name.strip():
            raise TemplateError(refusals.NAME_MISSING)
        content = Content(name=name.strip(), text="")
        if copy_of is not None:
            content = allowed(replace(self.content_now(await self._find(copy_of)), name=name.strip()), purpose)
        hand = _hand(by, now)
        taken = {each.id for each in await self._store.all()}
        while True:
            kept = Kept(
                id=key_for(name, taken),
                name=name.strip(),
                purpose=purpose,
                event="关怀推送",
                created=hand,
                stage=Stage.DRAFT,
                draft=Draft(content=content, wrote=hand),
                edited=True,
            )
            if await self._store.create(kept):
                break
            taken.add(kept.id)
        summary = f"新建{PURPOSE_NAMES[purpose]}模板「{name.strip()}」" + (f"，复制自 {copy_of}" if copy_of else "")
        await self._audit.record(by, "template:created", _subject(kept), now=now, summary=summary)
        return kept

    async def save(self, by: Actor, key: str, content: Content, *, revision: int, now: datetime) -> Kept:
        """Keep what somebody writes as the draft; its author is whoever saved last.

        Raises:
            StaleError: somebody else changed it meanwhile.
            TemplateError: it has no name.
        """
        by.must(EDIT)
        kept = await self._standing(key, revision)
        if not content.name.strip():
            raise TemplateError(refusals.NAME_MISSING)
        before = self.content_now(kept)
        live = kept.in_force(now)
        draft = Draft(
            content=tidy(content),
            wrote=_hand(by, now),
            based_on=kept.draft.based_on if kept.draft is not None else (live.number if live is not None else 0),
            comment=kept.draft.comment if kept.draft is not None else "",
        )
        saved = await self._store.save(replace(kept, stage=Stage.DRAFT, draft=draft))
        await self._audit.record(
            by,
            "template:drafted",
            _subject(kept),
            now=now,
            summary=f"修改了模板「{kept.name}」的草稿",
            changes=changes_between(before, draft.content),
        )
        return saved

    async def discard(self, by: Actor, key: str, *, revision: int, now: datetime) -> Kept:
        """Throw the draft away; what is said stays."""
        by.must(EDIT)
        kept = await self._standing(key, revision)
        if kept.draft is None:
            return kept
        saved = await self._store.save(replace(kept, stage=Stage.NONE, draft=None))
        await self._audit.record(
            by, "template:discarded", _subject(kept), now=now, summary=f"放弃了模板「{kept.name}」的草稿"
        )
        return saved

    # -- approving -----------------------------------------------------------------------------------------

    async def submit(self, by: Actor, key: str, *, revision: int, now: datetime) -> Kept:
        """Ask for approval.

        Raises:
            UnsendableError: something keeps it from being sent.
        """
        by.must(EDIT)
        kept = await self._standing(key, revision)
        draft = self._draft(kept)
        self._must_be_sendable(kept, draft.content)
        waiting = replace(kept, stage=Stage.WAITING, draft=replace(draft, submitted=_hand(by, now), judged=None))
        saved = await self._store.save(waiting)
        await self._audit.record(
            by, "template:submitted", _subject(kept), now=now, summary=f"提交模板「{kept.name}」等待审批"
        )
        return saved

    async def approve(self, by: Actor, key: str, *, revision: int, now: datetime, comment: str = "") -> Kept:
        """Say yes to somebody else's draft.

        Raises:
            TemplateError: it does not wait, or it is one's own and the clinic does not allow that.
            UnsendableError: something keeps it from being sent.
        """
        by.must(APPROVE)
        kept = await self._standing(key, revision)
        draft = self._draft(kept)
        if kept.stage is not Stage.WAITING:
            raise TemplateError(refusals.NOT_WAITING)
        own = draft.wrote.by == by.by
        if own and not self.self_approval:
            raise TemplateError(refusals.OWN_WORK)
        self._must_be_sendable(kept, draft.content)
        judged = replace(draft, judged=_hand(by, now), comment=comment.strip(), self_approved=own)
        saved = await self._store.save(replace(kept, stage=Stage.APPROVED, draft=judged))
        said = f"自己审批了自己写的模板「{kept.name}」（设置允许）" if own else f"批准了模板「{kept.name}」"
        await self._audit.record(
            by,
            "template:self_approved" if own else "template:approved",
            _subject(kept),
            now=now,
            summary=said,
            reason=comment.strip(),
        )
        return saved

    async def send_back(self, by: Actor, key: str, *, revision: int, now: datetime, comment: str) -> Kept:
        """Say what must be changed first.

        Raises:
            TemplateError: it does not wait, or nothing is said.
        """
        by.must(APPROVE)
        kept = await self._standing(key, revision)
        draft = self._draft(kept)
        if kept.stage not in {Stage.WAITING, Stage.APPROVED}:
            raise TemplateError(refusals.NOT_WAITING)
        if not comment.strip():
            raise TemplateError(refusals.SAY_WHY)
        returned = replace(draft, judged=_hand(by, now), comment=comment.strip())
        saved = await self._store.save(replace(kept, stage=Stage.RETURNED, draft=returned))
        await self._audit.record(
            by,
            "template:returned",
            _subject(kept),
            now=now,
            summary=f"退回了模板「{kept.name}」",
            reason=comment.strip(),
        )
        return saved

    # -- publishing ----------------------------------------------------------------------------------------

    async def publish(
        self, by: Actor, key: str, *, revision: int, now: datetime, effective_from: datetime | None = None
    ) -> Version:
        """Make the approved draft the next version, said from `effective_from` on (at once by default).

        A version that was to begin later than this one never begins.

        Raises:
            TemplateError: it is not approved.
            UnsendableError: something keeps it from being sent.
        """
        by.must(PUBLISH)
        kept = await self._standing(key, revision)
        draft = self._draft(kept)
        if kept.stage is not Stage.APPROVED or draft.judged is None:
            raise TemplateError(refusals.NOT_APPROVED)
        version = self._next(kept, draft.content, by, now, effective_from)
        version = replace(version, wrote=draft.wrote, approved=draft.judged, self_approved=draft.self_approved)
        return await self._publish(by, kept, version, now, "template:published", f"发布模板「{kept.name}」")

    async def roll_back(self, by: Actor, key: str, number: int, *, revision: int, now: datetime) -> Version:
        """Say an older version again from now on, as a new version. It was approved then, so nobody is asked again.

        Raises:
            NotFoundError: there is no such version.
            UnsendableError: something keeps it from being sent by now.
        """
        by.must(PUBLISH)
        kept = await self._standing(key, revision)
        old = await self.version(by, key, number)
        version = self._next(kept, old.content, by, now, None)
        version = replace(
            version,
            wrote=old.wrote,
            approved=old.approved,
            self_approved=old.self_approved,
            copy_of=number,
        )
        words = f"模板「{kept.name}」恢复为第 {number} 版的内容"
        return await self._publish(by, kept, version, now, "template:rolled_back", words, of_draft=False)

    async def retire(self, by: Actor, key: str, *, revision: int, now: datetime) -> Kept:
        """Offer the template no more. What was planned with it still leaves.

        Raises:
            TemplateError: a plan, a handler or a push needs it.
        """
        by.must(PUBLISH)
        kept = await self._standing(key, revision)
        if self.use(key).fixed:
            raise TemplateError(refusals.STILL_NEEDED)
        if users := (self._used_by(key) if self._used_by is not None else ()):
            raise TemplateError("还在使用：" + "、".join(users))
        saved = await self._store.save_and_tell(replace(kept, retired_at=now))
        await self._templates.refresh(now, at_once=True)
        await self._audit.record(by, "template:retired", _subject(kept), now=now, summary=f"停用模板「{kept.name}」")
        return saved

    async def restore(self, by: Actor, key: str, *, revision: int, now: datetime) -> Kept:
        """Offer it again."""
        by.must(PUBLISH)
        kept = await self._standing(key, revision)
        saved = await self._store.save_and_tell(replace(kept, retired_at=None))
        await self._templates.refresh(now, at_once=True)
        await self._audit.record(
            by, "template:restored", _subject(kept), now=now, summary=f"重新启用模板「{kept.name}」"
        )
        return saved

    # -- parts ---------------------------------------------------------------------------------------------

    @staticmethod
    def _draft(kept: Kept) -> Draft:
        if kept.draft is None:
            raise TemplateError(refusals.NO_DRAFT)
        return kept.draft

    def _must_be_sendable(self, kept: Kept, content: Content) -> None:
        if found := blocks(self.check(kept, content)):
            raise UnsendableError(found)

    def _next(self, kept: Kept, content: Content, by: Actor, now: datetime, effective_from: datetime | None) -> Version:
        self._must_be_sendable(kept, content)
        number = kept.last_number + 1
        hand = _hand(by, now)
        return Version(
            id=version_id(kept.id, number),
            key=kept.id,
            number=number,
            purpose=kept.purpose,
            event=kept.event,
            content=content,
            wrote=hand,
            published=hand,
            effective_from=max(now, effective_from or now),
        )

    async def _publish(  # noqa: PLR0913, PLR0917 - what one publication consists of
        self, by: Actor, kept: Kept, version: Version, now: datetime, action: str, words: str, *, of_draft: bool = True
    ) -> Version:
        """`of_draft`: the draft has become this version; otherwise what somebody is writing stays."""
        before = self._templates.get(kept.id) if kept.id in self._templates.keys else None
        changed = replace(
            kept,
            name=version.content.name,
            stage=Stage.NONE if of_draft else kept.stage,
            draft=None if of_draft else kept.draft,
            live=kept.followed_by(version.number, version.effective_from, now),
            last_number=version.number,
            edited=True,
        )
        at = "立即生效" if version.effective_from <= now else f"{version.effective_from:%Y-%m-%d %H:%M} UTC 起生效"
        # The audit first: a publication that nobody can account for would be worse than an entry without one.
        await self._audit.record(
            by,
            action,
            _subject(kept),
            now=now,
            summary=f"{words}，第 {version.number} 版，{at}",
            changes=changes_between(content_of(before), version.content) if before is not None else None,
        )
        await self._store.publish(changed, version)
        await self._templates.refresh(now, at_once=True)
        return version


def _hand(by: Actor, now: datetime) -> Hand:
    return Hand(by=by.by, name=by.name, at=now)


def _subject(kept: Kept) -> str:
    return f"template:{kept.id}"
