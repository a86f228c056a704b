"""The check of words that a person says to a patient: the one seam through which replies ask about them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.history.models import ContactId
from wxbot.quality.models import Finding
from wxbot.quality.service import Quality
from wxbot.staff.models import AccountId

PURPOSE = "service"  # what a colleague says in a talk, to the lexicon


@dataclass(frozen=True, kw_only=True)
class SpokenContext:
    """Who says it to whom, and when."""

    contact_id: ContactId
    account_id: AccountId
    now: datetime
    patient_words: str = ""  # the patient's latest, shortened
    shift_ends_in: timedelta | None = None


class SpokenCheck(Protocol):
    """What of a text must, should or could be said otherwise. No database, no waiting; p95 below 5 ms."""

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:
        """In reading order; `text[start:end]` are the words of each."""
        ...


class LexiconCheck:
    """A check by the clinic's lexicon alone. Implements `SpokenCheck`."""

    def __init__(self, quality: Quality) -> None:
        self._quality = quality

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:  # noqa: ARG002 - words are words
        """What the lexicon says."""
        return self._quality.findings(text, purpose=PURPOSE)
