"""Ticks: time cut into five-minute pieces, so that a unique index can refuse two visits at once. Pure."""

from datetime import datetime

from wxbot.clinic.models import DeviceId, PractitionerId
from wxbot.history.models import PatientId

TICK_SECONDS = 300  # five minutes: the finest length a visit type is planned in
_ROOM, _DEVICE = "room:", "device:"


def ticks(start: datetime, end: datetime) -> range:
    """The ticks that [start, end) touches, counted in five-minute pieces since 1970."""
    return range(int(start.timestamp()) // TICK_SECONDS, -(-int(end.timestamp()) // TICK_SECONDS))


def practitioner_resource(practitioner_id: PractitionerId) -> str:
    """The practitioner's own time."""
    return f"practitioner:{practitioner_id}"


def room_resource(room: str) -> str:
    """The room's time."""
    return f"{_ROOM}{room}"


def device_resource(device_id: DeviceId) -> str:
    """The device's time."""
    return f"{_DEVICE}{device_id}"


def patient_resource(patient_id: PatientId) -> str:
    """The patient's own time: nobody is treated in two places at once."""
    return f"patient:{patient_id}"


def room_of(resource: str) -> str | None:
    """The room whose time that is; None of another resource."""
    return resource.removeprefix(_ROOM) if resource.startswith(_ROOM) else None


def device_of(resource: str) -> DeviceId | None:
    """The device whose time that is; None of another resource."""
    return DeviceId(resource.removeprefix(_DEVICE)) if resource.startswith(_DEVICE) else None
