"""The chat desk as one thing: its use cases, put together lowest first."""

from dataclasses import dataclass

from wxbot.conversations.desk import Desk
from wxbot.conversations.drafts import Drafts
from wxbot.conversations.escalation import Escalation
from wxbot.conversations.feed import Feed
from wxbot.conversations.lists import DeskLists
from wxbot.conversations.notes import Notes
from wxbot.conversations.presence import Presence
from wxbot.conversations.promises import Promises
from wxbot.conversations.replies import Replies
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.search import DeskSearch
from wxbot.conversations.shifts import Shifts


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


def open_chat_desk() -> ChatDesk:
    """Wire it together."""
    return ChatDesk(
        rules=DeskRules(),
        desk=Desk(),
        presence=Presence(),
        shifts=Shifts(),
        replies=Replies(),
        drafts=Drafts(),
        notes=Notes(),
        promises=Promises(),
        lists=DeskLists(),
        search=DeskSearch(),
        feed=Feed(),
        escalation=Escalation(),
    )
