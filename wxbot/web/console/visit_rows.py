"""An appointment as a row: who, what, with whom, where it stands. One read for all rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wxbot.booking.models import Appointment, AppointmentState
from wxbot.booking.visit_stages import UNDONE_WITHIN
from wxbot.services import Services

STATES = {
    AppointmentState.BOOKED: ("已预约", "calm"),
    AppointmentState.CANCELLED: ("已取消", "plain"),
    AppointmentState.COMPLETED: ("已就诊", "good"),
    AppointmentState.NO_SHOW: ("未到诊", "bad"),
}


@dataclass(frozen=True)
class VisitRow:
    """What a list of visits shows."""

    visit: Appointment
    patient: str
    kind: str
    practitioner: str
    state: str
    tone: str
    begun: bool
    confirmed_at: datetime | None
    may_expect: bool = False  # marked missed lately: that can be taken back


async def rows_of(services: Services, visits: Iterable[Appointment]) -> list[VisitRow]:
    """The rows, in the order given."""
    found = list(visits)
    people = await services.patients.patients([visit.patient_id for visit in found])
    contacts = await services.patients.contacts([visit.contact_id for visit in found if visit.contact_id])
    now, clinic = services.clock.now(), services.clinic
    rows = []
    for visit in found:
        person = people.get(visit.patient_id)
        contact = contacts.get(visit.contact_id) if visit.contact_id else None
        kind, practitioner = clinic.visit_type(visit.visit_type_id), clinic.practitioner(visit.practitioner_id)
        state, tone = STATES[visit.state]
        rows.append(
            VisitRow(
                visit=visit,
                patient=(person.name if person else None) or (contact.alias if contact else "") or "未登记姓名",
                kind=kind.name if kind else visit.visit_type_id,
                practitioner=practitioner.name if practitioner else visit.practitioner_id,
                state=state,
                tone=tone,
                begun=visit.start <= now,
                confirmed_at=visit.confirmed_at,
                may_expect=_marked_lately(visit, now),
            )
        )
    return rows


def _marked_lately(visit: Appointment, now: datetime) -> bool:
    marked = visit.closed_at
    return visit.state is AppointmentState.NO_SHOW and marked is not None and now - marked <= UNDONE_WITHIN
