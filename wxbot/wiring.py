"""How the rooms are wired together: every store over one database, every service on what it needs, lowest first."""

from dataclasses import dataclass

from config.settings import Settings
from wxbot.booking.service import Booking
from wxbot.booking.store import BookingStore
from wxbot.care.service import Care
from wxbot.clock import Clock
from wxbot.database import Database, Store
from wxbot.dispatch.store import DialogStore, InboxStore
from wxbot.followups.service import FollowUps
from wxbot.followups.store import FollowUpStore
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.installation import Installation, common_variables
from wxbot.outbox.ports import Sender
from wxbot.outbox.service import Outbox
from wxbot.outbox.store import OutboxStore
from wxbot.patients.service import Patients
from wxbot.patients.store import PatientStore
from wxbot.scheduler.store import LockStore
from wxbot.services import Services
from wxbot.templates.service import Templates
from wxbot.wechat.store import TokenStore


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Every room's store."""

    history: HistoryStore
    patients: PatientStore
    outbox: OutboxStore
    followups: FollowUpStore
    booking: BookingStore
    inbox: InboxStore
    dialogs: DialogStore
    locks: LockStore
    tokens: TokenStore

    def all(self) -> tuple[Store, ...]:
        """Each of them, for the indexes."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def open_stores(database: Database) -> Stores:
    """The stores over one database."""
    return Stores(
        history=HistoryStore(database),
        patients=PatientStore(database),
        outbox=OutboxStore(database),
        followups=FollowUpStore(database),
        booking=BookingStore(database),
        inbox=InboxStore(database),
        dialogs=DialogStore(database),
        locks=LockStore(database),
        tokens=TokenStore(database),
    )


def build_services(
    stores: Stores, installation: Installation, settings: Settings, clock: Clock, sender: Sender
) -> Services:
    """Wire the rooms together, lowest first."""
    clinic = installation.clinic
    history = History(stores.history)
    patients = Patients(stores.patients, history)
    templates = Templates(installation.templates, common=common_variables(clinic))
    followups = FollowUps(stores.followups, history)
    booking = Booking(stores.booking, clinic, history)
    outbox = Outbox(
        stores.outbox,
        templates=templates,
        patients=patients,
        history=history,
        tasks=followups,
        sender=sender,
        clock=clock,
        timezone=clinic.timezone,
        calls_in_flight=settings.send_concurrency,
        per_second=settings.send_rate or None,
    )
    care = Care(
        installation.plans, clinic=clinic, patients=patients, booking=booking, outbox=outbox, templates=templates
    )
    outbox.bind(care)
    return Services(
        clock=clock,
        clinic=clinic,
        history=history,
        patients=patients,
        templates=templates,
        outbox=outbox,
        followups=followups,
        booking=booking,
        care=care,
    )
