"""What stands beside a talk: how it may be closed, what was asked, what it came to, how it was rated."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.closing.closings import Bookings, Closings, EndingLists, Records
from wxbot.conversations.evaluation.calibrations import CalibrationRows, Calibrations
from wxbot.conversations.evaluation.corrections import Corrections
from wxbot.conversations.evaluation.incidents import IncidentAlerts, IncidentRows, Incidents
from wxbot.conversations.evaluation.practice import PracticeRows, Practices, Training
from wxbot.conversations.evaluation.practice_models import PracticeRules
from wxbot.conversations.evaluation.rating import RatingRows, Ratings
from wxbot.conversations.evaluation.register import Register
from wxbot.conversations.evaluation.reporting import Figures, FiguresRows, Find, Rosters, TalkSurveys
from wxbot.conversations.evaluation.reports import ReportRows, Reports
from wxbot.conversations.evaluation.self_scores import SelfScoreRows, SelfScores
from wxbot.conversations.intake.service import HealthConsent, IntakeField, IntakeRows, Intakes
from wxbot.conversations.ports import KnownContacts
from wxbot.conversations.rules import DeskRules
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId
from wxbot.history.service import History


@dataclass(frozen=True, kw_only=True)
class Review:
    """Use cases of endings, intake, figures and quality."""

    closings: Closings
    intakes: Intakes
    figures: Figures
    ratings: Ratings
    incidents: Incidents
    practices: Practices
    register: Register
    corrections: Corrections
    reports: Reports
    calibrations: Calibrations
    self_scores: SelfScores

    async def erase(self, contact_id: ContactId) -> int:
        """Delete what was asked of a contact, and take them off figures, ratings and incidents; the number touched."""
        episodes = await self.figures.episodes_of(contact_id)
        rated = await self.ratings.erase(episodes) + await self.calibrations.erase(episodes)
        rated += await self.self_scores.erase(episodes)
        touched = rated + await self.intakes.erase(contact_id) + await self.figures.erase(contact_id)
        return touched + await self.incidents.erase(contact_id)


def open_review(  # noqa: PLR0913 - the rooms beneath it
    *,
    lists: EndingLists,
    fields: Sequence[IntakeField],
    rules: DeskRules,
    intakes: IntakeRows,
    figures: FiguresRows,
    history: History,
    patients: Records,
    contacts: KnownContacts,
    consents: HealthConsent,
    booking: Bookings,
    clinics: LiveClinic,
    audit: AuditTrail,
    find: Find,
    ratings: RatingRows,
    incidents: IncidentRows,
    practices: PracticeRows,
    practice: PracticeRules,
    training: Training,
    alerts: IncidentAlerts,
    rosters: Rosters,
    tasks: FollowUps,
    surveys: TalkSurveys,
    reports: ReportRows,
    calibrations: CalibrationRows,
    self_scores: SelfScoreRows,
) -> Review:
    """Wire it together."""
    closings = Closings(lists, clinics=clinics, patients=patients, booking=booking)
    known = Incidents(incidents, audit=audit, alerts=alerts)
    measured = Figures(
        figures,
        history=history,
        closings=closings,
        intakes=intakes,
        clinics=clinics,
        rules=rules,
        find=find,
        incidents=known,
        rosters=rosters,
        surveys=surveys,
    )
    rated = Ratings(ratings, figures=measured, incidents=known, audit=audit)
    return Review(
        closings=closings,
        intakes=Intakes(intakes, fields, audit=audit, contacts=contacts, consents=consents),
        figures=measured,
        ratings=rated,
        self_scores=SelfScores(self_scores, ratings=rated, audit=audit),
        calibrations=Calibrations(calibrations, figures=measured, audit=audit),
        reports=Reports(reports, figures=measured, rules=rules, audit=audit),
        corrections=Corrections(tasks, ratings=rated, audit=audit),
        incidents=known,
        register=Register(measured, audit=audit),
        practices=Practices(practices, practice, words=lists.words, find=find, training=training, audit=audit),
    )
