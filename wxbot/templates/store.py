"""Where templates, their versions and the bindings are kept, and the counter that tells other processes of news."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from pymongo import ASCENDING, DESCENDING

from wxbot.database import Database, DuplicateKeyError, Index, Mapper, Session, insert_new
from wxbot.errors import StaleError
from wxbot.templates.models import Binding
from wxbot.templates.records import Stage, TemplateRecord, Version

TEMPLATES = "templates"
VERSIONS = "template_versions"
BINDINGS = "template_bindings"
REVISIONS = "template_revisions"

MOST_TEMPLATES = 2_000  # a clinic has some hundred; more is a mistake, not wording
MOST_BINDINGS = 500
COUNTER = "templates"

T = TypeVar("T")


class TemplateStore:
    """The collections `templates`, `template_versions`, `template_bindings` and `template_revisions`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=TEMPLATES,
            keys=[("stage", ASCENDING)],
            partial={"stage": {"$gt": ""}},
            serves="drafts: what is being written, waits for approval or may be published",
        ),
        Index(
            collection=VERSIONS,
            keys=[("key", ASCENDING), ("number", DESCENDING)],
            unique=True,
            serves="a template's versions, the newest first; a number is given once",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._database = database
        self._templates = database.collection(TEMPLATES)
        self._versions = database.collection(VERSIONS)
        self._bindings = database.collection(BINDINGS)
        self._revisions = database.collection(REVISIONS)
        self._record = Mapper(TemplateRecord)
        self._version = Mapper(Version)
        self._binding = Mapper(Binding)

    # -- reading -------------------------------------------------------------------------------------------

    async def revision(self) -> int:
        """Grows whenever something that is said changed; 0 before anything was kept."""
        row = await self._revisions.find_one({"_id": COUNTER})
        return int(row["value"]) if row else 0

    async def all(self) -> list[TemplateRecord]:
        """Every template, by key."""
        rows = self._templates.find().sort("_id", ASCENDING).limit(MOST_TEMPLATES)
        return [self._record.thing(row) async for row in rows]

    async def find(self, key: str) -> TemplateRecord | None:
        """The template of that key."""
        row = await self._templates.find_one({"_id": key})
        return self._record.thing(row) if row else None

    async def in_stage(self, stage: Stage) -> list[TemplateRecord]:
        """Templates whose draft stands there."""
        rows = self._templates.find({"stage": stage.value}).limit(MOST_TEMPLATES)
        return [self._record.thing(row) async for row in rows]

    async def count_in_stage(self, stage: Stage) -> int:
        """How many templates have a draft that stands there."""
        return int(await self._templates.count_documents({"stage": stage.value}, limit=MOST_TEMPLATES))

    async def versions_by_id(self, ids: Iterable[str]) -> dict[str, Version]:
        """Those of the versions that exist."""
        rows = self._versions.find({"_id": {"$in": list(ids)}})
        return {row["_id"]: self._version.thing(row) async for row in rows}

    async def versions_of(self, key: str, limit: int) -> list[Version]:
        """A template's versions, the newest first."""
        rows = self._versions.find({"key": key}).sort("number", DESCENDING).limit(limit)
        return [self._version.thing(row) async for row in rows]

    async def bindings(self) -> list[Binding]:
        """Every binding, by name."""
        rows = self._bindings.find().sort("_id", ASCENDING).limit(MOST_BINDINGS)
        return [self._binding.thing(row) async for row in rows]

    # -- writing -------------------------------------------------------------------------------------------

    async def add_new(
        self, records: Sequence[TemplateRecord], versions: Sequence[Version], bindings: Sequence[Binding]
    ) -> int:
        """Keep what is not there yet, whoever else does the same; the number of new templates and bindings."""
        await insert_new(self._versions, [self._version.document(each) for each in versions])
        new = await insert_new(self._templates, [self._record.document(each) for each in records])
        new += await insert_new(self._bindings, [self._binding.document(each) for each in bindings])
        if new:
            await self._revisions.update_one({"_id": COUNTER}, {"$inc": {"value": 1}}, upsert=True)
        return new

    async def create(self, record: TemplateRecord) -> bool:
        """Keep a new template; False when its key is taken."""
        try:
            await self._templates.insert_one(self._record.document(record))
        except DuplicateKeyError:
            return False
        return True

    async def save(self, record: TemplateRecord) -> TemplateRecord:
        """Replace a template whose `revision` still stands; the one that is kept now.

        Nothing that is said changes by this; see `publish`.

        Raises:
            StaleError: it was changed since it was read.
        """
        return await self._replace(record, None)

    async def save_and_notify(self, record: TemplateRecord) -> TemplateRecord:
        """The same, with the news for every process: what is offered changed. Raises StaleError."""

        async def work(session: Session) -> TemplateRecord:
            saved = await self._replace(record, session)
            await self._count_revision(session)
            return saved

        return await self._in_transaction(work)

    async def publish(self, record: TemplateRecord, version: Version) -> TemplateRecord:
        """The template with its new version, both or neither, and the news for every process.

        Raises:
            StaleError: it was changed since it was read.
        """

        async def work(session: Session) -> TemplateRecord:
            saved = await self._replace(record, session)
            await self._versions.insert_one(self._version.document(version), session=session)
            await self._count_revision(session)
            return saved

        return await self._in_transaction(work)

    async def save_binding(self, binding: Binding) -> Binding:
        """Keep a binding whose `revision` still stands (a new one has 0), and tell every process.

        Raises:
            StaleError: it was changed since it was read.
        """
        changed = replace(binding, revision=binding.revision + 1)

        async def work(session: Session) -> Binding:
            document = self._binding.document(changed)
            if binding.revision == 0:
                if await self._bindings.find_one({"_id": binding.id}, session=session):
                    raise StaleError(f"binding {binding.id}")
                await self._bindings.insert_one(document, session=session)
            else:
                where = {"_id": binding.id, "revision": binding.revision}
                result = await self._bindings.replace_one(where, document, session=session)
                if not result.matched_count:
                    raise StaleError(f"binding {binding.id}")
            await self._count_revision(session)
            return changed

        return await self._in_transaction(work)

    async def _replace(self, record: TemplateRecord, session: Session | None) -> TemplateRecord:
        changed = replace(record, revision=record.revision + 1)
        where = {"_id": record.id, "revision": record.revision}
        result = await self._templates.replace_one(where, self._record.document(changed), session=session)
        if not result.matched_count:
            raise StaleError(f"template {record.id}")
        return changed

    async def _count_revision(self, session: Session) -> None:
        await self._revisions.update_one({"_id": COUNTER}, {"$inc": {"value": 1}}, upsert=True, session=session)

    async def _in_transaction(self, work: Callable[[Session], Awaitable[T]]) -> T:
        try:
            return await self._database.in_transaction(work)
        except DuplicateKeyError as error:  # somebody else made the same thing in the same moment
            raise StaleError("made at the same time") from error
