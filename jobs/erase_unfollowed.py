"""Erase the WeChat side of those who unfollowed and did not come back within the grace (reference §12)."""

from datetime import datetime

from wxbot.patients.models import Contact
from wxbot.scheduler.models import Counts
from wxbot.services import Services


async def run(services: Services, now: datetime) -> Counts:
    """Room by room, the contact's own page last: a run that is interrupted begins again with the same contact."""
    due = await services.patients.due_for_erasure(now)
    return {"erased": sum([await _erase(services, contact, now) for contact in due])}


async def _erase(services: Services, contact: Contact, now: datetime) -> bool:
    """Whether the contact was erased; not when they returned in the last moment."""
    if services.update_recovery is not None and contact.openid is not None:
        await services.update_recovery.forget(contact.openid)
    if contact.openid is not None:
        await services.staff.wechat.forget(contact.openid, now)  # before the contact forgets the openid itself
    if not await services.patients.part(contact.id, now):
        return False
    await services.outbox.erase(contact.id)
    await services.chat.desk.erase(contact.id, now)  # who answers them sees it by the state
    await services.chat.notes.erase([contact.id])
    await services.chat.drafts.erase([contact.id])
    await services.chat.promises.erase([contact.id])
    await services.care.answers.erase(contact.id)
    await services.surveys.asking.erase(contact.id)
    await services.followups.erase(contact.id)
    await services.recalls.erase(contact.id)
    await services.media.erase(contact.id)
    await services.broadcasts.erase(contact.id)
    await services.questions.erase(contact.id)
    await services.review.erase(contact.id)
    await services.visit_day.erase(contact.id)
    await services.reception.erase(contact.id)
    await services.questionnaire.erase(contact.id)
    await services.history.erase(contact.id)
    # Asked by patient, before they are parted: after a crash the bookings may have lost the contact already.
    theirs = await services.patients.spoken_for(contact.id)
    keep = await services.booking.with_appointments(theirs) | await services.care.dates.keepers(theirs)
    await services.waitlist.entries.erase(contact.id, theirs - keep)
    await services.reception.interests.erase(theirs - keep)
    await services.care.presents.erase(theirs - keep)
    await services.booking.detach(contact.id)
    return await services.patients.erase(contact.id, now, keep=keep)
