"""What follow-ups ask of the rooms beside and above them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.followups.models import FollowUp
from wxbot.history.models import ContactId, PatientId


class SourceOwners(Protocol):
    """Knows who won a patient on the telephone or online (A1-10). Answered by the first contacts of reception."""

    async def source_of(self, patient_id: PatientId) -> str:
        """The account of who first spoke with the patient; empty where they came by themselves."""
        ...


class OwnerSource(Protocol):
    """Whose a new follow-up is. Implemented by `owners.Owners`."""

    async def owner_for(self, patient_id: PatientId | None, contact_id: ContactId | None, now: datetime) -> str:
        """The account of who is to do it; empty where anybody may."""
        ...


class Heads(Protocol):
    """Tells the heads on their own WeChat. Answered by the alerts of dangers."""

    async def tell_of_overdue(self, task: FollowUp, what: str, now: datetime) -> int:
        """Tell them that the time of `what` is over; the number told."""
        ...


class LatestVisit(Protocol):
    """What a patient was last treated for, when and by whom. A `booking.stores.visits.LatestVisit` is one."""

    @property
    def project(self) -> VisitTypeId:
        """The visit type's id."""
        ...

    @property
    def practitioner(self) -> PractitionerId:
        """The practitioner's id."""
        ...

    @property
    def start(self) -> datetime:
        """When it began."""
        ...


class LatestVisits(Protocol):
    """Knows what patients were last treated for. Answered by booking."""

    async def latest_of(self, patient_ids: Collection[PatientId], until: datetime) -> Mapping[PatientId, LatestVisit]:
        """Each patient's latest visit that began until then, as far as there is one."""
        ...
