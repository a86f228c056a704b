"""The demo's patients: invented people the clinic knows already, so that no page of the console opens empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.clinic.models import VisitTypeId
from wxbot.errors import DomainError
from wxbot.history.models import PatientId
from wxbot.services import Services


@dataclass(frozen=True)
class _Person:
    """What reception wrote down. `visit` is booked for `days` from now, where there is a free hour."""

    record_number: str
    name: str
    phone: str
    gender: str
    birthday: str
    tags: Sequence[str] = ()
    note: str = ""
    visit: str = ""
    days: int = 0


# Names and numbers are invented; the numbers' block is not given out.
_PEOPLE = (
    _Person("D0001", "林小雨", "19900000101", "female", "1990-11-26", ("老患者",), visit="cleaning", days=1),
    _Person(
        "D0002", "周建国", "19900000102", "male", "1958-03-02", ("需陪同",), "听力不太好，请说慢一点", "checkup", 1
    ),
    _Person(
        "D0003", "欧阳晓燕", "19900000103", "female", "1987-07-19", ("老患者", "激光"), visit="laser_spots", days=2
    ),
    _Person("D0004", "王芳", "19900000104", "female", "1995-12-08", ("正畸",), visit="braces_advice", days=1),
    _Person("D0005", "王芳", "19900000105", "female", "1979-05-30", ("老患者",), "与另一位王芳同名，请核对手机尾号"),
    _Person("D0006", "陈志强", "19900000106", "male", "农历1966年八月十五", (), visit="wisdom_tooth", days=3),
    _Person("D0007", "阿依古丽·买买提", "19900000107", "female", "1992-02-29", ("正畸",), visit="follow_up", days=1),
    _Person("D0008", "赵一鸣", "19900000108", "male", "2001-11-30", (), "", "cleaning", 0),
    _Person("D0009", "孙丽华", "19900000109", "female", "1983-12-21", ("激光",)),
    _Person("D0010", "何家宝", "19900000110", "male", "2018-06-01", ("儿童",), "由妈妈陪同", "checkup", 2),
)


async def seed_people(services: Services, now: datetime) -> int:
    """Write down the people who are not there; the number written down. What a visitor changed stays as it is."""
    made = 0
    for person in _PEOPLE:
        typed = {
            "name": person.name,
            "phone": person.phone,
            "gender": person.gender,
            "birthday": person.birthday,
            "record_number": person.record_number,
            "note": person.note,
        }
        try:
            patient = await services.records.create(typed, by=SYSTEM, now=now, despite_duplicates=True)
        except DomainError:
            continue  # the number is taken: a demo before this one wrote them down
        made += 1
        for tag in person.tags:
            await services.patient_marks.add_tag(patient.id, tag, by=SYSTEM, now=now)
        if person.visit:
            await _book(services, patient.id, person, now)
    return made


async def _book(services: Services, patient_id: PatientId, person: _Person, now: datetime) -> None:
    """A visit at the first free hour of the wished day, or of the days after it."""
    first = now.astimezone(services.clinic.timezone).date() + timedelta(days=person.days)
    for later in range(7):
        try:
            free = await services.booking.slots(VisitTypeId(person.visit), None, first + timedelta(days=later), now)
            if free:
                await services.booking.book(
                    request_key=f"demo:{person.record_number}",
                    contact_id=None,
                    patient_id=patient_id,
                    visit_type_id=VisitTypeId(person.visit),
                    practitioner_id=free[len(free) // 2].practitioner_id,
                    start=free[len(free) // 2].start,
                    now=now,
                    by=SYSTEM,
                )
                return
        except DomainError:
            continue  # somebody at the phone page was faster, or the day is not offered
