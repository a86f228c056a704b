"""The waitlist, built from the rooms below it."""

from wxbot.booking.day_visits import DayVisits
from wxbot.stores import Stores
from wxbot.waitlist.changes import EntryChanges
from wxbot.waitlist.messages import OfferMessages
from wxbot.waitlist.offering import OfferHours
from wxbot.waitlist.room import WaitlistRoom
from wxbot.waitlist.service import Waitlist
from wxbot.waitlist.telling import OfferNews
from wxbot.wiring.rooms_below import RoomsBelow


def wire_waitlist(stores: Stores, rooms: RoomsBelow, public_url: str) -> WaitlistRoom:
    """Who waits for an hour, and the offers to them."""
    visits = DayVisits(stores.day_visits)
    messages = OfferMessages(stores.waitlist, rooms.templates, rooms.clock, public_url)
    changes = EntryChanges(stores.waitlist, booking=rooms.booking, followups=rooms.followups)
    entries = Waitlist(
        stores.waitlist,
        changes=changes,
        booking=rooms.booking,
        visits=visits,
        patients=rooms.patients,
        clinics=rooms.clinics,
        audit=rooms.audit,
    )
    offering = OfferHours(
        stores.waitlist,
        changes=changes,
        news=OfferNews(
            changes=changes,
            messages=messages,
            outbox=rooms.outbox,
            followups=rooms.followups,
            clinics=rooms.clinics,
        ),
        booking=rooms.booking,
        visits=visits,
        patients=rooms.patients,
        clinics=rooms.clinics,
    )
    return WaitlistRoom(entries=entries, offering=offering, messages=messages)
