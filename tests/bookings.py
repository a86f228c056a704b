"""A clinic with joint resources to book at, and the audit that occupancy is what appointments and holds claim."""

from datetime import time
from zoneinfo import ZoneInfo

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from wxbot.booking.claims import claims_of, claims_of_hold
from wxbot.booking.models import Appointment, AppointmentState, Hold
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.holds import HOLDS
from wxbot.booking.stores.occupancy import OCCUPANCY
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.clinic.models import (
    Block,
    Clinic,
    Device,
    DeviceId,
    Practitioner,
    PractitionerId,
    Room,
    RoomId,
    VisitType,
    VisitTypeId,
    Weekday,
)
from wxbot.database import Database, Mapper
from wxbot.history.service import History
from wxbot.history.store import HistoryStore

CHEN, ZHOU, WANG = (PractitionerId(name) for name in ("chen", "zhou", "wang"))
LASER, XRAY, CHECKUP = (VisitTypeId(name) for name in ("laser", "xray", "checkup"))


def doctor(practitioner_id: PractitionerId) -> Practitioner:
    """One who receives every morning, does everything and has a room of their own."""
    return Practitioner(
        id=practitioner_id,
        name=f"{practitioner_id}医生",
        title="主治医师",
        speciality="口腔",
        room=f"{practitioner_id}室",
        visit_types=(LASER, XRAY, CHECKUP),
        hours=tuple(Block(day=day, start=time(9), end=time(12)) for day in Weekday),
    )


JOINT = Clinic(
    name="测试诊所",
    address="测试路1号",
    phone="000",
    privacy_contact="privacy@example.com",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(
        VisitType(id=LASER, name="激光", minutes=30, before_minutes=10, after_minutes=5, devices=("激光仪",)),
        VisitType(id=XRAY, name="拍片", minutes=30, room_kind="放射室"),
        VisitType(id=CHECKUP, name="检查", minutes=60),
    ),
    practitioners=tuple(doctor(each) for each in (CHEN, ZHOU, WANG)),
    rooms=(
        Room(id=RoomId("x1"), name="放射一室", kinds=("放射室",)),
        Room(id=RoomId("x2"), name="放射二室", kinds=("放射室",)),
        Room(id=RoomId("x3"), name="旧放射室", kinds=("放射室",), retired=True),
    ),
    devices=(
        Device(id=DeviceId("old"), name="旧激光仪", kind="激光仪", retired=True),
        Device(id=DeviceId("l1"), name="激光仪1号", kind="激光仪"),
        Device(id=DeviceId("l2"), name="激光仪2号", kind="激光仪"),
    ),
    horizon_days=7,
    lead_minutes=0,
)


async def open_booking(database: Database, clinic: Clinic = JOINT) -> Booking:
    """Booking over that database, its indexes made."""
    store, lines = BookingStore(database), HistoryStore(database)
    await database.create_indexes([store, lines])
    return Booking(store, FixedClinic(clinic), history=History(lines), audit=audit_of(database))


async def audit_capacity(database: Database) -> int:
    """Occupancy is exactly what appointments that were not cancelled, and holds, claim; the number of ticks."""
    claims = []
    for document in await database.collection(APPOINTMENTS).find().to_list(None):
        appointment = Mapper(Appointment).thing(document)
        if appointment.state is not AppointmentState.CANCELLED:
            claims += [(str(appointment.id), claim) for claim in claims_of(appointment)]
    for document in await database.collection(HOLDS).find().to_list(None):
        held = Mapper(Hold).thing(document)
        claims += [(str(held.id), claim) for claim in claims_of_hold(held)]
    rows = await database.collection(OCCUPANCY).find().to_list(None)
    wanted = sorted((owner, claim.resource, tick) for owner, claim in claims for tick in claim.ticks)
    assert sorted((row["appointment_id"], row["resource"], row["tick"]) for row in rows) == wanted
    firsts = [(row["appointment_id"], row["resource"], row["tick"], row["ticks"]) for row in rows if "ticks" in row]
    assert sorted(firsts) == sorted((owner, it.resource, it.ticks.start, len(it.ticks)) for owner, it in claims)
    assert len({(resource, tick) for _, resource, tick in wanted}) == len(wanted)
    return len(rows)
