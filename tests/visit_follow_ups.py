"""随访 over the test's database, and what it is counted from: visits, messages, calls, answers."""

from datetime import datetime, timedelta
from typing import Any

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.recalls import CLINIC
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Database, Mapper
from wxbot.followups.attempt_models import Attempt, AttemptChannel, AttemptId, Group, Outcome
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.stores.care_sent import CareSentStore
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.surveys.models import SurveyRules
from wxbot.surveys.stores.responses import ResponseStore
from wxbot.surveys.visit_follow_ups import VisitFollowUps


def follow_ups_of(database: Database, rules: SurveyRules) -> VisitFollowUps:
    """The use cases, as each process has them."""
    history, clinics = History(HistoryStore(database)), FixedClinic(CLINIC)
    return VisitFollowUps(
        booking=Booking(BookingStore(database), clinics, history=history, audit=audit_of(database)),
        patients=Patients(PatientStore(database, KEYS), history),
        sent=CareSentStore(database),
        attempts=AttemptStore(database, KEYS),
        responses=ResponseStore(database, KEYS),
        clinics=clinics,
        rules=rules,
    )


async def came(database: Database, name: str, start: datetime, **facts: Any) -> Appointment:
    """A visit of the patient `p-<name>` whose half hour is over."""
    known: dict[str, Any] = {
        "id": AppointmentId(f"v-{name}"),
        "request_key": f"v-{name}",
        "contact_id": ContactId(name),
        "patient_id": PatientId(f"p-{name}"),
        "visit_type_id": VisitTypeId("cleaning"),
        "practitioner_id": PractitionerId("chen"),
        "room": "1",
        "start": start,
        "end": start + timedelta(minutes=30),
        "created_at": start - timedelta(days=3),
        "new_patient": False,
        "state": AppointmentState.COMPLETED,
        "stage": VisitStage.LEFT,
        "departed_at": start + timedelta(minutes=30),
    }
    visit = Appointment(**{**known, **facts})
    await database.collection("appointments").insert_one(Mapper(Appointment).document(visit))
    return visit


async def sent(database: Database, name: str, at: datetime, **facts: Any) -> None:
    """A care message about that patient that the platform took."""
    known: dict[str, Any] = {
        "id": MessageId(f"{name}:{at.isoformat()}"),
        "key": f"{name}:{at.isoformat()}",
        "contact_id": ContactId(name),
        "patient_id": PatientId(f"p-{name}"),
        "purpose": Purpose.CARE,
        "template": "care.day_1",
        "variables": {},
        "created_at": at,
        "due_at": at,
        "expires_at": at + timedelta(days=1),
        "state": State.ACCEPTED,
        "sent_at": at,
    }
    assert await OutboxStore(database).insert([Message(**{**known, **facts})]) == 1


async def called(database: Database, name: str, at: datetime, outcome: Outcome = Outcome.REACHED) -> None:
    """A colleague tried to reach that patient."""
    attempt = Attempt(
        id=AttemptId(f"{name}:{at.isoformat()}"),
        followup_id=None,
        patient_id=PatientId(f"p-{name}"),
        contact_id=None,
        at=at,
        by="staff:li",
        group=Group.DESK,
        way=AttemptChannel.PHONE,
        outcome=outcome,
        weekday=at.weekday(),
        hour=at.hour,
    )
    await AttemptStore(database, KEYS).write(attempt, None, {}, None)
