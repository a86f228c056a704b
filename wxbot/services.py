"""Every use-case object of the service, by name. The edges receive this and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wxbot.account.service import Account
from wxbot.audit.service import AuditTrail
from wxbot.board.service import Board
from wxbot.booking.clinic_decisions import ClinicDecisions
from wxbot.booking.deposits import Deposits
from wxbot.booking.series import SeriesBooking
from wxbot.booking.service import Booking
from wxbot.booking.visit_stages import VisitStages
from wxbot.broadcasts.service import Broadcasts
from wxbot.canned_replies.service import CannedReplies
from wxbot.care.invited_patients import InvitedPatients
from wxbot.care.plans.room import PlanRoom
from wxbot.care.service import Care
from wxbot.clinic.closing import Closures
from wxbot.clinic.dated_days import DatedDays
from wxbot.clinic.holidays import Holidays
from wxbot.clinic.models import Clinic
from wxbot.clinic.service import Clinics
from wxbot.clinic.settings import ClinicSettings
from wxbot.clock import Clock
from wxbot.conversations.episodes.blocks import Blocks
from wxbot.conversations.evaluation.review import Review
from wxbot.conversations.room import ChatDesk
from wxbot.dangers.service import DangerSigns
from wxbot.followups.room import FollowUpRoom
from wxbot.followups.service import FollowUps
from wxbot.history.service import History
from wxbot.media.service import MediaLibrary
from wxbot.outbox.service import Outbox
from wxbot.outbox.test_sends import TestSends
from wxbot.patients.exports.service import PatientExports
from wxbot.patients.health_consents import HealthConsents
from wxbot.patients.holding import PatientHolds
from wxbot.patients.imports.service import PatientImports
from wxbot.patients.links import PatientLinks
from wxbot.patients.lists import PatientLists
from wxbot.patients.marks import PatientMarks
from wxbot.patients.merging import PatientMerges
from wxbot.patients.records import PatientRecords
from wxbot.patients.service import Patients
from wxbot.quality.service import Quality
from wxbot.quality.spoken import SpokenCheck
from wxbot.questions.service import Questions
from wxbot.reception.room import Reception
from wxbot.setting_files import SettingFiles
from wxbot.spreadsheets.reader import UploadReader
from wxbot.staff.service import Staff
from wxbot.surveys.room import SurveyRoom
from wxbot.templates.bindings import Bindings
from wxbot.templates.editor import TemplateEditor
from wxbot.templates.service import Templates
from wxbot.understanding.reader import Reader
from wxbot.visits.calendar_feeds import CalendarFeeds
from wxbot.visits.days import VisitDays
from wxbot.visits.deposit_tasks import DepositTasks
from wxbot.visits.no_show_risk import NoShowRisk
from wxbot.visits.questionnaire import Questionnaire
from wxbot.visits.room import VisitRoom
from wxbot.visits.service import VisitDay
from wxbot.visits.tasks import VisitTasks
from wxbot.waitlist.room import WaitlistRoom
from wxbot.word_lists.service import ClinicWords


class UpdateRecovery(Protocol):
    """Finishes pushes whose process died between claim and completion. Implemented by dispatch."""

    async def finish(self) -> int:
        """Take over what was left behind; the number finished."""
        ...

    async def forget(self, openid: str) -> None:
        """Erase every claim and dialog of that openid."""
        ...

    async def oldest_received_at(self) -> datetime | None:
        """When the oldest unfinished push came in, by the machine's time."""
        ...


@dataclass(frozen=True, kw_only=True)
class Services:
    """One field per room."""

    clock: Clock
    clinics: Clinics
    clinic_settings: ClinicSettings
    closures: Closures
    dated_days: DatedDays
    holidays: Holidays
    setting_files: SettingFiles
    audit: AuditTrail
    staff: Staff
    account: Account
    history: History
    patients: Patients
    records: PatientRecords
    patient_lists: PatientLists
    patient_marks: PatientMarks
    patient_holds: PatientHolds
    patient_links: PatientLinks
    merges: PatientMerges
    uploads: UploadReader
    imports: PatientImports
    exports: PatientExports
    templates: Templates
    template_editor: TemplateEditor
    template_bindings: Bindings
    test_sends: TestSends
    quality: Quality
    spoken: SpokenCheck
    canned: CannedReplies
    reader: Reader
    word_lists: ClinicWords
    questions: Questions
    outbox: Outbox
    followups: FollowUps
    recalls: FollowUpRoom  # … and how they are worked through: attempts, the worklist, owners
    danger_signs: DangerSigns
    media: MediaLibrary
    booking: Booking
    clinic_decisions: ClinicDecisions
    visit_stages: VisitStages
    deposits: Deposits
    deposit_tasks: DepositTasks
    series: SeriesBooking
    visit_day: VisitDay
    visit_days: VisitDays
    visit_tasks: VisitTasks
    no_show_risk: NoShowRisk
    calendar_feeds: CalendarFeeds
    reception: Reception
    waitlist: WaitlistRoom
    visit_room: VisitRoom
    health_consents: HealthConsents
    questionnaire: Questionnaire  # what patients answer before a visit
    board: Board
    care: Care
    invited_patients: InvitedPatients
    plans: PlanRoom  # … as staff write them
    broadcasts: Broadcasts
    surveys: SurveyRoom  # what patients are asked afterwards, and the satisfaction sheet
    chat: ChatDesk
    review: Review  # of the chat desk: endings, intake, figures, quality
    blocks: Blocks  # … who may not talk with people for a while
    update_recovery: UpdateRecovery | None = None  # dispatch is built on the services, so it is added last

    @property
    def clinic(self) -> Clinic:
        """The clinic as it stands now; settings change it while the service runs."""
        return self.clinics.current
