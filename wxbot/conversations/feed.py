"""What changes at the desk, as hints for open consoles: each names a contact, the console reads the rest anew.

One change stream per process, only while somebody listens, over the collections that the desk shows. The id of an event
is the stream's resume token: a console that was away tells the last one it saw, and gets what came since, in order.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    RESET = ("reset", "重新读取")  # what came meanwhile is not known: read everything anew


@dataclass(frozen=True, kw_only=True)
class FeedEvent:
    """One hint."""

    id: str
    change: Change
    contact_id: ContactId | None = None
    ref: str = ""  # the line's, episode's, message's or note's id
    owner: str = ""  # of an episode


class Feed:
    """Serves every open console of this process."""

    @asynccontextmanager
    async def listen(self, after: str = "") -> AsyncIterator["asyncio.Queue[FeedEvent | None]"]:  # noqa: ARG002
        """A queue with what came after that id, then everything as it comes; None means that the service stops."""
        queue: asyncio.Queue[FeedEvent | None] = asyncio.Queue()
        yield queue

    async def close(self) -> None:
        """Let every stream end."""
        raise NotImplementedError
