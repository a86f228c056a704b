"""Use cases of the waitlist: join, leave, be put first, take an offer or not. Patients act as PATIENT."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from wxbot.actors import PATIENT, SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, Slot
from wxbot.booking.service import Booking
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError, SlotTakenError, StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id
from wxbot.patients.service import Patients
from wxbot.waitlist.changes import EntryChanges
from wxbot.waitlist.errors import NotWaitingError, OfferOverError
from wxbot.waitlist.models import Entry, EntryId, EntryState, Need, Offer, OfferOutcome
from wxbot.waitlist.rules import REQUEST, booked_meanwhile, fits, in_line, local_hour
from wxbot.waitlist.sentences import need_words
from wxbot.waitlist.store import WaitlistStore

READ, EDIT = "booking:appointment:read", "booking:appointment:edit"
MOST_WORDS = 200  # characters of a reason
MOST_RACES = 5  # tries to write an entry that others write at the same time
LONGEST = timedelta(days=366)  # ahead: beyond it, a year was mistyped
ENDED_SHOWN = 50
BY_PATIENT = "患者自己退出"
FIRST = 1  # the priority of those whom staff put first


class Waitlist:
    """候补. An offer is a hold of that hour: what is offered can be had, until its time is over.

    The hold is written before the entry, the appointment before the entry's end: a process that dies in between
    leaves what the next run of `OfferHours` finishes.
    """

    def __init__(  # noqa: PLR0913 - what it works with, all keyword-only
        self,
        store: WaitlistStore,
        *,
        changes: EntryChanges,
        booking: Booking,
        visits: DayVisits,
        patients: Patients,
        clinics: LiveClinic,
        audit: AuditTrail,
    ) -> None:
        self._store = store
        self._changes = changes
        self._booking = booking
        self._visits = visits
        self._patients = patients
        self._clinics = clinics
        self._audit = audit

    # -- joining and leaving ------------------------------------------------------------------------------------

    async def join(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        *,
        need: Need,
        contact_id: ContactId | None,
        patient_id: PatientId,
        by: Actor,
        now: datetime,
        moving: AppointmentId | None = None,
    ) -> Entry:
        """Wait for an hour. Who waits for the same visit type already keeps the place and gets the new wish.

        `moving` is a booked visit that shall get the hour. Raises ForbiddenError and FieldErrors.
        """
        by.must(EDIT)
        today = self._today(now)
        if faults := _faults(need, self._clinic, today):
            raise FieldErrors(faults)
        need = replace(need, first=max(need.first, today), last=min(need.last, today + LONGEST))
        for _ in range(MOST_RACES):
            known = await self._store.same(patient_id, need.visit_type_id, moving)
            if known is None:
                entry = Entry(
                    id=EntryId(new_id(now)),
                    contact_id=contact_id,
                    patient_id=patient_id,
                    need=need,
                    since=now,
                    by=by.by,
                    moving=moving,
                )
                if not await self._store.insert(entry):
                    continue
                await self._note(AuditAction.WAITLIST_JOINED, entry, "加入候补", by, now)
                return entry
            if known.need == need:
                return known
            changed = replace(known, need=need, unanswered=0, version=known.version + 1)
            if await self._store.put(changed):
                await self._note(AuditAction.WAITLIST_JOINED, changed, "更改候补的时间要求", by, now)
                return changed
        raise StaleError("the entry is being changed")

    async def leave(
        self, entry_id: EntryId, *, by: Actor, now: datetime, reason: str = "", contact_id: ContactId | None = None
    ) -> Entry:
        """Leave the waitlist; an hour that is offered is free again. One that has ended stays as it ended.

        Patients name their own `contact_id`; staff a `reason`. Raises ForbiddenError, NotFoundError, FieldErrors.
        """
        by.must(EDIT)
        before = await self._of(entry_id, contact_id, by)
        words = self._reason(reason, by, "请写明移出候补的原因，例如：患者来电，不再需要。")
        if not before.is_open:
            return before
        entry = await self._changes.end(entry_id, EntryState.LEFT, words or BY_PATIENT, by=by, now=now)
        await self._note(AuditAction.WAITLIST_LEFT, entry, "退出候补", by, now)
        return entry

    async def put_first(self, entry_id: EntryId, reason: str, *, by: Actor, now: datetime) -> Entry:
        """Serve this entry before those who came earlier, for a reason; without one, in its own turn again.

        Raises ForbiddenError (also for patients), NotFoundError, NotWaitingError and FieldErrors.
        """
        by.must(EDIT)
        if not by.is_staff:
            raise NotWaitingError("patients are served in their turn")
        words = " ".join(reason.split())
        if len(words) > MOST_WORDS:
            raise FieldErrors({"reason": f"原因最多 {MOST_WORDS} 个字，现在有 {len(words)} 个。"})

        def first(it: Entry) -> Entry | None:
            if not it.is_open:
                raise NotWaitingError("the entry has ended")
            return replace(it, priority=FIRST if words else 0, priority_reason=words)

        entry = await self._changes.change(entry_id, first)
        await self._note(AuditAction.WAITLIST_ORDERED, entry, "优先安排候补" if words else "取消优先安排", by, now)
        return entry

    # -- answers ------------------------------------------------------------------------------------------------

    async def accept(
        self, entry_id: EntryId, number: int, *, by: Actor, now: datetime, contact_id: ContactId | None = None
    ) -> Appointment:
        """要: book the hour of that offer. The same answer again gives the same appointment.

        Raises ForbiddenError, NotFoundError, OfferOverError (too late, answered, not the latest) and
        AlreadyBookedError (the patient has another visit then).
        """
        by.must(EDIT)
        entry = await self._of(entry_id, contact_id, by)
        key = f"{REQUEST}:{entry.id}:{number}"
        if entry.state is EntryState.BOOKED and entry.offers and entry.offers[-1].number == number:
            done = None if entry.appointment_id is None else await self._visits.one(entry.appointment_id)
            if done is not None:
                return done
        offer = entry.offer
        if offer is None or offer.number != number or offer.until <= now:
            raise OfferOverError(f"offer {number} of {entry.id}")
        try:
            appointment = await self._take(entry, offer, key, by, now)
        except SlotTakenError as error:  # its time ended while the answer was on its way
            raise OfferOverError(f"offer {number} of {entry.id}") from error
        await self._changes.booked(entry.id, appointment, now)
        await self._note(AuditAction.WAITLIST_TAKEN, entry, "接受候补空号", by, now)
        return appointment

    async def decline(
        self, entry_id: EntryId, number: int, *, by: Actor, now: datetime, contact_id: ContactId | None = None
    ) -> Entry:
        """不用了: this hour goes to the next in line; the entry waits on. A second time changes nothing.

        Raises ForbiddenError, NotFoundError and OfferOverError.
        """
        by.must(EDIT)
        entry = await self._of(entry_id, contact_id, by)
        latest = entry.offers[-1] if entry.offers else None
        if latest is not None and latest.number == number and latest.outcome is OfferOutcome.DECLINED:
            return entry
        if entry.offer is None or entry.offer.number != number or entry.offer.until <= now:
            raise OfferOverError(f"offer {number} of {entry.id}")
        entry = await self._changes.end_offer(entry, OfferOutcome.DECLINED, now)
        await self._note(AuditAction.WAITLIST_DECLINED, entry, "谢绝候补空号", by, now)
        return entry

    # -- questions ----------------------------------------------------------------------------------------------

    async def waiting(self, *, by: Actor) -> list[Entry]:
        """Who waits, in line. Raises ForbiddenError."""
        by.must(READ)
        return in_line(await self._store.open_entries())

    async def ended(self, since: datetime, *, by: Actor) -> list[Entry]:
        """What ended at that moment or later, the latest first. Raises ForbiddenError."""
        by.must(READ)
        return await self._store.ended_since(since, ENDED_SHOWN)

    async def waiting_for(self, appointment: Appointment, *, by: Actor) -> list[Entry]:
        """Who waits for such an hour as this appointment's, in line. Raises ForbiddenError."""
        by.must(READ)
        slot = Slot(practitioner_id=appointment.practitioner_id, start=appointment.start, end=appointment.end)
        hour = local_hour(slot, self._clinic.timezone)
        person = self._clinic.practitioner(appointment.practitioner_id)
        does = () if person is None else person.visit_types
        found = in_line(await self._store.open_entries())
        return [each for each in found if each.need.visit_type_id in does and fits(each.need, hour)]

    async def of_contact(self, contact_id: ContactId) -> list[Entry]:
        """What that contact waits for."""
        return await self._store.open_of_contact(contact_id)

    async def entry(self, entry_id: EntryId, *, by: Actor) -> Entry:
        """One entry. Raises ForbiddenError and NotFoundError."""
        by.must(READ)
        return await self._of(entry_id, None, by)

    async def erase(self, contact_id: ContactId, patient_ids: Collection[PatientId]) -> int:
        """Delete what an erased contact, and these patients, waited for; the number."""
        for entry in await self._store.open_of_contact(contact_id):
            await self._booking.withdraw_offer(entry.id, by=SYSTEM)
        return await self._store.erase(contact_id, patient_ids)

    # -- inside -------------------------------------------------------------------------------------------------

    async def _take(self, entry: Entry, offer: Offer, key: str, by: Actor, now: datetime) -> Appointment:
        moving = None if entry.moving is None else await self._visits.one(entry.moving)
        if moving is not None and moving.live:
            return await self._booking.move(
                moving.id,
                offer.start,
                offer.practitioner_id,
                moving.version,
                key,
                by=by,
                now=now,
                hold=offer.hold_id,
            )
        people = await self._patients.patients([entry.patient_id])
        patient = people.get(entry.patient_id)
        if patient is None:
            raise NotFoundError(f"patient {entry.patient_id}")
        coming = await self._visits.coming([patient.id], now)
        done = booked_meanwhile(entry, coming.get(patient.id, ()))
        if done is not None and done.request_key != key:
            return done
        return await self._booking.book(
            request_key=key,
            contact_id=entry.contact_id,
            patient_id=patient.id,
            visit_type_id=entry.need.visit_type_id,
            practitioner_id=offer.practitioner_id,
            start=offer.start,
            by=by,
            now=now,
            hold=offer.hold_id,
        )

    async def _of(self, entry_id: EntryId, contact_id: ContactId | None, by: Actor) -> Entry:
        """The entry; for a patient only their own: of others nothing is said."""
        entry = await self._store.by_id(entry_id)
        if entry is None or (by == PATIENT and entry.contact_id != contact_id):
            raise NotFoundError(f"entry {entry_id}")
        return entry

    @staticmethod
    def _reason(reason: str, by: Actor, missing: str) -> str:
        words = " ".join(reason.split())
        if by.is_staff and not words:
            raise FieldErrors({"reason": missing})
        if len(words) > MOST_WORDS:
            raise FieldErrors({"reason": f"原因最多 {MOST_WORDS} 个字，现在有 {len(words)} 个。"})
        return words

    async def _note(self, action: AuditAction, entry: Entry, summary: str, by: Actor, now: datetime) -> None:
        if by.is_staff:
            words = f"{summary}（{need_words(entry.need, self._clinic, self._today(now))}）"
            await self._audit.record(action, f"patient:{entry.patient_id}", by=by, now=now, summary=words)

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._clinic.timezone).date()

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current


def _faults(need: Need, clinic: Clinic, today: date) -> Mapping[str, str]:
    """What is wrong with a wish, by field, in sentences for staff; patients' pages offer nothing of the kind."""
    found: dict[str, str] = {}
    people: Sequence[str] = [person.id for person in clinic.who_offers(need.visit_type_id)]
    if not people:
        found["type"] = "请选择一个正在开展的项目。"
    elif any(each not in people for each in need.practitioners):
        found["practitioners"] = "所选的医生不做这个项目，请重新选择。"
    if need.last < max(need.first, today):
        found["last"] = "日期不对：最后一天不能早于第一天，也不能是过去的日子。"
    return found
