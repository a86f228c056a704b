"""An entry of the lexicon, and what is found of it in a text."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters to the author."""

    BLOCK = "block"  # may not reach a patient: the law, the platform or the clinic forbids it
    WARN = "warn"  # usually wrong; somebody must look at it
    HINT = "hint"  # could be said more kindly or more plainly

    @property
    def weight(self) -> int:
        """Greater is more serious."""
        return ("hint", "warn", "block").index(self.value)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Words that should not be said, why, and what to say instead.

    `words` and `unless` are written in the small language of `patterns.py`. `unless` holds longer phrases inside
    which the words are innocent. `reason`, `source`, `instead` and `name` are Chinese, for staff.
    """

    category: str  # the lexicon file, e.g. "medical_claims"
    name: str  # the category as staff read it
    words: tuple[str, ...]
    severity: Severity
    reason: str
    source: str  # the law, the platform's rule or the article's row that asks for it
    instead: str
    unless: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()  # of templates/models.py; empty is every purpose
    lock_screen: bool = False  # counts only where others can read along: cards on a locked phone
    whole: bool = False  # counts only when the message consists of nothing else


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One place in a text. `text[start:end] == words`, counted in characters of the text as it was given."""

    severity: Severity
    start: int
    end: int
    words: str
    category: str
    name: str
    reason: str
    instead: str
    source: str

    @property
    def blocks(self) -> bool:
        """Whether the text may not be sent like this."""
        return self.severity is Severity.BLOCK
