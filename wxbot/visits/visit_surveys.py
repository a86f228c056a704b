"""Which visits a survey is asked about: some time after the patient left (A4-22, A4-40)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment, VisitStage
from wxbot.booking.service import Booking
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import ContactId
from wxbot.surveys.asking import Occurrence, Surveys, visit_id
from wxbot.surveys.models import Occasion, ResponseState, Subject
from wxbot.visits.rules import VisitDayRules

ASKED_WITHIN = timedelta(hours=24)  # of the departure


class VisitSurveys:
    """Asks about the visits of today and yesterday."""

    def __init__(self, surveys: Surveys, *, booking: Booking, clinics: LiveClinic, rules: VisitDayRules) -> None:
        self._surveys = surveys
        self._booking = booking
        self._clinics = clinics
        self._rules = rules

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Ask about what is due; the number asked. Repeating it changes nothing."""
        if not self._surveys.rules.ask:
            return {"asked": 0}
        today = now.astimezone(self._clinics.current.timezone).date()
        day = await self._booking.on_day(today - timedelta(days=1), days=2)
        due = [each for each in day if self._due(each, now)]
        known = await self._surveys.of_visits([each.id for each in due])
        asked = 0
        for visit in due:
            response = known.get(visit.id)
            if response is None or response.state is ResponseState.ASKED:
                asked += await self._ask(visit, now, again=response is not None)
        return {"asked": asked}

    def _due(self, visit: Appointment, now: datetime) -> bool:
        if visit.stage is not VisitStage.LEFT or visit.departed_at is None or visit.contact_id is None:
            return False
        return self._rules.survey_after <= now - visit.departed_at <= ASKED_WITHIN

    async def _ask(self, visit: Appointment, now: datetime, *, again: bool) -> bool:
        survey = self._surveys.rules.after(Occasion.VISIT, visit.visit_type_id)
        if survey is None:
            return False
        about = Occurrence(
            id=visit_id(visit.id),
            key=f"visit-survey/{visit.id}",
            survey=survey,
            occasion=Occasion.VISIT,
            contact_id=ContactId(str(visit.contact_id)),
            patient_id=visit.patient_id,
            subject=Subject(
                appointment_id=visit.id,
                practitioner_id=visit.practitioner_id,
                visit_type_id=visit.visit_type_id,
            ),
            due_at=now,
            expires_at=(visit.departed_at or now) + ASKED_WITHIN,
        )
        return await self._surveys.ask(about, now) and not again
