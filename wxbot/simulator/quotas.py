"""Daily and per-minute limits of each API (reference §9)."""

from collections import Counter
from datetime import datetime

from wxbot.simulator.errors import ApiError
from wxbot.simulator.tokens import beijing_day

DAILY: dict[str, int] = {
    "/cgi-bin/token": 2000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/user/info/batchget": 500_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info/updateremark": 10_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/menu/create": 1000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/media/get": 200_000,
    "/cgi-bin/ticket/getticket": 1_000_000,
}
PER_MINUTE: dict[str, int] = {
    "/cgi-bin/stable_token": 10_000,
    "/sns/oauth2/access_token": 50_000,
    "/sns/oauth2/refresh_token": 50_000,
    "/sns/userinfo": 50_000,
    "/sns/auth": 50_000,
}
DEFAULT_DAILY = 10_000_000  # a path without a published limit: so many that it never matters
CLEARS_PER_MONTH = 10  # clear_quota and its v2 together
PATH_CLEARS_PER_MONTH = 50  # openapi/quota/clear


class Quotas:
    """Counts calls by path; `daily` and `per_minute` may be changed, as the console shows other numbers per account."""

    def __init__(self) -> None:
        self.daily = dict(DAILY)
        self.per_minute = dict(PER_MINUTE)
        self._day = 0
        self._minute = 0
        self._today: Counter[str] = Counter()
        self._this_minute: Counter[str] = Counter()
        self._clears: Counter[tuple[str, str]] = Counter()

    def count(self, path: str, now: datetime) -> None:
        """Count one call. Raises ApiError 45009 over the day's limit, 45011 over the minute's."""
        self._turn(now)
        if self._today[path] >= self.daily.get(path, DEFAULT_DAILY):
            raise ApiError(45009)
        if path in self.per_minute:
            if self._this_minute[path] >= self.per_minute[path]:
                raise ApiError(45011)
            self._this_minute[path] += 1
        self._today[path] += 1

    def used(self, path: str, now: datetime) -> int:
        """Calls counted today."""
        self._turn(now)
        return self._today[path]

    def clear(self, now: datetime, path: str | None = None) -> None:
        """Reset the day's counts, all or one path's. Raises ApiError 48006 beyond the month's allowance."""
        self._turn(now)
        kind, most = ("all", CLEARS_PER_MONTH) if path is None else ("path", PATH_CLEARS_PER_MONTH)
        month = (kind, f"{now:%Y-%m}")
        if self._clears[month] >= most:
            raise ApiError(48006)
        self._clears[month] += 1
        if path is None:
            self._today.clear()
        else:
            del self._today[path]

    def _turn(self, now: datetime) -> None:
        day, minute = beijing_day(now), int(now.timestamp() // 60)
        if day != self._day:
            self._day = day
            self._today.clear()
        if minute != self._minute:
            self._minute = minute
            self._this_minute.clear()
