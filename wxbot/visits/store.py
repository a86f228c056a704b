"""Where is kept what reception noted about visits and what patients answered before them, risk tables and feeds.

Words are encrypted.
"""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING, DESCENDING

from wxbot.booking.models import AppointmentId
from wxbot.clinic.models import PractitionerId
from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId
from wxbot.visits.calendar_feed import CalendarFeed
from wxbot.visits.models import VisitRecord
from wxbot.visits.questions import VisitAnswers
from wxbot.visits.risk_calibration import CalibrationState, RiskCalibration

NAME = "visits"
RISKS = "risk_calibrations"
FEEDS = "calendar_feeds"
ANSWERS = "visit_answers"
FREE = (  # what somebody wrote in their own words, and what a person came for
    "arrival.said.complaint",
    "arrival.said.keep_practitioner",
    "arrival.said.remarks",
    "arrival.said.social_status",
    "arrival.said.feels_now",
    "checkout.words",
    "decision.words",
    "unwell.words",
    "survey.words",  # of before surveys, until the start carries it over
)


class VisitRecordStore:
    """The collection `visits`, one document per appointment that somebody noted something about."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's visits, for erasure"),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, FREE)
        self._mapper: Mapper[VisitRecord] = EncryptedMapper(VisitRecord, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def put(self, record: VisitRecord, part: str) -> None:
        """Write one part of a visit's record, and leave the others as they are; the latest one counts."""
        document = self._mapper.document(record)
        change: Document = {"$set": {part: document[part], "contact_id": document["contact_id"]}}
        try:
            await self._rows.update_one({"_id": record.id}, change, upsert=True)
        except DuplicateKeyError:  # a colleague inserted it in the same moment
            await self._rows.update_one({"_id": record.id}, change)

    async def of(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, VisitRecord]:
        """Those that exist, by appointment, in one query."""
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {record.id: record for record in await self._mapper.things(rows)}

    async def erase(self, contact_id: ContactId) -> int:
        """Part the contact from their visits, and forget what was written about them freely; the number."""
        for path in FREE:
            part = path.split(".", maxsplit=1)[0]
            await self._rows.update_many({"contact_id": contact_id, part: {"$type": "object"}}, {"$set": {path: ""}})
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": {"contact_id": None}})
        return int(result.modified_count)


class VisitAnswerStore:
    """The collection `visit_answers`, one document per appointment that something was answered before."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=ANSWERS, keys=[("contact_id", ASCENDING)], serves="a contact's answers, for withdrawal, erasure"
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(ANSWERS)
        self._cipher = DocumentCipher(keys, ANSWERS, ["answers.*.choice", "answers.*.words"])
        self._mapper = EncryptedMapper(VisitAnswers, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def of(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, VisitAnswers]:
        """Those that exist, by appointment, in one query."""
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {answers.id: answers for answers in await self._mapper.things(rows)}

    async def replace(self, answers: VisitAnswers, revision: int) -> bool:
        """Keep them in place of that revision (0: of none); False when another page was quicker."""
        document = self._mapper.document(answers)
        if revision == 0:
            try:
                await self._rows.insert_one(document)
            except DuplicateKeyError:
                return False
            return True
        result = await self._rows.replace_one({"_id": answers.id, "revision": revision}, document)
        return bool(result.matched_count)

    async def of_contact(self, contact_id: ContactId) -> list[VisitAnswers]:
        """Everything that a contact answered, the latest visit first."""
        rows = await self._rows.find({"contact_id": contact_id}).sort("_id", -1).to_list(None)
        return await self._mapper.things(rows)

    async def erase(self, contact_id: ContactId) -> int:
        """Delete what the contact answered; the number of visits."""
        result = await self._rows.delete_many({"contact_id": contact_id})
        return int(result.deleted_count)


class RiskCalibrationStore:
    """The collection `risk_calibrations`, a document per month: what was counted, and what was decided about it."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=RISKS,
            keys=[("state", DESCENDING), ("decided_at", DESCENDING)],
            serves="the points that hold: of the calibration that was accepted last",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(RISKS)
        self._mapper = Mapper(RiskCalibration)

    async def insert(self, calibration: RiskCalibration) -> bool:
        """Keep a new one; False when the month has one."""
        try:
            await self._rows.insert_one(self._mapper.document(calibration))
        except DuplicateKeyError:
            return False
        return True

    async def by_id(self, month: str) -> RiskCalibration | None:
        """The one of that month."""
        row = await self._rows.find_one({"_id": month})
        return self._mapper.thing(row) if row else None

    async def decide(self, month: str, change: Document) -> bool:
        """Apply a decision while none was taken; False when one was."""
        open_one = {"_id": month, "state": CalibrationState.PROPOSED.value}
        result = await self._rows.update_one(open_one, {"$set": change})
        return bool(result.modified_count)

    async def accepted(self) -> RiskCalibration | None:
        """The one that was accepted last."""
        row = await self._rows.find_one({"state": CalibrationState.ACCEPTED.value}, sort=[("decided_at", DESCENDING)])
        return self._mapper.thing(row) if row else None

    async def latest(self, limit: int) -> list[RiskCalibration]:
        """The latest months first."""
        rows = self._rows.find().sort("_id", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]


class CalendarFeedStore:
    """The collection `calendar_feeds`, a document per practitioner whose link is open."""

    INDEXES: Sequence[Index] = (
        Index(collection=FEEDS, keys=[("digest", ASCENDING)], unique=True, serves="the feed behind a link"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(FEEDS)
        self._mapper = Mapper(CalendarFeed)

    async def put(self, feed: CalendarFeed) -> None:
        """Keep it in place of the practitioner's earlier one."""
        await self._rows.replace_one({"_id": feed.id}, self._mapper.document(feed), upsert=True)

    async def remove(self, practitioner_id: PractitionerId) -> bool:
        """Forget it; False where there was none."""
        return bool((await self._rows.delete_one({"_id": practitioner_id})).deleted_count)

    async def by_id(self, practitioner_id: PractitionerId) -> CalendarFeed | None:
        """The practitioner's."""
        row = await self._rows.find_one({"_id": practitioner_id})
        return self._mapper.thing(row) if row else None

    async def by_digest(self, digest: str) -> CalendarFeed | None:
        """The one of that link."""
        row = await self._rows.find_one({"digest": digest})
        return self._mapper.thing(row) if row else None
