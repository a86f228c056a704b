"""Delivering a push to the callback: five seconds, up to three tries, the same body (reference §1.3, §1.5)."""

import asyncio
import re
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from wxbot.simulator.account import AccountConfig
from wxbot.simulator.clock import MovableClock
from wxbot.simulator.codec import codec_for, sign
from wxbot.simulator.markup import Fields, write

TRIES = 3
ANSWER_SECONDS = 5.0
AT_ONCE = 200  # pushes in flight: more than the platform sends one account, fewer than the machine's sockets
HTTP_OK = 200
ENCRYPTED = re.compile(rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt></xml>$")  # of a body of ours
# MarkFail (the platform's warn guide names the minute and the five; how many failures it takes it does not say)
MARK_FAIL_AFTER = 100
MARK_FAIL_SPAN = timedelta(minutes=5)
MARK_FAIL_SILENCE = timedelta(minutes=1)
MARK_FAILED = "MarkFail: nothing is pushed for a minute after so many failures"


@dataclass(frozen=True, kw_only=True)
class PushResult:
    """How one push ended.

    `status` is the last HTTP status or None, `attempts` 0 (nothing to push) to 3, `reply` the decoded passive reply
    or None, `ok` whether the platform was satisfied, `elapsed` seconds over all tries, `problem` why it was not ok.
    """

    status: int | None = None
    attempts: int = 0
    reply: dict[str, Any] | None = None
    ok: bool = True
    elapsed: float = 0.0
    problem: str = ""
    fields: Fields | None = None  # what was pushed, before encryption
    body: bytes = b""  # what went over the wire
    answer: bytes = b""  # what came back from the last try


@dataclass(frozen=True)
class Delivery:
    """The bare outcome of up to three tries."""

    status: int | None
    attempts: int
    answer: bytes
    elapsed: float
    problem: str
    body: bytes


class Courier:
    """Posts pushes to the callback URL over one client session."""

    def __init__(
        self,
        account: AccountConfig,
        clock: MovableClock,
        *,
        answer_seconds: float,
        retry_pause: float,
        mark_fail_after: int = MARK_FAIL_AFTER,
    ) -> None:
        self._account = account
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._retry_pause = retry_pause
        self._mark_fail_after = mark_fail_after
        self._failed: deque[datetime] = deque(maxlen=mark_fail_after)
        self._silent_until: datetime | None = None
        self._session: aiohttp.ClientSession | None = None
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def start(self) -> None:
        """Open the client session; a second call does nothing."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None)  # the five seconds are counted here, per try
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(
                timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            )

    async def stop(self) -> None:
        """Close the client session."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def verify(self) -> bool:
        """The GET check made when the console's form is saved (reference §1.2)."""
        echo = str(secrets.randbelow(10**19))
        url = self._signed(self._stamp(), {"echostr": echo})
        try:
            async with asyncio.timeout(self._answer_seconds), self._open().get(url, allow_redirects=False) as response:
                return response.status == HTTP_OK and await response.read() == echo.encode()
        except (TimeoutError, aiohttp.ClientError):
            return False

    async def deliver(self, openid: str, fields: Fields) -> Delivery:
        """Push until there is an answer in time, at most three times; the body stays the same to the byte."""
        escaped = self._account.escapes
        inner = write(fields, escaped=escaped)
        encrypted = "" if self._account.mode == "plain" else codec_for(self._account).encrypt(inner)
        return await self.post(openid, self._body(fields, encrypted), encrypted)

    async def again(self, openid: str, body: bytes) -> Delivery:
        """Push a body that was sent before, byte for byte."""
        encrypted = ENCRYPTED.search(body)
        return await self.post(openid, body, "" if encrypted is None else encrypted[1].decode())

    async def post(self, openid: str, body: bytes, encrypted: str) -> Delivery:
        """Send a finished body; each try is signed afresh.

        Again only after no answer in five seconds: that is all the platform promises (reference §1.5). With the
        account's `repeats_on_status` also after an HTTP status other than 200.
        """
        began = perf_counter()
        status: int | None = None
        answer = b""
        problem = "no callback URL is set"
        attempts = 0
        if self._is_silent():
            return Delivery(None, 0, b"", 0.0, MARK_FAILED, body)
        async with self._gate:
            while attempts < TRIES and self._account.callback_url:
                if attempts and self._retry_pause:
                    await asyncio.sleep(self._retry_pause)
                attempts += 1
                status, answer, problem = await self._try(openid, body, encrypted)
                if not problem or (status is not None and not self._account.repeats_on_status):
                    break
        self._note(failed=bool(problem) and bool(attempts))
        return Delivery(status, attempts, answer, perf_counter() - began, problem, body)

    def _is_silent(self) -> bool:
        return self._silent_until is not None and self._clock.now() < self._silent_until

    def _note(self, *, failed: bool) -> None:
        """After many failures in five minutes nothing is pushed for a minute (MarkFail)."""
        if not failed:
            return
        now = self._clock.now()
        self._failed.append(now)
        if len(self._failed) == self._mark_fail_after and now - self._failed[0] < MARK_FAIL_SPAN:
            self._silent_until = now + MARK_FAIL_SILENCE
            self._failed.clear()

    async def _try(self, openid: str, body: bytes, encrypted: str) -> tuple[int | None, bytes, str]:
        stamp = self._stamp()
        extra = {"openid": openid}
        if encrypted:
            signature = sign(self._account.token, stamp["timestamp"], stamp["nonce"], encrypted)
            extra |= {"encrypt_type": "aes", "msg_signature": signature}
        url = self._signed(stamp, extra)
        headers = {"Content-Type": "text/xml"}
        try:
            async with (
                asyncio.timeout(self._answer_seconds),
                self._open().post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                answer = await response.read()
        except TimeoutError:
            return None, b"", f"no answer within {self._answer_seconds:g} seconds"
        except aiohttp.ClientError as error:
            return None, b"", f"no connection: {type(error).__name__}"
        problem = "" if response.status == HTTP_OK else f"HTTP {response.status}"
        return response.status, answer, problem

    def _body(self, fields: Fields, encrypted: str) -> bytes:
        if self._account.mode == "plain":
            return write(fields, escaped=self._account.escapes).encode()
        shown = fields if self._account.mode == "compatible" else {"ToUserName": self._account.account_id}
        return write({**shown, "Encrypt": encrypted}, escaped=self._account.escapes).encode()

    def _stamp(self) -> dict[str, str]:
        return {"timestamp": str(int(self._clock.now().timestamp())), "nonce": str(secrets.randbelow(10**10))}

    def _signed(self, stamp: Mapping[str, str], extra: Mapping[str, str]) -> URL:
        signature = sign(self._account.token, stamp["timestamp"], stamp["nonce"])
        query = urlencode({"signature": signature, **stamp, **extra})
        joint = "&" if "?" in self._account.callback_url else "?"
        return URL(f"{self._account.callback_url}{joint}{query}", encoded=True)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the platform is not started: await platform.start() first")
        return self._session
