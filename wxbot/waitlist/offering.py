"""The job that offers freed hours: ends what is over, tells who has an offer, and holds new hours for the next in line.

Everything is asked of present facts. What was freed (`freed_hours`, written with what freed it) only says on which
days to look; a full look once a minute, and after every change of the clinic or of the list, needs nothing of it.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, Booker, Slot
from wxbot.booking.service import Booking
from wxbot.clinic.models import Clinic, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError, SlotTakenError
from wxbot.history.models import PatientId
from wxbot.outbox.policy import quiet_until
from wxbot.patients.service import Patients
from wxbot.waitlist.changes import EntryChanges, with_offer
from wxbot.waitlist.messages import KIND
from wxbot.waitlist.models import Entry, EntryState, Offer, OfferOutcome
from wxbot.waitlist.rules import (
    OFFER_TIME,
    booked_meanwhile,
    can_be_taken,
    fits,
    in_line,
    local_hour,
    overlaps,
    was_offered,
    why_ended,
    wished_days,
)
from wxbot.waitlist.sentences import kind_words
from wxbot.waitlist.store import WaitlistStore
from wxbot.waitlist.telling import OfferNews

FULL_LOOK = timedelta(minutes=1)  # also without news: days open, quiet hours end, a process may have died
TRIED = 5  # hours for one entry in one run, where others take them at the same moment

_Group = tuple[VisitTypeId, Booker]


@dataclass(frozen=True, kw_only=True)
class _Line:
    """Who waits, and what is known of them."""

    waiting: Sequence[Entry]
    people: Mapping[PatientId, PatientId]  # for a merged duplicate the record that it became
    coming: Mapping[PatientId, tuple[Appointment, ...]]

    def visits_of(self, entry: Entry) -> tuple[Appointment, ...]:
        """The patient's booked visits."""
        return self.coming.get(self.people.get(entry.patient_id, entry.patient_id), ())


