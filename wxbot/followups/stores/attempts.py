"""Where attempts are kept, encrypted; one is written together with what it changes of its follow-up, or not at all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, ReturnDocument

from wxbot.database import Database, Document, Index, Mapper, Session
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.errors import StaleError
from wxbot.followups.attempt_models import Attempt, AttemptChannel, AttemptId, Outcome
from wxbot.followups.models import FollowUp, FollowUpChange, FollowUpId, FollowUpState
from wxbot.followups.stores.followups import FOLLOWUPS
from wxbot.history.models import ContactId, PatientId

NAME = "attempts"
MOST_CHANGES = 50  # of one follow-up are kept, the latest
MOST_OF_TASK = 200  # a follow-up that goes on for years; who reads further asks for the patient's


@dataclass(frozen=True, kw_only=True)
class AttemptFilter:
    """Which attempts a list shows: of [since, until), and of one person, outcome, group or effort where given."""

    since: datetime
    until: datetime
    by: str = ""
    outcome: str = ""
    group: str = ""
    effort: str = ""
    reason: str = ""
    competitor: str = ""
    mood: str = ""
    hour: int | None = None  # local; calls only


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many attempts have these things in common."""

    by: str
    group: str
    effort: str
    outcome: str
    mood: str
    count: int
    seconds: int


