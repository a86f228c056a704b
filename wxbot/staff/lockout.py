"""How long to wait after failed tries: doubling pauses, the same whether a login exists or not. Pure.

Who guesses must be slowed without locking out the person whose login it is (OWASP, "Slow Down Online Guessing Attacks
with Device Cookies", https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies; ASVS 4.0.3
requirement 2.2.1: at most 100 failures an hour on one account). Failures are counted under these keys:

- `device:`  a browser in which that login has signed in before, told by its cookie (see `devices`): five, and nothing
  that others do counts against it. A device in a pause is treated like one that nobody knows.
- `at:`      an unknown browser: the login together with the source address; five. The same login elsewhere is free.
- `login:`   the login over all unknown browsers: fifty. So an attack from many addresses is slowed too; while its pause
  is on, unknown browsers wait, known ones do not.
- `source:`  an address over all logins, unknown browsers only: twenty-five within half an hour.

A key of a login is a digest: whatever is typed as a login, no two of them make one key.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

FREE_TRIES = 5  # of one login at one place: the fifth failure brings the first pause
FREE_TRIES_OF_A_LOGIN = 50  # over all browsers that are not known: with the pauses after it, below 60 an hour
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


def login_key(login: str) -> str:
    """Under which a login's failures in all unknown browsers are counted."""
    return f"login:{_digest(login)}"


def place_key(login: str, source: str) -> str:
    """Under which a login's failures at one address are counted."""
    return f"{places_of(login)}{source}"


def places_of(login: str) -> str:
    """How every `place_key` of a login begins."""
    return f"at:{_digest(login)}:"


def device_key(login: str, device: str) -> str:
    """Under which the failures of a known browser are counted."""
    return f"{devices_of(login)}{device}"


def devices_of(login: str) -> str:
    """How every `device_key` of a login begins."""
    return f"device:{_digest(login)}:"


def source_key(source: str) -> str:
    """Under which an address's failures with any login are counted."""
    return f"source:{source}"


def _digest(login: str) -> str:
    return sha256(login.encode("utf-8", "replace")).hexdigest()[:24]


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
