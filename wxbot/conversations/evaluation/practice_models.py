"""Cases to practise, and a trainee's goes at them."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.staff.models import AccountId
from wxbot.understanding.phrase_search import PhraseSearch


@dataclass(frozen=True, kw_only=True)
class Need:
    """What must be said in a case."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case: what the patient says, line by line."""

    id: str
    title: str
    source: str
    about: str
    lines: tuple[str, ...]
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PracticeRules:
    """What config/practice.toml says."""

    cases: tuple[Case, ...] = ()
    pass_points: int = 80
    needed: int = 3

    def prepare(self) -> None:
        """Raises PhraseError for words that cannot be read."""
        for case in self.cases:
            PhraseSearch({need.name: need.words for need in case.needs}, by_sound=False)


@dataclass(frozen=True, kw_only=True)
class PracticeLine:
    """One line of a practice talk."""

    theirs: bool  # the patient's
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Practice:
    """One go at a case. No patient takes part and nothing is sent."""

    id: str
    account_id: AccountId
    name: str
    case_id: str
    started_at: datetime
    lines: tuple[PracticeLine, ...]
    finished_at: datetime | None = None
    points: int | None = None
    passed: bool = False
    faults: tuple[str, ...] = ()  # what points were lost for, for the trainee
    revision: int = 0
