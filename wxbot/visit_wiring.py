"""How the day of a visit is wired: on which stores and services."""

from typing import TypedDict

from wxbot.account.scenes import Scenes
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.deposits import Deposits
from wxbot.booking.series import SeriesBooking
from wxbot.booking.visit_stages import VisitStages
from wxbot.desk_wiring import RoomsBelow
from wxbot.installation import Installation
from wxbot.stores import Stores
from wxbot.visits.days import VisitDays
from wxbot.visits.deposit_tasks import DepositTasks
from wxbot.visits.service import VisitDay
from wxbot.visits.tasks import VisitTasks


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
