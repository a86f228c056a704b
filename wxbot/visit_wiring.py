"""How the day of a visit is wired: on which stores and services."""

from wxbot.account.scenes import Scenes
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.visit_stages import VisitStages
from wxbot.desk_wiring import RoomsBelow
from wxbot.installation import Installation
from wxbot.stores import Stores
from wxbot.visits.calendar_feeds import CalendarFeeds
from wxbot.visits.days import VisitDays
from wxbot.visits.no_show_risk import NoShowRisk
from wxbot.visits.service import VisitDay
from wxbot.visits.tasks import VisitTasks


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


def wire_risk(stores: Stores, installation: Installation, rooms: RoomsBelow) -> NoShowRisk:
    """How likely somebody is to stay away, and who is called for it."""
    return NoShowRisk(
        stores.risk_calibrations,
        booking=rooms.booking,
        followups=rooms.followups,
        clinics=rooms.clinics,
        audit=rooms.audit,
        rules=installation.visit_day,
    )


def wire_calendar_feeds(stores: Stores, rooms: RoomsBelow) -> CalendarFeeds:
    """Practitioners' calendars behind secret links."""
    return CalendarFeeds(
        stores.calendar_feeds,
        visits=DayVisits(stores.day_visits),
        patients=rooms.patients,
        clinics=rooms.clinics,
        audit=rooms.audit,
    )
