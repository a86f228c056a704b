"""The services that are there before the rooms above them are wired."""

from dataclasses import dataclass

from wxbot.audit.service import AuditTrail
from wxbot.booking.service import Booking
from wxbot.clinic.service import Clinics
from wxbot.clock import Clock
from wxbot.conversations.reading.message_index import MessageIndex
from wxbot.conversations.replies.typing_sign import TypingSign
from wxbot.dangers.alerts import StaffAlerts
from wxbot.followups.service import FollowUps
from wxbot.history.service import History
from wxbot.media.service import MediaLibrary
from wxbot.outbox.service import Outbox
from wxbot.patients.health_consents import HealthConsents
from wxbot.patients.records import PatientRecords
from wxbot.patients.service import Patients
from wxbot.quality.service import Quality
from wxbot.quality.spoken import SpokenCheck
from wxbot.staff.service import Staff
from wxbot.templates.service import Templates


@dataclass(frozen=True, kw_only=True)
class RoomsBelow:
    """The services on which the upper rooms stand."""

    audit: AuditTrail
    booking: Booking
    clinics: Clinics
    clock: Clock
    followups: FollowUps
    health_consents: HealthConsents
    history: History
    media: MediaLibrary
    message_index: MessageIndex
    outbox: Outbox
    patients: Patients
    quality: Quality
    reach: StaffAlerts
    records: PatientRecords
    spoken: SpokenCheck
    staff: Staff
    templates: Templates
    typing: TypingSign
