"""就诊评价: one question after a visit whether the patient was satisfied, and a supervisor's task of a bad answer.

It shares its cool-down with the question after a talk: the contact carries which of them was asked last, so that
nobody is asked twice, whichever came first.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.sentences import appointment_words
from wxbot.booking.service import Booking
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUpId, FollowUpKind, PatientWords
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId, Interaction, Kind
from wxbot.history.service import History
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import can_send_customer
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.patients.service import Patients
from wxbot.templates.models import Option
from wxbot.templates.service import Templates
from wxbot.visits.models import ANSWERS, VisitRecord, VisitSurvey
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.store import VisitRecordStore

KIND = "visit_survey"  # of the precondition of its message
PREFIX = "visit_survey:"  # of the ids of its entries: visit_survey:<appointment>:<answer>
MARK = "visit:"  # of what the contact carries: visit:<appointment>
BAD = "dissatisfied"
ASKED_WITHIN = timedelta(hours=24)  # of the departure
ANSWERED_WITHIN = timedelta(hours=48)  # later words are about something else
SETTLED_WITHIN = timedelta(hours=48)  # the supervisor's task (A0-42, A4-44)
LEFT_FOR_COLLEAGUES = 1
LONGEST_KEPT = 500  # characters of what they wrote; the transcript has it all
CASES = frozenset({FollowUpKind.DANGER, FollowUpKind.COMPLAINT})
NEVER_LEFT = frozenset({State.DROPPED, State.FAILED})

MET = Verdict(met=True)
NO_MORE = Verdict(met=False, reason="survey_not_now", explanation="现在不适合询问就诊是否满意，没有发送")

Talks = Callable[[ContactId], Awaitable[object | None]]
"""The open talk of a contact with colleagues, if there is one."""


class VisitSurveys:
    """Asks, hears the answer, opens the case. Each visit is asked about once, by whichever process."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: VisitRecordStore,
        *,
        booking: Booking,
        outbox: Outbox,
        patients: Patients,
        followups: FollowUps,
        history: History,
        templates: Templates,
        clinics: LiveClinic,
        rules: VisitDayRules,
        talks: Talks,
        again_after: timedelta,
        asks: bool,
    ) -> None:
        """`again_after`: how long nobody is asked again, shared with the talks; `asks`: whether anybody is."""
        self._store = store
        self._booking = booking
        self._outbox = outbox
        self._patients = patients
        self._followups = followups
        self._history = history
        self._templates = templates
        self._clinics = clinics
        self._rules = rules
        self._talks = talks
        self._again_after = again_after
        self._asks = asks

    # -- the question ---------------------------------------------------------------------------------------------

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Ask about what is due, and forget what never left; the numbers. Repeating it changes nothing."""
        if not self._asks:
            return {"asked": 0}
        today = now.astimezone(self._clinics.current.timezone).date()
        day = await self._booking.on_day(today - timedelta(days=1), days=2)
        due = [each for each in day if self._due(each, now)]
        messages = await self._outbox.by_keys([key_of(each.id) for each in due])
        asked = 0
        for visit in due:
            message = messages.get(key_of(visit.id))
            if message is None:
                asked += await self._ask(visit, now)
            elif message.state in NEVER_LEFT and visit.contact_id is not None:
                await self._patients.desk_marks.forget_survey(visit.contact_id, f"{MARK}{visit.id}")
        return {"asked": asked}

    def _due(self, visit: Appointment, now: datetime) -> bool:
        if visit.stage is not VisitStage.LEFT or visit.departed_at is None or visit.contact_id is None:
            return False
        return self._rules.survey_after <= now - visit.departed_at <= ASKED_WITHIN

    async def _ask(self, visit: Appointment, now: datetime) -> bool:
        contact_id = ContactId(str(visit.contact_id))
        contact = (await self._patients.contacts([contact_id])).get(contact_id)
        if contact is None or not await self._fits(contact, now):
            return False
        mark = f"{MARK}{visit.id}"
        if not await self._patients.desk_marks.claim_survey(contact_id, mark, now, self._again_after):
            return False
        asked = VisitRecord(id=visit.id, contact_id=contact_id, survey=VisitSurvey(asked_at=now))
        await self._store.put(asked, "survey")
        await self._outbox.enqueue([self._message(visit, contact_id, now)])
        return True

    async def _fits(self, contact: Contact, now: datetime) -> bool:
        """Reachable, not stopped or blocked, no open case, nobody talks with them, and a right to spare."""
        reachable = contact.erased_at is None and contact.following and not contact.refuses_messages
        if not reachable or not contact.receives(ConsentTopic.SURVEY) or contact.blocked(now):
            return False
        rights = await self._outbox.rights.of(contact.id)
        if not can_send_customer(rights, now) or rights.customer_left <= LEFT_FOR_COLLEAGUES:
            return False
        if await self._talks(contact.id) is not None:
            return False
        tasks = await self._followups.open_of(contact.patient_ids, [contact.id])
        return all(each.kind not in CASES for each in tasks)

    def _message(self, visit: Appointment, contact_id: ContactId, now: datetime) -> Message:
        return self._outbox.message(
            key=key_of(visit.id),
            contact_id=contact_id,
            patient_id=visit.patient_id,
            purpose=Purpose.SERVICE,
            template="visit.survey",
            options=tuple(
                Option(id=f"{PREFIX}{visit.id}:{each}", label=self._templates.get(f"survey.{each}").text)
                for each in ANSWERS
            ),
            now=now,
            expires_at=(visit.departed_at or now) + ASKED_WITHIN,
            optional=True,
            survey=True,
            precondition={"kind": KIND, "id": visit.id},
        )

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether those questions may still leave. Implements the outbox's `PreconditionChecker`."""
        ids = {each.id: AppointmentId(str(each.precondition.get("id", ""))) for each in messages}
        visits = await self._booking.by_ids(list(set(ids.values())))
        contacts = await self._patients.contacts({each.contact_id for each in messages})
        found: dict[MessageId, Verdict] = {}
        for message in messages:
            visit, contact = visits.get(ids[message.id]), contacts.get(message.contact_id)
            met = (
                visit is not None
                and visit.stage is VisitStage.LEFT
                and contact is not None
                and contact.survey is not None
                and contact.survey.episode == f"{MARK}{visit.id}"
                and await self._fits(contact, message.created_at)
            )
            found[message.id] = MET if met else NO_MORE
        return found

    # -- the answer -----------------------------------------------------------------------------------------------

    async def answer(  # noqa: PLR0913 - one fact each
        self,
        contact: Contact,
        appointment_id: AppointmentId,
        answer: str,
        *,
        words: str,
        line_id: str,
        now: datetime,
    ) -> VisitSurvey | None:
        """Keep what the patient answered; the latest counts. None where they were not asked, or too long ago.

        A bad one opens a supervisor's task with the patient's words, once per visit.
        """
        record = (await self._store.of([appointment_id])).get(appointment_id)
        if record is None or record.survey is None or record.contact_id != contact.id or answer not in ANSWERS:
            return None
        known = record.survey
        if now - known.asked_at > ANSWERED_WITHIN:
            return None
        task = known.followup_id
        if answer == BAD:
            task = await self._task(appointment_id, contact, words, line_id, now)
        elif task:
            await self._followups.add_words(FollowUpId(task), PatientWords(at=now, text=words, line_id=line_id))
        kept = replace(
            known, answer=answer, answered_at=now, words=words[:LONGEST_KEPT], line_id=line_id, followup_id=task
        )
        await self._store.put(replace(record, survey=kept), "survey")
        await self._history.append(
            Interaction(
                id=f"survey:{line_id}",
                at=now,
                kind=Kind.SURVEY_ANSWERED,
                contact_id=contact.id,
                by="patient",
                text=ANSWERS[answer],
                ref=appointment_id,
            )
        )
        return kept

    async def _task(
        self, appointment_id: AppointmentId, contact: Contact, words: str, line_id: str, now: datetime
    ) -> str:
        visit = (await self._booking.by_ids([appointment_id])).get(appointment_id)
        about = "" if visit is None else f"（{appointment_words(visit, self._clinics.current)}）"
        task = await self._followups.open(
            key=key_of(appointment_id),
            kind=FollowUpKind.COMPLAINT,
            reason=f"患者对就诊评价「不满意」{about}。请主管在 48 小时内联系患者，问清原因并写明结果。",
            contact_id=contact.id,
            patient_id=None if visit is None else visit.patient_id,
            due_at=now + SETTLED_WITHIN,
            now=now,
            words=(PatientWords(at=now, text=words, line_id=line_id),),
        )
        return task.id


def key_of(appointment_id: AppointmentId) -> str:
    """The key of the question's message, and of the supervisor's task."""
    return f"visit-survey/{appointment_id}"
