"""The search box in the head: people of one name are told apart by their last visit and its doctor."""

from datetime import timedelta

from tests.console.conftest import Browser, Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import Booker
from wxbot.clinic.models import PractitionerId, VisitTypeId

ADDRESS = "/console/patients/suggest"


async def test_two_of_one_name_are_told_apart_by_last_visit_and_doctor(clinic: Clinic, admin: Browser) -> None:
    services = clinic.app.services
    first = await services.records.create({"name": "张伟", "phone": "13800138001"}, by=COMMAND_LINE, now=clinic.now)
    other = await services.records.create({"name": "张伟", "phone": "13800138002"}, by=COMMAND_LINE, now=clinic.now)
    kind, who = VisitTypeId("cleaning"), PractitionerId("chen")
    (slot, *_) = await services.booking.next_free(kind, who, clinic.now, clinic.now, booker=Booker.STAFF)
    await services.booking.book(
        request_key="test:suggest",
        contact_id=None,
        patient_id=first.id,
        visit_type_id=kind,
        practitioner_id=who,
        start=slot.start,
        by=COMMAND_LINE,
        now=clinic.now,
    )
    assert (await admin.get(f"{ADDRESS}?q=张伟")).text.count("还没有来过") == 2  # a visit to come is no last one
    await clinic.move(slot.start - clinic.now + timedelta(hours=1))
    page = await admin.get(f"{ADDRESS}?q=张伟")
    zone = services.clinic.timezone
    day = slot.start.astimezone(zone)
    assert page.shows(f"上次 {day.month}月{day.day}日 陈晓晴", "还没有来过", f"/console/patients/{other.id}")
    assert "13800138001" not in page.text  # masked
    assert page.shows("138****8001")


async def test_nothing_typed_and_nothing_found(admin: Browser) -> None:
    assert (await admin.get(f"{ADDRESS}?q=")).text.strip() == ""
    assert (await admin.get(f"{ADDRESS}?q=欧阳锋")).shows("没有找到「欧阳锋」")
    assert (await admin.get("/console/")).shows('hx-get="/console/patients/suggest"')
