"""正在输入 on the patient's telephone: asked of the platform only where it would show it (reference §4.3)."""

from datetime import datetime, timedelta
from typing import Protocol

from wxbot.clock import Clock
from wxbot.conversations.models import Episode
from wxbot.history.models import ContactId

EXCHANGED_WITHIN = timedelta(seconds=30)  # the platform shows it only so soon after a message (45080)
AGAIN_AFTER_SECONDS = 12.0  # it stays for about fifteen; asking sooner is refused (45081)
MOST_REMEMBERED = 1_000  # contacts to whom it was shown; more than can be typed to within those seconds


class TypingSign(Protocol):
    """Shows the sign. Implemented by wechat/typing_sign.py."""

    async def show(self, openid: str) -> bool:
        """Whether the platform did; never an error."""
        ...


class TypingPace:
    """Who may be shown the sign now. By this process's own clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: dict[ContactId, float] = {}

    def may_show(self, episode: Episode, now: datetime) -> bool:
        """Whether the platform would show it; if so it counts as shown."""
        latest = max((at for at in (episode.patient_at, episode.staff_at) if at is not None), default=None)
        if latest is None or not timedelta(0) <= now - latest <= EXCHANGED_WITHIN:
            return False
        seconds = self._clock.monotonic()
        if seconds - self._shown.get(episode.contact_id, seconds - AGAIN_AFTER_SECONDS) < AGAIN_AFTER_SECONDS:
            return False
        if len(self._shown) >= MOST_REMEMBERED:
            self._shown = {each: at for each, at in self._shown.items() if seconds - at < AGAIN_AFTER_SECONDS}
        self._shown[episode.contact_id] = seconds
        return True
