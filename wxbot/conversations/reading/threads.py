"""A contact's talk as the desk shows it: lines, notes, what is on its way, pictures and voices, episodes. Read only."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from wxbot.actors import Actor
from wxbot.conversations.models import Episode, Note
from wxbot.conversations.reading.notes import Notes
from wxbot.conversations.reading.stores.lists import ListStore
from wxbot.conversations.states import READ
from wxbot.history.models import ContactId, Interaction, Kind, Position
from wxbot.history.service import History
from wxbot.media.models import Media
from wxbot.media.service import MediaLibrary
from wxbot.outbox.models import Message

ON_A_PAGE = 50  # lines
AT_ONCE = 200  # lines of what came after one
LATE = timedelta(minutes=1)  # how much later than its moment a line may be written down
MOST_EPISODES = 50  # that one page tells of
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_MILLISECONDS = len("253402300799000")  # the year 9999


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A stretch of a contact's talk, oldest first. `episodes` overlap it: they are the separators."""

    lines: tuple[Interaction, ...]
    notes: tuple[Note, ...]
    unsettled: tuple[Message, ...]
    media: dict[str, Media]
    older: str  # cursor of the page before; empty when this is the beginning
    episodes: tuple[Episode, ...] = ()


class UnsettledReplies(Protocol):
    """What colleagues wrote that has not left, or failed. Implemented by replies.py."""

    async def unsettled(self, contact_id: ContactId) -> Sequence[Message]:
        """Of one contact, oldest first."""
        ...


class Threads:
    """Reads threads."""

    def __init__(
        self, store: ListStore, *, history: History, notes: Notes, replies: UnsettledReplies, media: MediaLibrary
    ) -> None:
        self._store = store
        self._history = history
        self._notes = notes
        self._replies = replies
        self._media = media

    async def page(self, contact_id: ContactId, *, by: Actor, before: str = "", after: str = "") -> Thread:
        """A page of the talk: the newest, what came before a cursor, or what came after a line's id.

        What came after a line is read from a minute before it, since a line may be written down later than it
        happened; whoever shows it knows each line by its id. An id that is not there any more reads as the newest page.
        """
        by.must(READ)
        edge = _position(before)
        since = await self._moment_of(contact_id, after) if after and edge is None else None
        lines, older = await self._history.thread(
            contact_id, before=edge, since=since, limit=ON_A_PAGE if since is None else AT_ONCE
        )
        start = lines[0].at if lines and older is not None else since
        words = [each.id for each in lines if each.kind in {Kind.MESSAGE_RECEIVED, Kind.MESSAGE_SENT}]
        notes, unsettled, media, episodes = await asyncio.gather(
            self._notes.of(contact_id, since=start, by=by),
            self._replies.unsettled(contact_id) if edge is None else _nothing(),
            self._media.described(words),
            self._store.of_contact_between(contact_id, start or EPOCH, edge[0] if edge else None, MOST_EPISODES),
        )
        return Thread(
            lines=tuple(lines),
            notes=tuple(each for each in notes if edge is None or each.at < edge[0]),
            unsettled=tuple(unsettled),
            media=media,
            older="" if older is None or since is not None else _written(older),
            episodes=tuple(episodes),
        )

    async def _moment_of(self, contact_id: ContactId, line_id: str) -> datetime | None:
        line = await self._history.line(line_id)
        return None if line is None or line.contact_id != contact_id else line.at - LATE


async def _nothing() -> Sequence[Message]:
    return ()


def _written(position: Position) -> str:
    at, rank, line_id = position
    return f"{round((at - EPOCH).total_seconds() * 1000)}.{rank}.{line_id}"


def _position(text: str) -> Position | None:
    """A cursor from an address; one that somebody made up is none."""
    moment, _, rest = text.partition(".")
    rank, _, line_id = rest.partition(".")
    if not (
        moment.isascii() and moment.isdecimal() and len(moment) < _LONGEST_MILLISECONDS and rank in {"0", "1", "2"}
    ):
        return None
    return (EPOCH + timedelta(milliseconds=int(moment)), int(rank), line_id)
