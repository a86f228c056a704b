"""Passwords: which are good enough, and how they are kept (argon2id, RFC 9106 second recommendation)."""

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

SHORTEST = 10  # characters
LONGEST = 128  # characters: hashing is not for books
FEWEST_DIFFERENT = 5  # characters; "1111111111" and "1212121212" are none
SHORTEST_NAME = 4  # characters of a login or name that a password must not contain; shorter ones occur by chance
AT_ONCE = 2  # hashes computed side by side: each takes 64 MiB
ONE_TIME_LENGTH = 14  # characters of 30: about 68 bits
ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz2346789"  # none that look alike

COMMON = frozenset(
    """
    0123456789 1234567890 12345678910 123456789a a123456789 aa12345678 aa123456789 abc123456789 abcd123456 asd123456789
    1q2w3e4r5t 1qaz2wsx3edc qwertyuiop qwerty12345 qwerty123456 zxcvbnm123 asdfghjkl1 q1w2e3r4t5 password01 password12
    password123 password1234 passw0rd123 p@ssw0rd123 p@ssword123 administrator admin12345 admin123456 admin123456789
    welcome123 welcome1234 changeme123 letmein1234 iloveyou123 iloveyou1314 woaini1314 woaini520 woaini5201314
    woaini1314520 5201314520 1314520520 qq123456789 wechat12345 weixin12345 weixin123456 9876543210 0987654321
    1123581321 3141592653 1029384756 abcdefghij abcdefghijk abcdef123456 test123456 hospital123 yiyuan123456
    zhensuo12345 1qazxsw23edc qazwsxedc123 huanying123 147258369a 1472583690 7894561230 789456123a 123123123a
    """.split()  # noqa: SIM905 - sixty words are read more easily without quotes
)


def spelled(password: str) -> str:
    """One spelling for what different keyboards type: NFKC."""
    return unicodedata.normalize("NFKC", password)


def problem_of(password: str, *, login: str = "", name: str = "", clinic: str = "") -> str:
    """Why a password is not good enough, in words for staff; empty when it is."""
    text = spelled(password)
    plain = text.casefold()
    if len(text) < SHORTEST:
        return f"密码至少 {SHORTEST} 个字符。可以用几个不相关的词连起来，既好记又安全。"
    if len(text) > LONGEST:
        return f"密码最多 {LONGEST} 个字符。"
    if plain in COMMON or len(set(plain)) < FEWEST_DIFFERENT or plain in "0123456789" * 2 + "9876543210" * 2:
        return "这个密码太常见，很容易被猜到，请换一个。"
    for word, what in ((login, "登录名"), (name, "姓名"), (clinic, "诊所名称")):
        short = SHORTEST_NAME if word.isascii() else 2
        if len(word) >= short and word.casefold() in plain:
            return f"密码里不要包含{what}，请换一个。"
    return ""


def one_time() -> str:
    """A password to tell somebody once."""
    return "".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(ONE_TIME_LENGTH))


class Passwords:
    """Keeps and checks passwords without stopping the loop. `hasher` is given by tests that need a cheaper one."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, spelled(password))

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
