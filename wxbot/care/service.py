"""Use cases of care: find what is due, hand it to the outbox, and say whether it is still wanted."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime

from wxbot.booking.service import Booking
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind, Facts, PatientFacts, Sources
from wxbot.care.calendar import Calendar, calendar_of
from wxbot.care.checks import problems_of
from wxbot.care.models import Anchor, CarePlan, Due
from wxbot.care.planner import due, schedule
from wxbot.care.plans.live import LivePlans, plans_of
from wxbot.care.preconditions import appointments_named, verdict
from wxbot.care.reminders import LABELS, answers_of, reminder_variables, visit_page
from wxbot.care.spans import spans
from wxbot.care.upcoming import GONE, NextStep, coming, step_of
from wxbot.care.variables import variables_for
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id
from wxbot.logs import get_logger
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.models import Contact, Patient
from wxbot.patients.service import Patients
from wxbot.templates.service import Templates

log = get_logger(__name__)

CHUNK = 500  # anchors planned between two breaths: about 20 ms, so that pushes need not wait for care


class Care:
    """The care engine. Implements `wxbot.outbox.ports.PreconditionChecker`."""

    def __init__(  # noqa: PLR0913, PLR0917 - its collaborators, one each
        self,
        plans: LivePlans | Sequence[CarePlan],
        clinics: LiveClinic,
        patients: Patients,
        booking: Booking,
        outbox: Outbox,
        templates: Templates,
        anchors: Mapping[str, AnchorKind] = ANCHORS,
        *,
        public_url: str = "",
    ) -> None:
        self._plans = plans_of(plans)
        self._clinics = clinics
        self._patients = patients
        self._booking = booking
        self._outbox = outbox
        self._templates = templates
        self._anchors = anchors
        self._public_url = public_url  # our address as phones see it; empty: reminders link no page
        self._calendar_of: tuple[Clinic, Calendar] | None = None  # the clinic as it stands, and its calendar
        self._handed_over: frozenset[str] = frozenset()  # keys due at the last look: the outbox has them for ever

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current

    @property
    def _calendar(self) -> Calendar:
        if self._calendar_of is None or self._calendar_of[0] is not self._clinic:
            self._calendar_of = (self._clinic, calendar_of(self._clinic))
        return self._calendar_of[1]

    async def enqueue_due(self, now: datetime) -> int:
        """Hand everything that is due now to the outbox; the number of new messages. Repeating it adds nothing."""
        enqueued = 0
        due_now: set[str] = set()
        async for anchors in self._collect(now):
            for chunk in _chunks(anchors):
                found = self._plans.chosen(due(self._plans.versions, chunk, now, self._calendar), now)
                due_now |= {each.key for each in found}
                messages = await self._new_messages(found, now)
                enqueued += await self._outbox.enqueue(messages) if messages else 0
                await asyncio.sleep(0)
        self._handed_over = frozenset(due_now)
        if enqueued:
            log.info("care_enqueued", messages=enqueued, due=len(due_now))
        return enqueued

    async def due_messages(self, now: datetime) -> list[Message]:
        """What `enqueue_due` would hand over at `now`, without handing it over."""
        messages: list[Message] = []
        async for anchors in self._collect(now):
            for chunk in _chunks(anchors):
                found = self._plans.chosen(due(self._plans.versions, chunk, now, self._calendar), now)
                messages += await self._new_messages(found, now)
        return messages

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether each message is still wanted by present facts; two look-ups for all of them."""
        appointments = sorted(appointments_named(messages, self._anchors))
        patients = {message.patient_id for message in messages if message.patient_id is not None}
        facts = Facts(
            appointments=await self._booking.by_ids(appointments) if appointments else {},
            patients=await self._patients.patients(patients),
            celebrated=self._patients.celebrations.falls_on,
        )
        return {message.id: verdict(message, facts, self._anchors) for message in messages}

    def check(self, plans: Sequence[CarePlan] | None = None) -> list[str]:
        """What is wrong with the plans (by default the newest version of each), in plain sentences."""
        wordings = {key: self._templates.get(key) for key in self._templates.keys}
        newest = {plan.key: plan for plan in self._plans.versions}.values()
        return problems_of(tuple(newest) if plans is None else plans, wordings, self._anchors)

    def timeline(self, plan: CarePlan, anchor: Anchor) -> list[Due]:
        """When each step of a plan would fall for an anchor, for `wxbot check` to print."""
        return schedule(plan, anchor, self._calendar)

    async def upcoming(self, patient_ids: Sequence[PatientId], now: datetime, *, limit: int = 20) -> list[NextStep]:
        """What is coming for one patient, earliest first, and for each step why it will leave, wait or not leave.

        `patient_ids` are the record and the duplicates that became it. Judged by the code that sends; nothing is
        written. What has left already is not among it.
        """
        patient = next(iter((await self._patients.patients(patient_ids[:1])).values()), None)
        if patient is None:
            return []
        today = now.astimezone(self._clinic.timezone).date()
        facts = PatientFacts(
            patient=patient,
            appointments=await self._booking.of_patients(patient_ids),
            next_birthday=self._patients.celebrations.next_after(patient.birthday, today) if patient.birthday else None,
            clinic=self._clinic,
            now=now,
        )
        anchors = [anchor for kind in self._anchors.values() for anchor in kind.of_patient(facts)]
        found = self._plans.chosen(coming(self._plans.versions, anchors, now, self._calendar), now)[:limit]
        enqueued = await self._outbox.by_keys([each.key for each in found])
        ahead = [each for each in found if each.key not in enqueued]
        contacts = await self._patients.contacts({each.anchor.contact_id for each in ahead})
        patients = dict.fromkeys(patient_ids, patient)
        messages = [self._message(each, patients, contacts, now) for each in ahead]
        forecasts = {each.message.key: each for each in await self._outbox.preview(messages, now)}
        return [
            step_of(each, forecasts.get(each.key), enqueued.get(each.key))
            for each in found
            if each.key in forecasts or enqueued[each.key].state not in GONE
        ]

    # -- collecting ----------------------------------------------------------------------------------------

    async def _collect(self, now: datetime) -> AsyncIterator[list[Anchor]]:
        """The anchors for which a step may be due now, in portions."""
        sources = Sources(booking=self._booking, patients=self._patients, clinic=self._clinic)
        for key, kind in self._anchors.items():
            steps = [step for plan in self._plans.versions if plan.anchor == key for step in plan.steps]
            async for anchors in kind.collect(sources, spans(steps, now, self._calendar)):
                yield anchors

    # -- handing over --------------------------------------------------------------------------------------

    async def _new_messages(self, found: Sequence[Due], now: datetime) -> list[Message]:
        """The messages of the steps that the outbox does not know yet."""
        asked = [each.key for each in found if each.key not in self._handed_over]
        if not asked:
            return []
        known = await self._outbox.known_keys(asked)
        new = [each for each in found if each.key not in self._handed_over and each.key not in known]
        if not new:
            return []
        patients = await self._patients.patients({each.anchor.patient_id for each in new if each.anchor.patient_id})
        contacts = await self._patients.contacts({each.anchor.contact_id for each in new})
        return [self._message(each, patients, contacts, now) for each in new]

    def _message(
        self, each: Due, patients: Mapping[PatientId, Patient], contacts: Mapping[ContactId, Contact], now: datetime
    ) -> Message:
        anchor, step = each.anchor, each.step
        patient = patients.get(anchor.patient_id) if anchor.patient_id is not None else None
        variables = variables_for(anchor, self._clinic, patient, contacts.get(anchor.contact_id), self._anchors)
        leaves_on = max(each.due_at, now).astimezone(self._clinic.timezone).date()
        return Message(
            id=MessageId(new_id(now)),
            key=each.key,
            contact_id=anchor.contact_id,
            patient_id=anchor.patient_id,
            purpose=step.purpose,
            template=step.template,
            variables=variables | reminder_variables(anchor, self._clinic, leaves_on, self._public_url),
            created_at=now,
            due_at=each.due_at,
            expires_at=each.expires_at,
            answer=step.answer,
            greeting=step.greeting,
            precondition=anchor.precondition,
            options=answers_of(anchor, step, self._labels()),
            url=visit_page(anchor, self._public_url),
        )

    def _labels(self) -> dict[str, str]:
        """The words of what can be answered to a reminder; what has no wording is not offered."""
        known = self._templates.keys
        return {action: self._templates.get(key).text for action, key in LABELS.items() if key in known}


def _chunks(anchors: Sequence[Anchor]) -> Iterator[Sequence[Anchor]]:
    return (anchors[start : start + CHUNK] for start in range(0, len(anchors), CHUNK))
