"""Use cases of answers: which question a message answers, keep the answer, show a patient's answers over time."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.care.answer_marks import AnswerMark, marks_of, step_key
from wxbot.care.course import Course, read_course
from wxbot.care.due_steps import DueSteps, moved
from wxbot.care.models import AnswerKind, CarePlan, Question
from wxbot.care.questions import is_danger, tapped
from wxbot.care.records import CareAnswer
from wxbot.care.stores.care import CareStore
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, State
from wxbot.outbox.service import Outbox
from wxbot.understanding.message import normalise

READ = "patients:patient:read"
SENT = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)
MESSAGES_LOOKED_AT = 20
IN_TIME = timedelta(days=7)  # an answer that comes later is marked
MOST_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question that was sent."""

    message: Message
    course: Course
    question: Question
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class AnswersOver:
    """The answers to one question of one plan and anchor, oldest first: the trend."""

    plan: str  # the plan's title
    step: str
    ref: str
    kind: AnswerKind
    low: int
    high: int
    answers: tuple[CareAnswer, ...]
    marks: Mapping[str, Sequence[AnswerMark]] = field(default_factory=dict)  # what is unusual about each, by its id

    @property
    def points(self) -> tuple[tuple[datetime, int], ...]:
        """The numbers that stand, with their moments; empty of a question that asks for none."""
        numbers = (each for each in self.answers if each.kind is AnswerKind.NUMBER and not each.later)
        return tuple((each.at, int(each.value)) for each in numbers if each.value.isdecimal())


class CareAnswers:
    """Answers to questions of plans."""

    def __init__(
        self, store: CareStore, outbox: Outbox, plans: Callable[[], Sequence[CarePlan]], steps: DueSteps
    ) -> None:
        self._store = store.answers
        self._changes = store.changes
        self._outbox = outbox
        self._plans = plans
        self._steps = steps
        self._choices: tuple[Sequence[CarePlan], frozenset[str]] = ((), frozenset())

    @property
    def choice_words(self) -> frozenset[str]:
        """The words of every choice of the running plans, as normalised."""
        plans = self._plans()
        if self._choices[0] is not plans:
            questions = (step.question for plan in plans for step in plan.steps if step.question is not None)
            self._choices = plans, frozenset(normalise(each).words for asked in questions for each in asked.choices)
        return self._choices[1]

    async def last_asked(self, contact_id: ContactId, since: datetime) -> Asked | None:
        """The question that was the contact's last care message, greetings apart; None where it was none."""
        sent = await self._outbox.of_contacts([contact_id], SENT, MESSAGES_LOOKED_AT)
        care = [
            (each.sent_at, each)
            for each in sent
            if each.purpose is Purpose.CARE and not each.greeting and each.sent_at is not None and each.sent_at >= since
        ]
        return _asked(max(care, key=lambda pair: (pair[0], pair[1].due_at))[1]) if care else None

    async def tapped(self, menu_id: str, contact_id: ContactId) -> tuple[Asked, str] | None:
        """The question and the choice of a tapped entry; None of another contact's, or where it is gone."""
        named = tapped(menu_id)
        message = await self._outbox.planned.by_id(named[0]) if named is not None else None
        if named is None or message is None or message.contact_id != contact_id:
            return None
        asked = _asked(message)
        if asked is None or named[1] >= len(asked.question.choices):
            return None
        return asked, asked.question.choices[named[1]]

    async def note(self, asked: Asked, value: str, line_id: str, now: datetime) -> CareAnswer:
        """Keep an answer: the first stands, a later one is kept beside it. Repeating it changes nothing."""
        course, message = asked.course, asked.message
        return await self._store.keep(
            CareAnswer(
                id=message.key,
                plan=course.plan,
                step=course.step,
                ref=course.ref,
                enrolment=course.enrolment,
                kind=asked.question.kind,
                value=value,
                at=now,
                line_id=line_id,
                contact_id=message.contact_id,
                patient_id=message.patient_id,
                danger=is_danger(asked.question, value),
                late=now - asked.sent_at > IN_TIME,
            )
        )

    async def of_patient(self, patient_ids: Sequence[PatientId], *, by: Actor, now: datetime) -> list[AnswersOver]:
        """A patient's answers by question, what was answered last in front. Raises ForbiddenError.

        Each stays whatever became of its base date and its plan since, and is marked where that is unusual.
        """
        by.must(READ)
        found = await self._store.of_patients(patient_ids, MOST_SHOWN)
        if not found:
            return []
        every = await self._steps.steps_of(patient_ids, now)
        pins = await self._changes.pins({step_key(each) for each in found})
        due = {each.key: moved(each, pins).due_at for each in every}
        endings = await self._changes.endings({each.enrolment for each in found})
        marks = {each.id: marks_of(each, due, endings) for each in found}
        groups: defaultdict[tuple[str, str, str], list[CareAnswer]] = defaultdict(list)
        for each in found:
            groups[each.plan, each.step, each.ref].append(each)
        return [self._over(*name, answers[::-1], marks) for name, answers in groups.items()]

    async def erase(self, contact_id: ContactId) -> int:
        """Forget an erased contact's answers; the number."""
        return await self._store.erase(contact_id)

    def _over(
        self,
        plan: str,
        step: str,
        ref: str,
        answers: Sequence[CareAnswer],
        marks: Mapping[str, Sequence[AnswerMark]],
    ) -> AnswersOver:
        known = next((each for each in self._plans() if each.key == plan), None)
        asked = next((each.question for each in known.steps if each.key == step), None) if known is not None else None
        question = asked or Question(kind=answers[-1].kind)
        return AnswersOver(
            plan=known.title if known is not None else plan,
            step=step,
            ref=ref,
            kind=answers[-1].kind,
            low=question.low,
            high=question.high,
            answers=tuple(answers),
            marks={each.id: marks[each.id] for each in answers},
        )


def _asked(message: Message) -> Asked | None:
    course = read_course(message.precondition)
    if course is None or course.question is None:
        return None
    return Asked(message=message, course=course, question=course.question, sent_at=message.sent_at or message.due_at)
