"""Times of day in a patient's words: hours, parts of the day, bounds (以后, 左右, 到)."""

from dataclasses import dataclass

from wxbot.understanding.models import Doubt, TimeWords


@dataclass(frozen=True, kw_only=True)
class TimeFound:
    """A mention of a time, with its place `text[start:end]` and the rule that read it."""

    start: int
    end: int
    rule: str
    time: TimeWords
    doubt: Doubt | None = None


def find_times(text: str) -> tuple[TimeFound, ...]:
    """Every mention of a time in the normalised text, in order, none overlapping; 下午三点 is one."""
    del text
    return ()
