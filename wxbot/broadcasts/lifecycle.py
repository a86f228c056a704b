"""What the use cases of broadcasts share: find and check, write the state with its event, record it in the audit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.approval import ApprovalRule
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.broadcasts import checks, manual_variables, wording
from wxbot.broadcasts.manual_variables import ManualVariable
from wxbot.broadcasts.models import Broadcast, BroadcastAction, BroadcastDraft, BroadcastEvent, BroadcastId
from wxbot.broadcasts.states import TRANSITIONS, write_permissions
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clinic.ports import LiveClinic
from wxbot.database import Document
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.messaging import Purpose
from wxbot.templates.models import Template, Variable
from wxbot.templates.ports import LexiconChecker
from wxbot.templates.preview import View
from wxbot.templates.service import Templates
from wxbot.workflow import NotNowError, transition

OWN_BROADCAST = "这次推送是您写的，请另一位主管或管理员审批。"


class BroadcastLifecycle:
    """Checks and writes of one broadcast. `self_approval` lets authors approve their own; see `approval`."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: BroadcastStore,
        *,
        templates: Templates,
        clinics: LiveClinic,
        audit: AuditTrail,
        self_approval: bool,
        variables: Mapping[str, Variable],
        lexicon: LexiconChecker | None = None,
    ) -> None:
        self._store = store
        self._templates = templates
        self._clinics = clinics
        self._audit = audit
        self.approval = ApprovalRule(self_approval=self_approval, refusal=OWN_BROADCAST)
        self._variables = variables
        self._lexicon = lexicon

    async def find(self, broadcast_id: BroadcastId) -> Broadcast:
        """One broadcast. Raises NotFoundError."""
        broadcast = await self._store.by_id(broadcast_id)
        if broadcast is None:
            raise NotFoundError("no such broadcast")
        return broadcast

    async def find_for(self, action: BroadcastAction, broadcast_id: BroadcastId, *, by: Actor) -> Broadcast:
        """One broadcast, if this actor may take that action now. Raises ForbiddenError, NotFoundError, NotNowError."""
        by.must(TRANSITIONS[action].permission)
        broadcast = await self.find(broadcast_id)
        self.check_permission(broadcast.purpose, by=by)
        transition(TRANSITIONS, broadcast.state, action, by=by)
        return broadcast

    @staticmethod
    def check_permission(purpose: Purpose, *, by: Actor) -> None:
        """Refuse who may not write broadcasts of that purpose. Raises ForbiddenError."""
        for permission in write_permissions(purpose):
            by.must(permission)

    def check(self, draft: BroadcastDraft, now: datetime, *, started: bool = False) -> None:
        """Refuse a draft with problems; `started` ignores its start time. Raises FieldErrors."""
        try:
            template = self._templates.get(draft.template)
        except NotFoundError:
            template = None
        found = checks.problems(draft, template, self._clinics.current, now)
        if draft.template in self._templates.retired:
            found["template"] = "这个模板已停用，请换一个"
        if template is not None:
            found = {**self.value_problems(template, draft.variables), **found}
        if started:
            found.pop("starts_at", None)  # it passed while the broadcast waited: it begins at once
        if found:
            raise FieldErrors(found)

    def manual_variables(self, template: Template) -> tuple[ManualVariable, ...]:
        """The variables of that template to fill in by hand."""
        return manual_variables.manual_variables(template, self._variables)

    def value_problems(self, template: Template, values: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with values filled in by hand, empty ones left out: `var_<name>` → words for staff."""
        found = manual_variables.length_problems(template, values, self._example_values, self._templates.bindings)
        if self._lexicon is not None:
            found |= wording.forbidden(template, values, template.purpose, self._lexicon)
        return found

    def example(self, template: Template, values: Mapping[str, str]) -> View:
        """The message for an example patient."""
        return manual_variables.example(
            template, values, self._example_values, self._variables, self._templates.bindings
        )

    @property
    def _example_values(self) -> Mapping[str, str]:
        return {**{each.name: each.example for each in self._variables.values()}, **self._templates.common}

    async def replace(  # noqa: PLR0913 - what an action consists of
        self, action: BroadcastAction, before: Broadcast, after: Broadcast, note: str = "", *, by: Actor, now: datetime
    ) -> Broadcast:
        """Write `after` as a new revision, in the state the action leads to and with its event.

        Raises ForbiddenError, NotNowError, StaleError (the broadcast changed since `before` was read).
        """
        whole = replace(
            after,
            state=transition(TRANSITIONS, before.state, action, by=by),
            revision=before.revision + 1,
            events=(*before.events, event_of(action, by, now, note)),
        )
        if not await self._store.replace(before, whole):
            raise StaleError("the broadcast changed meanwhile")
        return whole

    async def move(  # noqa: PLR0913 - what an action consists of
        self,
        action: BroadcastAction,
        before: Broadcast,
        summary: str,
        change: Document | None = None,
        note: str = "",
        *,
        by: Actor,
        now: datetime,
    ) -> Broadcast:
        """Take an action that does not depend on the revision: state, `change` and event in one write, then the audit.

        Raises ForbiddenError, NotNowError (also when the state changed since `before` was read).
        """
        state = transition(TRANSITIONS, before.state, action, by=by)
        after = await self._store.move(
            before.id,
            TRANSITIONS[action].from_states,
            {**(change or {}), "state": state.value},
            event_of(action, by, now, note),
        )
        if after is None:
            raise NotNowError(TRANSITIONS[action].refusal)
        await self.record(action, after, summary, by=by, now=now, reason=note)
        return after

    async def move_once(  # noqa: PLR0913 - what an action consists of
        self,
        action: BroadcastAction,
        broadcast_id: BroadcastId,
        summary: str,
        change: Document,
        *,
        by: Actor,
        now: datetime,
    ) -> Broadcast:
        """The same by id; nothing happens when the broadcast is in the state the action leads to.

        Raises ForbiddenError, NotFoundError, NotNowError.
        """
        by.must(TRANSITIONS[action].permission)
        before = await self.find(broadcast_id)
        self.check_permission(before.purpose, by=by)
        if before.state is TRANSITIONS[action].to:
            return before
        return await self.move(action, before, summary, change, by=by, now=now)

    async def record(  # noqa: PLR0913 - what an entry consists of
        self,
        action: BroadcastAction,
        broadcast: Broadcast,
        summary: str,
        changes: Mapping[str, tuple[str, str]] | None = None,
        reason: str = "",
        *,
        by: Actor,
        now: datetime,
        self_approved: bool = False,
    ) -> None:
        """Record an action in the audit, a self-approval as such."""
        await self._audit.record(
            AuditAction.BROADCAST_SELF_APPROVED if self_approved else AuditAction(f"broadcast:{action.value}"),
            f"broadcast:{broadcast.id}",
            by=by,
            now=now,
            summary=f"「{broadcast.title}」{summary}",
            changes=changes,
            reason=reason,
        )


def event_of(action: BroadcastAction, by: Actor, now: datetime, note: str = "") -> BroadcastEvent:
    """The event of an action."""
    return BroadcastEvent(action=action, by=by.by, name=by.name, at=now, note=note)
