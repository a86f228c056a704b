"""Reads what decides whether messages are still wanted: once for a whole batch, and only what somebody asks about."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.service import Booking
from wxbot.care.anchors.kind import AnchorKind, Facts
from wxbot.care.course import Course, CourseFacts, read_course
from wxbot.care.models import Fact, Until
from wxbot.care.ports import LeadSource, ReachedCalls, StepResponses, VisitClasses
from wxbot.care.preconditions import appointments_named
from wxbot.care.stores.care import CareStore
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUp
from wxbot.history.models import PatientId
from wxbot.history.service import History
from wxbot.outbox.models import Message
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients


class FactReader:
    """Present facts for preconditions. `surveys` and `classes` are set once those rooms are there."""

    def __init__(  # noqa: PLR0913 - its collaborators, all keyword-only
        self,
        store: CareStore,
        *,
        booking: Booking,
        patients: Patients,
        history: History,
        calls: ReachedCalls,
        leads: LeadSource,
        clinics: LiveClinic,
    ) -> None:
        self._store = store
        self._booking = booking
        self._patients = patients
        self._history = history
        self._calls = calls
        self._leads = leads
        self._clinics = clinics
        self.surveys: StepResponses | None = None
        self.classes: VisitClasses | None = None

    async def read(self, messages: Sequence[Message], anchors: Mapping[str, AnchorKind]) -> Facts:
        """What decides about these messages; a query per kind of fact, none for what nobody asks about."""
        named = appointments_named(messages, anchors)
        patients = await self._patients.patients({each.patient_id for each in messages if each.patient_id is not None})
        winning = {each.id for each in messages if each.precondition.get("lead") is not None}
        courses = {each.id: course for each in messages if (course := read_course(each.precondition)) is not None}
        dates = {str(each.precondition["date"]) for each in messages if "date" in each.precondition}
        return Facts(
            appointments=await self._booking.by_ids(sorted(named)) if named else {},
            patients=patients,
            celebrated=self._patients.celebrations.falls_on,
            dates=await self._store.dates.by_ids(dates),
            course=await self._course(
                [(each, courses[each.id]) for each in messages if each.id in courses], named, patients
            ),
            leads=await self.leads_of(_names([each for each in messages if each.id in winning], patients)),
        )

    async def names_of(self, patient_ids: Collection[PatientId]) -> Mapping[PatientId, Collection[PatientId]]:
        """Of each of those records: itself, and the one that it became by a merge."""
        known = await self._patients.patients(patient_ids)
        return _names_of(patient_ids, known)

    async def leads_of(
        self, names: Mapping[PatientId, Collection[PatientId]]
    ) -> Mapping[PatientId, Sequence[FollowUp]]:
        """What was opened about patients as leads; of each the records that are theirs."""
        found = await self._leads.leads_of({each for group in names.values() for each in group})
        return {name: [each for each in found if each.patient_id in group] for name, group in names.items()}

    async def returned(
        self, names: Mapping[PatientId, Collection[PatientId]], since: datetime | None
    ) -> Mapping[PatientId, tuple[Appointment, ...]]:
        """The visits of patients that begin since then and took place, or are to come."""
        if not names or since is None:
            return {}
        kept = await self._booking.kept_after({each for group in names.values() for each in group}, since)
        return {name: tuple(each for each in kept if each.patient_id in group) for name, group in names.items()}

    async def _course(
        self,
        messages: Sequence[tuple[Message, Course]],
        named: Collection[AppointmentId],
        patients: Mapping[PatientId, Patient],
    ) -> CourseFacts:
        if not messages:
            return CourseFacts(tz=self._clinics.current.timezone)
        facts = [{condition.fact for condition in course.when} for _, course in messages]
        asking = {
            course.enrolment
            for (_, course), asked in zip(messages, facts, strict=True)
            if Fact.ANSWER in asked or course.until is Until.ANSWERED
        }
        surveyed = {
            course.key_of(condition.of)
            for _, course in messages
            for condition in course.when
            if condition.fact is Fact.SURVEY
        }
        waiting = [(each, course) for each, course in messages if course.until is Until.FEEDBACK and course.since]
        repeated = [each for each, course in messages if course.until is Until.BOOKED]
        began = [(each, moment) for each, course in messages if (moment := _began(each, course)) is not None]
        since = min((course.since for _, course in waiting if course.since is not None), default=None)
        writing = {each.contact_id for each, _ in waiting}
        answers, endings, pins, reached, coming, returned = await asyncio.gather(
            self._answers(asking),
            self._store.changes.endings({course.enrolment for _, course in messages}),
            self._store.changes.pins({each.key for each, _ in messages}),
            self._reached([each for each, _ in waiting], since, patients),
            self._coming(repeated, patients),
            self.returned(
                _names([each for each, _ in began], patients), min((moment for _, moment in began), default=None)
            ),
        )
        surveys = await self.surveys.of_steps(surveyed) if self.surveys is not None and surveyed else {}
        classes = await self._classes(named) if any(Fact.VISIT_CLASS in asked for asked in facts) else {}
        decisions = await self._store.looks.decisions({course.asked for _, course in messages if course.asked})
        return CourseFacts(
            answers=answers,
            endings={name: each.words for name, each in endings.items()},
            heard=await self._history.heard(writing, since) if since is not None else {},
            reached=reached,
            coming=coming,
            returned=returned,
            classes=classes,
            decisions=decisions,
            projects={each.id: each.name for each in self._clinics.current.visit_types},
            hand_set={key: pin.at for key, pin in pins.items()},
            surveys=surveys,
            tz=self._clinics.current.timezone,
        )

    async def _answers(self, enrolments: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for each in await self._store.answers.of_enrolments(enrolments) if enrolments else ():
            found[each.enrolment][each.step] = each.value
        return found

    async def _reached(
        self, messages: Sequence[Message], since: datetime | None, patients: Mapping[PatientId, Patient]
    ) -> Mapping[PatientId, datetime]:
        if since is None:
            return {}
        names = _names(messages, patients)
        found = await self._calls.reached({each for group in names.values() for each in group}, since)
        latest = {name: [found[each] for each in group if each in found] for name, group in names.items()}
        return {name: max(moments) for name, moments in latest.items() if moments}

    async def _coming(
        self, messages: Sequence[Message], patients: Mapping[PatientId, Patient]
    ) -> Mapping[PatientId, tuple[Appointment, ...]]:
        if not messages:
            return {}
        names = _names(messages, patients)
        since = min(each.due_at for each in messages)
        booked = await self._booking.booked_of({each for group in names.values() for each in group}, since)
        return {name: tuple(each for each in booked if each.patient_id in group) for name, group in names.items()}

    async def _classes(self, named: Collection[AppointmentId]) -> Mapping[AppointmentId, str]:
        return await self.classes.classes(named) if self.classes is not None else {}


def _names(messages: Sequence[Message], patients: Mapping[PatientId, Patient]) -> dict[PatientId, set[PatientId]]:
    """Of each patient that messages name: the record itself, and the one it became by a merge."""
    return _names_of({each.patient_id for each in messages if each.patient_id is not None}, patients)


def _names_of(
    patient_ids: Collection[PatientId], patients: Mapping[PatientId, Patient]
) -> dict[PatientId, set[PatientId]]:
    return {each: {each, patients[each].id} if each in patients else {each} for each in patient_ids}


def _began(message: Message, course: Course) -> datetime | None:
    """Since when it matters to a message whether the patient came again; None where it does not."""
    lead: datetime | None = message.precondition.get("lead")
    return course.began or lead
