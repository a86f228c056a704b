"""Use cases of canned replies: find one for a reply, keep shared and private ones."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.canned_replies.checks import findings_of, problems_of
from wxbot.canned_replies.filling import filled
from wxbot.canned_replies.live import LiveCannedReplies
from wxbot.canned_replies.models import CannedOption, CannedReply, CannedReplyId, KeptReply, StoredReply
from wxbot.canned_replies.searching import found
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.quality.models import Finding
from wxbot.quality.service import Quality
from wxbot.staff.models import AccountId

USE, EDIT, EDIT_SHARED = "desk:conversation:reply", "desk:reply:edit", "desk:shared_reply:edit"
MOST_OPTIONS = 12  # that the popover shows
MOST_PRIVATE = 200  # of one person
_LABELS: Mapping[str, str] = {"title": "标题", "text": "内容", "folder": "文件夹", "archived": "停用"}


class CannedReplies:
    """Canned replies. Safe with several processes over one database."""

    def __init__(self, live: LiveCannedReplies, *, audit: AuditTrail, lexicon: Quality) -> None:
        self.live = live
        self._store = live.store
        self._audit = audit
        self._lexicon = lexicon

    # -- at the desk ------------------------------------------------------------------------------------------

    def search(
        self, query: str, values: Mapping[str, str], *, by: Actor, limit: int = MOST_OPTIONS
    ) -> list[CannedOption]:
        """What the query finds, filled for a patient: `values` are variables of filling.py. Asks no database.

        By words of title, folder and text, and by pinyin initials of the title; without a query the most used first.
        """
        by.must(USE)
        mine = [each for each in self.live.current if _proposed(each.kept.value, by)]
        return [
            CannedOption(reply=each.value, filled=filled(each.value.text, values), uses=each.uses)
            for each in found(mine, query)[:limit]
        ]

    async def use(self, reply_id: str, *, by: Actor) -> None:
        """It was put into a reply: it is proposed earlier from now on. One that is gone is no error."""
        by.must(USE)
        kept = await self._store.one(CannedReplyId(reply_id))
        if kept is not None and kept.value.owner in {None, by.id}:
            await self._store.used(kept.value.id)

    # -- the list ---------------------------------------------------------------------------------------------

    async def listed(self, *, by: Actor, query: str = "", folder: str = "", archived: bool = False) -> list[KeptReply]:
        """Shared ones and one's own, in order of folders; those in use, or the archived ones."""
        by.must(EDIT)
        await self.live.refresh()
        mine = [
            each
            for each in self.live.current
            if each.kept.value.owner in {None, by.id}
            and each.kept.value.archived is archived
            and folder in {"", each.kept.value.folder}
        ]
        return found(mine, query) if query.strip() else [each.kept for each in mine]

    def folders(self, *, by: Actor) -> list[str]:
        """The folders that hold something for them, in the list's own order. Raises ForbiddenError."""
        by.must(EDIT)
        return list(
            dict.fromkeys(each.kept.value.folder for each in self.live.current if _proposed(each.kept.value, by))
        )

    async def one(self, reply_id: str, *, by: Actor) -> KeptReply:
        """One reply. Raises NotFoundError, also for somebody else's private one."""
        by.must(EDIT)
        kept = await self._store.one(CannedReplyId(reply_id))
        if kept is None or kept.value.owner not in {None, by.id}:
            raise NotFoundError(f"canned reply {reply_id}")
        return kept

    async def ids(self) -> frozenset[str]:
        """Every id that is taken."""
        return frozenset(each.value.id for each in await self._store.read()) | await self._store.seeded()

    def findings(self, text: str) -> tuple[Finding, ...]:
        """What the lexicon says of a text, for the form."""
        return findings_of(text, self._lexicon)

    async def add(self, reply: CannedReply, *, by: Actor, now: datetime) -> StoredReply:
        """Keep a new one, shared or one's own. Raises ForbiddenError, FieldErrors."""
        by.must(EDIT)
        self._must(reply, by)
        self._refuse(reply)
        others = await self._store.read()
        if reply.owner is not None and sum(each.value.owner == reply.owner for each in others) >= MOST_PRIVATE:
            raise FieldErrors({"": f"自己的常用语最多 {MOST_PRIVATE} 条，请先停用一些。"})
        stored = StoredReply(
            id=reply.id, value=reply, revision=1, by=by.by, by_name=by.name, at=now, position=len(others)
        )
        if not await self._store.add(stored):
            raise FieldErrors({"title": "已有这条常用语，请换一个标题。"})
        await self._record(AuditAction.SETTINGS_CREATED, None, reply, by=by, now=now)
        return stored

    async def save(self, reply: CannedReply, revision: int, *, by: Actor, now: datetime) -> StoredReply:
        """Put it where `revision` still stands. Raises ForbiddenError, FieldErrors, NotFoundError and StaleError."""
        by.must(EDIT)
        before = (await self.one(reply.id, by=by)).stored
        self._must(before.value, by)
        value = replace(reply, source=before.value.source, archived=before.value.archived)
        self._must(value, by)
        if value == before.value:
            return before
        self._refuse(value)
        return await self._put(before, value, revision, by=by, now=now)

    async def archive(self, reply_id: str, revision: int, *, by: Actor, now: datetime) -> StoredReply:
        """停用. `restore` undoes it. Raises ForbiddenError, NotFoundError and StaleError."""
        return await self._archived(reply_id, revision, archived=True, by=by, now=now)

    async def restore(self, reply_id: str, revision: int, *, by: Actor, now: datetime) -> StoredReply:
        """Propose it again. Raises ForbiddenError, NotFoundError, StaleError; FieldErrors when it may not be said."""
        return await self._archived(reply_id, revision, archived=False, by=by, now=now)

    # -- inside -----------------------------------------------------------------------------------------------

    async def _archived(self, reply_id: str, revision: int, *, archived: bool, by: Actor, now: datetime) -> StoredReply:
        before = (await self.one(reply_id, by=by)).stored
        self._must(before.value, by)
        if before.value.archived is archived:
            return before
        value = replace(before.value, archived=archived)
        if not archived:
            self._refuse(value)
        return await self._put(before, value, revision, by=by, now=now)

    async def _put(
        self, before: StoredReply, value: CannedReply, revision: int, *, by: Actor, now: datetime
    ) -> StoredReply:
        stored = replace(before, value=value, by=by.by, by_name=by.name, at=now)
        after = await self._store.replace(stored, revision)
        await self._record(AuditAction.REPLY_EDITED, before.value, value, by=by, now=now)
        return after

    @staticmethod
    def _must(reply: CannedReply, by: Actor) -> None:
        by.must(EDIT if reply.owner == AccountId(by.id) else EDIT_SHARED)

    def _refuse(self, reply: CannedReply) -> None:
        problems = problems_of(reply, self._lexicon)
        if problems:
            raise FieldErrors(problems)

    async def _record(
        self, action: AuditAction, before: CannedReply | None, after: CannedReply, *, by: Actor, now: datetime
    ) -> None:
        await self.live.refresh(always=True)
        summary = f"{action.label.rpartition(' · ')[2]}常用语「{after.title}」"
        changes = _changes(before, after)
        await self._audit.record(action, f"canned_reply:{after.id}", by=by, now=now, summary=summary, changes=changes)


def _proposed(reply: CannedReply, by: Actor) -> bool:
    return not reply.archived and reply.owner in {None, by.id}


def _changes(before: CannedReply | None, after: CannedReply) -> dict[str, tuple[str, str]]:
    names: Sequence[str] = [each.name for each in fields(CannedReply) if each.name in _LABELS]
    return {
        _LABELS[name]: (_words(getattr(before, name, "")), _words(getattr(after, name)))
        for name in names
        if getattr(before, name, "") != getattr(after, name)
    }


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    text = str(value) or "（空）"
    return text if len(text) <= 200 else text[:199] + "…"  # noqa: PLR2004 - characters of a value in the audit
