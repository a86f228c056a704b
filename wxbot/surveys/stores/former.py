"""Answers to the one question after a talk or a visit, as they were kept before surveys: made into responses."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING

from wxbot.database import Database, Document, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher
from wxbot.surveys.models import Answer, Occasion, ResponseState, Subject, SurveyResponse
from wxbot.surveys.stores.responses import ResponseStore

TALKS, VISITS = "episodes", "visits"
QUESTION = "overall"
ANSWERS = {  # label, score of 1 to 5, points, satisfied
    "satisfied": ("满意", 5, 100, True),
    "fair": ("一般", 3, 50, False),
    "dissatisfied": ("不满意", 1, 0, False),
}
STATES = {"asked": ResponseState.ASKED, "sent": ResponseState.SENT, "unsent": ResponseState.UNSENT}
AT_ONCE = 500


class FormerAnswers:
    """Reads `survey` of the collections `episodes` and `visits`, and takes it from there once it is a response."""

    INDEXES: Sequence[Index] = tuple(
        Index(
            collection=name,
            keys=[("survey.asked_at", ASCENDING)],
            partial={"survey.asked_at": {"$type": "date"}},
            serves="answers of before surveys, which the start carries over",
        )
        for name in (TALKS, VISITS)
    )

    def __init__(self, database: Database, keys: DataKeys, responses: ResponseStore) -> None:
        self._talks = database.collection("episodes")
        self._visits = database.collection("visits")
        self._appointments = database.collection("appointments")
        self._cipher = DocumentCipher(keys, VISITS, ["survey.words"])
        self._responses = responses

    async def carry_over(self) -> int:
        """Make responses of all of them; the number. May be repeated, also by several processes at once."""
        carried = 0
        since = {"survey.asked_at": {"$type": "date"}}
        while rows := await self._talks.find(since).limit(AT_ONCE).to_list(AT_ONCE):
            for row in rows:
                await self._responses.insert(_of_talk(row))
                await self._talks.update_one({"_id": row["_id"]}, {"$unset": {"survey": ""}})
            carried += len(rows)
        while rows := await self._visits.find(since).limit(AT_ONCE).to_list(AT_ONCE):
            for row in rows:
                appointment = await self._appointments.find_one({"_id": row["_id"]}) or {}
                await self._responses.insert(_of_visit(self._cipher.decrypted(row), appointment))
                await self._visits.update_one({"_id": row["_id"]}, {"$unset": {"survey": ""}})
            carried += len(rows)
        return carried


def _of_talk(row: Document) -> SurveyResponse:
    kept = row["survey"]
    subject = Subject(episode_id=row["_id"], account_id=row.get("owner") or "")
    return _response(row, kept, Occasion.CHAT, f"survey/{row['_id']}", subject)


def _of_visit(row: Document, appointment: Document) -> SurveyResponse:
    subject = Subject(
        appointment_id=row["_id"],
        practitioner_id=appointment.get("practitioner_id") or "",
        visit_type_id=appointment.get("visit_type_id") or "",
    )
    found = {**row, "patient_id": appointment.get("patient_id")}
    return _response(found, row["survey"], Occasion.VISIT, f"visit-survey/{row['_id']}", subject)


def _response(row: Document, kept: Document, occasion: Occasion, key: str, subject: Subject) -> SurveyResponse:
    named = ANSWERS.get(kept.get("answer") or "")
    asked_at: datetime = kept["asked_at"]
    answered_at: datetime | None = kept.get("answered_at")
    answers: tuple[Answer, ...] = ()
    if named is not None:
        answers = (
            Answer(
                question=QUESTION,
                value=named[0],
                score=named[1],
                words=kept.get("words") or "",
                at=answered_at or asked_at,
                line_id=kept.get("line_id") or "",
            ),
        )
    state = STATES.get(kept.get("state") or ("asked" if occasion is Occasion.CHAT else "sent"), ResponseState.DONE)
    return SurveyResponse(
        id=f"{occasion.value}:{row['_id']}",
        survey=occasion.value,
        occasion=occasion,
        key=key,
        contact_id=row.get("contact_id"),
        patient_id=row.get("patient_id"),
        subject=subject,
        asked_at=asked_at,
        state=ResponseState.DONE if named is not None else state,
        answers=answers,
        answered_at=answered_at,
        points=named[2] if named is not None else None,
        satisfied=named[3] if named is not None else None,
        low=kept.get("answer") == "dissatisfied",
        followup_id=kept.get("followup_id") or "",
        counted=bool(kept.get("measured", state is not ResponseState.ASKED)),
    )
