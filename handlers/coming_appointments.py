"""The appointments that a contact has coming, and which of them a message means."""

from collections.abc import Sequence
from datetime import datetime

from wxbot.booking.models import Appointment
from wxbot.dispatch.context import Context
from wxbot.understanding.models import Which
from wxbot.understanding.which_appointment import StandingAppointment, matching_appointments


async def coming(context: Context) -> list[Appointment]:
    """The contact's booked appointments that have not ended, earliest first."""
    return await context.services.booking.upcoming(context.contact.id, context.now)


def meant(context: Context, standing: Sequence[Appointment], which: Which) -> list[Appointment]:
    """Those that fit what was said, earliest first; all of them where nothing was said."""
    named = [
        StandingAppointment(
            id=each.id,
            start=local_start(context, each),
            visit_type_id=each.visit_type_id,
            practitioner_id=each.practitioner_id,
        )
        for each in standing
    ]
    ids = {each.id for each in matching_appointments(which, named)}
    return [each for each in standing if each.id in ids]


def local_start(context: Context, appointment: Appointment) -> datetime:
    """When the visit begins, by the clinic's wall clock; without a zone."""
    return appointment.start.astimezone(context.services.clinic.timezone).replace(tzinfo=None)
