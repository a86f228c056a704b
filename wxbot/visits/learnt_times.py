"""How long treatments take here, learnt from those of the last weeks and learnt anew every few minutes."""

from datetime import datetime, timedelta

from wxbot.booking.day_visits import DayVisits
from wxbot.visits.waiting import ServiceTimes, service_times

LEARNT_FROM = timedelta(days=60)  # treatments that estimates go by …
MOST_LEARNT = 1000  # … the latest of them
LEARNT_EVERY = timedelta(minutes=5)


class LearntTimes:
    """Real service times. What is read for one list is good for the next: one treatment more changes no estimate."""

    def __init__(self, visits: DayVisits) -> None:
        self._visits = visits
        self._learnt_at: datetime | None = None
        self._times = ServiceTimes()

    async def current(self, now: datetime) -> ServiceTimes:
        """The service times as they were some minutes ago at most."""
        learnt_at = self._learnt_at
        if learnt_at is None or not timedelta() <= now - learnt_at < LEARNT_EVERY:
            self._times = service_times(await self._visits.latest_treatments(now - LEARNT_FROM, MOST_LEARNT))
            self._learnt_at = now
        return self._times
