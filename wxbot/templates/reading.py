"""What staff see of templates: where each stands, what it is held against, what was said before."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from wxbot.actors import Actor
from wxbot.approval import ApprovalRule
from wxbot.audit.service import AuditTrail
from wxbot.errors import NotFoundError, StaleError
from wxbot.templates import refusals
from wxbot.templates.broadcast_use import use_in_broadcasts
from wxbot.templates.checks import Finding, Ground, findings
from wxbot.templates.models import Use, Variable
from wxbot.templates.ports import Censor
from wxbot.templates.records import Content, Draft, Stage, TemplateRecord, Version, content_of, template_of, version_id
from wxbot.templates.service import Templates
from wxbot.templates.stages import NO_DRAFT, READ, TRANSITIONS, TemplateAction
from wxbot.templates.store import TemplateStore
from wxbot.workflow import NotNowError, transition

MOST_VERSIONS = 100  # shown; older ones stay kept


class TemplateReading:
    """The looks an editor takes before a step; see editor.py for the steps.

    `used_by` names what still uses a template, in words for staff.
    """

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: TemplateStore,
        *,
        templates: Templates,
        audit: AuditTrail,
        variables: Mapping[str, Variable],
        uses: Mapping[str, Use],
        censor: Censor | None = None,
        self_approval: bool = False,
        used_by: Callable[[str], Awaitable[Sequence[str]]] | None = None,
    ) -> None:
        self._store = store
        self._templates = templates
        self._audit = audit
        self._uses = uses
        self._censor = censor
        self._used_by = used_by
        self.variables = variables
        self.approval = ApprovalRule(self_approval=self_approval, refusal=refusals.OWN_TEMPLATE)

    # -- reading -------------------------------------------------------------------------------------------

    async def all(self, *, by: Actor) -> list[TemplateRecord]:
        """Every template, by key."""
        by.must(READ)
        return await self._store.all()

    async def get(self, key: str, *, by: Actor) -> TemplateRecord:
        """One template. Raises NotFoundError."""
        by.must(READ)
        return await self._find(key)

    async def waiting(self, *, by: Actor) -> list[TemplateRecord]:
        """Drafts that somebody must approve."""
        by.must(READ)
        return await self._store.in_stage(Stage.WAITING)

    async def count_waiting(self) -> int:
        """How many drafts wait for approval, for the first page's numbers."""
        return await self._store.count_in_stage(Stage.WAITING)

    async def versions(self, key: str, *, by: Actor) -> list[Version]:
        """A template's versions, the newest first."""
        by.must(READ)
        return await self._store.versions_of(key, MOST_VERSIONS)

    async def version(self, key: str, number: int, *, by: Actor) -> Version:
        """One version. Raises NotFoundError."""
        by.must(READ)
        found = await self._store.versions_by_id([version_id(key, number)])
        if not found:
            raise NotFoundError(f"no version {number} of {key!r}")
        return found[version_id(key, number)]

    def ground(self, key: str) -> Ground:
        """What the wording of that key is held against."""
        return Ground(
            variables=self.variables,
            use=self.use(key),
            bindings=self._templates.bindings,
            censor=self._censor,
            common={name: self._templates.common[name] for name in self._templates.common},
        )

    def use(self, key: str) -> Use:
        """What a key is needed for; one made in the console serves broadcasts."""
        return self._uses.get(key) or use_in_broadcasts(self.variables, self._templates.common)

    def check(self, kept: TemplateRecord, content: Content) -> tuple[Finding, ...]:
        """Everything found in what somebody is writing."""
        return findings(template_of(kept.id, kept.purpose, kept.event, content), self.ground(kept.id))

    def content_now(self, kept: TemplateRecord) -> Content:
        """What an editor begins with: the draft, else what is said, else what the file says."""
        if kept.draft is not None:
            return kept.draft.content
        if kept.id in self._templates.keys:
            return content_of(self._templates.get(kept.id))
        return Content(name=kept.name, text="")

    # -- parts ---------------------------------------------------------------------------------------------

    async def _find(self, key: str) -> TemplateRecord:
        found = await self._store.find(key)
        if found is None:
            raise NotFoundError(f"no template {key!r}")
        return found

    async def _at_revision(self, key: str, revision: int) -> TemplateRecord:
        """The template if its revision still is that one. Raises NotFoundError, StaleError."""
        kept = await self._find(key)
        if kept.revision != revision:
            raise StaleError(f"template {key} is at {kept.revision}, not {revision}")
        return kept

    async def _find_for(
        self, action: TemplateAction, key: str, revision: int, *, by: Actor
    ) -> tuple[TemplateRecord, Draft, Stage]:
        """The template, its draft, and the stage that the action leads to.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError.
        """
        by.must(TRANSITIONS[action].permission)
        kept = await self._at_revision(key, revision)
        if kept.draft is None:
            raise NotNowError(NO_DRAFT)
        return kept, kept.draft, transition(TRANSITIONS, kept.stage, action, by=by)
