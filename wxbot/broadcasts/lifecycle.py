"""What every use case of broadcasts does: find it, see that it may be done now, write the step down, tell the audit."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.broadcasts import checks, manual_variables, wording
from wxbot.broadcasts.errors import BroadcastProblemsError, NotNowError, SelfApprovalError
from wxbot.broadcasts.manual_variables import ManualVariable
from wxbot.broadcasts.models import (
    EDITABLE,
    UNDER_WAY,
    Broadcast,
    BroadcastAction,
    BroadcastDraft,
    BroadcastEvent,
    BroadcastId,
    BroadcastState,
)
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError, StaleError
from wxbot.templates.models import Purpose, Template, Variable
from wxbot.templates.ports import Censor
from wxbot.templates.preview import View
from wxbot.templates.service import Templates

READ, WRITE, APPROVE = "broadcasts:broadcast:read", "broadcasts:broadcast:write", "broadcasts:broadcast:approve"
MARKETING = "broadcasts:marketing:write"
MOVED_ON = "推送的状态已经变化，现在不能这样做。请返回推送页面看看最新情况。"


class BroadcastLifecycle:
    """The steps of broadcasts.

    `self_approval` is for a clinic of one person: whoever wrote a broadcast may then approve it, and the audit says so.
    """

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: BroadcastStore,
        *,
        templates: Templates,
        clinics: LiveClinic,
        audit: AuditTrail,
        self_approval: bool,
        variables: Mapping[str, Variable],
        censor: Censor | None = None,
    ) -> None:
        self._store = store
        self._templates = templates
        self._clinics = clinics
        self._audit = audit
        self._self_approval = self_approval
        self._variables = variables
        self._censor = censor

    async def find(self, broadcast_id: BroadcastId) -> Broadcast:
        """One broadcast. Raises NotFoundError."""
        broadcast = await self._store.by_id(broadcast_id)
        if broadcast is None:
            raise NotFoundError("no such broadcast")
        return broadcast

    @staticmethod
    def may(by: Actor, purpose: Purpose) -> None:
        """Refuse who may not write broadcasts, or not of that purpose. Raises ForbiddenError."""
        by.must(WRITE)
        if purpose is Purpose.MARKETING:
            by.must(MARKETING)

    @staticmethod
    def must_be(broadcast: Broadcast, states: Collection[BroadcastState]) -> None:
        """Refuse what its state does not allow. Raises NotNowError."""
        if broadcast.state not in states:
            raise NotNowError(MOVED_ON)

    def not_own(self, broadcast: Broadcast, *, by: Actor) -> bool:
        """Whether somebody approves what they wrote, which only a clinic of one allows. Raises OwnWorkError."""
        if by.by not in broadcast.authors:
            return False
        if not self._self_approval:
            raise SelfApprovalError("这次推送是您写的，请另一位主管或管理员审批。")
        return True

    def check(self, draft: BroadcastDraft, now: datetime, *, started: bool = False) -> None:
        """Refuse what cannot stand; `started` leaves out the hour of its start. Raises BroadcastProblemsError."""
        try:
            template = self._templates.get(draft.template)
        except NotFoundError:
            template = None
        found = checks.problems(draft, template, self._clinics.current, now)
        if draft.template in self._templates.retired:
            found["template"] = "这个模板已停用，请换一个"
        if template is not None:
            found = {**self.objections(template, draft.variables), **found}
        if started:
            found.pop("starts_at", None)  # its hour struck while it waited: it begins at once
        if found:
            raise BroadcastProblemsError(found)

    def blanks(self, template: Template) -> tuple[ManualVariable, ...]:
        """What a broadcast with that template asks a person to fill in."""
        return manual_variables.manual_variables(template, self._variables)

    def objections(self, template: Template, values: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with values as they stand, left empty or not: `var_<name>` → words for staff."""
        found = manual_variables.misfits(template, values, self._sample, self._templates.bindings)
        if self._censor is not None:
            found |= wording.forbidden(template, values, template.purpose, self._censor)
        return found

    def reading(self, template: Template, values: Mapping[str, str]) -> View:
        """How it reads for an example patient."""
        return manual_variables.reading(template, values, self._sample, self._variables, self._templates.bindings)

    @property
    def _sample(self) -> Mapping[str, str]:
        return {**{each.name: each.example for each in self._variables.values()}, **self._templates.common}

    async def replace(  # noqa: PLR0913 - what a step consists of
        self, did: BroadcastAction, before: Broadcast, after: Broadcast, note: str = "", *, by: Actor, now: datetime
    ) -> Broadcast:
        """Write a new revision with this step. Raises StaleError."""
        whole = replace(after, revision=before.revision + 1, events=(*before.events, event_of(did, by, now, note)))
        if not await self._store.replace(before, whole):
            raise StaleError("the broadcast changed meanwhile")
        return whole

    async def transition(  # noqa: PLR0913 - what a step consists of
        self,
        broadcast_id: BroadcastId,
        did: BroadcastAction,
        state: BroadcastState,
        words: str,
        reason: str = "",
        *,
        by: Actor,
        now: datetime,
    ) -> Broadcast:
        """Go to another state, whatever is being written meanwhile. Raises as its callers say."""
        by.must(WRITE)
        before = await self.find(broadcast_id)
        self.may(by, before.purpose)
        if before.state is state:
            return before
        come_from = set(UNDER_WAY) if did is BroadcastAction.PAUSED else {*EDITABLE, BroadcastState.WAITING, *UNDER_WAY}
        self.must_be(before, come_from)
        step = event_of(did, by, now)
        change: dict[str, object] = {"state": state.value, "pause_reason": reason}
        if state is BroadcastState.CANCELLED:
            change["audience.phones"] = []  # nobody is looked for any more: keep no numbers
            change["preview_run"] = None
        after = await self._store.move(broadcast_id, come_from, change, step)
        if after is None:
            raise NotNowError(MOVED_ON)
        await self.note(did, after, words, by=by, now=now)
        return after

    async def note(  # noqa: PLR0913 - what an entry consists of
        self,
        did: BroadcastAction,
        broadcast: Broadcast,
        words: str,
        changes: Mapping[str, tuple[str, str]] | None = None,
        reason: str = "",
        *,
        by: Actor,
        now: datetime,
        own: bool = False,
    ) -> None:
        """Tell the audit; `own` says that somebody approved what they wrote."""
        action = "self_approved" if own else did.value
        summary = f"「{broadcast.title}」{words}"
        await self._audit.record(
            f"broadcast:{action}",
            f"broadcast:{broadcast.id}",
            by=by,
            now=now,
            summary=summary,
            changes=changes,
            reason=reason,
        )


def event_of(did: BroadcastAction, by: Actor, now: datetime, note: str = "") -> BroadcastEvent:
    """One thing done, for the record."""
    return BroadcastEvent(action=did, by=by.by, name=by.name, at=now, note=note)
