"""access_token of both channels with their real lives (reference §3)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.simulator.errors import ApiError

LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)  # an old token lives on this long beside its successor
FORCE_PAUSE = timedelta(seconds=30)  # between two forced refreshes
FORCE_PER_DAY = 20
KEPT = 200  # old tokens remembered, to tell an expired one (42001) from an unknown one (40001)


@dataclass
class Token:
    """One issued token: usable until `dies`, unless killed."""

    text: str
    dies: datetime
    killed: bool = False

    def usable(self, now: datetime) -> bool:
        """Whether calls with it are accepted."""
        return not self.killed and now < self.dies


class TokenBook:
    """All tokens of one account. The plain and the stable channel never touch each other."""

    def __init__(self) -> None:
        self._known: dict[str, Token] = {}
        self._plain: Token | None = None
        self._stable: Token | None = None
        self._forced: list[datetime] = []

    def plain(self, now: datetime) -> tuple[str, int]:
        """GET /cgi-bin/token: always a new token; the one before lives at most five minutes more."""
        if self._plain is not None:
            self._plain.dies = min(self._plain.dies, now + OVERLAP)
        self._plain = self._issue(now)
        return self._plain.text, int(LIFE.total_seconds())

    def stable(self, now: datetime, day: int, *, force: bool) -> tuple[str, int]:
        """POST /cgi-bin/stable_token: the same token with its remaining seconds, a fresh one in its last five minutes.

        `force` kills the current token at once. Raises ApiError 45009 / 45011 beyond force mode's own limits.
        """
        if force:
            self._check_force(now, day)
            if self._stable is not None:
                self._stable.killed = True
            self._stable = self._issue(now)
        elif self._stable is None or not self._stable.usable(now) or self._stable.dies - now <= OVERLAP:
            self._stable = self._issue(now)
        return self._stable.text, int((self._stable.dies - now).total_seconds())

    def check(self, text: str | None, now: datetime) -> None:
        """Raises ApiError 41001 (none), 40014 (no token at all), 40001 (unknown or killed), 42001 (expired)."""
        if not text:
            raise ApiError(41001)
        token = self._known.get(text)
        if token is None:
            raise ApiError(40001 if "_" in text and len(text) >= 32 else 40014)  # noqa: PLR2004 - shape of a token
        if token.killed:
            raise ApiError(40001)
        if now >= token.dies:
            raise ApiError(42001)

    def revoke(self) -> None:
        """Every token is void at once, as after a reset of the secret: 40001."""
        for token in self._known.values():
            token.killed = True
        self._plain = self._stable = None

    def expire(self, now: datetime) -> None:
        """Every token has come to its end: 42001."""
        for token in self._known.values():
            token.dies = min(token.dies, now)

    def _issue(self, now: datetime) -> Token:
        token = Token(f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}", now + LIFE)
        self._known[token.text] = token
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return token

    def _check_force(self, now: datetime, day: int) -> None:
        if self._forced and now - self._forced[-1] < FORCE_PAUSE:
            raise ApiError(45011, "force_refresh needs 30 seconds between two calls")
        today = [moment for moment in self._forced if beijing_day(moment) == day]
        if len(today) >= FORCE_PER_DAY:
            raise ApiError(45009, "force_refresh is limited to 20 calls a day")
        self._forced = [*today, now]


def beijing_day(now: datetime) -> int:
    """The day number in Beijing, where quotas reset at midnight (UTC+8, no summer time)."""
    return (now + timedelta(hours=8)).toordinal()
