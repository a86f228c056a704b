"""What an open console is told: that something changed, and for whom. It reads the rest again."""

from dataclasses import dataclass

from wxbot.history.models import ContactId
from wxbot.labels import LabelledEnum


class Change(LabelledEnum):
    """What changed."""

    LINE = ("line", "对话")  # a new line of the transcript
    EPISODE = ("episode", "会话")  # state, owner, offer, clocks
    MESSAGE = ("message", "待发消息")  # a colleague's message waits, left or failed
    NOTE = ("note", "备注")
    PRESENCE = ("presence", "在线情况")
    MEDIA = ("media", "图片和语音")  # fetched
    RESET = ("reset", "重新读取")  # what came meanwhile is not known: read everything again


@dataclass(frozen=True, kw_only=True)
class FeedEvent:
    """One hint."""

    id: str
    change: Change
    contact_id: ContactId | None = None
    ref: str = ""  # the line's, episode's, message's or note's id
    owner: str = ""  # of an episode
    moved: bool = True  # of an episode: whether its state or owner changed; not known is yes
