"""Days in a patient's words: our own grammar. A second opinion is asked of jionlp (second_opinion)."""

from dataclasses import dataclass
from datetime import date

from wxbot.understanding.models import DayWords, Doubt


@dataclass(frozen=True, kw_only=True)
class DayFound:
    """A mention of a day, with its place `text[start:end]` and the rule that read it.

    `doubt` is UNREAD_DAY for what looks like a day and cannot be one (下周周三八号, 13月5号), DISAGREEMENT where the
    second opinion differs.
    """

    start: int
    end: int
    rule: str
    day: DayWords
    doubt: Doubt | None = None


def find_days(text: str, today: date, horizon_days: int) -> tuple[DayFound, ...]:
    """Every mention of a day in the normalised text, in order, none overlapping."""
    del text, today, horizon_days
    return ()
