"""Signatures and encryption of pushes and passive replies (reference §1.2-§1.4).

The platform's SHA-1 and fixed IV are not our choice. Keys are expanded once: an encrypted push and its reply
cost a few microseconds each.
"""

import base64
import binascii
import hmac
import os
import re
from hashlib import sha1
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from wxbot.errors import ConfigurationError
from wxbot.wechat.refusals import MalformedError, UnopenedError

BLOCK = 32  # bytes: the platform pads to 32 although AES works in 16
CIPHER_BLOCK = 16  # bytes: AES itself
RANDOM = 16  # random bytes in front of every plaintext
HEAD = RANDOM + 4  # and a big-endian length
NONCE = 8  # bytes of our own nonce, sent as hex
KEY_FORM = re.compile(r"[A-Za-z0-9+/]{43}")
TOKEN_FORM = re.compile(r"[A-Za-z0-9]{3,32}")

SEALED = (
    "<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
    "<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
)


class Opened(NamedTuple):
    """A decrypted message, and which of our keys opened it: 0 is the present one, 1 the previous one."""

    message: bytes
    key: int


class Codec:
    """Signs and checks with the callback token; encrypts and decrypts with the AES key.

    `previous_aes_key` is tried second while the key is changed in the platform's console. A reply goes out under the
    key that opened its push, so a change needs no exact moment. An empty `aes_key` serves plain mode only.
    Raises ConfigurationError when the token or a key cannot be right.
    """

    def __init__(self, app_id: str, token: str, aes_key: str, previous_aes_key: str | None = None) -> None:
        problems = _problems(app_id, token, aes_key, previous_aes_key)
        if problems:
            raise ConfigurationError(problems)
        self._app_id = app_id.encode()
        self._token = token.encode()
        self._ciphers = [_cipher(key) for key in (aes_key, previous_aes_key) if key]

    @property
    def has_key(self) -> bool:
        """Whether encrypted pushes can be read."""
        return bool(self._ciphers)

    def signature(self, *parts: str) -> str:
        """SHA-1 over the token and `parts`, sorted by bytes and joined without separator, as 40 hex digits."""
        pieces = [self._token, *(part.encode("utf-8", "surrogatepass") for part in parts)]
        pieces.sort()
        return sha1(b"".join(pieces), usedforsecurity=False).hexdigest()

    def signed(self, signature: str, *parts: str) -> bool:
        """Whether `signature` is the right one for `parts`; takes the same time either way."""
        return hmac.compare_digest(self.signature(*parts).encode(), signature.encode("utf-8", "surrogatepass"))

    def decrypt(self, encrypted: str) -> Opened:
        """The message inside base64 `encrypted`, and which key opened it. Check its signature first.

        Raises MalformedError when it is no ciphertext at all, UnopenedError when no key of ours opens it or the
        AppID inside is not ours.
        """
        try:
            data = binascii.a2b_base64(encrypted, strict_mode=True)
        except ValueError:
            raise MalformedError("the encrypted part is not base64") from None
        if not data or len(data) % CIPHER_BLOCK:
            raise MalformedError("the encrypted part has an impossible length")
        for position, cipher in enumerate(self._ciphers):
            decryptor = cipher.decryptor()
            message = self._open(decryptor.update(data) + decryptor.finalize())
            if message is not None:
                return Opened(message, position)
        raise UnopenedError("no key of ours opens it, or it is for another AppID")

    def encrypt(self, message: bytes, key: int = 0) -> str:
        """`message` encrypted under that key (0: the present one, 1: the previous one), as base64."""
        plain = b"".join((os.urandom(RANDOM), len(message).to_bytes(4, "big"), message, self._app_id))
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._ciphers[key].encryptor()
        data = encryptor.update(plain + bytes((pad,)) * pad) + encryptor.finalize()
        return binascii.b2a_base64(data, newline=False).decode("ascii")

    def seal(self, message: bytes, timestamp: int, key: int = 0) -> bytes:
        """The HTTP body that carries `message` back: encrypted, with its signature, `timestamp` (s) and a nonce."""
        encrypted = self.encrypt(message, key)
        nonce = os.urandom(NONCE).hex()
        signature = self.signature(str(timestamp), nonce, encrypted)
        return SEALED.format(encrypted=encrypted, signature=signature, timestamp=timestamp, nonce=nonce).encode()

    def _open(self, plain: bytes) -> bytes | None:
        """The message when padding, length and AppID are right, else None."""
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or len(plain) < HEAD + pad or plain[-pad:] != bytes((pad,)) * pad:
            return None
        end = HEAD + int.from_bytes(plain[RANDOM:HEAD], "big")
        if end > len(plain) - pad or not hmac.compare_digest(plain[end:-pad], self._app_id):
            return None
        return plain[HEAD:end]


def _cipher(key: str) -> Cipher[CBC]:
    """The 43rd character may carry two spare bits; they are ignored as the platform does."""
    raw = base64.b64decode(key + "=")
    return Cipher(AES(raw), CBC(raw[:CIPHER_BLOCK]))


def _problems(app_id: str, token: str, aes_key: str, previous_aes_key: str | None) -> list[str]:
    problems = []
    if not app_id:
        problems.append("WXBOT_WECHAT_APP_ID is empty: copy the AppID from the platform's console.")
    if not TOKEN_FORM.fullmatch(token):
        problems.append("WXBOT_WECHAT_TOKEN must be 3 to 32 letters or digits, the same as in the platform's console.")
    if aes_key and not KEY_FORM.fullmatch(aes_key):
        problems.append("WXBOT_WECHAT_AES_KEY must be the 43 letters and digits of the EncodingAESKey.")
    if previous_aes_key and not KEY_FORM.fullmatch(previous_aes_key):
        problems.append("WXBOT_WECHAT_AES_KEY_PREVIOUS must be empty or the 43 letters and digits of the former key.")
    return problems
