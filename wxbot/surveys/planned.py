"""Surveys that a step of a care plan asks. Implements the outbox's `PlannedSurveys`."""

from datetime import datetime

from wxbot.booking.models import AppointmentId
from wxbot.booking.service import Booking
from wxbot.outbox.models import Message
from wxbot.surveys.asking import Occurrence, Surveys, step_id
from wxbot.surveys.models import Occasion, Subject


class StepSurveys:
    """Asks a plan's survey about the visit that the step follows, where it follows one."""

    def __init__(self, surveys: Surveys, booking: Booking) -> None:
        self._surveys = surveys
        self._booking = booking

    async def ask_planned(self, message: Message, intro: str, now: datetime) -> bool:
        """Ask the survey that the message names after `intro`; whether it is enqueued. Safe to repeat."""
        survey = self._surveys.rules.survey(message.asks)
        if survey is None or survey.after is not Occasion.PLAN:
            return False
        about = Occurrence(
            id=step_id(message.key),
            key=f"survey/{message.key}",
            survey=survey,
            occasion=Occasion.PLAN,
            contact_id=message.contact_id,
            patient_id=message.patient_id,
            subject=await self._subject(message),
            due_at=now,
            expires_at=message.expires_at,
            intro=f"{intro}\n" if intro else "",
        )
        return await self._surveys.ask(about, now)

    async def _subject(self, message: Message) -> Subject:
        visit_id = AppointmentId(str(message.precondition.get("id", "")))
        visit = (await self._booking.by_ids([visit_id])).get(visit_id) if visit_id else None
        if visit is None:
            return Subject(step=message.key)
        return Subject(
            step=message.key,
            appointment_id=visit.id,
            practitioner_id=visit.practitioner_id,
            visit_type_id=visit.visit_type_id,
        )
