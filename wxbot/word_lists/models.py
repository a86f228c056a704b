"""A word list as it is stored, and what came of changing it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class KeptWords:
    """The words of one list. `revision` grows with every change; who changed them last, and when."""

    id: str  # the list's key, e.g. entrance.book
    words: tuple[str, ...]
    revision: int
    by: str  # staff:<id>
    by_name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ShownList:
    """A list for staff: what it is for, the words that count now, and those that the files bring."""

    key: str
    name: str
    about: str
    kept: KeptWords
    shipped: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether its words are no longer those of the files."""
        return self.kept.words != self.shipped
