"""A waitlist over a real mongod with its neighbours, and a platform that takes every message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from wxbot.actors import PATIENT, SYSTEM
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, Booker
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.days import DayReading
from wxbot.clinic.models import Clinic, PractitionerId, VisitTypeId
from wxbot.clock import Clock
from wxbot.database import Database
from wxbot.followups.models import FollowUp
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.ids import new_id
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Call, Envelope, Outcome
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.models import Contact
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.templates.models import Template
from wxbot.templates.service import Templates
from wxbot.waitlist.changes import EntryChanges
from wxbot.waitlist.messages import KIND, OfferMessages
from wxbot.waitlist.models import Entry, Need, PartOfDay
from wxbot.waitlist.offering import OfferHours
from wxbot.waitlist.service import Waitlist
from wxbot.waitlist.store import WaitlistStore
from wxbot.waitlist.telling import OfferNews

OFFER = "您在等的{visit_type}空出一个号：{date} {time} {practitioner}，留到{hold_until}"
TEMPLATES = [
    Template(key="waitlist.offer", purpose=Purpose.REMINDER, text=OFFER),
    Template(key="waitlist.yes_label", purpose=Purpose.SERVICE, text="要"),
    Template(key="waitlist.no_label", purpose=Purpose.SERVICE, text="不用了"),
]


@dataclass
class Takes:
    """The platform takes everything."""

    sent: list[Envelope] = field(default_factory=list)

    async def send(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope)
        return Outcome(call=Call.ACCEPTED)


class WaitlistProcess:
    """What one process has: all services over one database."""

    def __init__(self, database: Database, clinic: Clinic, clock: Clock) -> None:
        self.database, self.clinic, self.clock = database, FixedClinic(clinic), clock
        bookings, lines, tasks = BookingStore(database), HistoryStore(database), FollowUpStore(database)
        people, messages = PatientStore(database, KEYS), OutboxStore(database)
        self.store = WaitlistStore(database, KEYS)
        self.stores = (bookings, lines, tasks, people, messages, self.store)
        history, audit = History(lines), audit_of(database)
        self.history, self.platform = history, Takes()
        self.booking = Booking(bookings, self.clinic, history=history, audit=audit)
        self.followups = FollowUps(tasks, history=history, audit=audit)
        self.patients = Patients(people, history)
        templates = Templates(TEMPLATES)
        self.outbox = Outbox(
            messages,
            templates=templates,
            patients=self.patients,
            history=history,
            audit=audit,
            tasks=self.followups,
            sender=self.platform,
            clock=clock,
            clinics=self.clinic,
        )
        self.messages = OfferMessages(self.store, templates, clock, "")
        self.outbox.bind(self.messages)
        visits = DayVisits(DayReading(database))
        self.changes = EntryChanges(self.store, booking=self.booking, followups=self.followups)
        self.waitlist = Waitlist(
            self.store,
            changes=self.changes,
            booking=self.booking,
            visits=visits,
            patients=self.patients,
            clinics=self.clinic,
            audit=audit,
        )
        self.offering = OfferHours(
            self.store,
            changes=self.changes,
            news=OfferNews(
                changes=self.changes,
                messages=self.messages,
                outbox=self.outbox,
                followups=self.followups,
                clinics=self.clinic,
            ),
            booking=self.booking,
            visits=visits,
            patients=self.patients,
            clinics=self.clinic,
        )

    async def prepare(self) -> None:
        await self.database.create_indexes(self.stores)

    async def run(self) -> Mapping[str, int]:
        """The job, and the delivery of what it enqueued."""
        counts = await self.offering.run(self.clock.now())
        await self.outbox.deliver_due(self.clock.now())
        return counts

    # -- people -------------------------------------------------------------------------------------------------

    async def person(self, name: str, *, wrote: bool = True) -> tuple[Contact, PatientId]:
        """A follower who is a patient themselves; who `wrote` lately can be written to."""
        now = self.clock.now()
        contact, _ = await self.patients.follow(f"o-{name}", now)
        if wrote:
            await self.outbox.rights.note_action(contact.id, Action.MESSAGE, now)
        patient = await self.patients.self_patient(contact, now)
        return contact, patient.id

    async def waits(
        self,
        name: str,
        kind: VisitTypeId,
        first: date,
        last: date | None = None,
        *,
        doctors: tuple[PractitionerId, ...] = (),
        weekdays: tuple[int, ...] = (),
        parts: tuple[PartOfDay, ...] = (),
        wrote: bool = True,
    ) -> Entry:
        contact, patient_id = await self.person(name, wrote=wrote)
        need = Need(
            visit_type_id=kind,
            first=first,
            last=last or first,
            practitioners=doctors,
            weekdays=weekdays,
            parts=parts,
        )
        return await self.waitlist.join(
            need=need, contact_id=contact.id, patient_id=patient_id, by=PATIENT, now=self.clock.now()
        )

    async def fill(self, kind: VisitTypeId, *days: date) -> list[Appointment]:
        """Book every hour of those days; the appointments, earliest first."""
        made = []
        for day in days:
            for person in self.clinic.current.who_offers(kind):
                for slot in await self.booking.slots(kind, person.id, day, self.clock.now(), booker=Booker.STAFF):
                    key = new_id(self.clock.now())
                    try:
                        made.append(
                            await self.booking.book(
                                request_key=key,
                                contact_id=None,
                                patient_id=PatientId(f"p-{key}"),
                                visit_type_id=kind,
                                practitioner_id=person.id,
                                start=slot.start,
                                by=SYSTEM,
                                booker=Booker.RETURNING,
                                now=self.clock.now(),
                            )
                        )
                    except Exception:  # noqa: BLE001, S112 - hours of one practitioner overlap
                        continue
        return sorted(made, key=lambda each: each.start)

    async def cancel(self, appointment: Appointment) -> None:
        await self.booking.cancel(appointment.id, "", by=SYSTEM, now=self.clock.now())

    async def entry(self, entry: Entry) -> Entry:
        return await self.waitlist.entry(entry.id, by=SYSTEM)

    async def calls(self) -> list[FollowUp]:
        return [each for each in await self.followups.open_ones(by=SYSTEM) if each.subject.startswith(KIND)]

    def read_by(self, name: str) -> list[str]:
        """What that person read."""
        return [each.text for each in self.platform.sent if each.openid == f"o-{name}"]


async def open_waitlist(
    database: Database, clinic: Clinic, clock: Clock, *, processes: int = 1
) -> list[WaitlistProcess]:
    """So many processes over one database, its indexes made."""
    found = [WaitlistProcess(database, clinic, clock) for _ in range(processes)]
    await found[0].prepare()
    return found
