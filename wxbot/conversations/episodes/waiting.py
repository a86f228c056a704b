"""Why nobody has an episode yet, and how late an answer is. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.conversations.episodes.assignment import Seat
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Agent, AgentStatus, Episode, EpisodeState
from wxbot.conversations.rules import DeskRules
from wxbot.labels import LabelledEnum


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
    """Who is there at one moment, and who of them may be offered a chat."""

    here: Collection[Agent] = ()  # with a sign of life lately
    seats: Collection[Seat] = ()  # available, on duty, with what they hold

    def why(self, episode: Episode, now: datetime, time: BusinessTime) -> WhyWaiting | None:
        """Why an episode waits; None for one that somebody owns."""
        if episode.state is not EpisodeState.WAITING:
            return None
        if episode.offer is not None and episode.offer.until > now:
            return WhyWaiting.OFFERED
        if not time.is_open(now):
            return WhyWaiting.LUNCH if time.opens_again_on_the_same_day(now) else WhyWaiting.CLOSED
        if self.seats:
            return WhyWaiting.NEXT if any(each.fits(episode.effort) for each in self.seats) else WhyWaiting.FULL
        at_lunch = any(each.status is AgentStatus.LUNCH for each in self.here)
        return WhyWaiting.LUNCH if at_lunch else WhyWaiting.NOBODY


def tone_of(episode: Episode, waited: timedelta, rules: DeskRules) -> str:
    """`ring` when an answer is due soon, `late` when it is over time, else empty; `waited` is business time."""
    if episode.waiting_since is None:
        return ""
    if episode.first_reply_at is None:
        rings, late = rules.ring_after, rules.first_reply
    else:  # rings as long before, in proportion
        rings, late = rules.next_reply * (rules.ring_after / rules.first_reply), rules.next_reply
    return "late" if waited >= late else "ring" if waited >= rings else ""
