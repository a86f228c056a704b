"""What the desk shows, put together: the lists and threads, the search, the feed."""

from dataclasses import dataclass

from wxbot.clock import Clock
from wxbot.conversations.clocks import DeskTime
from wxbot.conversations.feed import Feed
from wxbot.conversations.lists import DeskLists
from wxbot.conversations.names import ContactNames
from wxbot.conversations.notes import Notes
from wxbot.conversations.presence import Presence
from wxbot.conversations.replies import Replies
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.search import DeskSearch
from wxbot.conversations.shifts import Shifts
from wxbot.conversations.stores.changes import ChangeStore
from wxbot.conversations.stores.episodes import EpisodeStore
from wxbot.conversations.stores.lists import ListStore
from wxbot.conversations.stores.search import MessageIndexStore
from wxbot.conversations.threads import Threads
from wxbot.history.service import History
from wxbot.media.service import MediaLibrary
from wxbot.patients.records import PatientRecords
from wxbot.patients.service import Patients
from wxbot.staff.service import Staff


@dataclass(frozen=True, kw_only=True)
class ReadingStores:
    """What is read."""

    episodes: EpisodeStore
    lists: ListStore
    changes: ChangeStore
    messages: MessageIndexStore


@dataclass(frozen=True, kw_only=True)
class ReadingRooms:
    """The rooms that know the rest."""

    patients: Patients
    records: PatientRecords
    staff: Staff
    history: History
    media: MediaLibrary
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the page asks."""

    lists: DeskLists
    search: DeskSearch
    feed: Feed


def open_reading(  # noqa: PLR0913 - all keyword-only
    stores: ReadingStores,
    rooms: ReadingRooms,
    *,
    presence: Presence,
    shifts: Shifts,
    notes: Notes,
    replies: Replies,
    time: DeskTime,
    rules: DeskRules,
) -> Reading:
    """Wire it together."""
    names = ContactNames(rooms.patients)
    return Reading(
        lists=DeskLists(
            stores.episodes,
            stores.lists,
            threads=Threads(stores.lists, history=rooms.history, notes=notes, replies=replies, media=rooms.media),
            names=names,
            staff=rooms.staff,
            presence=presence,
            shifts=shifts,
            time=time,
            rules=rules,
            clock=rooms.clock,
        ),
        search=DeskSearch(stores.messages, records=rooms.records, names=names),
        feed=Feed(stores.changes),
    )
