"""What care asks of rooms above it, and its own parts of one another."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from wxbot.booking.models import AppointmentId
from wxbot.care.models import Anchor, Due
from wxbot.followups.models import FollowUp
from wxbot.history.models import PatientId
from wxbot.surveys.models import SurveyResponse


class VisitClasses(Protocol):
    """Says how visits were classed at the front desk (A4-10). Implemented by reception."""

    async def classes(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, str]:
        """M or C of those visits that were classed."""
        ...


class StepResponses(Protocol):
    """Says what the surveys came to that steps asked. Implemented by surveys."""

    async def of_steps(self, keys: Collection[str]) -> Mapping[str, SurveyResponse]:
        """The responses of those steps, by the step's key; of what was never asked none."""
        ...


class ReachedCalls(Protocol):
    """Says when patients were last reached by telephone. Implemented by followups."""

    async def reached(self, patient_ids: Collection[PatientId], since: datetime) -> Mapping[PatientId, datetime]:
        """The latest moment of each patient who was reached after `since`."""
        ...


class LeadSource(Protocol):
    """Knows who is to be won. Implemented by followups."""

    async def leads_between(self, start: datetime, end: datetime) -> Sequence[FollowUp]:
        """The follow-ups with a contact by which somebody became a lead in [start, end), calls about it among them."""
        ...

    async def leads_of(self, patient_ids: Collection[PatientId]) -> Sequence[FollowUp]:
        """Everything that was opened about those patients as leads, the oldest first."""
        ...


class InvitedLeads(Protocol):
    """Finds who was invited by when that was. Answered by the store of follow-ups."""

    async def invited(self, since: datetime, until: datetime, behind: str, limit: int) -> Sequence[FollowUp]:
        """What was noted in [since, until] and is not obsolete, the latest first; at `until` ids below `behind`."""
        ...


class AnchorSteps(Protocol):
    """Says which steps plans have for an anchor. Implemented by `due_steps.DueSteps`."""

    def steps_on(self, anchors: Iterable[Anchor]) -> list[Due]:
        """Every step of every plan that is followed, at its derived time."""
        ...
