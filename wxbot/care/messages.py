"""From a step that is due to the message, question or call that the outbox carries."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.calendar import Calendar
from wxbot.care.course import course_of, enrolment_of
from wxbot.care.models import Due, Question, StepKind
from wxbot.care.offsets import window_of
from wxbot.care.questions import HINT, HINTS, entries
from wxbot.care.records import Pin
from wxbot.care.reminders import LABELS, answers_of, reminder_variables, visit_page
from wxbot.care.variables import variables_for
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id
from wxbot.outbox.models import Message, MessageId
from wxbot.patients.models import Contact, Patient
from wxbot.patients.service import Patients
from wxbot.templates.service import Templates

CALL_SUBJECT = "care:"  # of the follow-ups that calls open; then the enrolment
SCRIPTS: Mapping[str, str] = {
    "treatment": "aftercare",  # 24 hours (A4-45)
    "visit": "aftercare",
    "first_visit": "first_visit",  # 24 hours (A4-41)
    "discharge": "discharge",
    "screening": "screening",
    "undecided": "undecided",
    "invited": "lead",
}
"""Kind of anchor → how a colleague talks who rings up about it (followups.toml), with the clock that runs for it.

Of any other kind as of calls in general; a script that the clinic does not have is taken for that one as well.
"""


class Messages:
    """Words steps as messages. `public_url` is our address as phones see it; empty: no page is linked."""

    def __init__(
        self,
        clinics: LiveClinic,
        patients: Patients,
        templates: Templates,
        anchors: Mapping[str, AnchorKind],
        public_url: str,
    ) -> None:
        self._clinics = clinics
        self._patients = patients
        self._templates = templates
        self._anchors = anchors
        self._public_url = public_url

    async def of(
        self, steps: Sequence[Due], pins: Mapping[str, Pin], calendar: Calendar, now: datetime
    ) -> list[Message]:
        """The messages of those steps in their order; names are read for all of them at once."""
        if not steps:
            return []
        patients = await self._patients.patients({each.anchor.patient_id for each in steps if each.anchor.patient_id})
        contacts = await self._patients.contacts({each.anchor.contact_id for each in steps})
        return [self._message(each, patients, contacts, pins, calendar, now) for each in steps]

    def _message(  # noqa: PLR0913, PLR0917 - everything a message is made of
        self,
        each: Due,
        patients: Mapping[PatientId, Patient],
        contacts: Mapping[ContactId, Contact],
        pins: Mapping[str, Pin],
        calendar: Calendar,
        now: datetime,
    ) -> Message:
        anchor, step, clinic = each.anchor, each.step, self._clinics.current
        patient = patients.get(anchor.patient_id) if anchor.patient_id is not None else None
        variables = variables_for(anchor, clinic, patient, contacts.get(anchor.contact_id), self._anchors)
        leaves_on = max(each.due_at, now).astimezone(clinic.timezone).date()
        message_id = MessageId(new_id(now))
        call = f"{CALL_SUBJECT}{enrolment_of(each.plan.key, anchor.ref)}" if step.kind is StepKind.CALL else ""
        return Message(
            id=message_id,
            key=each.key,
            contact_id=anchor.contact_id,
            patient_id=anchor.patient_id,
            purpose=step.purpose,
            template=step.template,
            variables={
                **variables,
                **reminder_variables(anchor, clinic, leaves_on, self._public_url),
                **self._hint(question_of(each)),
            },
            created_at=now,
            due_at=each.due_at,
            expires_at=each.expires_at,
            answer=step.answer,
            greeting=step.greeting,
            survey=bool(step.survey),
            asks=step.survey,
            optional=step.no_calls or bool(step.survey),
            precondition={**anchor.precondition, **course_of(each, _first_due(each, pins, calendar))},
            options=answers_of(anchor, step, self._labels()) or entries(step.question, message_id),
            url=visit_page(anchor, self._public_url),
            call=call,
            script=step.script or SCRIPTS.get(anchor.kind, ""),
        )

    def _labels(self) -> dict[str, str]:
        """The words of what can be answered to a reminder; what has no wording is not offered."""
        known = self._templates.keys
        return {action: self._templates.get(key).text for action, key in LABELS.items() if key in known}

    def _hint(self, question: Question | None) -> dict[str, str]:
        """How a question is answered, for its wording; empty where the clinic words no such hint."""
        if question is None:
            return {}
        key = HINTS[question.kind]
        if key not in self._templates.keys:
            return {HINT: ""}
        numbers = {"low": str(question.low), "high": str(question.high)}
        return {HINT: self._templates.render(key, numbers).text}


def question_of(due: Due) -> Question | None:
    """The question of a step; of the call that ends a loop that of the step it repeated."""
    base = next((each for each in due.plan.steps if each.key == due.step.base), None)
    return due.step.question or (base.question if base is not None else None)


def base_key(due: Due) -> str:
    """The key of the first occurrence of its loop; its own where it is repeated by none."""
    return f"{due.plan.key}/{due.step.base or due.step.key}/{due.anchor.ref}"


def _first_due(due: Due, pins: Mapping[str, Pin], calendar: Calendar) -> datetime:
    """When the first occurrence of its loop was due."""
    base = next((each for each in due.plan.steps if each.key == due.step.base), None)
    if base is None:
        return due.due_at
    pin = pins.get(base_key(due))
    return pin.at if pin is not None else window_of(base, due.anchor.at, calendar, due.anchor.ref)[0]
