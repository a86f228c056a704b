"""How follow-ups are wired: their owners before them, since opening one asks whose it is, and the rest after."""

from wxbot.audit.service import AuditTrail
from wxbot.booking.visits import Visits
from wxbot.clinic.service import Clinics
from wxbot.followups.attempts import Attempts
from wxbot.followups.call_plans import CallPlans
from wxbot.followups.clocks import Clocks
from wxbot.followups.effort import EffortFigures
from wxbot.followups.owners import Owners
from wxbot.followups.room import FollowUpRoom
from wxbot.followups.undecided import UndecidedPatients
from wxbot.followups.worklist import Worklist
from wxbot.history.models import PatientId
from wxbot.installation import Installation
from wxbot.patients.service import Patients
from wxbot.reception.models import EntryKind
from wxbot.reception.stores.first_contacts import FirstContactStore
from wxbot.staff.service import Staff
from wxbot.stores import Stores
from wxbot.wiring.rooms_below import RoomsBelow

STAFF = "staff:"


class FirstContactSources:
    """Who first spoke with a patient on the telephone or online, as reception noted it (A1-10)."""

    def __init__(self, store: FirstContactStore) -> None:
        self._store = store

    async def source_of(self, patient_id: PatientId) -> str:
        """The account; empty where they walked in, or nobody noted it."""
        found = (await self._store.of([patient_id])).get(patient_id)
        if found is None or found.entry is EntryKind.WALK_IN:
            return ""
        return found.by.removeprefix(STAFF) if found.by.startswith(STAFF) else ""


def wire_owners(  # noqa: PLR0913, PLR0917 - what there is when the rooms below are built
    stores: Stores, installation: Installation, patients: Patients, staff: Staff, clinics: Clinics, audit: AuditTrail
) -> Owners:
    """Whose patients are."""
    return Owners(
        stores.patient_owners,
        patients=patients,
        sources=FirstContactSources(stores.first_contacts),
        staff=staff,
        clinics=clinics,
        audit=audit,
        rules=installation.followups,
    )


def wire_followups(stores: Stores, installation: Installation, rooms: RoomsBelow, owners: Owners) -> FollowUpRoom:
    """Attempts and the worklist."""
    rules = installation.followups
    plans = CallPlans(stores.attempts, patients=rooms.patients, clinics=rooms.clinics, rules=rules)
    return FollowUpRoom(
        rules=rules,
        plans=plans,
        owners=owners,
        attempts=Attempts(
            stores.attempts,
            stores.followups,
            plans=plans,
            owners=owners,
            patients=rooms.patients,
            staff=rooms.staff,
            history=rooms.history,
            audit=rooms.audit,
            clinics=rooms.clinics,
            rules=rules,
        ),
        worklist=Worklist(stores.worklist, stores.followups, patients=rooms.patients, clinics=rooms.clinics),
        undecided=UndecidedPatients(
            stores.followup_clocks,
            stores.attempts,
            followups=rooms.followups,
            patients=rooms.patients,
            clinics=rooms.clinics,
            audit=rooms.audit,
            owners=owners,
            rules=rules,
        ),
        effort=EffortFigures(
            stores.attempts, stores.worklist, followups=rooms.followups, clinics=rooms.clinics, rules=rules
        ),
        clocks=Clocks(stores.followup_clocks, heads=rooms.reach, rules=rules),
        visits=Visits(stores.past_visits),
    )
