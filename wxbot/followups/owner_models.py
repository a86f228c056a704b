"""Whose a patient is, and whether a follow-up of theirs is anybody else's business."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.history.models import ContactId, PatientId


@dataclass(frozen=True, kw_only=True)
class PatientOwner:
    """Who looks after a patient; `id` is the patient's. Accounts, empty where nobody was named."""

    id: PatientId
    consultant: str = ""
    dispute: str = ""  # while they are in dispute: nobody else calls (A1-40, A2-65)
    contact_id: ContactId | None = None  # so that an erasure finds it
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """Whose a follow-up is, and why. `locked`: nobody else may record a call."""

    account: str = ""
    locked: bool = False
    why: str = ""  # in words staff understand
