"""How long to wait after failed tries: doubling pauses, the same whether a login exists or not. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_TRIES = 5  # of one login: the fifth failure brings the first pause
FREE_TRIES_OF_A_SOURCE = 25  # a whole clinic may stand behind one address
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
FORGOTTEN_AFTER = timedelta(hours=12)  # without a further failure
SOURCE_FORGOTTEN_AFTER = timedelta(minutes=30)  # a clinic's slips of a whole morning are no attack


@dataclass(frozen=True, kw_only=True)
class Tries:
    """Recent failures under one key: a login, a source address, an account's code."""

    id: str
    failures: int
    last_at: datetime
    locked_until: datetime | None
    expires_at: datetime


def pause_after(failures: int, free: int) -> timedelta:
    """The pause that the `failures`-th failure in a row brings: none, then 1, 2, 4 … minutes, 30 at most."""
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 10)  # 1024 minutes are beyond the longest already
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def waiting(tries: Tries | None, now: datetime) -> timedelta:
    """How long it still is until a try is looked at again."""
    if tries is None or tries.locked_until is None:
        return timedelta(0)
    return max(tries.locked_until - now, timedelta(0))


def failed(
    tries: Tries | None,
    key: str,
    now: datetime,
    *,
    free: int = FREE_TRIES,
    forgotten_after: timedelta = FORGOTTEN_AFTER,
) -> Tries:
    """What stands after one more failure."""
    known = tries.failures if tries is not None and now - tries.last_at < forgotten_after else 0
    pause = pause_after(known + 1, free)
    return Tries(
        id=key,
        failures=known + 1,
        last_at=now,
        locked_until=now + pause if pause else None,
        expires_at=now + max(forgotten_after, pause),
    )


def in_words(wait: timedelta) -> str:
    """A wait for the page: whole minutes, rounded up."""
    return f"尝试次数过多，请 {max(-(-int(wait.total_seconds()) // 60), 1)} 分钟后再试；也可以请管理员重置密码。"
