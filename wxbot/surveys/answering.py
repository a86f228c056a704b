"""Use cases of answers to surveys: which question is open, keep an answer, open the case of a bad one (A4-44)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot.booking.models import AppointmentId
from wxbot.booking.sentences import appointment_words
from wxbot.booking.service import Booking
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import StaleError
from wxbot.followups.models import FollowUpId, FollowUpKind, PatientWords
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId, Interaction, Kind
from wxbot.history.service import History
from wxbot.staff.models import AccountId
from wxbot.staff.service import Staff
from wxbot.surveys.asking import chat_id
from wxbot.surveys.models import (
    Answer,
    Question,
    QuestionKind,
    ResponseState,
    Survey,
    SurveyResponse,
    SurveyRules,
    open_question,
)
from wxbot.surveys.stores.responses import ResponseStore

SETTLED_WITHIN = timedelta(hours=48)  # the case (A0-42, A4-44)
LONGEST_KEPT = 500  # characters of what they wrote; the transcript has it all
MOST_RACES = 5
OVER = frozenset({ResponseState.UNSENT, ResponseState.STOPPED})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A response that may still be answered, with its survey."""

    response: SurveyResponse
    survey: Survey

    @property
    def open(self) -> Question | None:
        """The first question without an answer."""
        return open_question(self.survey, self.response)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a patient gives as an answer: its value, what they added, and the whole message."""

    value: str
    comment: str = ""
    text: str = ""


class SurveyAnswers:
    """Keeps answers, one question after another; the latest to each counts while answers count at all."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: ResponseStore,
        *,
        followups: FollowUps,
        history: History,
        booking: Booking,
        staff: Staff,
        clinics: LiveClinic,
        rules: SurveyRules,
    ) -> None:
        self._store = store
        self._followups = followups
        self._history = history
        self._booking = booking
        self._staff = staff
        self._clinics = clinics
        self._rules = rules

    def waits(self, asked_at: datetime, now: datetime) -> bool:
        """Whether answers to what was asked then still count."""
        return now - asked_at <= self._rules.answer_within

    async def asked(self, contact_id: ContactId, response_id: str, now: datetime) -> Asked | None:
        """What the contact was asked, while answers count; None of another contact's, too old, or not known."""
        found = await self.kept(contact_id, response_id)
        if found is None or found.response.state in OVER or not self.waits(found.response.asked_at, now):
            return None
        return found

    async def kept(self, contact_id: ContactId, response_id: str) -> Asked | None:
        """The same, however old it is."""
        response = await self._store.by_id(response_id if ":" in response_id else chat_id(response_id))
        survey = self._rules.survey(response.survey) if response is not None else None
        if response is None or survey is None or response.contact_id != contact_id:
            return None
        return Asked(response=response, survey=survey)

    async def answer(self, asked: Asked, question: Question, said: Said, *, line_id: str, now: datetime) -> Asked:
        """Keep an answer; the response as it is now. The first bad one opens the case, with the patient's words.

        Repeating it changes nothing.
        """
        answer = Answer(
            question=question.key,
            value=said.value[:LONGEST_KEPT],
            words=said.comment[:LONGEST_KEPT],
            score=question.score_of(said.value),
            at=now,
            line_id=line_id,
        )
        case = asked.response.followup_id
        words = PatientWords(at=now, text=said.text or said.value, line_id=line_id)
        if question.opens_case(answer.score):
            case = await self._case(asked.response, question, said.value, words, now)
        elif case and ((question.kind is QuestionKind.WORDS and said.value) or said.comment or _again(asked, question)):
            await self._followups.add_words(FollowUpId(case), words)
        kept = await self._written(asked, lambda it: _answered(asked.survey, it, question, answer, case))
        await self._history.append(
            Interaction(
                id=f"survey:{line_id}:{question.key}",
                at=now,
                kind=Kind.SURVEY_ANSWERED,
                contact_id=asked.response.contact_id,
                by="patient",
                text=line_text(asked.survey, question, said.value),
                ref=asked.response.id,
            )
        )
        return replace(asked, response=kept)

    async def stop(self, asked: Asked) -> None:
        """They would rather not: nothing of this survey is asked any more. What they answered stays."""
        await self._written(asked, lambda it: replace(it, state=ResponseState.STOPPED, counted=False))

    async def add_words(self, task: str, words: PatientWords) -> bool:
        """What a dissatisfied patient adds goes to the case; False when that is closed."""
        return await self._followups.add_words(FollowUpId(task), words) is not None

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _case(
        self, response: SurveyResponse, question: Question, value: str, words: PatientWords, now: datetime
    ) -> str:
        task = await self._followups.open(
            key=response.key,
            kind=FollowUpKind.COMPLAINT,
            reason=f"患者对{response.occasion.label}评价「{_named(question, value)}」{await self._about(response)}。"
            "请主管在 48 小时内联系患者，问清原因并写明结果。",
            contact_id=response.contact_id,
            patient_id=response.patient_id,
            due_at=now + SETTLED_WITHIN,
            now=now,
            words=(words,),
        )
        return task.id

    async def _about(self, response: SurveyResponse) -> str:
        subject = response.subject
        if subject.account_id:
            account = AccountId(subject.account_id)
            name = (await self._staff.names([account])).get(account, "")
            return f"（接待：{name}）" if name else ""
        visit_id = AppointmentId(subject.appointment_id)
        visit = (await self._booking.by_ids([visit_id])).get(visit_id) if visit_id else None
        return f"（{appointment_words(visit, self._clinics.current)}）" if visit is not None else ""

    async def _written(self, asked: Asked, change: Callable[[SurveyResponse], SurveyResponse]) -> SurveyResponse:
        before: SurveyResponse | None = asked.response
        for _ in range(MOST_RACES):
            if before is None:
                raise StaleError("the response vanished")
            after = change(before)
            if after is before:
                return before
            kept = await self._store.replace(before, after)
            if kept is not None:
                return kept
            before = await self._store.by_id(asked.response.id)
        raise StaleError("the response never stood still")


def line_text(survey: Survey, question: Question, value: str) -> str:
    """An answer in one line for the transcript: of the question that counts the answer alone."""
    if question is survey.headline and question.kind is QuestionKind.CHOICE:
        return value
    return f"{question.name}：{value or '没有'}"


def _named(question: Question, value: str) -> str:
    return value if question.kind is QuestionKind.CHOICE else f"{question.name} {value} 分"


def _again(asked: Asked, question: Question) -> bool:
    """Whether the question that opened the case is answered otherwise."""
    before = asked.response.answer_to(question.key)
    return before is not None and question.opens_case(before.score)


def _answered(
    survey: Survey, response: SurveyResponse, question: Question, answer: Answer, case: str
) -> SurveyResponse:
    known = response.answer_to(question.key)
    if known is not None and known.line_id == answer.line_id:
        return response
    others = tuple(each for each in response.answers if each.question != question.key)
    after = replace(response, answers=(*others, answer))
    headline = survey.headline
    counts = after.answer_to(headline.key) if headline is not None else None
    if headline is not None and counts is not None and counts.score is not None:
        satisfied = headline.satisfied_from is not None and counts.score >= headline.satisfied_from
        after = replace(after, points=headline.points(counts.score), satisfied=satisfied)
    given = {each.question: each.score for each in after.answers}
    return replace(
        after,
        state=ResponseState.DONE if open_question(survey, after) is None else ResponseState.BEGUN,
        answered_at=answer.at,
        low=any(each.opens_case(given.get(each.key)) for each in survey.questions),
        followup_id=case or response.followup_id,
        counted=False,
    )
