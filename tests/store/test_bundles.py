"""A bundle is booked, moved and cancelled as one, with everything that its parts need."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.auditing import RECEPTION
from tests.bookings import CHECKUP, CHEN, JOINT, LASER, ZHOU, audit_capacity, open_booking
from wxbot.actors import PATIENT
from wxbot.booking.claims import claims_of
from wxbot.clinic.bundles import with_bundles
from wxbot.clinic.models import Clinic, VisitType, VisitTypeId
from wxbot.database import Database
from wxbot.errors import SlotTakenError
from wxbot.history.models import PatientId

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
NINE = NOW + timedelta(hours=9)
BOTH = VisitTypeId("both")


def clinic() -> Clinic:
    """Laser and check-up one after the other: 30 + 5 + 60 minutes, ten of preparation."""
    bundle = VisitType(id=BOTH, name="激光加检查", minutes=5, parts=(LASER, CHECKUP))
    return replace(
        JOINT,
        visit_types=with_bundles((*JOINT.visit_types, bundle)),
        practitioners=tuple(replace(each, visit_types=(*each.visit_types, BOTH)) for each in JOINT.practitioners),
        devices=tuple(each for each in JOINT.devices if each.id != "l2"),
        closed_on_statutory_holidays=False,
        slot_minutes=5,
    )


async def test_one_booking_one_move_one_cancellation_with_every_resource(database: Database) -> None:
    booking = await open_booking(database, clinic())
    at = NINE
    offered = await booking.next_free(BOTH, CHEN, NOW, NOW)
    assert offered[0].start == at
    visit = await booking.book(
        request_key="k",
        contact_id=None,
        patient_id=PatientId("p"),
        visit_type_id=BOTH,
        practitioner_id=CHEN,
        start=at,
        by=PATIENT,
        now=NOW,
    )
    assert (visit.end - visit.start, visit.devices) == (timedelta(minutes=95), ("l1",))
    assert await audit_capacity(database) == sum(len(each.ticks) for each in claims_of(visit))

    for kind, who, start in ((CHECKUP, CHEN, at + timedelta(minutes=40)), (LASER, ZHOU, at + timedelta(minutes=20))):
        assert await booking.why_not(kind, who, start, now=NOW) != ()
        with pytest.raises(SlotTakenError):  # in the middle of it: neither the doctor nor the only laser
            await booking.book(
                request_key=f"{kind}",
                contact_id=None,
                patient_id=PatientId("q"),
                visit_type_id=kind,
                practitioner_id=who,
                start=start,
                by=RECEPTION,
                now=NOW,
            )
    moved = await booking.move(visit.id, at + timedelta(days=1), None, 1, request_key="m", by=PATIENT, now=NOW)
    assert moved.end - moved.start == timedelta(minutes=95)
    assert await booking.why_not(LASER, ZHOU, at, now=NOW) == ()
    await booking.cancel(visit.id, "", by=PATIENT, now=NOW)
    assert await audit_capacity(database) == 0
