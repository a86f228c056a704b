"""The chat desk as one thing: its use cases, put together lowest first."""

from dataclasses import dataclass

from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.conversations.episodes.after_talk import SurveyAfterTalk
from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.episodes.desk_parts import DeskParts
from wxbot.conversations.episodes.presence import Presence
from wxbot.conversations.episodes.signing_off import SigningOff
from wxbot.conversations.episodes.store import AgentStore
from wxbot.conversations.escalation.promise_alarms import PromiseAlarms
from wxbot.conversations.escalation.promises import Promises
from wxbot.conversations.escalation.rungs import Escalation
from wxbot.conversations.escalation.silent_patients import SilentPatients
from wxbot.conversations.escalation.stores.promises import PromiseStore
from wxbot.conversations.escalation.stores.silent import SilentEpisodeStore
from wxbot.conversations.escalation.supervisor_alerts import SupervisorAlerts
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.hours.shifts import Shifts
from wxbot.conversations.hours.store import ShiftStore
from wxbot.conversations.names import ContactNames
from wxbot.conversations.ports import StaffReach
from wxbot.conversations.reading.feed import Feed
from wxbot.conversations.reading.lists import DeskLists
from wxbot.conversations.reading.message_index import MessageIndex
from wxbot.conversations.reading.notes import Notes
from wxbot.conversations.reading.search import DeskSearch
from wxbot.conversations.reading.stores.changes import ChangeStore
from wxbot.conversations.reading.stores.lists import ListStore
from wxbot.conversations.reading.stores.notes import NoteStore
from wxbot.conversations.reading.stores.search import MessageIndexStore
from wxbot.conversations.reading.threads import Threads
from wxbot.conversations.reading.visibility_check import VisibilityCheck
from wxbot.conversations.replies.answer_news import AnswerNews
from wxbot.conversations.replies.drafts import Drafts
from wxbot.conversations.replies.other_ways import OtherWays
from wxbot.conversations.replies.ownership import ConversationChecker
from wxbot.conversations.replies.reachability import ReachabilityReader
from wxbot.conversations.replies.service import Replies
from wxbot.conversations.replies.spoken_check import ReplyCheck, SpokenCheck
from wxbot.conversations.replies.store import DraftStore
from wxbot.conversations.replies.typing_sign import TypingPace, TypingSign
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.store import EpisodeStore
from wxbot.followups.service import FollowUps
from wxbot.history.service import History
from wxbot.media.service import MediaLibrary
from wxbot.outbox.service import Outbox
from wxbot.patients.records import PatientRecords
from wxbot.patients.service import Patients
from wxbot.staff.service import Staff
from wxbot.surveys.asking import Surveys
from wxbot.templates.service import Templates


@dataclass(frozen=True, kw_only=True)
class ChatDesk:
    """What handlers, jobs and the console ask of the desk."""

    rules: DeskRules
    desk: Desk
    presence: Presence
    shifts: Shifts
    replies: Replies
    sending: ConversationChecker  # asked by the outbox
    drafts: Drafts
    notes: Notes
    promises: Promises
    lists: DeskLists
    search: DeskSearch
    message_index: MessageIndex
    feed: Feed
    escalation: Escalation
    silent: SilentPatients  # asked by the outbox about nudges
    answers: AnswerNews  # told by the outbox of what the platform took
    signing_off: SigningOff
    visibility: VisibilityCheck


@dataclass(frozen=True, kw_only=True)
class ChatDeskDependencies:
    """What the desk is built on."""

    episodes: EpisodeStore
    agents: AgentStore
    silent: SilentEpisodeStore
    surveys: Surveys
    shifts: ShiftStore
    promises: PromiseStore
    drafts: DraftStore
    notes: NoteStore
    lists: ListStore
    changes: ChangeStore
    messages: MessageIndexStore
    message_index: MessageIndex
    history: History
    media: MediaLibrary
    outbox: Outbox
    patients: Patients
    records: PatientRecords
    templates: Templates
    followups: FollowUps
    staff: Staff
    audit: AuditTrail
    clinics: LiveClinic
    clock: Clock
    spoken: SpokenCheck
    typing: TypingSign
    reach: StaffReach
    rules: DeskRules


def open_chat_desk(given: ChatDeskDependencies) -> ChatDesk:
    """Wire it together."""
    rules = given.rules
    shifts = Shifts(given.shifts, clinics=given.clinics, staff=given.staff, audit=given.audit, rules=rules)
    promises = Promises(given.promises, clinics=given.clinics, rules=rules)
    times = DeskTime(given.clinics, rules)
    parts = DeskParts(
        episodes=given.episodes,
        agents=given.agents,
        history=given.history,
        audit=given.audit,
        names=given.staff,
        tasks=given.followups,
        contacts=given.patients,
        duty=shifts,
        supervisors=SupervisorAlerts(staff=given.staff, reach=given.reach),
        times=times,
        rules=rules,
        clock=given.clock,
        after_talk=SurveyAfterTalk(given.surveys, rules),
    )
    desk = Desk(parts)
    presence = Presence(given.agents, given.episodes, rules=rules, clock=given.clock)
    drafts = Drafts(given.drafts, given.clock, contacts=given.patients)
    notes = Notes(given.notes, episodes=desk, colleagues=given.staff, contacts=given.patients)
    reachability = ReachabilityReader(
        outbox=given.outbox, patients=given.patients, templates=given.templates, clock=given.clock
    )
    spoken = ReplyCheck(
        given.spoken,
        clinics=given.clinics,
        times=times,
        transcript=given.history,
        duty=shifts,
        accounts=given.staff,
    )
    replies = Replies(
        desk=desk,
        outbox=given.outbox,
        patients=given.patients,
        reachability=reachability,
        drafts=drafts,
        media=given.media,
        spoken=spoken,
        audit=given.audit,
        rules=rules,
        typing=given.typing,
        pace=TypingPace(given.clock),
        other_ways=OtherWays(
            desk=desk, outbox=given.outbox, reachability=reachability, followups=given.followups, clinics=given.clinics
        ),
    )
    silent = SilentPatients(
        given.silent,
        episodes=given.episodes,
        desk=desk,
        promises=promises,
        outbox=given.outbox,
        clinics=given.clinics,
        rules=rules,
    )
    alarms = PromiseAlarms(
        promises,
        episodes=given.episodes,
        desk=desk,
        staff=given.staff,
        reach=given.reach,
        clinics=given.clinics,
    )
    escalation = Escalation(
        episodes=given.episodes,
        desk=desk,
        silent=silent,
        promises=alarms,
        staff=given.staff,
        reach=given.reach,
        clinics=given.clinics,
        rules=rules,
    )
    names = ContactNames(given.patients)
    return ChatDesk(
        rules=rules,
        desk=desk,
        presence=presence,
        shifts=shifts,
        replies=replies,
        sending=ConversationChecker(desk, spoken),
        drafts=drafts,
        notes=notes,
        promises=promises,
        escalation=escalation,
        silent=silent,
        answers=AnswerNews(desk, promises),
        signing_off=SigningOff(desk, promises),
        visibility=VisibilityCheck(given.lists, desk=desk, staff=given.staff, audit=given.audit, clinics=given.clinics),
        lists=DeskLists(
            given.episodes,
            given.lists,
            threads=Threads(given.lists, history=given.history, notes=notes, replies=replies, media=given.media),
            names=names,
            staff=given.staff,
            presence=presence,
            shifts=shifts,
            times=times,
            rules=rules,
        ),
        search=DeskSearch(given.messages, given.message_index, records=given.records, names=names),
        message_index=given.message_index,
        feed=Feed(given.changes),
    )