class OfferHours:
    """Any number of processes may run it: an hour is held by the index on ticks, an entry has one hold at a time."""

    def __init__(  # noqa: PLR0913 - what it works with, all keyword-only
        self,
        store: WaitlistStore,
        *,
        changes: EntryChanges,
        news: OfferNews,
        booking: Booking,
        visits: DayVisits,
        patients: Patients,
        clinics: LiveClinic,
    ) -> None:
        self._store = store
        self._changes = changes
        self._news = news
        self._booking = booking
        self._visits = visits
        self._patients = patients
        self._clinics = clinics
        self._looked_at: datetime | None = None
        self._looked_for: tuple[object, frozenset[tuple[str, object]]] | None = None

    async def run(self, now: datetime) -> Mapping[str, int]:
        """One round; the numbers. Repeating it changes nothing."""
        await self._booking.end_expired_holds(now)
        freed, days = await self._booking.freed()
        entries = await self._store.open_entries()
        counts = {"ended": 0, "over": 0, "offered": 0}
        if entries:
            line = await self._line(entries, now)
            line = await self._settle(line, now, counts)
            for entry in line.waiting:
                await self._news.tell(entry, now)
            waiting = [each for each in line.waiting if each.state is EntryState.WAITING]
            if counts["over"] or counts["ended"]:  # what they had is free again
                freed, days = await self._booking.freed()
            look = None if self._full_look_due(waiting, now) else days
            if look is None or look:
                counts["offered"] = await self._offer(replace(line, waiting=in_line(waiting)), look, now)
        await self._booking.forget_freed(freed)
        return counts

    # -- what is over -------------------------------------------------------------------------------------------

    async def _settle(self, line: _Line, now: datetime, counts: dict[str, int]) -> _Line:
        """End entries and offers whose time is over; the line of those that are left."""
        left: list[Entry] = []
        today = now.astimezone(self._clinic.timezone).date()
        for each in line.waiting:
            entry, coming = each, line.visits_of(each)
            if entry.offer is not None and entry.offer.until <= now and booked_meanwhile(entry, coming) is None:
                entry = await self._changes.end_offer(entry, OfferOutcome.UNANSWERED, now)
                counts["over"] += 1
            if not entry.is_open:
                continue
            gone = line.people.get(entry.patient_id) is None
            why = "患者的档案已删除" if gone else why_ended(entry, self._clinic, today, coming)
            if not why:
                left.append(entry)
                continue
            counts["ended"] += 1
            booked = booked_meanwhile(entry, coming)
            if booked is not None:
                await self._changes.booked(entry.id, booked, now)
            else:
                await self._changes.end(entry.id, EntryState.EXPIRED, why, by=SYSTEM, now=now)
        return replace(line, waiting=left)

    # -- offering -----------------------------------------------------------------------------------------------

    def _full_look_due(self, waiting: Sequence[Entry], now: datetime) -> bool:
        """Whether every day is to be looked at: after a while, and when the clinic or the list changed."""
        wishes = frozenset((str(each.id), each.need) for each in waiting)
        due = (
            self._looked_at is None
            or self._looked_for is None
            or not timedelta(0) <= now - self._looked_at < FULL_LOOK
            or self._looked_for[0] is not self._clinic
            or bool(wishes - self._looked_for[1])
        )
        if due:
            self._looked_at, self._looked_for = now, (self._clinic, wishes)
        return due

    async def _offer(self, line: _Line, days: Collection[date] | None, now: datetime) -> int:
        """Hold the earliest hour that fits for each who waits, in line; the number of offers."""
        bookers = await asyncio.gather(*(self._booker(each) for each in line.waiting))
        groups: dict[_Group, list[Entry]] = {}
        for entry, booker in zip(line.waiting, bookers, strict=True):
            groups.setdefault((entry.need.visit_type_id, booker), []).append(entry)
        free = {group: await self._free(group, entries, days, now) for group, entries in groups.items()}
        offered, called = 0, set[Slot]()
        for entry, booker in zip(line.waiting, bookers, strict=True):
            slots = free[entry.need.visit_type_id, booker]
            fitting = [each for each in slots if self._suits(entry, each, line.visits_of(entry))]
            morning = self._quiet_until(now)
            if morning is not None:
                await self._call_before_morning(entry, fitting, booker, morning, called, now)
                continue
            until = now + OFFER_TIME
            in_time = [each for each in fitting if can_be_taken(self._clinic, entry.need, each.start, until, booker)]
            for slot in in_time[:TRIED]:
                if await self._offer_one(entry, slot, booker, until, now):
                    offered += 1
                    for group, left in free.items():
                        free[group] = [each for each in left if not _clash(each, slot)]
                    break
        return offered

    async def _offer_one(self, entry: Entry, slot: Slot, booker: Booker, until: datetime, now: datetime) -> bool:
        try:
            hold = await self._booking.offer(
                entry.id,
                entry.need.visit_type_id,
                slot.practitioner_id,
                slot.start,
                until=until,
                contact_id=entry.contact_id,
                booker=booker,
                by=SYSTEM,
                now=now,
            )
        except (SlotTakenError, NotBookableError):
            return False

        def offered(it: Entry) -> Entry | None:
            if it.state is not EntryState.WAITING:
                return None
            offer = Offer(
                number=it.made + 1,
                hold_id=hold.id,
                practitioner_id=hold.slot.practitioner_id,
                start=hold.slot.start,
                end=hold.slot.end,
                at=now,
                until=hold.until,
            )
            return with_offer(it, offer)

        after = await self._changes.change(entry.id, offered)
        if after.offer is None or after.offer.hold_id != hold.id:  # it left, or was booked, a moment ago
            await self._booking.withdraw_offer(entry.id, by=SYSTEM, hold_id=hold.id)
            return False
        await self._news.tell(after, now)
        return True

    async def _call_before_morning(  # noqa: PLR0913, PLR0917 - one entry's facts
        self,
        entry: Entry,
        fitting: Sequence[Slot],
        booker: Booker,
        morning: datetime,
        called: set[Slot],
        now: datetime,
    ) -> None:
        """At night nobody is written to. What can wait for the morning does; for the rest somebody shall phone."""
        for slot in fitting:
            waits = can_be_taken(self._clinic, entry.need, slot.start, morning + OFFER_TIME, booker)
            if waits or slot in called or not can_be_taken(self._clinic, entry.need, slot.start, now, booker):
                continue
            called.add(slot)
            local = slot.start.astimezone(self._clinic.timezone)
            await self._news.call(
                entry,
                f"{KIND}-night/{slot.practitioner_id}/{local:%Y%m%d%H%M}",
                f"候补：夜间空出 {local.month}月{local.day}日 {local:%H:%M} {kind_words(entry.need, self._clinic)}，"
                "离就诊太近，等不到早上发消息，请电话问患者是否要约",
                now,
                min(morning, slot.start),
            )
            return

    async def _free(
        self, group: _Group, entries: Sequence[Entry], days: Collection[date] | None, now: datetime
    ) -> list[Slot]:
        visit_type_id, booker = group
        today = now.astimezone(self._clinic.timezone).date()
        wished = {day for each in entries for day in wished_days(each.need, today)}
        wanted = wished if days is None else wished & set(days)
        try:
            return await self._booking.every_free(visit_type_id, sorted(wanted), now, booker=booker) if wanted else []
        except NotBookableError:
            return []

    def _suits(self, entry: Entry, slot: Slot, coming: Sequence[Appointment]) -> bool:
        return (
            fits(entry.need, local_hour(slot, self._clinic.timezone))
            and not was_offered(entry, slot)
            and not overlaps(slot, coming, but=entry.moving)
        )

    async def _booker(self, entry: Entry) -> Booker:
        kind = self._clinic.visit_type(entry.need.visit_type_id)
        if kind is None or kind.new_window is None:
            return Booker.RETURNING
        return await self._booking.booker(entry.patient_id)

    async def _line(self, entries: Sequence[Entry], now: datetime) -> _Line:
        found = await self._patients.patients({each.patient_id for each in entries})
        people = {named: patient.id for named, patient in found.items()}
        coming = await self._visits.coming(set(people.values()), now)
        return _Line(waiting=entries, people=people, coming=coming)

    def _quiet_until(self, now: datetime) -> datetime | None:
        return quiet_until(now, self._clinic.timezone, self._clinic.sending.quiet_hours)

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current


def _clash(slot: Slot, taken: Slot) -> bool:
    """Whether the same practitioner has both at once."""
    return slot.practitioner_id == taken.practitioner_id and slot.start < taken.end and taken.start < slot.end
