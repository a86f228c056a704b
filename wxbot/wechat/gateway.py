"""From the bytes and query of a push to an `Update`, and from a reply to the HTTP body. Knows no web server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from wxbot.clock import Clock
from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.updates import PositionReported, Update
from wxbot.errors import ConfigurationError
from wxbot.wechat.codec import Codec
from wxbot.wechat.parsing import parse, update_of
from wxbot.wechat.push import read
from wxbot.wechat.refusals import ForbiddenError, MalformedError, TooLargeError
from wxbot.wechat.replies import render

BODY = 64 * 1024  # bytes; a real push has a few thousand at most
FRESH = timedelta(minutes=10)  # our own choice: the platform promises no window
NONCE = 128  # characters
ECHO = 1024  # characters of echostr we are ready to repeat
ACKNOWLEDGED = b"success"  # satisfies the platform, shows the patient nothing

# The usual safe-mode body.
SAFE_BODY = re.compile(
    rb"\s*<xml>\s*<ToUserName><!\[CDATA\[[^\]<>]*\]\]></ToUserName>\s*"
    rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>\s*</xml>\s*"
)
# In any other body, whatever could be the encrypted half. In a compatible-mode body the patient's own words stand
# beside it, may imitate it, and may be no XML at all: the platform's signature tells which one is meant.
ENCRYPTED = re.compile(rb"<Encrypt>\s{0,9}(?:<!\[CDATA\[)?\s{0,9}([A-Za-z0-9+/=]+)\s{0,9}(?:\]\]>)?\s{0,9}</Encrypt>")
# A reported position is sensitive and serves nothing: it does not even reach the inbox. A real one has ten bytes.
POSITION = re.compile(rb"<(Latitude|Longitude|Precision)>.{0,200}?</\1>", re.DOTALL)
DIGITS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """An accepted push: what it means, and the inner XML it was read from (`parse` understands it again).

    `key` is which of our keys opened it and seals its answer; None: it came in plain text.
    """

    update: Update
    xml: bytes
    key: int | None = None


class Gateway:
    """Lets in what the platform signed and nothing else.

    In "safe" mode only encrypted content is read; a compatible-mode body is read from its encrypted half alone.
    "plain" is for test accounts: there the signature does not cover the body (reference §1.3). A push is answered as it
    came, in either mode: an encrypted one under the key that opened it, a plain one in plain text.
    """

    def __init__(self, codec: Codec, mode: Literal["safe", "plain"], clock: Clock) -> None:
        if mode == "safe" and not codec.has_key:
            raise ConfigurationError(["WXBOT_WECHAT_AES_KEY is empty: safe mode needs the EncodingAESKey."])
        self._codec = codec
        self._safe = mode == "safe"
        self._clock = clock

    def verify(self, query: Mapping[str, str]) -> str:
        """The echostr to answer a GET with, unchanged. Raises ForbiddenError when the platform did not ask."""
        self._check(query)
        echo = query.get("echostr", "")
        if not echo or len(echo) > ECHO:
            raise ForbiddenError("echostr is missing or too long")
        return echo

    def open(self, query: Mapping[str, str], body: bytes) -> Incoming:
        """Let a POST in.

        Raises:
            TooLargeError: more than 64 KB.
            ForbiddenError: forged or stale signature, wrong AppID or key, plain body in safe mode.
            MalformedError: signed, and still not understandable.
        """
        if len(body) > BODY:
            raise TooLargeError("more than 64 KB")
        self._check(query)
        usual = SAFE_BODY.fullmatch(body)
        if usual:
            return self._opened(query, usual[1].decode("ascii"))
        for found in ENCRYPTED.finditer(body):
            encrypted = found[1].decode("ascii")
            if self._is_signed(query, encrypted):
                return self._opened(query, encrypted)
        push = read(body)
        if encrypted := push.get("Encrypt"):
            return self._opened(query, encrypted)
        if self._safe:
            raise ForbiddenError("a plain body in safe mode")
        return _incoming(update_of(push, self._clock.now()), body)

    def seal(self, incoming: Incoming, reply: WireReply | None, *, now: datetime) -> bytes:
        """The HTTP body that answers a push: `success` when there is nothing to say or no reply is possible."""
        xml = None if reply is None else render(incoming.update, reply, now=now)
        if xml is None:
            return ACKNOWLEDGED
        return xml if incoming.key is None else self._codec.seal(xml, int(now.timestamp()), incoming.key)

    def _check(self, query: Mapping[str, str]) -> None:
        signature, timestamp, nonce = (query.get(name, "") for name in ("signature", "timestamp", "nonce"))
        if not signature or not nonce or len(nonce) > NONCE or not DIGITS.fullmatch(timestamp):
            raise ForbiddenError("signature, timestamp or nonce is missing")
        if not self._codec.signed(signature, timestamp, nonce):
            raise ForbiddenError("the signature is wrong")
        if not self._fresh(int(timestamp)):
            raise ForbiddenError("the signature is stale")

    def _fresh(self, timestamp: int) -> bool:
        """By the clinic's clock or the machine's: they differ only while a demo moves the clinic's."""
        window = FRESH.total_seconds()
        return any(
            abs(moment.timestamp() - timestamp) <= window for moment in (self._clock.now(), self._clock.machine_now())
        )

    def _is_signed(self, query: Mapping[str, str], encrypted: str) -> bool:
        return self._codec.signed(query.get("msg_signature", ""), query["timestamp"], query["nonce"], encrypted)

    def _opened(self, query: Mapping[str, str], encrypted: str) -> Incoming:
        if not self._is_signed(query, encrypted):
            raise ForbiddenError("the message signature is wrong or missing")
        if not self._codec.has_key:
            raise MalformedError("encrypted, and WXBOT_WECHAT_AES_KEY is empty")
        xml, key = self._codec.decrypt(encrypted)
        return _incoming(parse(xml, self._clock.now()), xml, key)


def _incoming(update: Update, xml: bytes, key: int | None = None) -> Incoming:
    kept = POSITION.sub(b"", xml) if isinstance(update, PositionReported) else xml
    return Incoming(update=update, xml=kept, key=key)
