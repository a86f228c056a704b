"""What changes the clinic's settings, wired."""

from typing import TypedDict

from wxbot.booking.affected_appointments import AffectedAppointments
from wxbot.booking.clinic_decisions import ClinicDecisions
from wxbot.care.plans.live import LivePlans
from wxbot.care.plans.usage import Treatments
from wxbot.clinic.closing import Closures
from wxbot.clinic.dated_days import DatedDays
from wxbot.clinic.editing import Editing
from wxbot.clinic.holidays import Holidays
from wxbot.clinic.settings import ClinicSettings
from wxbot.stores import Stores
from wxbot.wiring.rooms_below import RoomsBelow


class ClinicServices(TypedDict):
    """Parts of `Services`."""

    clinic_settings: ClinicSettings
    closures: Closures
    dated_days: DatedDays
    clinic_decisions: ClinicDecisions
    holidays: Holidays


def wire_clinic(stores: Stores, rooms: RoomsBelow, plans: LivePlans) -> ClinicServices:
    """Settings, closures, hours of single days, holidays, and what becomes of appointments that they hit."""
    clinics = rooms.clinics
    editing = Editing(stores.clinic, clinics, rooms.audit)
    affected = AffectedAppointments(stores.booking, clinics)
    return ClinicServices(
        clinic_settings=ClinicSettings(editing, affected, Treatments(plans, rooms.clock.now)),
        closures=Closures(editing, affected),
        dated_days=DatedDays(editing, affected),
        clinic_decisions=ClinicDecisions(stores.booking, clinics, rooms.booking),
        holidays=Holidays(editing),
    )
