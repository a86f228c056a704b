"""Selecting many patients for a broadcast by tag, birthday month or telephone, in batches of bounded memory."""

from calendar import monthrange
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from datetime import date

from wxbot.patients.birthdays import FebruaryRule, keys_celebrated_on
from wxbot.patients.models import Patient, Tag
from wxbot.patients.stores.finding import Cursor, cursor_of
from wxbot.patients.stores.patients import PatientStore

PORTION = 500  # patients read at once

Portion = Callable[[Cursor | None, int], Awaitable[list[Patient]]]


class Selecting:
    """Portions of at most 500 patients, each read from an index."""

    def __init__(self, store: PatientStore, feb29: FebruaryRule) -> None:
        self._store = store
        self._feb29: FebruaryRule = feb29

    async def by_tag(self, tag: str, today: date) -> AsyncIterator[list[Patient]]:
        """Who bears a tag that still counts on that local day, the newest record first."""
        async for portion in _portions(lambda after, limit: self._store.finding.with_tag(tag, after, limit)):
            yield [patient for patient in portion if any(each.name == tag for each in counting(patient.tags, today))]

    async def by_birthday_month(self, year: int, month: int) -> AsyncIterator[list[Patient]]:
        """Whose birthday is celebrated in that month of the solar calendar, lunar birthdays among them."""
        keys = self.keys_of_month(year, month)
        async for portion in _portions(lambda after, limit: self._store.finding.with_birthday(keys, after, limit)):
            yield portion

    async def by_phones(self, phones: Collection[str]) -> AsyncIterator[list[Patient]]:
        """Who has one of those telephones (E.164); several patients may share one."""
        wanted = sorted(set(phones))
        for start in range(0, len(wanted), PORTION):
            found = await self._store.by_phones(wanted[start : start + PORTION])
            yield [patient for patient in found if patient.merged_into is None]

    def keys_of_month(self, year: int, month: int) -> frozenset[str]:
        """The birthday keys celebrated on any day of that month."""
        days = (date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1))
        return frozenset(key for day in days for key in keys_celebrated_on(day, self._feb29))


def counting(tags: Iterable[Tag], today: date) -> list[Tag]:
    """The tags that have not expired before that local day."""
    return [tag for tag in tags if tag.expires_on is None or tag.expires_on >= today.isoformat()]


async def _portions(read: Portion) -> AsyncIterator[list[Patient]]:
    after: Cursor | None = None
    while portion := await read(after, PORTION):
        yield portion
        if len(portion) < PORTION:
            return
        after = cursor_of(portion[-1])
