"""Every room's store over one database, and the data keys that their fields are encrypted with."""

from dataclasses import dataclass

from config.settings import Settings
from wxbot.account.store import AccountStore
from wxbot.audit.store import AuditStore
from wxbot.backup.store import BackupStore
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.days import DayReading
from wxbot.booking.stores.deposits import DepositStore
from wxbot.booking.stores.series import SeriesStore
from wxbot.booking.stores.stages import StageStore
from wxbot.booking.stores.visits import VisitStore
from wxbot.broadcasts.store import BroadcastStore
from wxbot.canned_replies.store import CannedReplyStore
from wxbot.care.plans.store import PlanStore
from wxbot.care.stores.care import CareStore
from wxbot.clinic.store import ClinicStore
from wxbot.conversations.episodes.store import AgentStore
from wxbot.conversations.escalation.stores.promises import PromiseStore
from wxbot.conversations.escalation.stores.silent import SilentEpisodeStore
from wxbot.conversations.evaluation.stores.calibrations import CalibrationStore
from wxbot.conversations.evaluation.stores.figures import FiguresStore
from wxbot.conversations.evaluation.stores.practices import PracticeStore
from wxbot.conversations.evaluation.stores.ratings import IncidentStore, RatingStore
from wxbot.conversations.evaluation.stores.reports import ReportStore
from wxbot.conversations.evaluation.stores.self_scores import SelfScoreStore
from wxbot.conversations.hours.store import ShiftStore
from wxbot.conversations.intake.store import IntakeStore
from wxbot.conversations.reading.stores.changes import ChangeStore
from wxbot.conversations.reading.stores.lists import ListStore
from wxbot.conversations.reading.stores.notes import NoteStore
from wxbot.conversations.reading.stores.search import MessageIndexStore
from wxbot.conversations.replies.store import DraftStore
from wxbot.conversations.store import EpisodeStore
from wxbot.database import Database, Store
from wxbot.dispatch.stores.dialogs import DialogStore
from wxbot.dispatch.stores.inbox import InboxStore
from wxbot.dispatch.stores.senders import SenderStore
from wxbot.due_work import Due
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher
from wxbot.encryption.key_file import KeyFile, SettingKeys
from wxbot.encryption.store import KeyStore
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.followups.stores.clocks import ClockStore
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.followups.stores.leads import LeadStore
from wxbot.followups.stores.owners import OwnerStore
from wxbot.followups.stores.worklist import WorklistStore
from wxbot.history.store import HistoryStore
from wxbot.media.store import MediaStore
from wxbot.outbox.stores.care_sent import CareSentStore
from wxbot.outbox.stores.failed_messages import FailedMessageStore
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.exports.store import ExportStore
from wxbot.patients.imports.store import ImportStore
from wxbot.patients.stores.patients import PatientStore
from wxbot.patients.stores.speakers import SpeakerStore
from wxbot.questions.store import QuestionStore
from wxbot.reception.stores.checklists import ChecklistStore
from wxbot.reception.stores.first_contacts import FirstContactStore
from wxbot.reception.stores.interests import InterestStore
from wxbot.reception.stores.records import ReceptionVisitStore
from wxbot.scheduler.store import LockStore
from wxbot.staff.store import StaffStore
from wxbot.surveys.stores.former import FormerAnswers
from wxbot.surveys.stores.responses import ResponseStore
from wxbot.surveys.stores.sheets import SheetStore
from wxbot.templates.store import TemplateStore
from wxbot.visits.store import CalendarFeedStore, RiskCalibrationStore, VisitAnswerStore, VisitRecordStore
from wxbot.waitlist.store import WaitlistStore
from wxbot.wechat.store import TokenStore
from wxbot.word_lists.store import WordListStore


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Every room's store."""

    audit: AuditStore
    backups: BackupStore
    staff: StaffStore
    account: AccountStore
    history: HistoryStore
    patients: PatientStore
    patient_speakers: SpeakerStore
    imports: ImportStore
    exports: ExportStore
    outbox: OutboxStore
    failed_messages: FailedMessageStore
    care_sent: CareSentStore
    followups: FollowUpStore
    worklist: WorklistStore
    attempts: AttemptStore
    followup_clocks: ClockStore
    leads: LeadStore
    patient_owners: OwnerStore
    media: MediaStore
    booking: BookingStore
    visit_stages: StageStore
    deposits: DepositStore
    series: SeriesStore
    past_visits: VisitStore
    day_visits: DayReading
    visit_records: VisitRecordStore
    risk_calibrations: RiskCalibrationStore
    calendar_feeds: CalendarFeedStore
    reception_visits: ReceptionVisitStore
    checklists: ChecklistStore
    first_contacts: FirstContactStore
    interests: InterestStore
    waitlist: WaitlistStore
    visit_answers: VisitAnswerStore
    broadcasts: BroadcastStore
    care: CareStore
    care_plans: PlanStore
    clinic: ClinicStore
    inbox: InboxStore
    dialogs: DialogStore
    senders: SenderStore
    locks: LockStore
    tokens: TokenStore
    templates: TemplateStore
    keys: KeyStore
    word_lists: WordListStore
    questions: QuestionStore
    desk_lists: ListStore
    desk_changes: ChangeStore
    message_index: MessageIndexStore
    drafts: DraftStore
    notes: NoteStore
    episodes: EpisodeStore
    silent_episodes: SilentEpisodeStore
    survey_responses: ResponseStore
    survey_sheets: SheetStore
    former_answers: FormerAnswers
    shifts: ShiftStore
    promises: PromiseStore
    agents: AgentStore
    canned_replies: CannedReplyStore
    intakes: IntakeStore
    figures: FiguresStore
    ratings: RatingStore
    incidents: IncidentStore
    practices: PracticeStore
    reports: ReportStore
    calibrations: CalibrationStore
    self_scores: SelfScoreStore

    def all(self) -> tuple[Store, ...]:
        """Each of them, for the indexes."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)

    def due(self) -> tuple[Due, ...]:
        """What says that a job has something to do."""
        return tuple(due for store in self.all() for due in getattr(store, "DUE", ()))

    def ciphers(self) -> tuple[DocumentCipher, ...]:
        """What encrypts their documents, for the migration and the rotation of keys."""
        return tuple(cipher for store in self.all() for cipher in getattr(store, "ciphers", ()))


def open_keys(settings: Settings) -> DataKeys:
    """The data keys of the settings, else of the file in the data folder. Raises ConfigurationError."""
    secret = settings.data_key.get_secret_value()
    if secret:
        return DataKeys(SettingKeys(secret, settings.data_keys_previous.get_secret_value()))
    return DataKeys(KeyFile(settings.data_dir))


def open_stores(database: Database, keys: DataKeys) -> Stores:
    """The stores over one database, their fields encrypted with those keys."""
    return Stores(
        audit=AuditStore(database),
        backups=BackupStore(database),
        staff=StaffStore(database, keys),
        account=AccountStore(database),
        history=HistoryStore(database),
        patients=(patients := PatientStore(database, keys)),
        patient_speakers=SpeakerStore(database),
        imports=ImportStore(database, keys),
        exports=ExportStore(database, keys),
        outbox=OutboxStore(database),
        failed_messages=FailedMessageStore(database),
        care_sent=CareSentStore(database),
        followups=FollowUpStore(database),
        worklist=WorklistStore(database),
        attempts=AttemptStore(database, keys),
        followup_clocks=ClockStore(database),
        leads=LeadStore(database),
        patient_owners=OwnerStore(database),
        media=MediaStore(database, keys),
        booking=BookingStore(database),
        visit_stages=StageStore(database),
        deposits=DepositStore(database),
        series=SeriesStore(database),
        past_visits=VisitStore(database),
        day_visits=DayReading(database),
        visit_records=VisitRecordStore(database, keys),
        risk_calibrations=RiskCalibrationStore(database),
        calendar_feeds=CalendarFeedStore(database),
        reception_visits=ReceptionVisitStore(database),
        checklists=ChecklistStore(database),
        first_contacts=FirstContactStore(database),
        interests=InterestStore(database, keys),
        waitlist=WaitlistStore(database, keys),
        visit_answers=VisitAnswerStore(database, keys),
        broadcasts=BroadcastStore(database, keys),
        care=CareStore(database, keys),
        care_plans=PlanStore(database),
        clinic=ClinicStore(database),
        inbox=InboxStore(database),
        dialogs=(dialogs := DialogStore(database)),
        senders=SenderStore(database, patients.contacts, dialogs),
        locks=LockStore(database),
        tokens=TokenStore(database, keys),
        templates=TemplateStore(database),
        keys=KeyStore(database),
        word_lists=WordListStore(database),
        questions=QuestionStore(database),
        desk_lists=ListStore(database),
        desk_changes=ChangeStore(database),
        message_index=MessageIndexStore(database),
        drafts=DraftStore(database, keys),
        notes=NoteStore(database, keys),
        episodes=EpisodeStore(database),
        silent_episodes=SilentEpisodeStore(database),
        survey_responses=(responses := ResponseStore(database, keys)),
        survey_sheets=SheetStore(database),
        former_answers=FormerAnswers(database, keys, responses),
        shifts=ShiftStore(database),
        promises=PromiseStore(database),
        agents=AgentStore(database),
        canned_replies=CannedReplyStore(database),
        intakes=IntakeStore(database, keys),
        figures=FiguresStore(database),
        ratings=RatingStore(database),
        incidents=IncidentStore(database),
        practices=PracticeStore(database),
        reports=ReportStore(database),
        calibrations=CalibrationStore(database),
        self_scores=SelfScoreStore(database),
    )
