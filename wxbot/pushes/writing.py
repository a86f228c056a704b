"""Writing a push: begin, change, look at, submit, take back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import StaleError
from wxbot.ids import new_id
from wxbot.pushes.errors import NotNowError, PushProblemsError
from wxbot.pushes.filling import Blank
from wxbot.pushes.models import EDITABLE, Did, Draft, Push, PushId, PushState, draft_of
from wxbot.pushes.rounds import Rounds
from wxbot.pushes.selection import described
from wxbot.pushes.steps import APPROVE, WRITE, Steps, step_of
from wxbot.pushes.store import PushStore
from wxbot.templates.models import Template
from wxbot.templates.preview import View

MOST_NOTE = 200  # characters of a reason somebody gives
WORKING_OUT = "名单还在核对，请等核对完再提交"


class Writing:
    """Everything before the approval."""

    def __init__(self, store: PushStore, steps: Steps, rounds: Rounds, clinics: LiveClinic) -> None:
        self._store = store
        self._steps = steps
        self._rounds = rounds
        self._clinics = clinics

    async def create(self, by: Actor, draft: Draft, now: datetime) -> Push:
        """Begin a push. Raises ForbiddenError, PushProblemsError."""
        by.must(WRITE)
        self._steps.may(by, draft.purpose)
        self._steps.check(draft, now)
        push = Push(
            id=PushId(new_id(now)),
            title=draft.title.strip(),
            purpose=draft.purpose,
            template=draft.template,
            variables=dict(draft.variables),
            selection=draft.selection,
            pace_per_hour=draft.pace_per_hour,
            created_by=by.by,
            created_at=now,
            starts_at=draft.starts_at,
            steps=(step_of(Did.CREATED, by, now),),
        )
        await self._store.insert(push)
        await self._steps.note(
            by, Did.CREATED, push, now, f"新建推送：{described(push.selection, self._clinics.current)}"
        )
        return push

    async def edit(self, by: Actor, push_id: PushId, draft: Draft, revision: int, now: datetime) -> Push:
        """Change what is not submitted yet; what was worked out no longer counts.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, PushProblemsError.
        """
        by.must(WRITE)
        before = await self._steps.find(push_id)
        self._steps.may(by, before.purpose)
        self._steps.may(by, draft.purpose)
        self._steps.must_be(before, EDITABLE)
        if before.revision != revision:
            raise StaleError(f"push is at revision {before.revision}")
        self._steps.check(draft, now)
        after = replace(
            before,
            title=draft.title.strip(),
            purpose=draft.purpose,
            template=draft.template,
            variables=dict(draft.variables),
            selection=draft.selection,
            pace_per_hour=draft.pace_per_hour,
            starts_at=draft.starts_at,
            state=PushState.DRAFT,
            preview=None,
            working_out=None,
            trouble="",
        )
        edited = await self._steps.replace(by, Did.EDITED, before, after, now)
        await self._steps.note(by, Did.EDITED, edited, now, "修改推送", _changes(before, edited))
        return edited

    async def preview(self, by: Actor, push_id: PushId, now: datetime) -> Push:
        """Work out who gets what: a draft becomes previewed, one that waits for approval is looked at anew.

        Many people are worked out in the background: `working_out` says so, and the push is as it was until then.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, PushProblemsError.
        """
        by.must(WRITE)
        before = await self._steps.find(push_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {*EDITABLE, PushState.WAITING})
        self._steps.check(draft_of(before), now)
        return await self._rounds.preview(by, before, now)

    def blanks(self, template: Template) -> tuple[Blank, ...]:
        """What a person fills in for that template, what must be first."""
        return self._steps.blanks(template)

    def look(self, by: Actor, template: Template, values: Mapping[str, str]) -> tuple[View, Mapping[str, str]]:
        """What an example patient would read while somebody fills it in, and what is wrong with what is there.

        Raises ForbiddenError.
        """
        by.must(WRITE)
        return self._steps.reading(template, values), self._steps.objections(template, values)

    async def submit(self, by: Actor, push_id: PushId, now: datetime) -> Push:
        """Ask for approval. Raises ForbiddenError, NotFoundError, StaleError, NotNowError, PushProblemsError."""
        by.must(WRITE)
        before = await self._steps.find(push_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {PushState.PREVIEWED})
        if before.working_out is not None:
            raise NotNowError(WORKING_OUT)
        if before.preview is None or before.preview.turns == 0:
            raise PushProblemsError({"way": "这份名单里没有人会收到消息，也没有人需要电话，请换一批人"})
        after = await self._steps.replace(by, Did.SUBMITTED, before, replace(before, state=PushState.WAITING), now)
        await self._steps.note(by, Did.SUBMITTED, after, now, "提交审批")
        return after

    async def give_back(self, by: Actor, push_id: PushId, note: str, now: datetime) -> Push:
        """Return it to whoever wrote it, with a word why; they may take it back themselves.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, PushProblemsError.
        """
        by.must(WRITE)
        before = await self._steps.find(push_id)
        self._steps.may(by, before.purpose)
        if by.by not in before.authors:
            by.must(APPROVE)
        self._steps.must_be(before, {PushState.WAITING})
        words = note.strip()[:MOST_NOTE]
        if not words:
            raise PushProblemsError({"note": "请写明退回的原因"})
        returned = replace(before, state=PushState.DRAFT, working_out=None, trouble="")
        after = await self._steps.replace(by, Did.RETURNED, before, returned, now, words)
        await self._steps.note(by, Did.RETURNED, after, now, "退回修改", reason=words)
        return after


def _changes(before: Push, after: Push) -> dict[str, tuple[str, str]]:
    """What an edit changed; of people and values only that they changed."""
    plain = {
        "标题": (before.title, after.title),
        "用途": (before.purpose.value, after.purpose.value),
        "模板": (before.template, after.template),
        "每小时": (str(before.pace_per_hour), str(after.pace_per_hour)),
        "人群": (before.selection.way.value, after.selection.way.value),
    }
    return {name: pair for name, pair in plain.items() if pair[0] != pair[1]}
