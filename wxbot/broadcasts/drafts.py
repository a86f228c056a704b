"""Use cases before the approval of a broadcast: create, edit, preview, submit, return for changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.broadcasts.audience import describe
from wxbot.broadcasts.lifecycle import BroadcastLifecycle, event_of
from wxbot.broadcasts.manual_variables import ManualVariable
from wxbot.broadcasts.models import Broadcast, BroadcastAction, BroadcastDraft, BroadcastId, draft_of
from wxbot.broadcasts.preview_runs import PreviewRuns
from wxbot.broadcasts.states import APPROVE, TRANSITIONS, WRITE
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, StaleError
from wxbot.ids import new_id
from wxbot.templates.models import Template
from wxbot.templates.preview import View
from wxbot.workflow import NotNowError, transition

MOST_NOTE = 200  # characters of a reason for returning it
PREVIEW_RUNNING = "名单还在核对，请等核对完再提交"


class BroadcastDrafts:
    """Everything before the approval."""

    def __init__(
        self, store: BroadcastStore, lifecycle: BroadcastLifecycle, preview_runs: PreviewRuns, clinics: LiveClinic
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._preview_runs = preview_runs
        self._clinics = clinics

    async def create(self, draft: BroadcastDraft, *, by: Actor, now: datetime) -> Broadcast:
        """Create a broadcast. Raises ForbiddenError, FieldErrors."""
        state = transition(TRANSITIONS, None, BroadcastAction.CREATED, by=by)
        self._lifecycle.check_permission(draft.purpose, by=by)
        self._lifecycle.check(draft, now)
        broadcast = Broadcast(
            id=BroadcastId(new_id(now)),
            title=draft.title.strip(),
            purpose=draft.purpose,
            template=draft.template,
            variables=dict(draft.variables),
            audience=draft.audience,
            pace_per_hour=draft.pace_per_hour,
            created_by=by.by,
            created_at=now,
            starts_at=draft.starts_at,
            calls=draft.calls,
            state=state,
            events=(event_of(BroadcastAction.CREATED, by, now),),
        )
        await self._store.insert(broadcast)
        await self._lifecycle.record(
            BroadcastAction.CREATED,
            broadcast,
            f"新建推送：{describe(broadcast.audience, self._clinics.current)}",
            by=by,
            now=now,
        )
        return broadcast

    async def edit(
        self, broadcast_id: BroadcastId, draft: BroadcastDraft, revision: int, *, by: Actor, now: datetime
    ) -> Broadcast:
        """Change a broadcast that is not submitted; its preview is removed.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, FieldErrors.
        """
        before = await self._lifecycle.find_for(BroadcastAction.EDITED, broadcast_id, by=by)
        self._lifecycle.check_permission(draft.purpose, by=by)
        if before.revision != revision:
            raise StaleError(f"broadcast is at revision {before.revision}")
        self._lifecycle.check(draft, now)
        after = replace(
            before,
            title=draft.title.strip(),
            purpose=draft.purpose,
            template=draft.template,
            variables=dict(draft.variables),
            audience=draft.audience,
            pace_per_hour=draft.pace_per_hour,
            starts_at=draft.starts_at,
            calls=draft.calls,
            preview=None,
            preview_run=None,
            failure="",
        )
        edited = await self._lifecycle.replace(BroadcastAction.EDITED, before, after, by=by, now=now)
        await self._lifecycle.record(
            BroadcastAction.EDITED, edited, "修改推送", _changes(before, edited), by=by, now=now
        )
        return edited

    async def preview(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Preview who gets what. A draft becomes previewed; one that waits for approval is previewed again.

        A long audience is previewed in the background: `preview_run` is then set, and the preview follows later.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, FieldErrors.
        """
        before = await self._lifecycle.find_for(BroadcastAction.PREVIEWED, broadcast_id, by=by)
        self._lifecycle.check(draft_of(before), now)
        return await self._preview_runs.preview(before, by=by, now=now)

    def manual_variables(self, template: Template) -> tuple[ManualVariable, ...]:
        """The variables of that template to fill in by hand, the required ones first."""
        return self._lifecycle.manual_variables(template)

    def example(self, template: Template, values: Mapping[str, str], *, by: Actor) -> tuple[View, Mapping[str, str]]:
        """The message for an example patient with the values so far, and what is wrong with them.

        Raises ForbiddenError.
        """
        by.must(WRITE)
        return self._lifecycle.example(template, values), self._lifecycle.value_problems(template, values)

    async def submit(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Ask for approval. Raises ForbiddenError, NotFoundError, StaleError, NotNowError, FieldErrors."""
        before = await self._lifecycle.find_for(BroadcastAction.SUBMITTED, broadcast_id, by=by)
        if before.preview_run is not None:
            raise NotNowError(PREVIEW_RUNNING)
        if before.preview is None or before.preview.slots == 0:
            raise FieldErrors({"audience_kind": "这份名单里没有人会收到消息，也没有人需要电话，请换一批人"})
        after = await self._lifecycle.replace(BroadcastAction.SUBMITTED, before, before, by=by, now=now)
        await self._lifecycle.record(BroadcastAction.SUBMITTED, after, "提交审批", by=by, now=now)
        return after

    async def return_for_changes(self, broadcast_id: BroadcastId, note: str, *, by: Actor, now: datetime) -> Broadcast:
        """Return it to its authors with a reason; authors may also take it back themselves.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, FieldErrors.
        """
        before = await self._lifecycle.find_for(BroadcastAction.RETURNED, broadcast_id, by=by)
        if by.by not in before.authors:
            by.must(APPROVE)
        words = note.strip()[:MOST_NOTE]
        if not words:
            raise FieldErrors({"note": "请写明退回的原因"})
        returned = replace(before, preview_run=None, failure="")
        after = await self._lifecycle.replace(BroadcastAction.RETURNED, before, returned, words, by=by, now=now)
        await self._lifecycle.record(BroadcastAction.RETURNED, after, "退回修改", by=by, now=now, reason=words)
        return after


def _changes(before: Broadcast, after: Broadcast) -> dict[str, tuple[str, str]]:
    """What an edit changed, field → (before, after); of the audience only its kind."""
    plain = {
        "标题": (before.title, after.title),
        "用途": (before.purpose.value, after.purpose.value),
        "模板": (before.template, after.template),
        "每小时": (str(before.pace_per_hour), str(after.pace_per_hour)),
        "收不到的打电话": (_yes(before.calls), _yes(after.calls)),
        "人群": (before.audience.kind.value, after.audience.kind.value),
    }
    return {name: pair for name, pair in plain.items() if pair[0] != pair[1]}


def _yes(value: bool) -> str:
    return "是" if value else "否"
