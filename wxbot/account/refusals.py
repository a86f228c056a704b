"""What the platform refused lately, counted per hour, call and code: noted with every call, saved in groups."""

from collections import Counter
from datetime import datetime, timedelta

from wxbot.account.store import AccountStore, Refusal
from wxbot.clock import Clock

LOOKED_BACK = timedelta(hours=48)
MOST_ROWS = 500  # hours × calls × codes in two days; more would be no page any more
NORMAL = frozenset({0, 46003})  # success; "there is no menu" is an answer


class Refusals:
    """Hears every call's code from the wire; `flush` adds what gathered to the records of all processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gathered: Counter[tuple[datetime, str, int]] = Counter()

    def observe(self, path: str, code: int) -> None:
        """One call ended with that code: 0, an errcode, an HTTP status, or -2 for no answer. Never waits."""
        if code not in NORMAL:
            hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
            self._gathered[hour, path, code] += 1

    async def flush(self, store: AccountStore) -> int:
        """Write down what gathered; the number of refusals. What cannot be written is kept for the next time."""
        gathered, self._gathered = self._gathered, Counter()
        try:
            await store.add_refusals(gathered, self._clock.now())
        except BaseException:
            self._gathered.update(gathered)
            raise
        return gathered.total()


def by_code(rows: list[Refusal]) -> list[tuple[int, int, datetime, tuple[str, ...]]]:
    """Code, how often, when last, at which calls; the most frequent first. Pure."""
    times: Counter[int] = Counter()
    last: dict[int, datetime] = {}
    paths: dict[int, set[str]] = {}
    for row in rows:
        times[row.code] += row.times
        last[row.code] = max(row.last_at, last.get(row.code, row.last_at))
        paths.setdefault(row.code, set()).add(row.path)
    return [(code, often, last[code], tuple(sorted(paths[code]))) for code, often in times.most_common()]
