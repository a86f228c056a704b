"""What the desk shows: the lists on the left, the thread in the middle, the patient on the right. Read only."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.conversations.models import Episode, Note
from wxbot.conversations.presence import Looking
from wxbot.history.models import ContactId, Interaction
from wxbot.labels import LabelledEnum
from wxbot.media.models import Media
from wxbot.outbox.models import Message

ON_A_PAGE = 50


class ListName(LabelledEnum):
    """The four lists."""

    WAITING = ("waiting", "待回复")  # longest wait first within a class
    MINE = ("mine", "我的")
    ALL = ("all", "全部")  # open ones and what was closed lately, the latest words first
    LATER = ("later", "稍后")


class WhyWaiting(LabelledEnum):
    """Why nobody has it yet."""

    NOBODY = ("nobody", "无人在线")
    FULL = ("full", "都满")
    LUNCH = ("lunch", "午休")
    CLOSED = ("closed", "非服务时间")
    OFFERED = ("offered", "已派给同事")
    NEXT = ("next", "正在派单")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a list."""

    episode: Episode
    name: str
    why: WhyWaiting | None
    waited_seconds: int  # business time since `waiting_since`; 0 while nobody waits
    tone: str  # "", "ring", "late": by DeskRules
    owner_name: str
    looking: tuple[Looking, ...]


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A contact's talk, oldest first."""

    lines: tuple[Interaction, ...]
    notes: tuple[Note, ...]
    unsettled: tuple[Message, ...]
    media: dict[str, Media]
    older: str  # cursor of the page before; empty when this is the beginning


class DeskLists:
    """Reads what the desk shows. Every read is bounded, none counts beyond what is shown."""

    async def rows(self, name: ListName, *, by: Actor, now: datetime, after: str = "") -> list[Row]:
        """A page of that list."""
        raise NotImplementedError

    async def row(self, contact_id: ContactId, *, by: Actor, now: datetime) -> Row | None:
        """One contact's line, of their open or latest episode."""
        raise NotImplementedError

    async def counts(self, *, by: Actor) -> dict[ListName, int]:
        """How many are in each list, to 99."""
        raise NotImplementedError

    async def thread(self, contact_id: ContactId, *, by: Actor, before: str = "", after: str = "") -> Thread:
        """A page of the talk: the newest, what came before a cursor, or what came after a line's id."""
        raise NotImplementedError
