"""The chat desk as one thing: its use cases, put together lowest first."""

from dataclasses import dataclass

from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.conversations.desk import Desk
from wxbot.conversations.drafts import Drafts
from wxbot.conversations.escalation import Escalation
from wxbot.conversations.feed import Feed
from wxbot.conversations.lists import DeskLists
from wxbot.conversations.notes import Notes
from wxbot.conversations.other_ways import OtherWays
from wxbot.conversations.ownership import ConversationChecker
from wxbot.conversations.presence import Presence
from wxbot.conversations.promises import Promises
from wxbot.conversations.reachability import ReachabilityReader
from wxbot.conversations.replies import Replies
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.search import DeskSearch
from wxbot.conversations.shifts import Shifts
from wxbot.conversations.spoken_check import SpokenCheck
from wxbot.conversations.stores.drafts import DraftStore
from wxbot.conversations.stores.notes import NoteStore
from wxbot.conversations.typing_sign import TypingPace, TypingSign
from wxbot.followups.service import FollowUps
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.staff.service import Staff
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
    feed: Feed
    escalation: Escalation


@dataclass(frozen=True, kw_only=True)
class ChatDeskDependencies:
    """What the desk is built on."""

    drafts: DraftStore
    notes: NoteStore
    outbox: Outbox
    patients: Patients
    templates: Templates
    followups: FollowUps
    staff: Staff
    audit: AuditTrail
    clinics: LiveClinic
    clock: Clock
    spoken: SpokenCheck
    typing: TypingSign


def open_chat_desk(given: ChatDeskDependencies) -> ChatDesk:
    """Wire it together."""
    rules = DeskRules()
    desk = Desk()
    drafts = Drafts(given.drafts, given.clock)
    reachability = ReachabilityReader(
        outbox=given.outbox, patients=given.patients, templates=given.templates, clock=given.clock
    )
    replies = Replies(
        desk=desk,
        outbox=given.outbox,
        patients=given.patients,
        reachability=reachability,
        drafts=drafts,
        spoken=given.spoken,
        audit=given.audit,
        rules=rules,
        typing=given.typing,
        pace=TypingPace(given.clock),
        other_ways=OtherWays(
            desk=desk, outbox=given.outbox, reachability=reachability, followups=given.followups, clinics=given.clinics
        ),
    )
    return ChatDesk(
        rules=rules,
        desk=desk,
        presence=Presence(),
        shifts=Shifts(),
        replies=replies,
        sending=ConversationChecker(desk, given.spoken),
        drafts=drafts,
        notes=Notes(given.notes, episodes=desk, colleagues=given.staff),
        promises=Promises(),
        lists=DeskLists(),
        search=DeskSearch(),
        feed=Feed(),
        escalation=Escalation(),
    )
