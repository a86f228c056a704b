"""What is to be done about a patient who is here, as a word on the board and in the list of today. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.visits.models import VisitRecord

NO_RECORDS: Mapping[AppointmentId, VisitRecord] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Something about a patient who is here that a colleague has to do, in a word and a tone."""

    words: str
    tone: str


UNREGISTERED = Sign(words="待登记", tone="warn")  # came by the code at reception: what is asked at the door is open
NOT_WELL = Sign(words="不适", tone="bad")


def signs_of(visit: Appointment, record: VisitRecord | None) -> tuple[Sign, ...]:
    """What is to be done about a patient who is here; of anybody else nothing."""
    if not visit.live or visit.stage is VisitStage.EXPECTED:
        return ()
    unwell = (NOT_WELL,) if record is not None and record.unwell is not None else ()
    return (*unwell, *(() if record is not None and record.arrival is not None else (UNREGISTERED,)))
