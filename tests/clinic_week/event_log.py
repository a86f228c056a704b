"""What the transcript says of each appointment: where it stood at any moment. It alone is read here, no appointment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wxbot.booking.models import AppointmentId, AppointmentState, VisitStage
from wxbot.database import Database, Mapper
from wxbot.history.models import Interaction, Kind
from wxbot.history.store import NAME

KINDS = frozenset(
    {
        Kind.APPOINTMENT_BOOKED,
        Kind.APPOINTMENT_MOVED,
        Kind.APPOINTMENT_CANCELLED,
        Kind.APPOINTMENT_CLOSED,
        Kind.APPOINTMENT_CONFIRMED,
        Kind.APPOINTMENT_STAGE,
    }
)
STAGES = tuple(VisitStage)


@dataclass
class Told:
    """One appointment as its lines tell it."""

    id: AppointmentId
    patient_id: str
    start: datetime
    practitioner_id: str
    state: AppointmentState = AppointmentState.BOOKED
    stage: VisitStage = VisitStage.EXPECTED
    confirmed: bool = False
    reached: dict[VisitStage, datetime] = field(default_factory=dict)
    by: str = ""  # who changed it last
    closed_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether the patient is still expected or here."""
        return self.state is AppointmentState.BOOKED

    @property
    def came(self) -> bool:
        """Whether the patient was here."""
        return self.state is AppointmentState.COMPLETED or (self.live and self.stage is not VisitStage.EXPECTED)


async def read_log(database: Database) -> Mapping[AppointmentId, Sequence[Interaction]]:
    """Every appointment's lines, oldest first."""
    lines: dict[AppointmentId, list[Interaction]] = defaultdict(list)
    mapper = Mapper(Interaction)
    async for row in database.collection(NAME).find({"kind": {"$in": sorted(KINDS)}}):
        line = mapper.thing(row)
        lines[AppointmentId(str(line.ref))].append(line)
    return {key: sorted(found, key=lambda it: (it.at, it.payload["version"])) for key, found in lines.items()}


def stood(log: Mapping[AppointmentId, Sequence[Interaction]], moment: datetime) -> dict[AppointmentId, Told]:
    """Every appointment that was made by that moment, as it then stood."""
    found: dict[AppointmentId, Told] = {}
    for key, lines in log.items():
        for line in lines:
            if line.at <= moment:
                _apply(found, key, line)
    return found


def _apply(found: dict[AppointmentId, Told], key: AppointmentId, line: Interaction) -> None:
    said = line.payload
    told = found.get(key)
    if told is None:
        assert line.kind is Kind.APPOINTMENT_BOOKED
        found[key] = Told(key, str(line.patient_id), said["start"], said["practitioner_id"], by=line.by)
        return
    if line.kind is Kind.APPOINTMENT_CONFIRMED:
        told.confirmed = True
        return
    told.by = line.by
    told.state = AppointmentState(said["state"])
    if line.kind is Kind.APPOINTMENT_STAGE:
        told.stage = VisitStage(said["stage"])
        kept = STAGES[: STAGES.index(told.stage) + 1]
        told.reached = {stage: at for stage, at in told.reached.items() if stage in kept}
        if told.stage is not VisitStage.EXPECTED:
            told.reached.setdefault(told.stage, line.at)
        return
    if line.kind is Kind.APPOINTMENT_MOVED:
        told.confirmed = False
    told.start, told.practitioner_id = said["start"], said["practitioner_id"]
    if line.kind in {Kind.APPOINTMENT_CLOSED, Kind.APPOINTMENT_CANCELLED}:
        told.closed_at = line.at
    if told.state is AppointmentState.COMPLETED:
        told.stage = VisitStage.LEFT
        told.reached[VisitStage.LEFT] = line.at
