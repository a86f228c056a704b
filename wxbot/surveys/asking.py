"""问卷: asks about a visit, a talk or a treatment once, and knows what became of the question (A0-42, A4-22)."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from wxbot.booking.models import AppointmentId, VisitStage
from wxbot.booking.service import Booking
from wxbot.clock import Clock
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import can_send_customer
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.patients.service import Patients
from wxbot.surveys.models import (
    NOTHING,
    Occasion,
    Question,
    QuestionKind,
    ResponseState,
    Subject,
    Survey,
    SurveyResponse,
    SurveyRules,
)
from wxbot.surveys.stores.responses import ResponseStore
from wxbot.templates.models import Option

KIND = "survey"  # of the precondition of its message
PREFIX = "survey:"  # of the ids of its entries: survey:<response>:<question>:<place>
ASK, ASK_WITH_PAGE, ASK_BY_PLAN = "survey.ask", "survey.ask_page", "survey.ask_plan"  # templates
PAGE = "/w/surveys"  # where it is answered inside WeChat
LEFT_FOR_COLLEAGUES = 1  # replies that it does not use up
FEW = 5  # steps of a scale whose scores are offered to tap
CASES = frozenset({FollowUpKind.DANGER, FollowUpKind.COMPLAINT})
ON_ITS_WAY = frozenset({State.WAITING, State.CLAIMED})
SENT = frozenset({State.ACCEPTED, State.DELIVERED, State.UNKNOWN})
GIVEN_UP_AFTER = timedelta(hours=1)  # a message that was not kept by then never will be
LOOK_BACK = timedelta(days=366)  # how long an answer stands beside the talk
MOST_SHOWN = 3
AT_ONCE = 100  # responses that are looked at in one run
DIGEST = 12  # bytes of a step's key in the id of its response, which stands in addresses

MET = Verdict(met=True)
NO_MORE = Verdict(met=False, reason="survey_not_now", explanation="现在不适合询问是否满意，没有发送")

OpenTalk = Callable[[ContactId], Awaitable[object | None]]
"""The open talk of a contact with colleagues, if there is one."""
Measure = Callable[[str], Awaitable[object]]
"""Writes the figures of the talk of that episode again."""


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """Something that a survey may be asked about. `id` is the same for the same thing; so is `key`, of the message."""

    id: str
    key: str
    survey: Survey
    occasion: Occasion
    contact_id: ContactId
    due_at: datetime
    expires_at: datetime
    patient_id: PatientId | None = None
    subject: Subject = NOTHING
    at_once: bool = False  # also in quiet hours: the patient has just talked with us
    intro: str = ""  # said before the first question


class Surveys:
    """Asks. Each occurrence is asked about once, by whichever process, and one contact not twice in the cool-down."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: ResponseStore,
        *,
        outbox: Outbox,
        patients: Patients,
        followups: FollowUps,
        booking: Booking,
        clock: Clock,
        rules: SurveyRules,
        talks: OpenTalk,
        public_url: str,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._patients = patients
        self._followups = followups
        self._booking = booking
        self._clock = clock
        self._talks = talks
        self._public_url = public_url
        self.rules = rules

    async def ask(self, about: Occurrence, now: datetime) -> bool:
        """Ask, where that is fitting; whether the question is enqueued. Safe to repeat, also in several processes.

        The contact names what it is asked about, and the outbox keeps the message of one key once.
        """
        if not self.rules.ask:
            return False
        known = await self._store.by_id(about.id)
        if known is None:
            contact = (await self._patients.contacts([about.contact_id])).get(about.contact_id)
            if contact is None or not await self._fits(contact, about.occasion, now):
                return False
            marks, again_after = self._patients.desk_marks, self.rules.again_after
            if not await marks.claim_survey(contact.id, about.id, now, again_after):
                return False
            await self._store.insert(_response(about, now))
        elif known.state is not ResponseState.ASKED:
            return False
        await self._outbox.enqueue([self._message(about, now)])
        return True

    async def _fits(self, contact: Contact, occasion: Occasion, now: datetime) -> bool:
        """Reachable, not stopped or blocked, nobody talks with them, no open case, and a right to spare.

        What a plan asks may also travel as a notice (reference §5.4), so no window is needed. Holds of the patient are
        judged by the outbox, as of every message.
        """
        reachable = contact.erased_at is None and contact.following and not contact.refuses_messages
        if not reachable or not contact.receives(ConsentTopic.SURVEY) or contact.blocked(now):
            return False
        rights = await self._outbox.rights.of(contact.id)
        window = can_send_customer(rights, now)
        if (not window and occasion is not Occasion.PLAN) or (window and rights.customer_left <= LEFT_FOR_COLLEAGUES):
            return False
        if await self._talks(contact.id) is not None:
            return False
        tasks = await self._followups.open_of(contact.patient_ids, [contact.id])
        return all(each.kind not in CASES for each in tasks)

    def _message(self, about: Occurrence, now: datetime) -> Message:
        question = about.survey.questions[0]
        with_page = bool(self._public_url) and len(about.survey.questions) > 1
        page = f"{self._public_url}{PAGE}/{about.id}" if self._public_url else ""
        template = ASK_BY_PLAN if about.occasion is Occasion.PLAN else ASK_WITH_PAGE if with_page else ASK
        return self._outbox.message(
            key=about.key,
            contact_id=about.contact_id,
            patient_id=about.patient_id,
            purpose=Purpose.SERVICE,
            template=template,
            variables={
                "survey_question": f"{about.intro}{question.ask}",
                "survey_page": page,
            },
            options=options_of(about.id, question),
            now=now,
            due_at=about.due_at,
            expires_at=about.expires_at,
            answer=about.at_once,
            optional=True,
            url=page,
            survey=True,
            precondition={"kind": KIND, "id": about.id},
        )

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether those questions may still leave. Implements the outbox's `PreconditionChecker`."""
        now = self._clock.now()
        ids = {message.id: str(message.precondition.get("id", "")) for message in messages}
        responses = await self._store.by_ids(set(ids.values()))
        contacts = await self._patients.contacts({each.contact_id for each in messages})
        named = {each.subject.appointment_id for each in responses.values() if each.occasion is Occasion.VISIT}
        visits = await self._booking.by_ids([AppointmentId(each) for each in named]) if named else {}
        found: dict[MessageId, Verdict] = {}
        for message in messages:
            response, contact = responses.get(ids[message.id]), contacts.get(message.contact_id)
            visit = visits.get(AppointmentId(response.subject.appointment_id)) if response is not None else None
            met = (
                response is not None
                and contact is not None
                and response.contact_id == contact.id
                and contact.survey is not None
                and contact.survey.episode == response.id
                and (response.occasion is not Occasion.VISIT or (visit is not None and visit.stage is VisitStage.LEFT))
                and await self._fits(contact, response.occasion, now)
            )
            found[message.id] = MET if met else NO_MORE
        return found

    # -- what became of it ----------------------------------------------------------------------------------------

    async def settle(self, now: datetime, measure: Measure) -> int:
        """Note which questions left, and write the figures of their talks again; the number. May be repeated."""
        found = await self._store.uncounted(AT_ONCE)
        messages = await self._outbox.by_keys([each.key for each in found])
        settled = 0
        for each in found:
            state = _state(each, messages.get(each.key), now)
            if state is None:
                continue
            if state is ResponseState.UNSENT and each.contact_id is not None:
                await self._patients.desk_marks.forget_survey(each.contact_id, each.id)
            kept = await self._store.replace(each, replace(each, state=state))
            if kept is None:
                continue  # it was answered at this moment; the next run sees it
            if kept.subject.episode_id and kept.has_left:
                await measure(kept.subject.episode_id)
            settled += await self._store.replace(kept, replace(kept, counted=True)) is not None
        return settled

    async def of_contact(self, contact_id: ContactId, now: datetime) -> list[SurveyResponse]:
        """What a contact was asked lately, the latest first; questions that never left are left out."""
        found = await self._store.of_contact(contact_id, now - LOOK_BACK, MOST_SHOWN)
        return [each for each in found if each.has_left]

    async def of_talks(self, episode_ids: Collection[str]) -> Mapping[str, SurveyResponse]:
        """The responses about those talks, by episode."""
        found = await self._store.by_ids([chat_id(each) for each in episode_ids])
        return {each.subject.episode_id: each for each in found.values()}

    async def of_visits(self, ids: Collection[str]) -> Mapping[str, SurveyResponse]:
        """The responses about those visits, by appointment."""
        found = await self._store.by_ids([visit_id(each) for each in ids])
        return {each.subject.appointment_id: each for each in found.values()}

    async def of_steps(self, keys: Collection[str]) -> Mapping[str, SurveyResponse]:
        """The responses to the surveys of those steps of plans, by the step's key."""
        ids = {step_id(each): each for each in keys}
        return {ids[each.id]: each for each in (await self._store.by_ids(ids)).values()}

    async def erase(self, contact_id: ContactId) -> int:
        """Forget what an erased contact wrote; the number of responses."""
        return await self._store.erase(contact_id)


