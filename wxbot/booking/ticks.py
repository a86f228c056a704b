"""Ticks: time cut into five-minute pieces, so that a unique index can refuse two visits at once. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from wxbot.clinic.models import Practitioner, PractitionerId
from wxbot.history.models import PatientId

TICK_SECONDS = 300  # five minutes: the finest length a visit type is planned in

Taken: TypeAlias = Mapping[str, frozenset[int]]
"""Resource → the ticks already claimed."""


def ticks(start: datetime, end: datetime) -> range:
    """The ticks that [start, end) touches, counted in five-minute pieces since 1970."""
    return range(int(start.timestamp()) // TICK_SECONDS, -(-int(end.timestamp()) // TICK_SECONDS))


def practitioner_resource(practitioner_id: PractitionerId) -> str:
    """The practitioner's own time."""
    return f"practitioner:{practitioner_id}"


def room_resource(room: str) -> str:
    """The room's time."""
    return f"room:{room}"


def patient_resource(patient_id: PatientId) -> str:
    """The patient's own time: nobody is treated in two places at once."""
    return f"patient:{patient_id}"


def resources(practitioner: Practitioner) -> tuple[str, ...]:
    """What a visit to that practitioner needs free, apart from the patient."""
    rooms = (room_resource(practitioner.room),) if practitioner.room else ()
    return (practitioner_resource(practitioner.id), *rooms)
