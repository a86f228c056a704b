"""Changes of an entry and what goes with them: its hold, and the call about its offer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from wxbot.actors import SYSTEM, Actor
from wxbot.booking.models import Appointment
from wxbot.booking.service import Booking
from wxbot.errors import NotFoundError, StaleError
from wxbot.followups.models import FollowUpState
from wxbot.followups.service import FollowUps
from wxbot.waitlist.messages import key_of
from wxbot.waitlist.models import MOST_OFFERS, Entry, EntryId, EntryState, Notified, Offer, OfferOutcome
from wxbot.waitlist.rules import ended_offer
from wxbot.waitlist.store import WaitlistStore

MOST_RACES = 5  # tries to write an entry that others write at the same time

Change = Callable[[Entry], Entry | None]
"""The entry as it shall be; None where nothing is to change."""


class EntryChanges:
    """Writes entries by version; whoever meets a newer one decides again by that."""

    def __init__(self, store: WaitlistStore, *, booking: Booking, followups: FollowUps) -> None:
        self._store = store
        self._booking = booking
        self._followups = followups

    async def change(self, entry_id: EntryId, change: Change) -> Entry:
        """Write a change over whatever others write at the same time. Raises NotFoundError."""
        for _ in range(MOST_RACES):
            entry = await self._store.by_id(entry_id)
            if entry is None:
                raise NotFoundError(f"entry {entry_id}")
            after = change(entry)
            if after is None:
                return entry
            after = replace(after, version=entry.version + 1)
            if await self._store.put(after):
                return after
        raise StaleError("the entry is being changed")

    async def end(self, entry_id: EntryId, state: EntryState, reason: str, *, by: Actor, now: datetime) -> Entry:
        """End an open entry, its offer with it."""

        def ended(it: Entry) -> Entry | None:
            if not it.is_open:
                return None
            offers = _closed(it, OfferOutcome.WITHDRAWN, now)
            return replace(it, state=state, offers=offers, ended_at=now, ended_by=by.by, end_reason=reason)

        entry = await self.change(entry_id, ended)
        await self._booking.withdraw_offer(entry_id, by=SYSTEM)
        await self._settle_call(entry, "候补已结束", now)
        return entry

    async def booked(self, entry_id: EntryId, appointment: Appointment, now: datetime) -> Entry:
        """The patient has a visit: the entry ends, with the offer by which it was had."""

        def booked(it: Entry) -> Entry | None:
            if it.state is EntryState.BOOKED:
                return None
            taken = it.offer is not None and it.offer.start == appointment.start
            offers = _closed(it, OfferOutcome.TAKEN if taken else OfferOutcome.WITHDRAWN, now)
            return replace(
                it,
                state=EntryState.BOOKED,
                offers=offers,
                ended_at=it.ended_at or now,
                ended_by=appointment.changed_by or appointment.by,
                end_reason="",
                appointment_id=appointment.id,
            )

        entry = await self.change(entry_id, booked)
        await self._booking.withdraw_offer(entry_id, by=SYSTEM)
        await self._settle_call(entry, "患者已经约好", now)
        return entry

    async def end_offer(self, entry: Entry, outcome: OfferOutcome, now: datetime) -> Entry:
        """The offer is over and its hour free; the entry waits on."""
        if entry.offer is None:
            return entry
        number, hold_id = entry.offer.number, entry.offer.hold_id

        def over(it: Entry) -> Entry | None:
            if it.offer is None or it.offer.number != number or not ended_offer(it.offer, outcome, now):
                return None
            silent = it.offer.notified is Notified.MESSAGE  # nobody is silent whom no colleague has called yet
            unanswered = it.unanswered + silent if outcome is OfferOutcome.UNANSWERED else 0
            return replace(it, state=EntryState.WAITING, offers=_closed(it, outcome, now), unanswered=unanswered)

        after = await self.change(entry.id, over)
        if after.offer is None or after.offer.number != number:
            await self._booking.withdraw_offer(entry.id, by=SYSTEM, hold_id=hold_id)
        if after.offer is None:
            await self._settle_call(after, f"候补空号：{outcome.label}", now)
        return after

    async def _settle_call(self, entry: Entry, outcome: str, now: datetime) -> None:
        """Nobody need call about an offer that is over."""
        if not entry.offers:
            return
        key = key_of(entry, entry.offers[-1])
        for each in (key, f"phone:{key}"):
            task = await self._followups.find(each)
            if task is not None and task.state is FollowUpState.OPEN:
                await self._followups.settle(task.id, outcome, now)


def with_offer(entry: Entry, offer: Offer) -> Entry:
    """The entry with a new offer; of very many the oldest are forgotten."""
    kept = (*entry.offers, offer)[-MOST_OFFERS:]
    return replace(entry, state=EntryState.OFFERED, offers=kept, made=offer.number)


def _closed(entry: Entry, outcome: OfferOutcome, now: datetime) -> tuple[Offer, ...]:
    if entry.offer is None:
        return entry.offers
    return (*entry.offers[:-1], replace(entry.offer, outcome=outcome, ended_at=now))
