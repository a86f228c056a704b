"""Pushes that were claimed before keys had their sender in them: a message's key was `m:<MsgId>` then.

A push claimed before an upgrade may be repeated after it. Repetitions come within a minute or two, so whoever looks for
former keys stops soon after the start, and at once where there are none.
"""

import asyncio
import re
from datetime import timedelta

from wxbot.clock import Clock
from wxbot.dispatch.inbox import Inbox

REPEATED_WITHIN = timedelta(minutes=15)  # far longer than the platform's three tries and its minute of silence
OF_MESSAGE = re.compile(r"(m:[^:]+):[0-9a-f]{12}")


class FormerKeys:
    """Looks in the inbox for the former key of a push."""

    def __init__(self, inbox: Inbox, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock
        self._until = clock.monotonic() + REPEATED_WITHIN.total_seconds()
        self._there_are: bool | None = None  # not known yet
        self._one_look = asyncio.Lock()  # it reads a quarter of an hour: once for all who come meanwhile

    async def claimed_as(self, key: str, openid: str) -> str | None:
        """The former key under which this push of that sender was claimed, if it was."""
        if self._there_are is None:
            async with self._one_look:
                if self._there_are is None:
                    since = self._clock.machine_now() - REPEATED_WITHIN
                    self._there_are = await self._inbox.has_former_keys(since)
        if not self._there_are:
            return None
        if self._clock.monotonic() > self._until:
            self._there_are = False
            return None
        message = OF_MESSAGE.fullmatch(key)
        return message[1] if message and await self._inbox.is_claimed(message[1], openid) else None
