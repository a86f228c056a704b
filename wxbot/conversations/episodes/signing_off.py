"""The end of a shift: nobody leaves a patient behind (A0-18).

While a patient of theirs waits, somebody cannot sign off; every other chat they have open is handed over first, each
with a note of what was asked, promised and is still open. What they promised goes with it (A2-41).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wxbot.actors import Actor
from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.escalation.promises import Promise, Promises
from wxbot.conversations.models import Episode, EpisodeId, Handover
from wxbot.conversations.states import REPLY
from wxbot.errors import DomainError, FieldErrors
from wxbot.staff.models import AccountId

NEEDS_NOTE = "请写一句交接：患者问了什么、答应过什么、还有什么没办完。"
MOST_NOTE = 500  # characters


@dataclass(frozen=True, kw_only=True)
class Remaining:
    """What somebody has to hand over before they sign off."""

    waiting: tuple[Episode, ...]  # a patient waits for their answer, who has waited longest in front
    others: tuple[Episode, ...]  # the rest, snoozed ones too
    promises: tuple[Promise, ...]  # what they promised and nobody has kept yet, the earliest due first

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """All of their chats."""
        return (*self.waiting, *self.others)


@dataclass(frozen=True, kw_only=True)
class HandoverNote:
    """What the next person must know of one chat."""

    still_open: str
    asked: str = ""
    promised: str = ""
    to: AccountId | None = None  # None: back to the queue


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """What came of a bulk hand-over: the chats that moved, and a sentence for each that did not."""

    moved: tuple[Episode, ...]
    refused: Mapping[EpisodeId, str] = field(default_factory=dict)


class SigningOff:
    """Use cases of the end of a shift."""

    def __init__(self, desk: Desk, promises: Promises) -> None:
        self._desk = desk
        self._promises = promises

    async def remaining(self, account_id: AccountId) -> Remaining:
        """What must be handed over first."""
        owned = [each for each in await self._desk.owned_by(account_id) if each.with_a_person]
        waiting = [each for each in owned if each.waiting_since is not None]
        return Remaining(
            waiting=tuple(sorted(waiting, key=lambda each: each.waiting_since or each.opened_at)),
            others=tuple(each for each in owned if each.waiting_since is None),
            promises=tuple(await self._promises.owed_by(account_id)),
        )

    async def hand_over_all(
        self, notes: Mapping[EpisodeId, HandoverNote], *, reason: str, by: Actor, now: datetime
    ) -> HandedOver:
        """Hand over every chat that `by` has open, each with its note.

        Raises ForbiddenError; FieldErrors (episode id → sentence) when one lacks its note; nothing is handed over
        then. A chat that a colleague or the patient changed meanwhile is told in the result, the others move.
        """
        by.must(REPLY)
        remaining = await self.remaining(AccountId(by.id))
        self._complete(remaining.episodes, notes)
        moved: list[Episode] = []
        refused: dict[EpisodeId, str] = {}
        for episode in remaining.episodes:
            note = notes[episode.id]
            handover = Handover(
                at=now,
                by=AccountId(by.id),
                to=note.to,
                reason=reason,
                asked=note.asked.strip(),
                promised=note.promised.strip(),
                still_open=note.still_open.strip(),
            )
            try:
                after = await self._desk.hand_over(episode.id, handover, revision=episode.revision, by=by, now=now)
            except DomainError as error:
                refused[episode.id] = error.sentence
                continue
            if note.to is not None:
                await self._promises.moved(episode.contact_id, note.to)
            moved.append(after)
        return HandedOver(moved=tuple(moved), refused=refused)

    @staticmethod
    def _complete(episodes: Sequence[Episode], notes: Mapping[EpisodeId, HandoverNote]) -> None:
        problems: dict[str, str] = {}
        for each in episodes:
            note = notes.get(each.id)
            if note is None or not note.still_open.strip():
                problems[each.id] = NEEDS_NOTE
            elif max(len(note.still_open), len(note.asked), len(note.promised)) > MOST_NOTE:
                problems[each.id] = f"交接最多 {MOST_NOTE} 字，请写短一些。"
        if problems:
            raise FieldErrors(problems)
