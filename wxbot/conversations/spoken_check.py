"""The check of words that a person says to a patient: the one seam through which replies ask about them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.history.models import ContactId
from wxbot.quality.models import Finding
from wxbot.staff.models import AccountId


@dataclass(frozen=True, kw_only=True)
class SpokenContext:
    """Who says it to whom, and when."""

    contact_id: ContactId
    account_id: AccountId
    now: datetime
    patient_words: str = ""  # the patient's latest, shortened
    shift_ends_in: timedelta | None = None
    patient_said: tuple[str, ...] = ()  # the patient's latest messages, oldest first; empty where nobody looked
    staff_said: tuple[str, ...] = ()  # colleagues' latest
    waited: timedelta | None = None  # business time since the patient's first unanswered words
    handed_over: bool = False  # the talk was handed over in the same turn (A2-62)
    follow_up: bool = False  # 回访: the clinic began it, and the patient has not written since (A0-25)
    role: str = ""  # the author's, to know which prices they may say (A3-08)


class SpokenCheck(Protocol):
    """What of a text must, should or could be said otherwise. No database, no waiting; p95 below 5 ms."""

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:
        """In reading order; `text[start:end]` are the words of each."""
        ...
