"""Use cases of the questions between booking and visit: answered by the patient step by step, read by staff."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.errors import ForbiddenError, InvalidInputError, StaleError
from wxbot.history.models import ContactId
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.visits.questions import (
    MOST_WRITTEN,
    ReadAnswer,
    VisitAnswer,
    VisitAnswers,
    VisitQuestion,
    asked_for,
    next_open,
    read_answers,
)
from wxbot.visits.store import VisitAnswerStore

READ = "booking:appointment:read"
TRIES = 5  # of two taps at once each is kept


class Questionnaire:
    """The questions of questionnaire.toml and what was answered. No health detail is kept without consent to it."""

    def __init__(self, store: VisitAnswerStore, questions: Sequence[VisitQuestion]) -> None:
        self._store = store
        self.questions = tuple(questions)

    def asked_for(self, appointment: Appointment) -> tuple[VisitQuestion, ...]:
        """What is asked before that visit."""
        return asked_for(self.questions, appointment.visit_type_id)

    async def answered(self, appointment: Appointment) -> VisitAnswers | None:
        """What the patient has answered so far. For their own page: who may see it is decided there."""
        return (await self._store.of([appointment.id])).get(appointment.id)

    async def open_position(self, appointment: Appointment) -> int | None:
        """The first question that was not answered yet; None when all were, or none is asked."""
        questions = self.asked_for(appointment)
        return next_open(questions, await self.answered(appointment)) if questions else None

    async def of(self, visits: Collection[Appointment]) -> frozenset[AppointmentId]:
        """Those of the visits before which something is asked and every question was answered."""
        kept = await self._store.of([each.id for each in visits]) if visits else {}
        return frozenset(
            each.id for each in visits if each.id in kept and next_open(self.asked_for(each), kept[each.id]) is None
        )

    async def answer(  # noqa: PLR0913 - one fact each
        self, appointment: Appointment, contact: Contact, key: str, choice: str, words: str, *, now: datetime
    ) -> VisitAnswers:
        """Keep the answer to one question; the latest counts.

        Raises:
            ForbiddenError: it is not their visit, or they have not agreed that health data is kept (PIPL art. 29).
            InvalidInputError: no such question or choice, or too many words.
            StaleError: other pages kept answering at the same moment.
        """
        if appointment.contact_id != contact.id or not contact.allows(ConsentTopic.HEALTH):
            raise ForbiddenError("no consent to keep health data")
        question = next((each for each in self.asked_for(appointment) if each.key == key), None)
        if question is None or (choice and question.choice(choice) is None):
            raise InvalidInputError("no such question or choice")
        said = words.strip() if question.words else ""
        if len(said) > MOST_WRITTEN:
            raise InvalidInputError("too many words", sentence=f"最多 {MOST_WRITTEN} 个字")
        given = VisitAnswer(key=key, choice=choice, words=said, at=now)
        for _ in range(TRIES):
            kept = await self.answered(appointment) or VisitAnswers(
                id=appointment.id, contact_id=contact.id, patient_id=appointment.patient_id
            )
            others = (each for each in kept.answers if each.key != key)
            fresh = replace(kept, answers=(*others, given), revision=kept.revision + 1)
            if await self._store.replace(fresh, kept.revision):
                return fresh
        raise StaleError("the answers kept changing")

    async def read(self, ids: Collection[AppointmentId], *, by: Actor) -> Mapping[AppointmentId, Sequence[ReadAnswer]]:
        """What staff read of those visits, by appointment, the dangerous answers first. Raises ForbiddenError."""
        by.must(READ)
        found = await self._store.of(ids) if ids else {}
        return {each: read_answers(self.questions, answers) for each, answers in found.items()}

    async def of_contact(self, contact_id: ContactId) -> list[tuple[AppointmentId, Sequence[ReadAnswer]]]:
        """Everything a contact answered, for their own data page, the latest visit first."""
        return [(each.id, read_answers(self.questions, each)) for each in await self._store.of_contact(contact_id)]

    async def erase(self, contact_id: ContactId) -> int:
        """Delete what a contact answered: they withdrew their consent, or are erased; the number of visits."""
        return await self._store.erase(contact_id)
