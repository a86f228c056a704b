"""The appointments of a series: a new one, and one at another hour. Pure."""

from dataclasses import replace
from datetime import datetime

from wxbot.booking.models import Appointment, AppointmentId, SeriesId, SeriesPlace
from wxbot.booking.requests import Place
from wxbot.booking.series_models import SeriesRequest
from wxbot.ids import new_id


def number_of(appointment: Appointment) -> int:
    """Which visit of its series it is; 0 of one that is none of a series."""
    return 0 if appointment.series is None else appointment.series.number


def new_visit(  # noqa: PLR0913 - one fact each
    request: SeriesRequest,
    series_id: SeriesId,
    number: int,
    at: Place,
    *,
    key: str,
    by: str,
    now: datetime,
    new_patient: bool,
) -> Appointment:
    """One visit of a series at its place."""
    return Appointment(
        id=AppointmentId(new_id(now)),
        request_key=key,
        contact_id=request.contact_id,
        patient_id=request.patient_id,
        visit_type_id=request.visit_type_id,
        practitioner_id=at.practitioner.id,
        room=at.resources.room,
        start=at.slot.start,
        end=at.slot.end,
        created_at=now,
        new_patient=new_patient,
        by=by,
        devices=at.resources.devices,
        busy_from=at.busy_from,
        busy_until=at.busy_until,
        series=SeriesPlace(
            id=series_id,
            number=number,
            count=request.count,
            every_days=request.interval.every_days,
            within_days=request.interval.within_days,
        ),
    )


def moved_visit(before: Appointment, at: Place, *, key: str, by: str, now: datetime) -> Appointment:
    """The visit one version on, at another place."""
    return replace(
        before,
        practitioner_id=at.practitioner.id,
        room=at.resources.room,
        start=at.slot.start,
        end=at.slot.end,
        version=before.version + 1,
        changed_at=now,
        changed_by=by,
        move_key=key,
        moved_from=before.start,
        hour_version=None,
        move_not_announced=False,
        confirmed_at=None,
        confirmed_by=None,
        devices=at.resources.devices,
        busy_from=at.busy_from,
        busy_until=at.busy_until,
        overbooked="",
        clinic_change=None,
    )
