"""What staff see of templates: where each stands, what it is held against, what was said before."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from wxbot.actors import Actor
from wxbot.approval import ApprovalRule
from wxbot.audit.service import AuditTrail
from wxbot.errors import NotFoundError, StaleError
from wxbot.templates import refusals
from wxbot.templates.broadcast_usage import usage_in_broadcasts
from wxbot.templates.checks import CheckContext, Finding, findings
from wxbot.templates.models import TemplateUsage, Variable
from wxbot.templates.ports import LexiconChecker
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
        uses: Mapping[str, TemplateUsage],
        lexicon: LexiconChecker | None = None,
        self_approval: bool = False,
        used_by: Callable[[str], Awaitable[Sequence[str]]] | None = None,
    ) -> None:
        self._store = store
        self._templates = templates
        self._audit = audit
        self._uses = uses
        self._lexicon = lexicon
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

    def check_context(self, key: str) -> CheckContext:
        """What the wording of that key is held against."""
        return CheckContext(
            variables=self.variables,
            usage=self.usage(key),
            bindings=self._templates.bindings,
            lexicon=self._lexicon,
            common={name: self._templates.common[name] for name in self._templates.common},
        )

    def usage(self, key: str) -> TemplateUsage:
        """What a key is needed for; one made in the console serves broadcasts."""
        return self._uses.get(key) or usage_in_broadcasts(self.variables, self._templates.common)

    def check(self, record: TemplateRecord, content: Content) -> tuple[Finding, ...]:
        """Everything found in what somebody is writing."""
        return findings(template_of(record.id, record.purpose, record.event, content), self.check_context(record.id))

    def content_now(self, record: TemplateRecord) -> Content:
        """What an editor begins with: the draft, else what is said, else what the file says."""
        if record.draft is not None:
            return record.draft.content
        if record.id in self._templates.keys:
            return content_of(self._templates.get(record.id))
        return Content(name=record.name, text="")

    # -- parts ---------------------------------------------------------------------------------------------

    async def _find(self, key: str) -> TemplateRecord:
        found = await self._store.find(key)
        if found is None:
            raise NotFoundError(f"no template {key!r}")
        return found

    async def _at_revision(self, key: str, revision: int) -> TemplateRecord:
        """The template if its revision still is that one. Raises NotFoundError, StaleError."""
        record = await self._find(key)
        if record.revision != revision:
            raise StaleError(f"template {key} is at {record.revision}, not {revision}")
        return record

    async def _find_for(
        self, action: TemplateAction, key: str, revision: int, *, by: Actor
    ) -> tuple[TemplateRecord, Draft, Stage]:
        """The template, its draft, and the stage that the action leads to.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError.
        """
        by.must(TRANSITIONS[action].permission)
        record = await self._at_revision(key, revision)
        if record.draft is None:
            raise NotNowError(NO_DRAFT)
        return record, record.draft, transition(TRANSITIONS, record.stage, action, by=by)