@dataclass(frozen=True, kw_only=True)
class ReasonTally:
    """How often a reason was given, with which other clinic; empty: with none."""

    reason: str
    competitor: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A try in which a colleague reached a patient."""

    patient_id: PatientId
    at: datetime
    by: str  # `staff:<id>`


class AttemptStore:
    """The collection `attempts`, and `followups` as far as an attempt changes one."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("followup_id", ASCENDING), ("at", DESCENDING)],
            partial={"followup_id": {"$gt": ""}},
            serves="the attempts at one follow-up",
        ),
        Index(
            collection=NAME,
            keys=[("patient_id", ASCENDING), ("at", DESCENDING)],
            partial={"patient_id": {"$gt": ""}},
            serves="a patient's attempts, the latest first; how often they were called lately",
        ),
        Index(collection=NAME, keys=[("contact_id", ASCENDING), ("at", DESCENDING)], serves="a contact's, for erasure"),
        Index(collection=NAME, keys=[("at", DESCENDING), ("_id", DESCENDING)], serves="the attempts of some days"),
        Index(
            collection=NAME,
            keys=[("by", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)],
            serves="what somebody did on a day",
        ),
        Index(
            collection=NAME,
            keys=[("way", ASCENDING), ("at", ASCENDING), ("hour", ASCENDING), ("outcome", ASCENDING)],
            serves="at which hours calls are answered, out of the index alone",
        ),
        Index(
            collection=NAME,
            keys=[("at", DESCENDING), ("reason", ASCENDING)],
            partial={"reason": {"$gt": ""}},
            serves="why patients did not decide",
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._rows = database.collection(NAME)
        self._followups = database.collection(FOLLOWUPS)
        self._cipher = DocumentCipher(keys, NAME, ["key_points"])
        self._mapper = EncryptedMapper(Attempt, self._cipher)
        self._tasks = Mapper(FollowUp)
        self._changes = Mapper(FollowUpChange)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def write(
        self, attempt: Attempt, task: FollowUp | None, change: Document, note: FollowUpChange | None
    ) -> FollowUp | None:
        """Keep an attempt with what it changes of its follow-up; the follow-up afterwards.

        Raises:
            StaleError: the follow-up is closed, or not of that revision any more; nothing is kept.
            DuplicateKeyError: the attempt is kept already; nothing changes.
        """
        document = self._mapper.document(attempt)

        async def work(session: Session) -> FollowUp | None:
            await self._rows.insert_one(document, session=session)
            return None if task is None else await self._change(task, change, note, session)

        return await self._database.in_transaction(work)

    async def change(self, task: FollowUp, change: Document, note: FollowUpChange) -> FollowUp:
        """Change an open follow-up of that revision. Raises StaleError."""
        return await self._change(task, change, note, None)

    async def _change(
        self, task: FollowUp, change: Document, note: FollowUpChange | None, session: Session | None
    ) -> FollowUp:
        revision: Document = {"$in": [0, None]} if task.revision == 0 else {"$eq": task.revision}
        update: Document = {"$set": change, "$inc": {"revision": 1}}
        if note is not None:
            update["$push"] = {"changes": {"$each": [self._changes.document(note)], "$slice": -MOST_CHANGES}}
        row = await self._followups.find_one_and_update(
            {"_id": task.id, "state": FollowUpState.OPEN.value, "revision": revision},
            update,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if row is None:
            raise StaleError("the follow-up was changed meanwhile")
        return self._tasks.thing(row)

    async def find(self, attempt_id: AttemptId) -> Attempt | None:
        """The attempt of that id."""
        row = await self._rows.find_one({"_id": attempt_id})
        return self._mapper.thing(row) if row else None

    async def of_followup(self, followup_id: FollowUpId) -> list[Attempt]:
        """Those at one follow-up, the latest first."""
        rows = self._rows.find({"followup_id": followup_id}).sort("at", DESCENDING)
        return await self._mapper.things(await rows.to_list(MOST_OF_TASK))

    async def of_people(
        self, patient_ids: Collection[PatientId], contact_ids: Collection[ContactId], limit: int
    ) -> list[Attempt]:
        """Those patients' attempts, and those of contacts without a record, the latest first."""
        found: list[Document] = []
        if patient_ids:
            query: Document = {"patient_id": {"$in": list(patient_ids)}}
            found += await self._rows.find(query).sort("at", DESCENDING).to_list(limit)
        if contact_ids:
            query = {"contact_id": {"$in": list(contact_ids)}, "patient_id": None}
            found += await self._rows.find(query).sort("at", DESCENDING).to_list(limit)
        found.sort(key=lambda row: row["at"], reverse=True)
        return await self._mapper.things(found[:limit])

    async def calls(
        self, patient_ids: Collection[PatientId], contact_ids: Collection[ContactId], since: datetime
    ) -> list[datetime]:
        """When those patients, or contacts without a record, were telephoned since then."""
        whom: Document = {"patient_id": {"$in": list(patient_ids)}}
        if not patient_ids:
            whom = {"contact_id": {"$in": list(contact_ids)}, "patient_id": None}
        query: Document = {**whom, "at": {"$gt": since}, "way": AttemptChannel.PHONE.value}
        return [row["at"] async for row in self._rows.find(query, {"at": 1})]

    async def reached(self, patient_ids: Collection[PatientId], since: datetime, until: datetime) -> list[Reached]:
        """When those patients were reached in [since, until), and by whom; without the words."""
        if not patient_ids:
            return []
        query: Document = {
            "patient_id": {"$in": list(patient_ids)},
            "at": {"$gte": since, "$lt": until},
            "outcome": Outcome.REACHED.value,
        }
        rows = self._rows.find(query, {"_id": 0, "patient_id": 1, "at": 1, "by": 1})
        return [Reached(patient_id=PatientId(row["patient_id"]), at=row["at"], by=row["by"]) async for row in rows]

    async def answered_hours(self, since: datetime) -> Mapping[int, tuple[int, int]]:
        """Local hour → how many calls since then were answered, and how many there were."""
        answered = {"$in": ["$outcome", [Outcome.REACHED.value, Outcome.LATER.value, Outcome.REFUSED.value]]}
        steps: list[Document] = [
            {"$match": {"way": AttemptChannel.PHONE.value, "at": {"$gte": since}}},
            {"$group": {"_id": "$hour", "answered": {"$sum": {"$cond": [answered, 1, 0]}}, "all": {"$sum": 1}}},
        ]
        return {int(row["_id"]): (row["answered"], row["all"]) async for row in self._rows.aggregate(steps)}

    async def page(self, wanted: AttemptFilter, before: tuple[datetime, str] | None, limit: int) -> list[Attempt]:
        """Attempts of some days, newest first; `before` is where the page before ended."""
        query = _query(wanted)
        if before is not None:
            at, last = before
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": last}}]
        rows = self._rows.find(query).sort([("at", DESCENDING), ("_id", DESCENDING)])
        return await self._mapper.things(await rows.to_list(limit))

    async def tally(self, since: datetime, until: datetime) -> list[Tally]:
        """How many attempts of [since, until) there were, by person, group, effort, outcome and mood."""
        names = ("by", "group", "effort", "outcome", "mood")
        steps: list[Document] = [
            {"$match": {"at": {"$gte": since, "$lt": until}}},
            {
                "$group": {
                    "_id": {name: f"${name}" for name in names},
                    "count": {"$sum": 1},
                    "seconds": {"$sum": "$seconds"},
                }
            },
        ]
        return [
            Tally(
                **{name: row["_id"].get(name) or "" for name in names},
                count=row["count"],
                seconds=row["seconds"],
            )
            async for row in self._rows.aggregate(steps)
        ]

    async def with_reason(self, followup_ids: Collection[FollowUpId]) -> list[Attempt]:
        """The attempts at those follow-ups that give a reason, the latest first."""
        if not followup_ids:
            return []
        query: Document = {"followup_id": {"$in": list(followup_ids)}, "reason": {"$gt": ""}}
        rows = self._rows.find(query).sort("at", DESCENDING)
        return await self._mapper.things(await rows.to_list(MOST_OF_TASK * 5))

    async def reasons(self, since: datetime, until: datetime) -> list[ReasonTally]:
        """How often each reason was given in [since, until), by the other clinic, the most frequent first."""
        steps: list[Document] = [
            {"$match": {"at": {"$gte": since, "$lt": until}, "reason": {"$gt": ""}}},
            {"$group": {"_id": {"reason": "$reason", "competitor": "$competitor.clinic"}, "count": {"$sum": 1}}},
            {"$sort": {"count": -1, "_id": 1}},
        ]
        return [
            ReasonTally(reason=row["_id"]["reason"], competitor=row["_id"].get("competitor") or "", count=row["count"])
            async for row in self._rows.aggregate(steps)
        ]

    async def erase(self, contact_id: ContactId) -> int:
        """Take the words and the contact off the attempts of a contact; the number. What was done stays counted."""
        nothing: Document = {"contact_id": None, "key_points": "", "competitor": {}, "reason": None, "mood": None}
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": nothing})
        return int(result.modified_count)


def _query(wanted: AttemptFilter) -> Document:
    query: Document = {"at": {"$gte": wanted.since, "$lt": wanted.until}}
    for name in ("by", "outcome", "group", "effort", "reason", "mood"):
        if value := getattr(wanted, name):
            query[name] = value
    if wanted.hour is not None:
        query |= {"hour": wanted.hour, "way": AttemptChannel.PHONE.value}
    if wanted.competitor:
        query["competitor.clinic"] = wanted.competitor
    return query
