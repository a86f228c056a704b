"""Care plans: what patients follow, and the editor."""

from wxbot.audit.service import AuditTrail
from wxbot.booking.service import Booking
from wxbot.care.plans.editor import PlanEditor
from wxbot.care.plans.live import LivePlans
from wxbot.care.plans.room import PlanRoom
from wxbot.care.plans.running import RunningPatients
from wxbot.clinic.service import Clinics
from wxbot.followups.service import FollowUps
from wxbot.installation import Installation
from wxbot.patients.service import Patients
from wxbot.stores import Stores
from wxbot.templates.service import Templates


def wire_care_plans(  # noqa: PLR0913 - the rooms beneath it
    stores: Stores,
    installation: Installation,
    *,
    audit: AuditTrail,
    booking: Booking,
    clinics: Clinics,
    followups: FollowUps,
    patients: Patients,
    templates: Templates,
    self_approval: bool,
) -> PlanRoom:
    """The plans of the files, and the editor that goes on from them."""
    live = LivePlans(installation.plans, store=stores.care_plans)
    editor = PlanEditor(
        stores.care_plans,
        live=live,
        templates=templates,
        clinics=clinics,
        audit=audit,
        surveys=installation.surveys,
        scripts={each.key: each.name for each in installation.followups.scripts},
        self_approval=self_approval,
    )
    return PlanRoom(
        live=live,
        editor=editor,
        running=RunningPatients(live, booking, patients, clinics, leads=followups, dates=stores.care.dates),
    )
