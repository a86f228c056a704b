"""Counts tries and makes further ones wait: for a login at a place, a source address, a code, an old password."""

from datetime import datetime, timedelta

from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.lockout import FORGOTTEN_AFTER, FREE_TRIES, failed, in_words, waiting
from wxbot.staff.store import StaffStore

RACES = 50  # tries under one key at the same moment; who loses that often may as well wait


class Throttle:
    """Each try is counted as failed before it is looked at, so a hundred at once are no way around the pause."""

    def __init__(self, store: StaffStore) -> None:
        self._store = store

    async def count(
        self, key: str, now: datetime, *, free: int = FREE_TRIES, forgotten_after: timedelta = FORGOTTEN_AFTER
    ) -> bool:
        """Count a try; True when it is the one that brings a pause, should it fail.

        Raises:
            SignInRefusedError: a pause is on; the try must not be looked at.
        """
        for _ in range(RACES):
            before = await self._store.tries(key)
            self._refuse(waiting(before, now))
            after = failed(before, key, now, free=free, forgotten_after=forgotten_after)
            if await self._store.replace_tries(before, after):
                return after.locked_until is not None
        self._refuse(waiting(failed(None, key, now, free=1), now))
        return True

    async def check(self, key: str, now: datetime) -> None:
        """Refuse while a pause is on, without counting. Raises SignInRefusedError."""
        self._refuse(waiting(await self._store.tries(key), now))

    async def paused(self, key: str, now: datetime) -> bool:
        """Whether a pause is on."""
        return bool(waiting(await self._store.tries(key), now))

    async def forget(self, *beginnings: str) -> None:
        """Count from zero again under every key that begins so."""
        await self._store.forget_tries_beginning(beginnings)

    async def succeeded(self, *keys: str) -> None:
        """It was the right one: count from zero again."""
        await self._store.forget_tries(keys)

    @staticmethod
    def _refuse(wait: timedelta) -> None:
        if wait:
            raise SignInRefusedError(in_words(wait), wait)
