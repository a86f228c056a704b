"""How surveys are wired: on which stores and services."""

from wxbot.audit.service import AuditTrail
from wxbot.booking.service import Booking
from wxbot.clinic.service import Clinics
from wxbot.clock import Clock
from wxbot.followups.service import FollowUps
from wxbot.history.service import History
from wxbot.installation import Installation
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.staff.service import Staff
from wxbot.stores import Stores
from wxbot.surveys.answering import SurveyAnswers
from wxbot.surveys.asking import Surveys
from wxbot.surveys.planned import StepSurveys
from wxbot.surveys.room import SurveyRoom
from wxbot.surveys.sheets import SatisfactionSheets
from wxbot.surveys.visit_follow_ups import VisitFollowUps


def wire_surveys(  # noqa: PLR0913 - the rooms beneath it
    stores: Stores,
    installation: Installation,
    *,
    outbox: Outbox,
    patients: Patients,
    followups: FollowUps,
    booking: Booking,
    history: History,
    staff: Staff,
    clinics: Clinics,
    audit: AuditTrail,
    clock: Clock,
    public_url: str,
) -> SurveyRoom:
    """What asks, what keeps the answers, and the sheet."""
    rules = installation.surveys
    asking = Surveys(
        stores.survey_responses,
        outbox=outbox,
        patients=patients,
        followups=followups,
        booking=booking,
        clock=clock,
        rules=rules,
        talks=stores.episodes.open_of,
        public_url=public_url,
    )
    followed = VisitFollowUps(
        booking=booking,
        patients=patients,
        sent=stores.care_sent,
        attempts=stores.attempts,
        responses=stores.survey_responses,
        clinics=clinics,
        rules=rules,
    )
    return SurveyRoom(
        asking=asking,
        planned=StepSurveys(asking, booking),
        answers=SurveyAnswers(
            stores.survey_responses,
            followups=followups,
            history=history,
            booking=booking,
            staff=staff,
            clinics=clinics,
            rules=rules,
        ),
        sheets=SatisfactionSheets(
            stores.survey_responses,
            stores.survey_sheets,
            followed=followed,
            followups=followups,
            clinics=clinics,
            audit=audit,
        ),
        followed=followed,
        former=stores.former_answers,
    )