def chat_id(episode_id: str) -> str:
    """The id of the response about a talk."""
    return f"{Occasion.CHAT.value}:{episode_id}"


def visit_id(appointment_id: str) -> str:
    """The id of the response about a visit."""
    return f"{Occasion.VISIT.value}:{appointment_id}"


def step_id(key: str) -> str:
    """The id of the response to the survey of the step of that key, `plan/step/ref`."""
    return f"{Occasion.PLAN.value}:{blake2b(key.encode(), digest_size=DIGEST).hexdigest()}"


def options_of(response_id: str, question: Question) -> tuple[Option, ...]:
    """What can be tapped to answer a question; nothing of a long scale, and of words."""
    if question.kind is QuestionKind.CHOICE:
        labels = [each.label for each in question.choices]
    elif question.kind is QuestionKind.SCORE and question.high - question.low < FEW:
        labels = [f"{score} 分" for score in range(question.low, question.high + 1)]
    else:
        labels = []
    ids = [f"{PREFIX}{response_id}:{question.key}:{place}" for place in range(len(labels))]
    return tuple(Option(id=each, label=label) for each, label in zip(ids, labels, strict=True))


def _response(about: Occurrence, now: datetime) -> SurveyResponse:
    return SurveyResponse(
        id=about.id,
        survey=about.survey.key,
        occasion=about.occasion,
        key=about.key,
        contact_id=about.contact_id,
        patient_id=about.patient_id,
        subject=about.subject,
        asked_at=now,
    )


def _state(response: SurveyResponse, message: Message | None, now: datetime) -> ResponseState | None:
    """What became of the question; None while that is open."""
    if response.state is not ResponseState.ASKED:
        return response.state
    if message is not None and message.state in SENT:
        return ResponseState.SENT
    waits = message is not None and message.state in ON_ITS_WAY
    if waits or (message is None and now - response.asked_at <= GIVEN_UP_AFTER):
        return None
    return ResponseState.UNSENT
