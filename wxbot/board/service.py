"""Counts what needs somebody now. Every count is bounded: a first page must not grow slow with the clinic."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from wxbot.board.models import Number, Topic
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.booking.service import Booking
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.outbox.models import Message
from wxbot.outbox.stores.failed_messages import FailedMessageStore

FAILED_SHOWN = timedelta(days=7)  # what failed earlier is settled or a follow-up
MOST_COUNTED = 999  # shown as 999+: nobody works through more in one sitting
_EXPECTED = (AppointmentState.BOOKED, AppointmentState.COMPLETED)

CountTo = Callable[[int], Awaitable[int]]
"""How many there are of something, counted to that number."""

Waiting = Callable[[], Awaitable[int]]
"""How many things of one kind wait for an approval."""


class Board:
    """今日: the numbers, and the lists behind those that no other page has."""

    def __init__(  # noqa: PLR0913 - what is counted, all keyword-only
        self,
        *,
        clinics: LiveClinic,
        booking: Booking,
        followups: FollowUps,
        failed_messages: FailedMessageStore,
        waiting_chats: CountTo,
        approvals: Sequence[Waiting],
    ) -> None:
        self._clinics = clinics
        self._booking = booking
        self._followups = followups
        self._failed_messages = failed_messages
        self._waiting_chats = waiting_chats
        self._approvals = approvals

    async def numbers(self, now: datetime) -> tuple[Number, ...]:
        """Every number of the first page. The page shows each only to those whom it concerns."""
        today = now.astimezone(self._clinics.current.timezone).date()
        count = self._followups.count_open  # each kind for itself: overdue calls must not hide a danger sign
        (dangers, complaints, waiting, calls, checks), visits, tomorrow, failed, approvals = await asyncio.gather(
            asyncio.gather(
                count(FollowUpKind.DANGER, MOST_COUNTED),
                count(FollowUpKind.COMPLAINT, MOST_COUNTED),
                self._waiting_chats(MOST_COUNTED),
                count(FollowUpKind.PHONE, MOST_COUNTED, now),
                count(FollowUpKind.CHECK, MOST_COUNTED),
            ),
            self._booking.on_day(today),
            self._booking.on_day(today + timedelta(days=1)),
            self._failed_messages.count(now - FAILED_SHOWN, MOST_COUNTED),
            asyncio.gather(*(approval() for approval in self._approvals)),
        )
        return (
            _number(Topic.DANGERS, dangers, urgent=True),
            _number(Topic.COMPLAINTS, complaints, urgent=True),
            _number(Topic.WAITING_CHATS, waiting, urgent=True),
            _number(Topic.DUE_FOLLOWUPS, calls, urgent=True),
            _number(Topic.CHECKS, checks, urgent=True),
            _number(Topic.VISITS_TODAY, sum(visit.state in _EXPECTED for visit in visits)),
            _number(Topic.UNCONFIRMED, sum(visit.live and visit.confirmed_at is None for visit in tomorrow)),
            _number(Topic.FAILED_MESSAGES, failed),
            _number(Topic.APPROVALS, sum(approvals)),
        )

    async def visits(self, day: datetime) -> list[Appointment]:
        """The appointments of the local day that `day` falls on, by their hour."""
        found = await self._booking.on_day(day.astimezone(self._clinics.current.timezone).date())
        return sorted(found, key=lambda visit: visit.start)

    async def failed(self, now: datetime, *, before: datetime | None = None, limit: int = 50) -> list[Message]:
        """Messages of the last days that failed or may not have arrived, newest first."""
        return await self._failed_messages.latest(now - FAILED_SHOWN, before=before, limit=limit)


def _number(topic: Topic, count: int, *, urgent: bool = False) -> Number:
    return Number(topic=topic, count=min(count, MOST_COUNTED), capped=count >= MOST_COUNTED, urgent=urgent)
