"""Why nobody has an episode yet, and how late an answer is. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.conversations.clocks import BusinessTime
from wxbot.conversations.models import Agent, AgentStatus, Episode, EpisodeState
from wxbot.conversations.rules import DeskRules
from wxbot.labels import LabelledEnum
from wxbot.staff.models import AccountId


class WhyWaiting(LabelledEnum):
    """Why nobody has it yet."""

    NOBODY = ("nobody", "无人在线")
    FULL = ("full", "都满")
    LUNCH = ("lunch", "午休")
    CLOSED = ("closed", "非服务时间")
    OFFERED = ("offered", "已派给同事")
    NEXT = ("next", "正在派单")


@dataclass(frozen=True, kw_only=True)
class AtTheDesk:
    """Who is there and what they hold, at one moment."""

    agents: Collection[Agent]
    efforts: Mapping[AccountId, Sequence[int]]  # effort units of each episode that somebody holds
    gone_before: datetime  # without a sign of life since then somebody is gone; by the machine's clock
    off_duty: frozenset[AccountId] = frozenset()  # by the roster: they get no new chats now

    def why(self, episode: Episode, now: datetime, time: BusinessTime) -> WhyWaiting | None:
        """Why an episode waits; None for one that somebody owns."""
        if episode.state is not EpisodeState.WAITING:
            return None
        if episode.offer is not None and episode.offer.until > now:
            return WhyWaiting.OFFERED
        if not time.is_open(now):
            return WhyWaiting.LUNCH if time.opens_again_on_the_same_day(now) else WhyWaiting.CLOSED
        here = [each for each in self.agents if each.seen_at is not None and each.seen_at >= self.gone_before]
        able = [
            each
            for each in here
            if each.status is AgentStatus.AVAILABLE and not each.in_training and each.account_id not in self.off_duty
        ]
        if any(self._has_room(each, episode) for each in able):
            return WhyWaiting.NEXT
        if able:
            return WhyWaiting.FULL
        return WhyWaiting.LUNCH if any(each.status is AgentStatus.LUNCH for each in here) else WhyWaiting.NOBODY

    def _has_room(self, agent: Agent, episode: Episode) -> bool:
        return sum(self.efforts.get(agent.account_id, ())) + min(episode.effort, agent.capacity) <= agent.capacity


def tone_of(episode: Episode, waited: timedelta, rules: DeskRules) -> str:
    """`ring` when an answer is due soon, `late` when it is over time, else empty; `waited` is business time."""
    if episode.waiting_since is None:
        return ""
    if episode.first_reply_at is None:
        rings, late = rules.ring_after, rules.first_reply
    else:  # rings as long before, in proportion
        rings, late = rules.next_reply * (rules.ring_after / rules.first_reply), rules.next_reply
    return "late" if waited >= late else "ring" if waited >= rings else ""
