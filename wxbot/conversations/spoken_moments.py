"""The moment in which somebody writes: what was said before, how long the patient waits, when the shift ends."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.actors import Actor
from wxbot.conversations.clocks import DeskTime
from wxbot.conversations.models import Cause, Episode
from wxbot.conversations.spoken_check import SpokenContext
from wxbot.history.models import By, Interaction, Kind
from wxbot.history.service import History
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role, permissions_of

LINES = 20  # of the transcript that are looked at
SAME_TURN = timedelta(minutes=2)  # a hand-over so lately belongs to what is written now (A2-62)
_ROLES = {permissions_of(role): role.value for role in Role}


class ShiftEnds(Protocol):
    """When somebody's shift ends. Implemented by `shifts.Shifts`."""

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:
        """How long their present shift lasts; None outside one or without a roster."""
        ...


class SpokenMoments:
    """Makes the context of the check; one read of the transcript and one of the roster, at once."""

    def __init__(self, *, history: History, shifts: ShiftEnds, times: DeskTime) -> None:
        self._history = history
        self._shifts = shifts
        self._times = times

    async def of(self, episode: Episode, *, by: Actor, now: datetime) -> SpokenContext:
        """The moment for this episode and author."""
        account_id = AccountId(by.id)
        (lines, _), ends_in = await asyncio.gather(
            self._history.thread(episode.contact_id, since=episode.opened_at, limit=LINES),
            self._shifts.ends_in(account_id, now),
        )
        waiting = episode.waiting_since
        return SpokenContext(
            contact_id=episode.contact_id,
            account_id=account_id,
            now=now,
            patient_words=episode.preview if episode.preview_by == By.PATIENT else "",
            shift_ends_in=ends_in,
            patient_said=_said(lines, Kind.MESSAGE_RECEIVED),
            staff_said=_said(lines, Kind.MESSAGE_SENT),
            waited=None if waiting is None else self._times.current.elapsed(waiting, now),
            handed_over=bool(episode.handovers) and now - episode.handovers[-1].at <= SAME_TURN,
            follow_up=episode.cause is Cause.STAFF and not any(line.kind is Kind.MESSAGE_RECEIVED for line in lines),
            role=_ROLES.get(by.permissions, ""),
        )


def _said(lines: list[Interaction], kind: Kind) -> tuple[str, ...]:
    """The words of the patient, or of colleagues: what the bot said is nobody's habit."""
    staff = kind is Kind.MESSAGE_SENT
    return tuple(
        line.text for line in lines if line.kind is kind and line.text and (not staff or line.by.startswith("staff:"))
    )
