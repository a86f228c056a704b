"""Where care plans and their versions are kept, and the counter that tells other processes of news."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pymongo import ASCENDING, DESCENDING

from wxbot.care.plans.records import PlanRecord, PlanVersion
from wxbot.database import Database, DuplicateKeyError, Index, Mapper, Session, insert_new
from wxbot.errors import StaleError
from wxbot.templates.records import Stage

PLANS = "care_plans"
VERSIONS = "care_plan_versions"
REVISIONS = "care_plan_revisions"

MOST_PLANS = 500  # a clinic has some dozen; more is a mistake
COUNTER = "care_plans"


class PlanStore:
    """The collections `care_plans`, `care_plan_versions` and `care_plan_revisions`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=PLANS,
            keys=[("stage", ASCENDING)],
            partial={"stage": {"$gt": ""}},
            serves="drafts: what is being written, waits for approval or may be published",
        ),
        Index(
            collection=VERSIONS,
            keys=[("key", ASCENDING), ("number", DESCENDING)],
            unique=True,
            serves="a plan's versions, the newest first; a number is given once",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._database = database
        self._plans = database.collection(PLANS)
        self._versions = database.collection(VERSIONS)
        self._revisions = database.collection(REVISIONS)
        self._record = Mapper(PlanRecord)
        self._version = Mapper(PlanVersion)

    # -- reading -------------------------------------------------------------------------------------------

    async def revision(self) -> int:
        """Grows whenever something that patients receive changed; 0 before anything was kept."""
        row = await self._revisions.find_one({"_id": COUNTER})
        return int(row["value"]) if row else 0

    async def all(self) -> list[PlanRecord]:
        """Every plan, by key."""
        rows = self._plans.find().sort("_id", ASCENDING).limit(MOST_PLANS)
        return [self._record.thing(row) async for row in rows]

    async def find(self, key: str) -> PlanRecord | None:
        """The plan of that key."""
        row = await self._plans.find_one({"_id": key})
        return self._record.thing(row) if row else None

    async def in_stage(self, stage: Stage) -> list[PlanRecord]:
        """Plans whose draft stands there."""
        rows = self._plans.find({"stage": stage.value}).limit(MOST_PLANS)
        return [self._record.thing(row) async for row in rows]

    async def count_in_stage(self, stage: Stage) -> int:
        """How many plans have a draft that stands there."""
        return int(await self._plans.count_documents({"stage": stage.value}, limit=MOST_PLANS))

    async def versions_by_id(self, ids: Iterable[str]) -> dict[str, PlanVersion]:
        """Those of the versions that exist."""
        rows = self._versions.find({"_id": {"$in": list(ids)}})
        return {row["_id"]: self._version.thing(row) async for row in rows}

    async def versions_of(self, key: str, limit: int) -> list[PlanVersion]:
        """A plan's versions, the newest first."""
        rows = self._versions.find({"key": key}).sort("number", DESCENDING).limit(limit)
        return [self._version.thing(row) async for row in rows]

    async def step_keys(self, key: str) -> set[str]:
        """The keys of every step that any version of the plan has had: none is given to another step."""
        rows = self._versions.find({"key": key}, {"plan.steps.key": 1})
        return {step["key"] async for row in rows for step in row["plan"]["steps"]}

    # -- writing -------------------------------------------------------------------------------------------

    async def add_new(self, records: Sequence[PlanRecord], versions: Sequence[PlanVersion]) -> int:
        """Keep what is not there yet, whoever else does the same; the number of new plans."""
        await insert_new(self._versions, [self._version.document(each) for each in versions])
        new = await insert_new(self._plans, [self._record.document(each) for each in records])
        if new:
            await self._revisions.update_one({"_id": COUNTER}, {"$inc": {"value": 1}}, upsert=True)
        return new

    async def create(self, record: PlanRecord) -> bool:
        """Keep a new plan; False when its key is taken."""
        try:
            await self._plans.insert_one(self._record.document(record))
        except DuplicateKeyError:
            return False
        return True

    async def save(self, record: PlanRecord) -> PlanRecord:
        """Replace a plan whose `revision` still stands; the one that is kept now. Nothing that is sent changes by this.

        Raises:
            StaleError: it was changed since it was read.
        """
        return await self._replace(record, None)

    async def save_and_notify(self, record: PlanRecord, version: PlanVersion | None = None) -> PlanRecord:
        """The same, with its new version, all or nothing, and the news for every process. Raises StaleError."""

        async def work(session: Session) -> PlanRecord:
            saved = await self._replace(record, session)
            if version is not None:
                await self._versions.insert_one(self._version.document(version), session=session)
            await self._revisions.update_one({"_id": COUNTER}, {"$inc": {"value": 1}}, upsert=True, session=session)
            return saved

        try:
            return await self._database.in_transaction(work)
        except DuplicateKeyError as error:  # somebody else made the same version in the same moment
            raise StaleError("made at the same time") from error

    async def _replace(self, record: PlanRecord, session: Session | None) -> PlanRecord:
        changed = replace(record, revision=record.revision + 1)
        where = {"_id": record.id, "revision": record.revision}
        result = await self._plans.replace_one(where, self._record.document(changed), session=session)
        if not result.matched_count:
            raise StaleError(f"care plan {record.id}")
        return changed
