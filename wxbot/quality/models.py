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


class Replaces(StrEnum):
    """What the better wording of an entry takes the place of."""

    WORDS = "words"  # what was found
    SENTENCE = "sentence"  # the sentence around it
    MESSAGE = "message"  # everything


class Circumstance(StrEnum):
    """What may be true of the moment in which somebody writes; entries can depend on it."""

    CHAT = "chat"  # a colleague writes to a patient at the desk
    FOLLOW_UP = "follow_up"  # … in a 回访 that the clinic began
    SHIFT_END = "shift_end"  # their shift ends within half an hour (A0-04)
    TRANSFER = "transfer"  # the patient is transferred in the same turn (A2-62)
    OFFER = "offer"  # the clinic has an activity that runs today (A2-103)
    ANGRY = "angry"  # the patient used abusive words lately (A0-35)


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
    start: bool = False  # counts only at the beginning of a sentence or clause
    label: str = ""  # the kind within the category as staff read it, e.g. 反问; empty is the category's name
    grade: int = 1  # how bad an incident it is when it is sent, 1 to 4 (A0-32): 3 and 4 are looked into
    replacement: str = ""  # what can be put in with one key; blanks as 〔时间〕
    replaces: Replaces = Replaces.WORDS
    only_when: tuple[str, ...] = ()  # circumstances of which one must be true; empty is always
    except_when: tuple[str, ...] = ()  # circumstances in which it is innocent


@dataclass(frozen=True, kw_only=True)
class Check:
    """What all findings of one check have in common, where no entry of the lexicon says it."""

    category: str
    name: str  # the category as staff read it

    def finding(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        text: str,
        span: tuple[int, int],
        *,
        label: str,
        reason: str,
        instead: str,
        source: str,
        severity: Severity = Severity.HINT,
        replacement: str | None = None,
    ) -> "Finding":
        """That half-open span of the text, with what can be put in its place."""
        start, end = span
        return Finding(
            severity=severity,
            start=start,
            end=end,
            words=text[start:end],
            category=self.category,
            name=self.name,
            reason=reason,
            instead=instead,
            source=source,
            label=label,
            replacement=replacement,
            replace_start=start,
            replace_end=end,
        )


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
    label: str = ""  # the kind within the category: 反问, 敷衍, 错字, …
    grade: int = 1  # of the incident it would be, 1 to 4 (A0-32)
    replacement: str | None = None  # what can be put in with one key; None where nothing is proposed
    replace_start: int = 0  # the half-open span that the replacement takes the place of
    replace_end: int = 0

    @property
    def blocks(self) -> bool:
        """Whether the text may not be sent like this."""
        return self.severity is Severity.BLOCK

    def applied(self, text: str) -> str:
        """The text with the replacement in place; the same text where none is proposed."""
        if self.replacement is None:
            return text
        return text[: self.replace_start] + self.replacement + text[self.replace_end :]
