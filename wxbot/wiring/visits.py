"""How the day of a visit is wired: on which stores and services."""

from typing import TypedDict

from wxbot.account.scenes import Scenes
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.deposits import Deposits
from wxbot.booking.series import SeriesBooking
from wxbot.booking.visit_stages import VisitStages
from wxbot.booking.visits import Visits
from wxbot.broadcasts.circumstances import Treatments
from wxbot.installation import Installation
from wxbot.patients.marks import PatientMarks
from wxbot.stores import Stores
from wxbot.surveys.room import SurveyRoom
from wxbot.visits.calendar_feeds import CalendarFeeds
from wxbot.visits.days import VisitDays
from wxbot.visits.deposit_tasks import DepositTasks
from wxbot.visits.learnt_times import LearntTimes
from wxbot.visits.no_show_risk import NoShowRisk
from wxbot.visits.offers import VisitOffers
from wxbot.visits.room import VisitNews, VisitRoom
from wxbot.visits.scanned_arrivals import ScannedArrivals
from wxbot.visits.service import VisitDay
from wxbot.visits.tasks import VisitTasks
from wxbot.visits.unwell import Unwell
from wxbot.visits.visit_messages import VisitMessages
from wxbot.visits.visit_surveys import VisitSurveys
from wxbot.wiring.rooms_below import RoomsBelow


class AppointmentServices(TypedDict):
    """What `Services` has of appointments beside booking: deposits and series."""

    deposits: Deposits
    deposit_tasks: DepositTasks
    series: SeriesBooking


def wire_appointments(stores: Stores, rooms: RoomsBelow) -> AppointmentServices:
    """Deposits, the follow-ups about those that nobody decided on, and series."""
    deposits = Deposits(stores.deposits, rooms.clinics, rooms.audit)
    tasks = DepositTasks(deposits, followups=rooms.followups, clinics=rooms.clinics)
    series = SeriesBooking(stores.series, stores.booking, rooms.clinics, rooms.booking.recorder)
    return AppointmentServices(deposits=deposits, deposit_tasks=tasks, series=series)


def wire_visit_day(  # noqa: PLR0913 - the rooms beneath it
    stores: Stores,
    installation: Installation,
    rooms: RoomsBelow,
    surveys: SurveyRoom,
    *,
    stages: VisitStages,
    scenes: Scenes,
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
    days = VisitDays(
        booking=rooms.booking,
        visits=visits,
        notes=day,
        clinics=rooms.clinics,
        times=LearntTimes(visits),
        surveys=surveys.asking,
    )
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


def wire_visit_news(stores: Stores, installation: Installation, rooms: RoomsBelow, surveys: SurveyRoom) -> VisitNews:
    """What patients are told and asked on the day of their visit."""
    visits = DayVisits(stores.day_visits)
    return VisitNews(
        messages=VisitMessages(
            stores.visit_records,
            booking=rooms.booking,
            visits=visits,
            outbox=rooms.outbox,
            templates=rooms.templates,
            clinics=rooms.clinics,
            times=LearntTimes(visits),
            rules=installation.visit_day,
        ),
        surveys=VisitSurveys(
            surveys.asking, booking=rooms.booking, clinics=rooms.clinics, rules=installation.visit_day
        ),
    )


def wire_visit_room(
    stores: Stores, installation: Installation, rooms: RoomsBelow, news: VisitNews, *, stages: VisitStages
) -> VisitRoom:
    """Arrivals that patients note themselves, who feels unwell, and offers."""
    visits = DayVisits(stores.day_visits)
    treatments = Treatments(Visits(stores.past_visits), rooms.patients, rooms.clinics)
    marks = PatientMarks(stores.patients, history=rooms.history, audit=rooms.audit, clinics=rooms.clinics)
    return VisitRoom(
        arrivals=ScannedArrivals(
            stages=stages,
            visits=visits,
            patients=rooms.patients,
            followups=rooms.followups,
            clinics=rooms.clinics,
            rules=installation.visit_day,
        ),
        unwell=Unwell(
            stores.visit_records,
            visits=visits,
            patients=rooms.patients,
            followups=rooms.followups,
            alerts=rooms.reach,
            clinics=rooms.clinics,
            audit=rooms.audit,
        ),
        offers=VisitOffers(
            stores.visit_records,
            visits=visits,
            patients=rooms.patients,
            marks=marks,
            clinics=rooms.clinics,
            audit=rooms.audit,
            rules=installation.visit_day,
            treated=treatments.treated,
        ),
        news=news,
    )
