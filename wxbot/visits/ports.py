"""What the day of a visit asks of rooms beside and below it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.followups.models import FollowUp
from wxbot.history.models import PatientId
from wxbot.patients.models import Contact, Patient
from wxbot.surveys.models import SurveyResponse
from wxbot.understanding.danger import Urgency


class SceneLabels(Protocol):
    """What scene QR codes are called. Implemented by account/scenes.py."""

    async def label_of(self, scene: str) -> str:
        """The label of that scene; empty for one that is none of ours."""
        ...


class VisitSatisfaction(Protocol):
    """Whether patients were satisfied with their visits. Implemented by surveys/asking.py."""

    async def of_visits(self, ids: Collection[str]) -> Mapping[str, SurveyResponse]:
        """The responses about those visits, by appointment."""
        ...


class DangerAlerts(Protocol):
    """Tells colleagues on their own WeChat of what cannot wait. Implemented by dangers/alerts.py."""

    async def send(  # noqa: PLR0913, PLR0917 - what an alert tells
        self,
        followup: FollowUp,
        contact: Contact | None,
        patients: Sequence[Patient],
        words: str,
        urgency: Urgency,
        now: datetime,
        *,
        template: str,
        cause: str,
    ) -> int:
        """Enqueue one message per colleague who can be reached, once per follow-up and cause; the number."""
        ...


class UndecidedNotes(Protocol):
    """Keeps that a patient left without deciding. Implemented by followups."""

    async def left(  # noqa: PLR0913 - one fact each, all keyword-only
        self, patient_id: PatientId, project: str, *, cause: str, subject: str, by: Actor, now: datetime
    ) -> object:
        """They are called on the next day. Once per `cause`."""
        ...
