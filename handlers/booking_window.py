"""Whose booking window counts in the chat: what is offered and what is booked are judged by the same."""

from handlers.booking_draft import BookingDraft
from wxbot.booking.models import Booker
from wxbot.dispatch.context import Context
from wxbot.history.models import PatientId
from wxbot.patients.models import Relation


async def booker_of(context: Context, draft: BookingDraft) -> Booker:
    """New or returning, for the person whom the draft is for; nobody is looked up where it makes no difference."""
    kind = None if draft.visit_type_id is None else context.services.clinic.visit_type(draft.visit_type_id)
    if kind is None or kind.new_window is None:
        return Booker.RETURNING
    return await context.services.booking.booker(await _known_patient(context, draft))


async def _known_patient(context: Context, draft: BookingDraft) -> PatientId | None:
    """The record of the person, as far as there is one."""
    if draft.for_other:
        return None if draft.whom is None else draft.whom.patient_id
    contact_id = context.contact.id
    found = (await context.services.patients.of_contacts([contact_id])).get(contact_id, [])
    return next((each.id for each in found if each.relation is Relation.SELF), None)
