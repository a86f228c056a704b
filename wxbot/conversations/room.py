"""The chat desk as one thing: its use cases, put together lowest first."""

from dataclasses import dataclass

from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.conversations.clocks import DeskTime
from wxbot.conversations.desk import Desk
from wxbot.conversations.desk_parts import DeskParts
from wxbot.conversations.drafts import Drafts
from wxbot.conversations.escalation import Escalation
from wxbot.conversations.feed import Feed
from wxbot.conversations.lists import DeskLists
from wxbot.conversations.notes import Notes
from wxbot.conversations.ports import ContactMarks, HandoffTasks
from wxbot.conversations.presence import Presence
from wxbot.conversations.promises import Promises
from wxbot.conversations.replies import Replies
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.search import DeskSearch
from wxbot.conversations.shifts import Shifts
from wxbot.conversations.stores.agents import AgentStore
from wxbot.conversations.stores.episodes import EpisodeStore
from wxbot.conversations.stores.shifts import ShiftStore
from wxbot.history.service import History
from wxbot.staff.service import Staff


@dataclass(frozen=True, kw_only=True)
class ChatDesk:
    """What handlers, jobs and the console ask of the desk."""

    rules: DeskRules
    desk: Desk
    presence: Presence
    shifts: Shifts
    replies: Replies
    drafts: Drafts
    notes: Notes
    promises: Promises
    lists: DeskLists
    search: DeskSearch
    feed: Feed
    escalation: Escalation


def open_chat_desk(  # noqa: PLR0913 - the rooms beneath it
    *,
    episodes: EpisodeStore,
    agents: AgentStore,
    shifts: ShiftStore,
    history: History,
    audit: AuditTrail,
    clinics: LiveClinic,
    staff: Staff,
    followups: HandoffTasks,
    patients: ContactMarks,
    clock: Clock,
    rules: DeskRules,
) -> ChatDesk:
    """Wire it together."""
    roster = Shifts(shifts, clinics=clinics, staff=staff, audit=audit, rules=rules)
    parts = DeskParts(
        episodes=episodes,
        agents=agents,
        history=history,
        audit=audit,
        names=staff,
        tasks=followups,
        contacts=patients,
        duty=roster,
        times=DeskTime(clinics, rules),
        rules=rules,
        clock=clock,
    )
    return ChatDesk(
        rules=rules,
        desk=Desk(parts),
        presence=Presence(agents, episodes, rules=rules, clock=clock),
        shifts=roster,
        replies=Replies(),
        drafts=Drafts(),
        notes=Notes(),
        promises=Promises(),
        lists=DeskLists(),
        search=DeskSearch(),
        feed=Feed(),
        escalation=Escalation(),
    )
