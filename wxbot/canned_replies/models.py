"""A canned reply, and what one becomes for a patient."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, TypeAlias

from wxbot.staff.models import AccountId
from wxbot.stored_value import Stored

CannedReplyId = NewType("CannedReplyId", str)


class CannedField(StrEnum):
    """What staff may type of a canned reply, for the complaints beside each field."""

    TITLE = "title"
    TEXT = "text"
    FOLDER = "folder"


@dataclass(frozen=True, kw_only=True)
class CannedReply:
    """常用语. `text` holds variables ({doctor}) and blanks ({?时间}) as filling.py has them."""

    id: CannedReplyId
    title: str  # how it is found and listed
    text: str
    folder: str
    owner: AccountId | None = None  # whose private one it is; None: everybody's
    source: str = ""  # the article's rows it comes from
    archived: bool = False  # 停用: not proposed any more


StoredReply: TypeAlias = Stored[CannedReply]


@dataclass(frozen=True, kw_only=True)
class KeptReply:
    """As it is stored, with how often it was put into a reply."""

    stored: StoredReply
    uses: int = 0

    @property
    def value(self) -> CannedReply:
        """The reply itself."""
        return self.stored.value


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A text ready for the box. `blanks` are half-open spans that somebody must still fill, in UTF-16 units.

    Those are what a browser counts a text's length in.
    """

    text: str
    blanks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CannedOption:
    """One proposal of the search."""

    reply: CannedReply
    filled: Filled
    uses: int
