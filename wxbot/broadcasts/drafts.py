"""Writing a broadcast: begin, change, look at, submit, take back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.broadcasts.audience import described
from wxbot.broadcasts.errors import BroadcastProblemsError, NotNowError
from wxbot.broadcasts.lifecycle import APPROVE, WRITE, BroadcastLifecycle, event_of
from wxbot.broadcasts.manual_variables import ManualVariable
from wxbot.broadcasts.models import (
    EDITABLE,
    Broadcast,
    BroadcastAction,
    BroadcastDraft,
    BroadcastId,
    BroadcastState,
    draft_of,
)
from wxbot.broadcasts.preview_runs import PreviewRuns
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import StaleError
from wxbot.ids import new_id
from wxbot.templates.models import Template
from wxbot.templates.preview import View

MOST_NOTE = 200  # characters of a reason somebody gives
WORKING_OUT = "名单还在核对，请等核对完再提交"


class BroadcastDrafts:
    """Everything before the approval."""

    def __init__(
        self, store: BroadcastStore, steps: BroadcastLifecycle, rounds: PreviewRuns, clinics: LiveClinic
    ) -> None:
        self._store = store
        self._steps = steps
        self._rounds = rounds
        self._clinics = clinics

    async def create(self, draft: BroadcastDraft, *, by: Actor, now: datetime) -> Broadcast:
        """Begin a broadcast. Raises ForbiddenError, BroadcastProblemsError."""
        by.must(WRITE)
        self._steps.may(by, draft.purpose)
        self._steps.check(draft, now)
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
            events=(event_of(BroadcastAction.CREATED, by, now),),
        )
        await self._store.insert(broadcast)
        await self._steps.note(
            BroadcastAction.CREATED,
            broadcast,
            f"新建推送：{described(broadcast.audience, self._clinics.current)}",
            by=by,
            now=now,
        )
        return broadcast

    async def edit(
        self, broadcast_id: BroadcastId, draft: BroadcastDraft, revision: int, *, by: Actor, now: datetime
    ) -> Broadcast:
        """Change what is not submitted yet; what was worked out no longer counts.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, BroadcastProblemsError.
        """
        by.must(WRITE)
        before = await self._steps.find(broadcast_id)
        self._steps.may(by, before.purpose)
        self._steps.may(by, draft.purpose)
        self._steps.must_be(before, EDITABLE)
        if before.revision != revision:
            raise StaleError(f"broadcast is at revision {before.revision}")
        self._steps.check(draft, now)
        after = replace(
            before,
            title=draft.title.strip(),
            purpose=draft.purpose,
            template=draft.template,
            variables=dict(draft.variables),
            audience=draft.audience,
            pace_per_hour=draft.pace_per_hour,
            starts_at=draft.starts_at,
            state=BroadcastState.DRAFT,
            preview=None,
            preview_run=None,
            failure="",
        )
        edited = await self._steps.replace(BroadcastAction.EDITED, before, after, by=by, now=now)
        await self._steps.note(BroadcastAction.EDITED, edited, "修改推送", _changes(before, edited), by=by, now=now)
        return edited

    async def preview(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Work out who gets what: a draft becomes previewed, one that waits for approval is looked at anew.

        Many people are worked out in the background: `working_out` says so, and the broadcast is as it was until then.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, BroadcastProblemsError.
        """
        by.must(WRITE)
        before = await self._steps.find(broadcast_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {*EDITABLE, BroadcastState.WAITING})
        self._steps.check(draft_of(before), now)
        return await self._rounds.preview(before, by=by, now=now)

    def blanks(self, template: Template) -> tuple[ManualVariable, ...]:
        """What a person fills in for that template, what must be first."""
        return self._steps.blanks(template)

    def look(self, template: Template, values: Mapping[str, str], *, by: Actor) -> tuple[View, Mapping[str, str]]:
        """What an example patient would read while somebody fills it in, and what is wrong with what is there.

        Raises ForbiddenError.
        """
        by.must(WRITE)
        return self._steps.reading(template, values), self._steps.objections(template, values)

    async def submit(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Ask for approval. Raises ForbiddenError, NotFoundError, StaleError, NotNowError, BroadcastProblemsError."""
        by.must(WRITE)
        before = await self._steps.find(broadcast_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {BroadcastState.PREVIEWED})
        if before.preview_run is not None:
            raise NotNowError(WORKING_OUT)
        if before.preview is None or before.preview.slots == 0:
            raise BroadcastProblemsError({"way": "这份名单里没有人会收到消息，也没有人需要电话，请换一批人"})
        after = await self._steps.replace(
            BroadcastAction.SUBMITTED, before, replace(before, state=BroadcastState.WAITING), by=by, now=now
        )
        await self._steps.note(BroadcastAction.SUBMITTED, after, "提交审批", by=by, now=now)
        return after

    async def return_for_changes(self, broadcast_id: BroadcastId, note: str, *, by: Actor, now: datetime) -> Broadcast:
        """Return it to whoever wrote it, with a word why; they may take it back themselves.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, BroadcastProblemsError.
        """
        by.must(WRITE)
        before = await self._steps.find(broadcast_id)
        self._steps.may(by, before.purpose)
        if by.by not in before.authors:
            by.must(APPROVE)
        self._steps.must_be(before, {BroadcastState.WAITING})
        words = note.strip()[:MOST_NOTE]
        if not words:
            raise BroadcastProblemsError({"note": "请写明退回的原因"})
        returned = replace(before, state=BroadcastState.DRAFT, preview_run=None, failure="")
        after = await self._steps.replace(BroadcastAction.RETURNED, before, returned, words, by=by, now=now)
        await self._steps.note(BroadcastAction.RETURNED, after, "退回修改", by=by, now=now, reason=words)
        return after


def _changes(before: Broadcast, after: Broadcast) -> dict[str, tuple[str, str]]:
    """What an edit changed; of people and values only that they changed."""
    plain = {
        "标题": (before.title, after.title),
        "用途": (before.purpose.value, after.purpose.value),
        "模板": (before.template, after.template),
        "每小时": (str(before.pace_per_hour), str(after.pace_per_hour)),
        "人群": (before.audience.kind.value, after.audience.kind.value),
    }
    return {name: pair for name, pair in plain.items() if pair[0] != pair[1]}
