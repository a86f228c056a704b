"""确认会来: the patient says that they will come to a visit (A4-14)."""

from handlers.appointment_messages import DIALOG, variables_of
from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment
from wxbot.dispatch.context import Context, Reply


async def come(context: Context, appointment: Appointment) -> Reply:
    """Note that the patient will come; a second time changes nothing."""
    confirmed = await context.services.booking.confirm(appointment.id, by=PATIENT, now=context.now)
    dialog = None if context.dialog is None or context.dialog.name == DIALOG else context.dialog
    return Reply(template="appointments.confirmed", variables=await variables_of(context, confirmed), dialog=dialog)
