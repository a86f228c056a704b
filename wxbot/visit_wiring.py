"""How the day of a visit is wired: on which stores and services."""

from wxbot.account.scenes import Scenes
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.visit_stages import VisitStages
from wxbot.desk_wiring import RoomsBelow
from wxbot.installation import Installation
from wxbot.stores import Stores
from wxbot.visits.days import VisitDays
from wxbot.visits.service import VisitDay
from wxbot.visits.tasks import VisitTasks
from wxbot.waitlist.changes import EntryChanges
from wxbot.waitlist.messages import OfferMessages
from wxbot.waitlist.offering import OfferHours
from wxbot.waitlist.room import WaitlistRoom
from wxbot.waitlist.service import Waitlist
from wxbot.waitlist.telling import OfferNews


def wire_visit_day(
    stores: Stores, installation: Installation, rooms: RoomsBelow, *, stages: VisitStages, scenes: Scenes
) -> tuple[VisitDay, VisitDays, VisitTasks]:
    """What reception notes, whole days for the lists, and the follow-ups that a day brings."""
    visits = DayVisits(stores.day_visits)
    day = VisitDay(
        stores.visit_records,
        stages=stages,
        booking=rooms.booking,
        visits=visits,
        patients=rooms.patients,
        clinics=rooms.clinics,
        scenes=scenes,
        audit=rooms.audit,
        rules=installation.visit_day,
    )
    tasks = VisitTasks(
        booking=rooms.booking,
        visits=visits,
        followups=rooms.followups,
        clinics=rooms.clinics,
        rules=installation.visit_day,
    )
    days = VisitDays(booking=rooms.booking, visits=visits, notes=day, clinics=rooms.clinics)
    return day, days, tasks


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
