"""What staff see of care plans: where each stands, what is wrong with it, what was followed before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wxbot.actors import Actor
from wxbot.approval import ApprovalRule
from wxbot.audit.service import AuditTrail
from wxbot.care.models import CarePlan
from wxbot.care.plans import refusals
from wxbot.care.plans.findings import Ground, PlanFinding, findings
from wxbot.care.plans.live import LivePlans
from wxbot.care.plans.records import PlanDraft, PlanRecord, PlanVersion, version_id
from wxbot.care.plans.stages import NO_DRAFT, READ, TRANSITIONS, PlanAction
from wxbot.care.plans.store import PlanStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError, StaleError
from wxbot.surveys.models import SurveyRules
from wxbot.templates.records import Stage
from wxbot.templates.service import Templates
from wxbot.workflow import NotNowError, transition

MOST_VERSIONS = 100  # shown; older ones stay kept


class PlanReading:
    """The looks an editor takes before a step; see editor.py for the steps."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: PlanStore,
        *,
        live: LivePlans,
        templates: Templates,
        clinics: LiveClinic,
        audit: AuditTrail,
        surveys: SurveyRules | None = None,
        scripts: Mapping[str, str] | None = None,
        self_approval: bool = False,
    ) -> None:
        """`scripts` are the names of how calls are talked about, by key."""
        self._store = store
        self._live = live
        self._templates = templates
        self._surveys = surveys
        self._scripts = scripts or {}
        self._clinics = clinics
        self._audit = audit
        self.approval = ApprovalRule(self_approval=self_approval, refusal=refusals.OWN_PLAN)

    # -- reading -------------------------------------------------------------------------------------------

    async def all(self, *, by: Actor) -> list[PlanRecord]:
        """Every plan, by key."""
        by.must(READ)
        return await self._store.all()

    async def get(self, key: str, *, by: Actor) -> PlanRecord:
        """One plan. Raises NotFoundError."""
        by.must(READ)
        return await self._find(key)

    async def content(self, record: PlanRecord, *, by: Actor) -> CarePlan:
        """What an editor begins with: the draft, else the newest version, else a plan without steps."""
        by.must(READ)
        return await self._content(record)

    async def waiting(self, *, by: Actor) -> list[PlanRecord]:
        """Plans whose draft somebody must approve."""
        by.must(READ)
        return await self._store.in_stage(Stage.WAITING)

    async def count_waiting(self) -> int:
        """How many drafts wait for approval, for the first page's numbers."""
        return await self._store.count_in_stage(Stage.WAITING)

    async def versions(self, key: str, *, by: Actor) -> list[PlanVersion]:
        """A plan's versions, the newest first."""
        by.must(READ)
        return await self._store.versions_of(key, MOST_VERSIONS)

    async def version(self, key: str, number: int, *, by: Actor) -> PlanVersion:
        """One version. Raises NotFoundError."""
        by.must(READ)
        return await self._version(key, number)

    async def step_keys(self, record: PlanRecord, *, by: Actor) -> frozenset[str]:
        """The keys that no new step of the plan may have: a key is part of what patients were sent."""
        by.must(READ)
        now = await self._content(record)
        return frozenset({step.key for step in now.steps} | await self._store.step_keys(record.id))

    def ground(self) -> Ground:
        """What plans are held against."""
        return Ground(
            templates={each.key: each for each in self._templates.all()},
            common=frozenset(self._templates.common),
            retired=self._templates.retired,
            bindings=self._templates.bindings,
            surveys=self._surveys,
        )

    def check(self, plan: CarePlan) -> tuple[PlanFinding, ...]:
        """Everything found in what somebody is writing."""
        return findings(plan, self.ground())

    @property
    def template_name(self) -> Callable[[str], str]:
        """How a template, or the script of a call, is called, for words about steps."""
        return lambda key: self._scripts.get(key) or self._templates.name_of(key)

    async def using(self, template: str) -> Sequence[str]:
        """The plans that say a template, in a version that is followed or in a draft, by title."""
        followed = {plan.title for plan in self._live.versions for step in plan.steps if step.template == template}
        drafts = [record.draft.plan for record in await self._store.all() if record.draft is not None]
        written = {plan.title for plan in drafts for step in plan.steps if step.template == template}
        return sorted(f"关怀计划「{title}」" for title in followed | written)

    # -- parts ---------------------------------------------------------------------------------------------

    async def _find(self, key: str) -> PlanRecord:
        found = await self._store.find(key)
        if found is None:
            raise NotFoundError(f"no care plan {key!r}")
        return found

    async def _version(self, key: str, number: int) -> PlanVersion:
        found = await self._store.versions_by_id([version_id(key, number)])
        if not found:
            raise NotFoundError(f"no version {number} of care plan {key!r}")
        return found[version_id(key, number)]

    async def _content(self, record: PlanRecord) -> CarePlan:
        if record.draft is not None:
            return record.draft.plan
        if record.live:
            return (await self._version(record.id, record.live[-1].number)).plan
        return CarePlan(key=record.id, title=record.title, anchor=record.anchor, steps=())

    async def _at_revision(self, key: str, revision: int) -> PlanRecord:
        """The plan if its revision still is that one. Raises NotFoundError, StaleError."""
        record = await self._find(key)
        if record.revision != revision:
            raise StaleError(f"care plan {key} is at {record.revision}, not {revision}")
        return record

    async def _find_for(
        self, action: PlanAction, key: str, revision: int, *, by: Actor
    ) -> tuple[PlanRecord, PlanDraft, Stage]:
        """The plan, its draft, and the stage that the action leads to.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError.
        """
        by.must(TRANSITIONS[action].permission)
        record = await self._at_revision(key, revision)
        if record.draft is None:
            raise NotNowError(NO_DRAFT)
        return record, record.draft, transition(TRANSITIONS, record.stage, action, by=by)


def tidy(plan: CarePlan) -> CarePlan:
    """Without spaces around its name."""
    return replace(plan, title=plan.title.strip())
