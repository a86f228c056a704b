"""A WeChat platform in memory: one account, its people, its API state. See `server.create_app` for HTTP."""

from collections.abc import Mapping
from typing import Any

from wxbot.simulator import snapshots
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.clock import MovableClock, SimulatorClock
from wxbot.simulator.core import Sent
from wxbot.simulator.gestures import Gestures
from wxbot.simulator.people import Person, Seen
from wxbot.simulator.pushes import PushResult

__all__ = ["AccountConfig", "Person", "Platform", "PushResult", "Seen", "Sent", "SimulatorClock"]


class Platform(Gestures):
    """The whole platform: state (`core`), the patients' gestures, and keeping it as JSON."""

    def snapshot(self) -> dict[str, Any]:
        """People, chats, rights, consents, menu, codes, templates, tags and the clock's shift, as plain JSON data."""
        return snapshots.taken(self)

    @classmethod
    def restore(
        cls, account: AccountConfig, snapshot: Mapping[str, Any], clock: MovableClock | None = None, **settings: Any
    ) -> "Platform":
        """A platform as it was when `snapshot` was taken. Tokens and media are not kept, as after a real outage."""
        platform = cls(account, clock, **settings)
        snapshots.put_back(platform, snapshot)
        return platform
