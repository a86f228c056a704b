"""A credential of the account that every process uses and only one at a time asks for."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeAlias

from wxbot.clock import Clock
from wxbot.errors import PlatformError
from wxbot.logs import get_logger
from wxbot.wechat.store import Credential, StoreUnreachableError, TokenStore

# In the last 5 minutes the platform hands out a new token while the old one still works (reference §3).
REFRESH_EARLY = timedelta(seconds=270)
LEASE = timedelta(seconds=15)  # longer than one ask with its repeats usually takes
POLL = 0.1  # seconds between looks at what another process is fetching
POLLS = 50  # looks before we ask ourselves: asking twice is harmless, waiting for a dead process is not
SAME_AGAIN = timedelta(seconds=5)  # the platform insists on a value it has just refused: do not ask again at once
REST = timedelta(seconds=10)  # after a failed ask, while the old value still works

Ask: TypeAlias = Callable[[], Awaitable[tuple[str, float]]]
"""Asks the platform: the value and the seconds it lives."""

_log = get_logger(__name__)


class SharedCredential:
    """Kept in memory, shared through the store, renewed by one caller in one process.

    Without the database each process asks for itself: a stable token is the same for all.
    """

    def __init__(self, key: str, ask: Ask, store: TokenStore, clock: Clock) -> None:
        self._key = key
        self._ask = ask
        self._store = store
        self._clock = clock
        self._owner = token_hex(8)
        self._lock = asyncio.Lock()
        self._held: Credential | None = None
        self._refused: str | None = None  # what the platform would not take, until there is something else
        self._insisted: tuple[str, datetime] | None = None  # a value given again although refused, and when
        self._rest_until: datetime | None = None

    @property
    def alive(self) -> bool:
        """Whether a value that has not ended is in memory."""
        return self._alive(self._held, None)

    @property
    def expires_at(self) -> datetime | None:
        """When the value in memory ends."""
        return self._held.expires_at if self._held is not None else None

    async def current(self, stale: str | None = None) -> str:
        """The value to use now. `stale` is one the platform has just refused: another is fetched if there is one.

        Raises PlatformError when none can be had.
        """
        if stale is not None:
            self._refused = stale
        if self._held is not None and self._fresh(self._held, self._refused):
            return self._held.value
        async with self._lock:
            if self._held is not None and self._fresh(self._held, self._refused):
                return self._held.value
            self._held = await self._renew(self._refused)
            self._refused = None
            return self._held.value

    async def _renew(self, stale: str | None) -> Credential:
        held = self._held
        if held is not None and self._resting(held, stale, self._clock.machine_now()):
            return held
        try:
            return await self._through_store(stale)
        except StoreUnreachableError as error:
            _log.warning("credential_store_unreachable", key=self._key.rpartition(":")[2], reason=str(error))
            return await self._asked(stale)

    async def _through_store(self, stale: str | None) -> Credential:
        for _ in range(POLLS):
            shared = await self._store.read(self._key)
            if shared is not None and self._fresh(shared, stale):
                return shared
            if await self._store.lease(self._key, self._owner, self._clock.machine_now(), LEASE):
                shared = await self._store.read(self._key)  # somebody may have been done between read and lease
                if shared is None or not self._fresh(shared, stale):
                    break
                await self._store.release(self._key, self._owner)
                return shared
            for usable in (self._held, shared):
                if usable is not None and self._alive(usable, stale):
                    return usable  # somebody is fetching the next one; this one still works
            await asyncio.sleep(POLL)
        try:
            found = await self._asked(stale)
        except BaseException:
            with suppress(StoreUnreachableError):  # the lease expires
                await self._store.release(self._key, self._owner)
            raise
        with suppress(StoreUnreachableError):  # the others then ask for themselves
            await self._store.keep(self._key, found)
        return found

    async def _asked(self, stale: str | None) -> Credential:
        try:
            value, lifetime = await self._ask()
        except PlatformError as error:
            if self._held is None or not self._alive(self._held, stale):
                raise
            _log.warning("credential_kept_although_old", key=self._key.rpartition(":")[2], code=error.code)
            self._rest_until = self._clock.machine_now() + REST
            return self._held
        now = self._clock.machine_now()
        self._insisted = (value, now) if value == stale else None
        # by the clinic's clock: where a demo moves it, the platform's moves alike
        found = Credential(value=value, expires_at=self._clock.now() + timedelta(seconds=lifetime))
        self._rest_until = None if self._fresh(found, None) else now + REST
        return found

    def _resting(self, held: Credential, stale: str | None, now: datetime) -> bool:
        """Whether asking again right now would only bring what we have."""
        if held.value == stale:
            return self._insisted is not None and self._insisted[0] == stale and now - self._insisted[1] < SAME_AGAIN
        return self._alive(held, stale) and self._rest_until is not None and now < self._rest_until

    def _fresh(self, credential: Credential, stale: str | None) -> bool:
        return credential.value != stale and credential.expires_at - self._clock.now() > REFRESH_EARLY

    def _alive(self, credential: Credential | None, stale: str | None) -> bool:
        return credential is not None and credential.value != stale and credential.expires_at > self._clock.now()
