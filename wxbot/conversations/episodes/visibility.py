"""Whether an open episode stands in a list that somebody looks at, and is moved on by the clock. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta

from wxbot.conversations.models import Episode, EpisodeState
from wxbot.labels import LabelledEnum
from wxbot.staff.models import AccountId

LATE = timedelta(minutes=1)  # beyond its time: the clock, which runs each second, should have moved it on


class Unseen(LabelledEnum):
    """Why nobody would look at it."""

    NO_OWNER = ("no_owner", "没有接待人")  # in nobody's 我的 or 稍后
    OWNER_GONE = ("owner_gone", "接待人已停用或不再接待")
    OWNED_IN_QUEUE = ("owned_in_queue", "在待回复里，却还算在某人名下")  # takes their capacity, and nobody answers
    NO_WAIT = ("no_wait", "在待回复里，却没有开始等待的时间")  # no clock rings
    DEAD_OFFER = ("dead_offer", "派出后没有收回")
    NO_SNOOZE = ("no_snooze", "稍后处理，却没有定时间")  # never wakes
    OVERSLEPT = ("overslept", "稍后处理的时间已过，没有提醒")


def unseen(episode: Episode, staffed: Collection[AccountId], now: datetime) -> Unseen | None:
    """Why an open episode is in no list that somebody sees; None where all is well, or it is closed.

    `staffed`: the accounts that may answer. Without a single one nobody is missed: there is no better owner.
    """
    if episode.state is EpisodeState.CLOSED:
        return None
    if episode.state is EpisodeState.WAITING:
        return _in_queue(episode, now)
    if episode.owner is None:
        return Unseen.NO_OWNER
    if staffed and episode.owner not in staffed:
        return Unseen.OWNER_GONE
    return _put_off(episode, now) if episode.state is EpisodeState.SNOOZED else None


def _put_off(episode: Episode, now: datetime) -> Unseen | None:
    if episode.snooze is None:
        return Unseen.NO_SNOOZE
    return Unseen.OVERSLEPT if episode.snooze.until < now - LATE else None


def _in_queue(episode: Episode, now: datetime) -> Unseen | None:
    if episode.owner is not None:
        return Unseen.OWNED_IN_QUEUE
    if episode.waiting_since is None:
        return Unseen.NO_WAIT
    if episode.offer is not None and episode.offer.until < now - LATE:
        return Unseen.DEAD_OFFER
    return None
