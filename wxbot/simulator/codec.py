"""Signing and encryption of callbacks (reference §1.2-§1.4), the platform's own implementation."""

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from wxbot.simulator.account import AccountConfig

PAD_BLOCK_BYTES = 32  # PKCS#7 with block 32, not the cipher's 16
RANDOM_BYTES = 16
LENGTH_BYTES = 4  # big-endian length of the message


class CodecError(Exception):
    """An encrypted text cannot be read: bad base64, padding, length or AppID."""


def sign(*parts: str) -> str:
    """SHA-1 over the parts, sorted byte-wise and joined without separators, as hex."""
    return hashlib.sha1(b"".join(sorted(part.encode() for part in parts))).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


class Codec:
    """Encrypts and decrypts for one AppID with one EncodingAESKey."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(AES256(key), CBC(key[:16]))
        self._app_id = app_id.encode()

    def encrypt(self, message: str, *, random16: bytes | None = None) -> str:
        """The base64 text of the encrypted message; `random16` only to reproduce a known vector."""
        content = message.encode()
        head = secrets.token_bytes(RANDOM_BYTES) if random16 is None else random16
        plain = head + len(content).to_bytes(LENGTH_BYTES, "big") + content + self._app_id
        pad = PAD_BLOCK_BYTES - len(plain) % PAD_BLOCK_BYTES
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted: str) -> str:
        """The message inside. Raises CodecError for anything that was not sealed for this AppID."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(sealed) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:
            raise CodecError(f"not an encrypted text: {error}") from error
        pad = plain[-1] if plain else 0
        if not 1 <= pad <= PAD_BLOCK_BYTES or plain[-pad:] != bytes([pad]) * pad:
            raise CodecError("padding is wrong")
        start = RANDOM_BYTES + LENGTH_BYTES
        length = int.from_bytes(plain[RANDOM_BYTES:start], "big")
        body, app_id = plain[start : start + length], plain[start + length : -pad]
        if len(body) != length or not hmac.compare_digest(app_id, self._app_id):
            raise CodecError("length or AppID does not fit")
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise CodecError("the message is not UTF-8") from error


@lru_cache(maxsize=16)
def _codec(aes_key: str, app_id: str) -> Codec:
    return Codec(aes_key, app_id)


def codec_for(account: AccountConfig) -> Codec:
    """The codec of the account as it is configured at this moment (the key may have been rotated)."""
    return _codec(account.aes_key, account.app_id)
