"""How fast messages leave: an even pace over all calls, and rests after the platform asked for them."""

import asyncio
from datetime import datetime

from wxbot.clock import Clock
from wxbot.messaging import Channel


class Pace:
    """At most `per_second` messages a second, evenly spread; None means no limit."""

    def __init__(self, clock: Clock, per_second: float | None) -> None:
        self._clock = clock
        self._gap = 1 / per_second if per_second else 0.0  # seconds between two calls
        self._next = 0.0  # monotonic seconds

    async def wait(self) -> None:
        """Wait until the next message may be sent."""
        if not self._gap:
            return
        now = self._clock.monotonic()
        mine = max(now, self._next)
        self._next = mine + self._gap
        if mine > now:
            await asyncio.sleep(mine - now)


class Pauses:
    """Channels, or single cards on them, that rest until a moment (clinic time). Kept in this process only."""

    def __init__(self) -> None:
        self._until: dict[tuple[Channel, str], datetime] = {}
        self._alarms: dict[Channel, tuple[datetime, str]] = {}  # why a whole channel rests, for an operator

    def pause(self, channel: Channel, card_id: str | None, until: datetime) -> None:
        """Rest one card, or with `card_id` None the whole channel. A longer rest stands."""
        key = (channel, card_id or "")
        self._until[key] = max(until, self._until.get(key, until))

    def alarm(self, channel: Channel, until: datetime, reason: str) -> None:
        """Somebody must act before that channel is of use again; tried again at `until`."""
        self._alarms[channel] = (until, reason)

    def works(self, channel: Channel) -> None:
        """The platform has just taken a message on that channel."""
        self._alarms.pop(channel, None)

    def alarms(self, now: datetime) -> dict[Channel, str]:
        """Channels that rest for an alarm now, and the platform's code or `refused`."""
        return {channel: reason for channel, (until, reason) in self._alarms.items() if until > now}

    def until(self, channel: Channel, card_id: str | None, now: datetime) -> datetime | None:
        """When that card may be used again, if it rests now."""
        rests = [self._until[key] for key in {(channel, ""), (channel, card_id or "")} if key in self._until]
        latest = max(rests, default=None)
        return latest if latest is not None and latest > now else None
