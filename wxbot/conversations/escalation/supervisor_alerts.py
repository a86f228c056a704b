"""Tells supervisors, on their own WeChat, what a colleague let pass: a talk that came back, somebody who was paused."""

from dataclasses import replace
from datetime import datetime

from wxbot.conversations.escalation.ports import WhoIsReached
from wxbot.conversations.models import Episode
from wxbot.conversations.ports import StaffReach
from wxbot.conversations.states import SUPERVISE


class SupervisorAlerts:
    """The console shows the same: `LOST` among the rungs of a talk, and who is paused."""

    def __init__(self, *, staff: WhoIsReached, reach: StaffReach) -> None:
        self._staff = staff
        self._reach = reach

    async def tell(self, episode: Episode, what: str, words: str, now: datetime) -> int:
        """Once per talk, wait and `what`; the number of messages. Nobody where no supervisor has bound a WeChat."""
        told = await self._staff.reached_on_wechat(SUPERVISE)
        if not told:
            return 0
        alarm = replace(episode, rungs=(*episode.rungs, what))
        return await self._reach.tell_of_waiting(alarm, set(told), words, now)
