"""A practitioner's calendar feed."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.clinic.models import PractitionerId


@dataclass(frozen=True, kw_only=True)
class CalendarFeed:
    """An open link. The link holds the token; here is only its SHA-256."""

    id: PractitionerId
    digest: str  # hex
    made_at: datetime
    made_by: str  # staff:<id>
