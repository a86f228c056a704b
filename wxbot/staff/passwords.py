"""Passwords: how they are kept (argon2id, RFC 9106 second recommendation). Which are good enough: `password_rules`."""

import asyncio
import secrets
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from wxbot.staff.password_rules import LONGEST, problem_of, spelled

AT_ONCE = 2  # hashes computed side by side: each takes 64 MiB
ONE_TIME_LENGTH = 14  # characters of 30: about 68 bits
ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz2346789"  # none that look alike


def one_time() -> str:
    """A password to tell somebody once."""
    return "".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(ONE_TIME_LENGTH))


class Passwords:
    """Keeps and checks passwords without stopping the loop. `hasher` is given by tests that need a cheaper one.

    `words` are those of config/passwords.toml, of which nobody makes a password.
    """

    def __init__(self, hasher: PasswordHasher | None = None, words: Sequence[str] = ()) -> None:
        self._words = tuple(words)
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, spelled(password))

    async def problem(self, password: str, *, login: str, name: str, clinic: str) -> str:
        """Why a new password is not good enough, in words for staff; empty when it is. See `password_rules`."""
        return await asyncio.to_thread(problem_of, password, login=login, name=name, clinic=clinic, words=self._words)

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the password. For nobody (None) the same work is done, so that time tells nothing."""
        if kept is None:
            if self._nobodys is None:
                self._nobodys = await self.hash(secrets.token_urlsafe())
            await self._verified(self._nobodys, password)
            return False
        return await self._verified(kept, password)

    def outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    async def _verified(self, kept: str, password: str) -> bool:
        async with self._turns:
            try:
                return await asyncio.to_thread(self._hasher.verify, kept, spelled(password[: LONGEST * 4]))
            except (VerificationError, InvalidHashError):
                return False
